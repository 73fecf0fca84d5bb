// title: Most mentioned
// description: The things that most notes mention.
// param: class class [kg:Entity] Only things of this class
// param: limit integer [20] How many rows at most
MATCH (n:Note)-[:mentions]->(x)
WHERE $class IN labels(x)
WITH x.iri AS thing, x.name AS name, count(DISTINCT n) AS notes
RETURN thing, name, notes
ORDER BY notes DESC, name, thing
LIMIT $limit
