"""The labels, relationship types and property keys that a database knows, and how many transactions new ones took.

Neo4j gives each new one a transaction of its own. They are made before they are used, so that a write can say how
far it has moved the database's transaction id (`Written.transactions`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from kg.property_graph.names import identifier
from kg.stores.neo4j.driver import Connection

__all__ = ["Tokens"]

_MAKE = {
    "label": "UNWIND $names AS name CALL db.createLabel(name) RETURN count(*)",
    "type": "UNWIND $names AS name CALL db.createRelationshipType(name) RETURN count(*)",
    "key": "UNWIND $names AS name CALL db.createProperty(name) RETURN count(*)",
}
_CHUNK = 50


class Tokens:
    """What this connection knows to exist; a database never forgets one."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {"label": set(), "type": set(), "key": set()}

    def ensure(self, connection: Connection, kind: str, names: Iterable[str]) -> int:
        """Make what is missing, and return how many of them surely were not there when this was asked.

        It may say too few, never too many: the server is asked which names mean nothing to it, and what it does not
        say is taken to be there.
        """
        missing = sorted(set(names) - self._known[kind])
        if not missing:
            return 0
        made = 0
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            made += len(connection.unknown_names(_question(kind, chunk)))
            connection.run(_MAKE[kind], names=chunk)
        self._known[kind].update(missing)
        return made


def _question(kind: str, names: list[str]) -> str:
    """Return a query that names all of them, to be planned only; no two are equal, since plans are kept."""
    quoted = [identifier(name) for name in names]
    nonce = f"once{secrets.token_hex(8)}"
    if kind == "label":
        return f"OPTIONAL MATCH (n) WHERE {' OR '.join(f'n:{name}' for name in quoted)} RETURN n AS {nonce}"
    if kind == "type":
        return f"OPTIONAL MATCH ()-[r:{'|'.join(quoted)}]->() RETURN r AS {nonce}"
    return f"OPTIONAL MATCH (n) RETURN [{', '.join(f'n.{name}' for name in quoted)}] AS {nonce}"
