// What a page starts with. The endpoint takes plain SPARQL, so each query declares its prefixes.
const declared = (prefixes, ...names) => names.map((name) => `PREFIX ${name}: <${prefixes[name]}>\n`).join("");

export const examples = (prefixes) => [
  {
    title: "Most mentioned",
    query: `${declared(prefixes, "kg")}
SELECT ?name (COUNT(DISTINCT ?note) AS ?notes) ?thing WHERE {
  ?note kg:mentions ?thing .
  ?thing kg:name ?name .
}
GROUP BY ?thing ?name
ORDER BY DESC(?notes) ?name
LIMIT 20
`,
  },
  {
    title: "Who works where, and the sentence",
    query: `${declared(prefixes, "kg", "rdf")}
SELECT DISTINCT ?person ?company ?sentence ?path WHERE {
  ?evidence rdf:subject ?p ; rdf:predicate kg:worksFor ; rdf:object ?c ;
            kg:quote ?sentence ; kg:inNote ?note .
  ?p kg:name ?person .
  ?c kg:name ?company .
  ?note kg:path ?path .
}
ORDER BY ?company ?person ?path
`,
  },
  {
    title: "Notes and their tags",
    query: `${declared(prefixes, "kg", "dct", "rdfs")}
SELECT ?path ?title (GROUP_CONCAT(DISTINCT ?tag ; SEPARATOR=", ") AS ?tags) WHERE {
  ?note a kg:Note ; kg:path ?path .
  OPTIONAL { ?note dct:title ?title }
  OPTIONAL { ?note kg:taggedWith/rdfs:label ?tag }
}
GROUP BY ?path ?title
ORDER BY ?path
LIMIT 100
`,
  },
];
