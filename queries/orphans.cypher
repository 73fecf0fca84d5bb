// title: Orphans
// description: Notes that link to no other note and that no other note links to.
MATCH (n:Note)
WHERE NOT EXISTS { MATCH (n)-[:linksTo]->(to) WHERE to <> n }
  AND NOT EXISTS { MATCH (from)-[:linksTo]->(n) WHERE from <> n }
RETURN n.path AS path, n.dct__title AS title
ORDER BY path
