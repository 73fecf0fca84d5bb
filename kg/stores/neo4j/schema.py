"""What a database must have before a home's graph is in it: constraints, and the `_Home` node that binds the two.

One database holds one home (DESIGN §11.17), because its names and graphs mean something only with the home's base. The
home's id stands on `_Home` and in the record in the home's folder, so that of two homes with one base the right one
is known.
"""

from __future__ import annotations

import logging
import uuid

from kg.errors import StoreBoundError, StoreError
from kg.property_graph.names import Names, identifier
from kg.rdf import NamedNode
from kg.stores import Opening
from kg.stores.files import make_private
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection, ReadSession, Statement, Transaction
from kg.stores.neo4j.record import Record, read_record, write_record
from kg.stores.neo4j.writing import PRUNE

__all__ = ["prepare"]

_LOG = logging.getLogger(__name__)
_PATIENCE = 120
"""Seconds for the indexes of what is there already."""

_CONSTRAINTS = {
    "kg_resource_iri": ("Resource", "iri"),
    "kg_home_only": ("_Home", "only"),
    "kg_prefix": ("_Prefix", "prefix"),
    "kg_term_name": ("_Term", "name"),
    "kg_batch_id": ("_Batch", "id"),
}
_INDEXED = (
    "SHOW INDEXES YIELD type, labelsOrTypes, properties WHERE type = 'RANGE' AND labelsOrTypes = ['Resource'] "
    "RETURN collect(properties)"
)
_KEYS = "CALL db.propertyKeys() YIELD propertyKey RETURN collect(propertyKey)"
_SHOW = "SHOW CONSTRAINTS YIELD name RETURN collect(name)"
_OWN_INDEX = (
    "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint WHERE type = 'RANGE' "
    "AND labelsOrTypes = [$label] AND properties = [$key] AND owningConstraint IS NULL RETURN name"
)

_HOME = Statement("MATCH (h:_Home {only: true}) RETURN h.id, h.base, h.dataset")
_HAS_GRAPH = Statement("MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH '_') RETURN count(*) > 0 LIMIT 1")
_BIND = (
    "MERGE (h:_Home {only: true}) ON CREATE SET h.base = $base, h.dataset = $dataset, h.version = 0, h.id = $id "
    "SET h.id = CASE WHEN $adopt THEN $id ELSE h.id END RETURN h.id, h.base, h.dataset"
)


def prepare(connection: Connection, opening: Opening) -> tuple[Catalogue, str]:
    """Check that the database is this home's, and return its catalogue and the home's id.

    Whoever opens it for writing makes the constraints, binds an empty database to the home, and registers the
    ontology's names. A reader changes nothing; to it an empty database is an empty graph, whose id is empty too.

    Raises:
        StoreBoundError: the database belongs to another home, or to none and is not adopted: it holds a graph, or this
            home's was there.
    """
    record = read_record(opening.folder) if opening.folder is not None else None
    catalogue = Catalogue(opening.base)
    with connection.reading() as session:
        home = _home(session)
        if home is None and not opening.adopt and session.run(_HAS_GRAPH) == [[True]]:
            raise StoreBoundError(
                f"The database at {connection.address.uri} holds a graph that belongs to no home. Use an empty one, "
                "or take this one over with --adopt: its nodes are then part of this home's graph."
            )
    known = record.home if record else None
    if home is not None:
        _check(connection, opening, home, known)
    elif known and not opening.adopt:
        raise StoreBoundError(
            f"The database at {connection.address.uri} is empty; it held the home {known}. Put its data back, name "
            "the server that has it, or begin with an empty graph there: --adopt."
        )
    if opening.read_only:
        with connection.reading() as session:
            catalogue.read(session)
        return catalogue, home[0] if home else ""
    _constrain(connection)
    id_ = known or (home[0] if home and opening.folder is None else uuid.uuid4().hex[:12])
    if opening.folder is not None and record != Record(connection.address, id_):
        # Before the database is bound, or a crash in between would leave it to a home that knows nothing of it.
        make_private(opening.folder)
        write_record(opening.folder, Record(connection.address, id_))
    catalogue.home = _bind(connection, opening, id_)
    with connection.reading() as session:
        catalogue.read(session)
    catalogue.register(connection, opening.names)
    _index(connection, catalogue.names)
    connection.run(PRUNE)
    return catalogue, catalogue.home


def _home(session: ReadSession) -> tuple[str, str, str] | None:
    rows = session.run(_HOME)
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


def _check(connection: Connection, opening: Opening, home: tuple[str, str, str], known: str | None) -> None:
    held, base, dataset = home
    if (base, dataset) != (opening.base, opening.dataset):
        raise StoreBoundError(
            f"The database at {connection.address.uri} belongs to the home {held} with base {base} and a {dataset} "
            f"dataset; this home{f', {known},' if known else ''} has base {opening.base} and a {opening.dataset} "
            "dataset. Use another database, or open the home that it belongs to."
        )
    if held != known and opening.folder is not None and not opening.adopt:
        raise StoreBoundError(
            f"The database at {connection.address.uri} belongs to the home {held}; this home "
            f"{f'is {known}' if known else 'has never been on Neo4j'}. Use another database, or, where this is the "
            "same home in a new folder, take it over with --adopt."
        )


def _constrain(connection: Connection) -> None:
    ((present,),) = connection.run(_SHOW)
    for name, (label, key) in _CONSTRAINTS.items():
        if name in present:
            continue
        try:
            connection.run(f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE")
        except StoreError as error:
            own = connection.run(_OWN_INDEX, label=label, key=key)
            advice = f"DROP INDEX {identifier(own[0][0])}, and open the home again." if own else ""
            raise StoreError(f"{error} {advice or f'Every `:{label}` must have a `{key}` of its own.'}") from error


def _index(connection: Connection, names: Names) -> None:
    """Make the indexes by which values are found; without one, looking for its values takes longer."""
    ((present,),), ((used,),) = connection.run(_INDEXED), connection.run(_KEYS)
    wanted = [key for key, iri in names.indexed.items() if key in used or key == names.name(NamedNode(iri))]
    missing = [key for key in wanted if [key] not in present]
    try:
        for key in missing:
            connection.run(f"CREATE INDEX IF NOT EXISTS FOR (n:Resource) ON (n.{identifier(key)})")
        if missing:
            connection.run(f"CALL db.awaitIndexes({_PATIENCE})")
    except StoreError as error:  # a value made by hand may be too long for it
        _LOG.warning("Without an index, looking for %s will take longer: %s", ", ".join(missing), error)


def _bind(connection: Connection, opening: Opening, id_: str) -> str:
    def work(transaction: Transaction) -> tuple[str, str, str]:
        parameters = {"base": opening.base, "dataset": opening.dataset, "id": id_, "adopt": opening.adopt}
        ((held, base, dataset),) = transaction.run(_BIND, **parameters)
        return held, base, dataset

    home, _ = connection.write(work, idempotent=True)
    _check(connection, opening, home, id_)  # Another writer may have come first.
    return home[0]
