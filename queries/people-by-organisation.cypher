// title: People by organisation
// description: Who works for which organisation.
MATCH (p)-[:worksFor]->(o)
UNWIND o.name AS organisation
UNWIND p.name AS person
RETURN DISTINCT organisation, person
ORDER BY organisation, person
