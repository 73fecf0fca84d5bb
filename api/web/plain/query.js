// The query page without a bundle: a text field, a button, a table.
import { connectQueries, data, element, problem, queryOfAddress, samples } from "./page.js";
import { authorization, connectToken } from "./token.js";

const SHOWN = 1000; // rows; a browser lays out no more of them at once without a pause
const RESULTS = "application/sparql-results+json";
const NUMBER = /#(integer|decimal|double|float|int|long|short|byte|(non)?(Negative|Positive)Integer)$/i;

const editor = document.getElementById("editor");
const answer = document.getElementById("answer");
const state = document.getElementById("state");
const run = document.getElementById("run");
const stop = document.getElementById("stop");
const download = document.getElementById("download");
let running = null;

/** Whether a request is an update: its first word, after comments and declarations, says so. */
export function isUpdate(text) {
  const body = text.replace(/<[^<>"{}|^`\\\s]*>/g, "<>").replace(/#[^\n]*/g, "");
  const first = body.replace(/^\s*((prefix\s+[^\s:]*:\s*<>|base\s+<>)\s*)*/i, "");
  return /^(insert|delete|with|load|clear|drop|create|add|move|copy)\b/i.test(first);
}

function request(text, accept, signal) {
  const update = isUpdate(text);
  return fetch(`${data.base}/${update ? "update" : "sparql"}`, {
    method: "POST",
    headers: {
      "Content-Type": update ? "application/sparql-update" : "application/sparql-query",
      Accept: accept,
      ...authorization(),
    },
    body: text,
    signal,
  });
}

async function ask() {
  running?.abort();
  const mine = (running = new AbortController());
  const started = performance.now();
  run.disabled = true;
  stop.disabled = false;
  download.disabled = true;
  state.textContent = "Running …";
  answer.replaceChildren();
  let said = "";
  try {
    const response = await request(editor.value, `${RESULTS}, text/turtle;q=0.9, */*;q=0.1`, mine.signal);
    const body = await response.text();
    if (response.status === 401) refused();
    if (!response.ok) {
      answer.replaceChildren(problem(body));
    } else if (response.headers.get("Content-Type")?.startsWith(RESULTS)) {
      said = showResults(JSON.parse(body));
    } else {
      answer.replaceChildren(element("pre", { class: "raw" }, body || "Done."));
    }
  } catch (error) {
    answer.replaceChildren(problem(error.name === "AbortError" ? "Stopped." : `The server does not answer: ${error.message}`));
  } finally {
    if (running === mine) {
      run.disabled = false;
      stop.disabled = true;
      state.textContent = `${said}${Math.round(performance.now() - started)} ms`;
    }
  }
}

function showResults({ head, boolean, results }) {
  if (boolean !== undefined) {
    answer.replaceChildren(element("p", {}, element("strong", {}, boolean ? "yes" : "no")));
    return "";
  }
  const rows = results.bindings;
  const header = element("tr", {}, ...head.vars.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.slice(0, SHOWN).map((row) => element("tr", {}, ...head.vars.map((name) => cell(row[name]))));
  const table = element("table", { class: "rows" }, element("thead", {}, header), element("tbody", {}, ...body));
  answer.replaceChildren(element("div", { class: "scroll" }, table));
  if (rows.length > SHOWN) answer.append(element("p", {}, `The first ${SHOWN} rows; the download has all.`));
  download.disabled = false;
  return `${rows.length} ${rows.length === 1 ? "row" : "rows"}, `;
}

function cell(term) {
  if (!term) return element("td");
  if (term.type === "uri") {
    const name = shortened(term.value);
    const link = element("a", { href: term.value, title: term.value, rel: "noreferrer", target: "_blank" }, name);
    return element("td", {}, /^https?:/.test(term.value) ? link : name);
  }
  if (term.type === "triple") return element("td", {}, JSON.stringify(term.value));
  const text = term.type === "bnode" ? `_:${term.value}` : term.value;
  const made = element("td", NUMBER.test(term.datatype ?? "") ? { class: "number" } : {}, text);
  const language = term["xml:lang"];
  if (language) {
    made.lang = language;
    made.append(element("span", { class: "lang" }, `@${language}`));
  }
  return made;
}

function shortened(iri) {
  for (const [prefix, namespace] of Object.entries(data.prefixes)) {
    const local = iri.slice(namespace.length);
    if (iri.startsWith(namespace) && /^[\w-]+$/.test(local)) return `${prefix}:${local}`;
  }
  return iri;
}

async function save() {
  const response = await request(editor.value, "text/csv");
  if (!response.ok) return answer.replaceChildren(problem(await response.text()));
  const link = element("a", { href: URL.createObjectURL(await response.blob()), download: "results.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
}

run.addEventListener("click", ask);
stop.addEventListener("click", () => running?.abort());
download.addEventListener("click", save);
editor.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    ask();
  }
});
editor.value = queryOfAddress() ?? samples[0].query;
const loadQueries = connectQueries((_title, text) => {
  editor.value = text;
});
const refused = connectToken(data.base, loadQueries);
