// title: Broken links
// description: Links whose target is no note, the ones most often written first.
MATCH (n)
WHERE n.brokenLink IS NOT NULL
UNWIND n.brokenLink AS target
WITH target, collect(DISTINCT n.path) AS paths, count(DISTINCT n) AS times
UNWIND paths AS path
RETURN target, path, times
ORDER BY times DESC, target, path
