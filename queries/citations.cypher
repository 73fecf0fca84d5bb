// title: Citations
// description: Papers with their authors, what they introduce, and what they cite or build on.
MATCH (p:Paper)-[r:hasAuthor|introduces|cites|basedOn]->(o)
UNWIND p.name AS paper
UNWIND o.name AS other
RETURN DISTINCT paper, type(r) AS relation, other
ORDER BY paper, relation, other
