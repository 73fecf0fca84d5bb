// title: Places
// description: What is where, directly or in a place that is part of another.
// param: place entity [] Only what is in this place, by its name or IRI
MATCH (t)-[:locatedIn|livesIn]->(at)-[:locatedIn*0..]->(p)
UNWIND t.name AS thing
UNWIND p.name AS place
WITH thing, place, p
WHERE $place = '' OR p.iri = $place OR toLower(place) = toLower($place)
RETURN DISTINCT thing, place
ORDER BY place, thing
