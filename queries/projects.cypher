// title: Projects
// description: Projects with the people who work on them, lead them or make them.
// param: project entity [] Only this project, by its name or IRI
MATCH (p:Project)-[r:worksOn|leads|creatorOf|maintains|founderOf|createdBy|maintainedBy|hasParticipant]-(who)
WHERE (startNode(r) = p) = (type(r) IN ['createdBy', 'maintainedBy', 'hasParticipant'])
UNWIND p.name AS project
UNWIND who.name AS person
WITH project, person, type(r) AS role, p
WHERE $project = '' OR p.iri = $project OR toLower(project) = toLower($project)
RETURN DISTINCT project, person, role
ORDER BY project, person, role
