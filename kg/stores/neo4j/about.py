"""What people may want to know of a store on Neo4j: where it is, how large, and whether the kept copy is right."""

from __future__ import annotations

from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.kept_copy import KeptCopy
from kg.stores.neo4j.reading import SIZE

__all__ = ["describe"]


def describe(connection: Connection, copy: KeptCopy, copy_quads: int) -> dict[str, str | int]:
    """Return the address, the server's version, the size, and the state of the copy now.

    `copy` is "valid", "stale" where it is read anew when a query needs it, or "off".
    """
    with connection.reading() as session:
        ((nodes, relationships),) = session.run(SIZE)
        is_right = copy.at(session.first) is not None
    address = connection.address
    return {
        "place": f"{address.uri}, database {address.database}",
        "engine": f"Neo4j {connection.version()}",
        "nodes": nodes,
        "relationships": relationships,
        "copy": "off" if copy_quads <= 0 else "valid" if is_right else "stale",
    }
