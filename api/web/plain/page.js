// What both query pages share: data from the server, examples, saved queries, errors in words.
import { authorization } from "./token.js";
import { examples } from "./examples.js";
import { standalone } from "./saved.js";

export const data = JSON.parse(document.getElementById("page-data").textContent);
export const samples = examples(data.prefixes);

/** The query that an address brings along (#query=…), which is shown and never run by itself. */
export function queryOfAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("query");
}

/** An element with text or children; text stays text, whatever is in it. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The body of an error (RFC 9457 problem details, or any text) as an element. */
export function problem(body) {
  let details;
  try {
    details = JSON.parse(body);
  } catch {
    details = null;
  }
  if (details === null || typeof details !== "object") return element("pre", { class: "problem" }, body);
  const { title, status, detail } = details; // the other members are the parts of the detail
  const block = element("div", { class: "problem", role: "alert" }, element("strong", {}, title ?? `Error ${status}`));
  if (detail) block.append(element("pre", {}, detail));
  return block;
}

/**
 * Fill the list of examples and saved queries; `open(title, text)` shows one.
 * Returns a function that loads the saved ones.
 */
export function connectQueries(open) {
  const list = document.getElementById("queries");
  const offered = [];
  const group = (label, entries) =>
    element(
      "optgroup",
      { label },
      ...entries.map((entry) => element("option", { value: String(offered.push(entry) - 1) }, entry.title)),
    );
  list.append(group("Examples", samples.map(({ title, query }) => ({ title, text: async () => query }))));
  list.addEventListener("change", async () => {
    const { title, text } = offered[Number(list.value)];
    list.selectedIndex = 0;
    open(title, await text());
  });
  let saved = null;
  return async () => {
    const entries = await savedQueries();
    saved?.remove();
    saved = null;
    if (entries.length) list.append((saved = group("Saved queries", entries)));
  };
}

async function savedQueries() {
  const ask = (path, accept) =>
    fetch(data.base + path, { headers: { Accept: accept, ...authorization() } });
  const response = await ask("/queries", "application/json");
  if (!response.ok) return [];
  const { queries } = await response.json();
  return queries.map(({ name, title, parameters }) => ({
    title: title || name,
    async text() {
      const read = await ask(`/queries/${encodeURIComponent(name)}.rq`, "application/sparql-query");
      return standalone(await read.text(), parameters, data.prefixes);
    },
  }));
}
