// title: Who knows what
// description: People and what they are experts in, make, maintain or use.
// param: topic entity [] Only this topic, by its name or IRI
MATCH (p:Person)-[r:hasExpertiseIn|creatorOf|authorOf|founderOf|leads|maintains|uses|worksOn]->(t)
UNWIND p.name AS person
UNWIND t.name AS topic
WITH person, type(r) AS how, topic, t
WHERE $topic = '' OR t.iri = $topic OR toLower(topic) = toLower($topic)
RETURN DISTINCT person, how, topic
ORDER BY topic, person, how
