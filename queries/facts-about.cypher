// title: Facts about a thing
// description: What the graph says about a thing, with the sentence and the note that say it.
// param: entity entity The name or the IRI of the thing
// param: limit integer [200] How many rows at most
MATCH (x)
UNWIND coalesce(x.name, x.rdfs__label, x.iri) AS name
WITH x, name WHERE x.iri = $entity OR toLower(name) = toLower($entity)
WITH DISTINCT x
MATCH (e:Evidence)-[:rdf__subject]->(x), (e)-[:inNote]->(n)
WHERE NOT e.rdf__predicate IN ['linksTo', 'mentions']
OPTIONAL MATCH (e)-[:rdf__object]->(o)
WITH e.rdf__predicate AS predicate, o.iri AS thing, coalesce(o.iri, e.rdf__object) AS object, o.name AS object_name,
  e.quote AS sentence, n.path AS path, e.start AS start
ORDER BY predicate, thing, path, start
RETURN predicate, object, object_name, sentence, path
LIMIT $limit
