"""The functions and procedures that a statement may call: what Neo4j 5.26 has built in and what only reads the graph.

Lists of what is allowed, not of what is forbidden: a plug-in that a server has, or a function that the next version
brings, is refused until somebody has looked at it.
"""

from __future__ import annotations

__all__ = ["ALLOWED_FUNCTIONS", "ALLOWED_PROCEDURES", "CONSTRUCTS", "SHOWN"]

_TEMPORAL = ("date", "datetime", "localdatetime", "localtime", "time")

ALLOWED_FUNCTIONS = frozenset(
    """
    abs acos asin atan atan2 avg btrim ceil char_length character_length coalesce collect cos cot count
    degrees duration duration.between duration.indays duration.inmonths duration.inseconds e elementid endnode exists
    exp floor haversin head id isempty isnan keys labels last left length log log10 lower ltrim max min nodes normalize
    nullif percentilecont percentiledisc pi point point.distance point.withinbbox properties radians rand randomuuid
    range relationships replace reverse right round rtrim shortestpath allshortestpaths sign sin size split sqrt
    startnode stdev stdevp substring sum tail tan timestamp toboolean tobooleanlist tobooleanornull tofloat
    tofloatlist tofloatornull tointeger tointegerlist tointegerornull tolower tostring tostringlist tostringornull
    toupper trim type upper valuetype vector.similarity.cosine vector.similarity.euclidean
    datetime.fromepoch datetime.fromepochmillis
    """.split()
    + [f"{kind}{end}" for kind in _TEMPORAL for end in ("", ".realtime", ".statement", ".transaction", ".truncate")]
)
"""In lower case: the language does not tell them apart by case. Left out of `SHOW FUNCTIONS` are `file` and
`linenumber`, which tell of LOAD CSV, and `graph.byName` and its like, which name another database."""

CONSTRUCTS = frozenset({"all", "any", "none", "single", "reduce"})
"""What is written like a function and goes through a list instead; `SHOW FUNCTIONS` lists these too."""

ALLOWED_PROCEDURES = frozenset({
    "db.index.fulltext.listAvailableAnalyzers",
    "db.index.fulltext.queryNodes",
    "db.index.fulltext.queryRelationships",
    "db.index.vector.queryNodes",
    "db.index.vector.queryRelationships",
    "db.info",
    "db.labels",
    "db.ping",
    "db.propertyKeys",
    "db.relationshipTypes",
    "db.schema.nodeTypeProperties",
    "db.schema.relTypeProperties",
    "db.schema.visualization",
    "dbms.components",
})  # fmt: skip
"""As they are written: the case of a procedure's name counts."""

SHOWN = frozenset({
    "CONSTRAINT", "CONSTRAINTS", "FUNCTION", "FUNCTIONS", "INDEX", "INDEXES", "PROCEDURE", "PROCEDURES",
})  # fmt: skip
"""What SHOW may list: how the graph is kept and what may be called; never who is there, or what others ask."""
