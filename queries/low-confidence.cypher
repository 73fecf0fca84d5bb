// title: Low confidence
// description: Facts that were found with little confidence, the least certain first.
// param: below decimal [0.6] The confidence to stay below, between 0 and 1
// param: limit integer [50] How many rows at most
MATCH (e:Evidence)-[:rdf__subject]->(s), (e)-[:inNote]->(n)
WHERE e.confidence < $below AND e.rdf__predicate <> 'mentions'
OPTIONAL MATCH (e)-[:rdf__object]->(o)
WITH e.confidence AS confidence, s.iri AS subject, e.rdf__predicate AS predicate,
  coalesce(o.iri, e.rdf__object) AS object, e.quote AS sentence, n.path AS path, o.iri AS thing
ORDER BY confidence, path, sentence, subject, predicate, thing
RETURN confidence, subject, predicate, object, sentence, path
LIMIT $limit
