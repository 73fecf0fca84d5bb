// Classes and properties of this graph, for completion.
import { authorization } from "../plain/token.js";

const QUERY = `PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?term ?kind {
  { ?term a owl:Class BIND("class" AS ?kind) }
  UNION { VALUES ?type { owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty }
          ?term a ?type BIND("property" AS ?kind) }
  FILTER(isIRI(?term))
} ORDER BY ?term`;

/** IRIs by kind, in order; none when the server does not say. */
export async function fetchTerms(base) {
  const found = { class: [], property: [] };
  const response = await fetch(`${base}/sparql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/sparql-query",
      Accept: "application/sparql-results+json",
      ...authorization(),
    },
    body: QUERY,
  });
  if (!response.ok) return found;
  const { results } = await response.json();
  for (const row of results.bindings) found[row.kind.value].push(row.term.value);
  // RDF's own, which an ontology does not declare.
  found.property.push("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2000/01/rdf-schema#label");
  return found;
}
