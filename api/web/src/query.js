// The query page: YASGUI on this server's own endpoint.
import Yasgui from "@zazuko/yasgui";
import "@zazuko/yasgui/build/yasgui.min.css";
import "./query.css";
import { connectQueries, data, problem, queryOfAddress, samples } from "../plain/page.js";
import { authorization, connectToken } from "../plain/token.js";
import { fetchTerms } from "./terms.js";

const { Yasqe, Yasr } = Yasgui;
const endpoint = new URL(`${data.base}/sparql`, location.href).href;
let terms = Promise.resolve({ class: [], property: [] });

// Completion asks nobody but this server: YASGUI's own completers of terms ask Linked Open Vocabularies.
Yasqe.Autocompleters.prefixes.get = () =>
  Object.entries(data.prefixes)
    .map(([prefix, iri]) => `${prefix}: <${iri}>`)
    .sort();
Yasqe.Autocompleters.prefixes.persistenceId = null;
for (const kind of ["class", "property"]) {
  Yasqe.Autocompleters[kind].get = async (_yasqe, token) => {
    const typed = token?.autocompletionString ?? "";
    return typed ? (await terms)[kind].filter((iri) => iri.startsWith(typed)) : [];
  };
}

Yasr.defaults.prefixes = data.prefixes;
Yasr.defaults.plugins.table.dynamicConfig = { compact: true, isEllipsed: false }; // values, not their RDF spelling
Yasr.defaults.maxPersistentResponseSize = 0; // what the notes say is not kept in the browser
Yasr.defaults.errorRenderers = [
  async (error) => {
    if (!error.text) return undefined;
    if (statusOf(error.text) === 401) refused();
    return problem(error.text);
  },
];

function statusOf(body) {
  try {
    return JSON.parse(body).status;
  } catch {
    return undefined;
  }
}

const yasgui = new Yasgui(document.getElementById("yasgui"), {
  persistenceId: "noemata",
  // A link could bring an update along, and YASGUI runs what it finds in the address.
  populateFromUrl: false,
  autofocus: true,
  copyEndpointOnNewTab: false,
  endpointCatalogueOptions: { getData: () => [] },
  requestConfig: { endpoint, method: "POST", headers: authorization, acceptHeaderGraph: "text/turtle" },
  yasqe: { value: samples[0].query, createShareableLink: null, createShortLink: null },
});

const open = (title, query) => {
  yasgui.addTab(true, { ...Yasgui.Tab.getDefaults(yasgui), name: title, yasqe: { value: query } });
};

for (const tab of Object.values(yasgui._tabs)) {
  tab.setEndpoint(endpoint); // a tab of an earlier visit may remember another port
}
const loadQueries = connectQueries(open);
const brought = queryOfAddress();
if (brought) open("From the address", brought);
const refused = connectToken(data.base, () => {
  loadQueries();
  terms = fetchTerms(data.base);
});
