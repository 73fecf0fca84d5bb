// title: Hubs
// description: The notes with the most links, from them and to them.
// param: limit integer [20] How many rows at most
MATCH (n:Note)
OPTIONAL MATCH (n)<-[:linksTo]-(from) WHERE from <> n
WITH n, count(DISTINCT from) AS links_to_it
OPTIONAL MATCH (n)-[:linksTo]->(to) WHERE to <> n
WITH n, links_to_it, count(DISTINCT to) AS links_from_it
WHERE links_to_it + links_from_it > 0
WITH n.path AS path, links_to_it, links_from_it, links_to_it + links_from_it AS links
ORDER BY links DESC, path
RETURN path, links_to_it, links_from_it
LIMIT $limit
