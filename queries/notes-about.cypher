// title: Notes about a thing
// description: The notes that describe or mention a thing, the one about it first.
// param: entity entity The name or the IRI of the thing
// param: limit integer [100] How many rows at most
MATCH (x)
UNWIND coalesce(x.name, x.rdfs__label, x.iri) AS name
WITH x, name WHERE x.iri = $entity OR toLower(name) = toLower($entity)
WITH DISTINCT x
MATCH (n:Note)-[r:describes|mentions]->(x)
WITH n.path AS path, n.dct__title AS title, max(CASE type(r) WHEN 'describes' THEN 1 ELSE 0 END) AS found
ORDER BY found DESC, path
RETURN path, title, found = 1 AS describes
LIMIT $limit
