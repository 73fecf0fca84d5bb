// A saved query as one that stands alone: the endpoint takes plain SPARQL, with prefixes declared and no parameters.
const TERMS = {
  string: (value) => JSON.stringify(value),
  integer: (value) => String(value),
  decimal: (value) => String(value),
  date: (value) => `"${value}"^^<http://www.w3.org/2001/XMLSchema#date>`,
  iri: (value) => (/^(<.*>|[\w-]*:(?!\/\/)\S*)$/.test(value) ? value : `<${value}>`),
};
TERMS.class = TERMS.iri;

/** Put the defaults in place of parameters, say which are still open, and declare the prefixes that are used. */
export function standalone(text, parameters, prefixes) {
  let query = text;
  const open = [];
  for (const { name, type, default: value } of parameters) {
    if (value === null || value === undefined) open.push(`?_${name}`);
    else query = query.replace(new RegExp(`[?$]_${name}\\b`, "g"), () => TERMS[type](value));
  }
  const missing = Object.keys(prefixes).filter(
    (prefix) =>
      new RegExp(`(^|[^\\w:<-])${prefix}:`, "m").test(query.replace(/^#.*$/gm, "")) &&
      !new RegExp(`^\\s*PREFIX\\s+${prefix}:`, "im").test(query),
  );
  const declared = missing.map((prefix) => `PREFIX ${prefix}: <${prefixes[prefix]}>\n`).join("");
  return (open.length ? `# Put values in place of: ${open.join(", ")}\n` : "") + declared + (declared && "\n") + query;
}
