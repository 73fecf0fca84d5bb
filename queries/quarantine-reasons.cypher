// title: Reasons of the quarantine
// description: Why the gate refused statements, how often, and in how many notes.
MATCH (r:Refusal)-[:inNote]->(n)
RETURN r.reason AS reason, count(r) AS statements, count(DISTINCT n) AS notes
ORDER BY statements DESC, reason
