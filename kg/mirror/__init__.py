"""The property graph of an embedded store, held in memory by kglite, for answering Cypher.

It has exactly the nodes and relationships that `kg.property_graph.shape` gives for what the store holds, written as
they are to Neo4j: every node has the label `Resource`, its `iri`, and `_iri` and `_rdf` where it needs them; a
relationship has `_g`, a list, where it is not in the absent graph alone. It is derived, follows the store by the
subjects that every commit names in a journal (`journal`), and is built anew wherever there is any doubt.

`Mirror` keeps it; `Mirror.snapshot()` brings it up to date and gives what a transaction reads; `engine` alone knows
kglite. `dialect` writes a statement as kglite must have it, `answers` reads what comes back.

How kglite (0.21.2) holds it, and what whoever writes queries for it has to know:

Nodes
    All are of the one primary type `Resource`; every other label is a secondary one. `labels(n)` gives `Resource`
    first and all of them. A pattern may name any label, known or not; what kglite warns of is kept off stderr.
    In a raw answer a node is `{"id": INT, "labels": [...], "properties": {...}}`, where INT is its number in this
    graph, the same that `elementId(n)` gives as text; a relationship is `{"id", "start", "end", "type",
    "properties"}` with the numbers of its nodes; a path is `{"nodes", "relationships"}`. `id(n)` is something else.
    There is an index of `iri`, and one of kglite's `id`, which is the node's `iri` too. The first is used only where
    the pattern's first label is `Resource`: `(n:Resource:Person {iri: $x})`, in the pattern or by `=` in WHERE.
    Since every node has that label, it may be put into any node pattern that has no other condition on labels.
Property keys
    As they are, but for the names in `RESERVED`, for which kglite has a meaning or an invented value of its own:
    those are held as `_` and the name (`held_key`), which no property of a shape has. So `n.name` on a node or
    relationship must be asked as `n._name`, `{name: 1}` in a pattern as `{_name: 1}`. Of a map nothing is escaped.
    What a property has held so far, by kind, is `Snapshot.content`, kept with the graph.
    Whatever lists keys or properties (`RETURN n`, `keys(n)`, `properties(n)`, `n {.*}`) gives the held keys and the
    invented ones: drop `RESERVED` and `EXACT` first, then `read_key` (`read_properties` does both, and the values).
    A key that no node has is null in an expression, but kglite refuses a pattern `(n:Resource {nokey: 1})` with a
    SchemaError (with another label it does not): ask in WHERE instead.
Values
    Strings of any length and content, booleans, integers of 64 bits, floats with NaN, the infinities and -0.0, and
    lists of them come back as they went in, also through the file. There are no bytes, points, maps, empty or mixed
    lists in a shape. `_rdf` and `_g` are lists of strings, also where they have one.
    Dates, times and date-times are kglite's own values, exact to the nanosecond inside; but Python gets them to the
    microsecond. A node that has finer ones has `EXACT` besides, from which `read_properties` takes their texts;
    `Snapshot.has_nanoseconds` tells whether any node did, so that `RETURN n.at` alone would lose digits where it is
    true. Durations are kglite's too, and come back as a map of `months`, `days`, `seconds` and, if not zero,
    `nanoseconds`, which a query alone can tell from a map that somebody made.
Limits
    After `seconds`, at most half a second later, QueryTimeoutError is raised. kglite stops most statements by itself;
    what it does not (a `reduce` that builds long strings, `shortestPath` for many pairs) goes on in a thread that
    nobody waits for, so a process that serves others should end after such an error. kglite refuses to hold more than
    10 million intermediate rows or lists of 256 MiB: LimitError or QueryError.
"""

from __future__ import annotations

from kg.mirror.engine import Raw
from kg.mirror.holding import EXACT, RESERVED, held_key, read_key, read_properties
from kg.mirror.journal import Journal
from kg.mirror.keeping import Mirror, Snapshot, Source
from kg.mirror.verifying import MirrorReport

__all__ = [
    "EXACT",
    "RESERVED",
    "Journal",
    "Mirror",
    "MirrorReport",
    "Raw",
    "Snapshot",
    "Source",
    "held_key",
    "read_key",
    "read_properties",
]
