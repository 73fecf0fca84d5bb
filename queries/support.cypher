// title: Support
// description: Statements that relate things, by the number of notes that say them.
// param: least integer [1] In how many notes at least
// param: most integer [1000000] In how many notes at most; 1 for what a single note says
// param: limit integer [50] How many rows at most
MATCH (s)<-[:rdf__subject]-(e:Evidence)-[:rdf__object]->(o), (e)-[:inNote]->(n)
// What stands in one note, or only sorts, has no support.
WHERE NOT e.rdf__predicate IN ['describes', 'linksTo', 'mentions', 'taggedWith', 'rdf__type']
UNWIND s.name AS subject
UNWIND o.name AS object
WITH subject, e.rdf__predicate AS predicate, object, count(DISTINCT n) AS notes, max(e.confidence) AS confidence
WHERE notes >= $least AND notes <= $most
RETURN subject, predicate, object, notes, confidence
ORDER BY notes DESC, subject, predicate, object
LIMIT $limit
