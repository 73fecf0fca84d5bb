// title: Technology stack
// description: What projects and software use, directly or through what they depend on.
// param: project entity [] Only what this project or software uses, by its name or IRI
MATCH path = (u)-[:uses|dependsOn*1..]->(t)
UNWIND u.name AS user
UNWIND t.name AS technology
WITH user, technology, u, min(length(path)) AS steps
WHERE $project = '' OR u.iri = $project OR toLower(user) = toLower($project)
WITH user, technology, min(steps) = 1 AS direct
RETURN user, technology, direct
ORDER BY user, direct DESC, technology
