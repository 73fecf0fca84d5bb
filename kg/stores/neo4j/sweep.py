"""The sweep: what people left behind in Neo4j Browser is put in order, and what cannot be is reported.

It may be run at any time, beside writers, and again: a second sweep finds nothing to do and writes nothing. It looks
first, then changes in small transactions, each of which looks again at what it has locked. What the graph says is
the same after it, but that hand-made nodes, which were blank nodes, have IRIs (Skolemisation, RDF 1.1 Concepts, 3.5).

Names that no ontology has are reported and not registered: registered, they would be taken when the ontology comes to
define them (DESIGN §11.15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from kg.errors import StoreError
from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names, is_usable
from kg.rdf import DefaultGraph, NamedNode
from kg.stores import Opening
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection, ReadSession, Statement, Transaction
from kg.stores.neo4j.reading import means_something
from kg.stores.neo4j.schema import prepare
from kg.stores.neo4j.sweep_nodes import Adoption, adopt, mistyped_iris, plan_adoptions, read_empty, remove_empty
from kg.stores.neo4j.sweep_notes import drop_dead_notes, labels_in, read_dead_notes
from kg.stores.neo4j.sweep_relationships import Doubled, merge_doubled, read_doubled, unlike
from kg.stores.neo4j.sweep_report import Problem, SweepReport

__all__ = ["Problem", "SweepReport", "sweep", "sweep_database"]

T = TypeVar("T")

_BATCH = 500
"""Nodes or groups of relationships that one transaction puts in order."""

_OLD_BATCHES = "MATCH (b:_Batch) WHERE b.at < timestamp() - 86400000"
"""The records of writes, of a day ago: nobody sends them again, for a client gives up after seconds."""
_COUNT_BATCHES = Statement(f"{_OLD_BATCHES} RETURN count(b)")
_REMOVE_BATCHES = f"{_OLD_BATCHES} WITH b LIMIT 10000 DELETE b RETURN count(b)"

_BLANK_GRAPHS = Statement(
    "MATCH ()-[r]->() WITH r._g AS names WHERE CASE WHEN valueType(names) STARTS WITH 'LIST<STRING' "
    "THEN any(name IN names WHERE name STARTS WITH '_:neo4j_') ELSE false END RETURN names"
)

_USED = {
    "labels": "CALL db.labels() YIELD label RETURN label",
    "relationship types": "CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType",
    # db.propertyKeys() has those that were ever used
    "properties": f"MATCH (n) WHERE {means_something('n')} UNWIND keys(n) AS key RETURN DISTINCT key",
}

_FAR = (
    "WITH x, key, CASE WHEN valueType(x[key]) STARTS WITH 'LIST' THEN x[key] ELSE [x[key]] END AS items "
    "WHERE valueType(x[key]) CONTAINS 'DATE' AND any(item IN items WHERE item.year < 1 OR item.year > 9999) "
    "RETURN elementId(x), key, [item IN items | toString(item)]"
)
_FAR_AWAY = (f"MATCH (x) UNWIND keys(x) AS key {_FAR}", f"MATCH ()-[x]->() UNWIND keys(x) AS key {_FAR}")


def sweep_database(opening: Opening, mint: Callable[[], NamedNode]) -> SweepReport:
    """Sweep the database of a home.

    Args:
        mint: as for `sweep`.

    Raises:
        StoreError: no server is named, or it failed. StoreBoundError: the database is another home's, or nobody's.
    """
    if opening.server is None:
        raise StoreError("No Neo4j server is named: start one with `kg neo4j up`, or set NEO4J_URI.")
    absent = NamedNode(f"{opening.base}graph/user") if opening.dataset == "merged" else DefaultGraph()
    with Connection(opening.server) as connection:
        prepare(connection, replace(opening, read_only=True))
        catalogue = Catalogue(opening.base)
        with connection.reading() as session:
            catalogue.read(session)
        return sweep(connection, catalogue.names, absent, mint)


def sweep(connection: Connection, names: Names, absent: AbsentGraph, mint: Callable[[], NamedNode]) -> SweepReport:
    """Put a database in order that others write to as well.

    Args:
        names: the database's, from its catalogue.
        absent: the graph that what people make by hand is in.
        mint: makes an IRI that nobody has used. It cannot come from the node: what tells two hand-made nodes apart
            may change, and an element id is given to another node once its own is deleted.

    Raises:
        StoreError: Neo4j failed; what was done until then stays, and the next sweep goes on.
    """
    report = SweepReport()
    with connection.reading() as session:
        empty = read_empty(session)
        ((batches,),) = session.run(_COUNT_BATCHES)
    for ids in _batches(empty):  # first: one of them may have the IRI that another node wants
        report.removed += connection.write(partial(remove_empty, ids=ids))[0]
    with connection.reading() as session:
        dead, mentioned = read_dead_notes(session, names)
        mentioned |= {label for (stored,) in session.stream(_BLANK_GRAPHS) for label in labels_in(stored)}
        planned = list(plan_adoptions(session, mentioned, mint))
        doubled, different = _read_doubled(session)
    report.problems += [each for each in planned if isinstance(each, Problem)] + different
    for nodes in _batches([each for each in planned if isinstance(each, Adoption)]):
        (adopted, problems), _ = connection.write(partial(adopt, adoptions=nodes))
        report.adopted += adopted
        report.problems += problems
    for ids in _batches(dead):
        report.notes += connection.write(partial(drop_dead_notes, ids=ids, names=names))[0]
    for groups in _batches(doubled):
        report.merged += connection.write(partial(merge_doubled, groups=groups, names=names, absent=absent))[0]
    while report.batches < batches and (removed := connection.write(_remove_batches)[0]):
        report.batches += removed
    with connection.reading() as session:
        report.unknown = _unknown_names(session, names)
        report.problems += mistyped_iris(session)
        report.problems += _values_far_away(session)
    return report


def _batches(items: Sequence[T]) -> Iterator[list[T]]:
    yield from (list(items[start : start + _BATCH]) for start in range(0, len(items), _BATCH))


def _read_doubled(session: ReadSession) -> tuple[list[Doubled], list[Problem]]:
    """Return the parallel relationships that can be merged, and why the others cannot."""
    mergeable: list[Doubled] = []
    problems: list[Problem] = []
    for groups in _batches(read_doubled(session)):
        different = unlike(session, groups)
        mergeable += [group for number, group in enumerate(groups) if number not in different]
        problems += different.values()
    return mergeable, problems


def _remove_batches(transaction: Transaction) -> int:
    ((number,),) = transaction.run(_REMOVE_BATCHES)
    return int(number)


def _unknown_names(session: ReadSession, names: Names) -> dict[str, list[str]]:
    unknown = {}
    for kind, text in _USED.items():
        used = {name for (name,) in session.run(Statement(text)) if is_usable(name) and name not in ("Resource", "iri")}
        if own := sorted(name for name in used if names.iri_text(name).startswith(f"{names.base}term/")):
            unknown[kind] = own
    return unknown


def _values_far_away(session: ReadSession) -> Iterator[Problem]:
    """Yield the dates that most programs which read the database fail at; we read them."""
    for text in _FAR_AWAY:
        for id_, key, texts in session.stream(Statement(text)):
            message = f"{key} is {', '.join(texts)}; Neo4j's driver for Python cannot read years outside 1 to 9999"
            yield Problem("value", id_, message)
