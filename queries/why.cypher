// title: Why
// description: Every sentence that says a statement, with its place, its confidence and what found it.
// param: subject iri The subject of the statement
// param: predicate property Its predicate
// param: object iri Its object, a thing
MATCH (s {iri: $subject})<-[:rdf__subject]-(e:Evidence)-[:rdf__object]->(o {iri: $object}), (e)-[:inNote]->(n)
WHERE e.rdf__predicate = $predicate
RETURN n.path AS path, e.start AS start, e.end AS `end`, e.quote AS sentence, e.confidence AS confidence,
  e.extractor AS extractor, e.kind AS kind
ORDER BY path, start, `end`
