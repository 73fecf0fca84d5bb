// title: Mentioned together
// description: Pairs of things that the same notes mention, the most frequent first.
// param: least integer [2] In how many notes at least
// param: limit integer [50] How many pairs at most
MATCH (a)<-[:mentions]-(note)-[:mentions]->(b)
WHERE a.iri < b.iri
WITH a, b, count(DISTINCT note) AS notes
WHERE notes >= $least
UNWIND a.name AS first
UNWIND b.name AS second
RETURN first, second, notes
ORDER BY notes DESC, first, second
LIMIT $limit
