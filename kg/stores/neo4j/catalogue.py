"""The names that a database has given to IRIs: prefixes and terms, which are added and never changed.

What is stored under a name means what the catalogue says, so a name that stood for one IRI cannot come to stand for
another. A name that nobody had registered meant `<base>term/NAME`; when the ontology defines it, what is stored under
it means the ontology's term from then on (DESIGN §11.15). That is logged, and kept as `migrated` on the `_Term`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from kg.property_graph.names import Names
from kg.rdf import PREFIXES, NamedNode
from kg.stores.neo4j.driver import Connection, ReadSession, Statement, Transaction
from kg.stores.neo4j.tokens import Tokens

__all__ = ["Catalogue"]

_LOG = logging.getLogger(__name__)

_READ = Statement(
    "OPTIONAL MATCH (h:_Home {only: true}) WITH coalesce(max(h.version), 0) AS version RETURN version, "
    # what people put among them is none
    "COLLECT { MATCH (p:_Prefix) WHERE p.prefix IS :: STRING NOT NULL AND p.namespace IS :: STRING NOT NULL "
    "RETURN [p.prefix, p.namespace] }, "
    "COLLECT { MATCH (t:_Term) WHERE t.name IS :: STRING NOT NULL AND t.iri IS :: STRING NOT NULL "
    "RETURN [t.name, t.iri] }"
)
_VERSION = Statement("OPTIONAL MATCH (h:_Home {only: true}) RETURN coalesce(max(h.version), 0)")

_LOCK = "MATCH (h:_Home {only: true}) SET h._lock = true REMOVE h._lock"
_ADD_PREFIXES = "UNWIND $rows AS r CREATE (:_Prefix {prefix: r[0], namespace: r[1]})"
_ADD_TERMS = "UNWIND $rows AS r CREATE (t:_Term {name: r[0], iri: r[1]}) SET t.migrated = r[2]"
_RAISE = (
    "MATCH (h:_Home {only: true}) WITH h, timestamp() AS now "
    "SET h.version = CASE WHEN h.version >= now THEN h.version + 1 ELSE now END"
)

_NAMES_IN_USE = (
    "RETURN [n IN $names WHERE n IN COLLECT { CALL db.labels() YIELD label RETURN label } "
    "OR n IN COLLECT { CALL db.relationshipTypes() YIELD relationshipType AS type RETURN type }], "
    "[n IN $names WHERE n IN COLLECT { CALL db.propertyKeys() YIELD propertyKey AS key RETURN key }]"
)
_KEYS_IN_USE = (
    "MATCH (n) WHERE NOT any(l IN labels(n) WHERE l STARTS WITH '_') UNWIND keys(n) AS key "
    "WITH DISTINCT key WHERE key IN $names RETURN collect(key)"
)


class Catalogue:
    """What a database's names mean by now. `names` is replaced, never changed, when there is more to know.

    `version` is when something was registered last, so that it does not come again when a database was wiped: where
    the `_Home` node has another, this one is stale. `home` is whose names they are; None does not ask.
    """

    def __init__(self, base: str, home: str | None = None) -> None:
        self.version, self.home = 0, home
        self._base = base
        self._terms: dict[str, str] = {}
        self.names = Names(base, PREFIXES, {})
        self.tokens = Tokens()

    def read(self, session: ReadSession | Transaction) -> None:
        """Take over what the database holds."""
        self._take(session.run(_READ.text) if isinstance(session, Transaction) else session.run(_READ))

    def is_stale(self, session: ReadSession) -> bool:
        """Tell whether others have registered something since."""
        ((version,),) = session.run(_VERSION)
        return bool(version != self.version)

    def register(self, connection: Connection, terms: Mapping[str, NamedNode]) -> None:
        """Add the names that are new, and the common prefixes; a bound database only.

        A name or prefix that stands for something else already keeps its meaning; that is logged.
        """
        new = {name: iri.value for name, iri in terms.items() if name not in self._terms}
        if not new and self.version:
            self._log_clashes(terms)
            return
        # Which names were in use is asked before: token lists do not belong to a transaction.
        ((used, keys),) = connection.run(_NAMES_IN_USE, names=sorted(new))
        if keys:
            used += connection.run(_KEYS_IN_USE, names=keys)[0][0]

        def work(transaction: Transaction) -> tuple[list[list[Any]], list[str]]:
            transaction.run(_LOCK)
            ((_, prefixes, stored),) = transaction.run(_READ.text)
            held, pinned = {prefix for prefix, _ in prefixes}, {name for name, _ in stored}
            more = sorted([prefix, start] for prefix, start in PREFIXES.items() if prefix not in held)
            rows: list[list[Any]] = sorted(
                [name, iri, name in used or None] for name, iri in new.items() if name not in pinned
            )
            if more or rows:
                transaction.run(_ADD_PREFIXES, rows=more)
                transaction.run(_ADD_TERMS, rows=rows)
                transaction.run(_RAISE)
            return transaction.run(_READ.text), [name for name, _, migrated in rows if migrated]

        (rows, migrated), _ = connection.write(work, idempotent=True)
        self._take(rows)
        for name in migrated:
            _LOG.warning(
                "The name %r, which meant <%sterm/%s> so far, is <%s> from now on: the ontology defines it.",
                name, self._base, name, new[name],
            )  # fmt: skip
        self._log_clashes(terms)

    def _take(self, rows: list[list[Any]]) -> None:
        ((version, prefixes, terms),) = rows
        self._terms = dict(terms)
        self.names = Names(self._base, dict(prefixes) or PREFIXES, self._terms)
        self.version = version  # last: another thread takes the names for this version's

    def _log_clashes(self, terms: Mapping[str, NamedNode]) -> None:
        for name, iri in terms.items():
            if self.names.iri(name) != iri:
                _LOG.warning(
                    "The name %r stays %s, as the database has it; the ontology's %s is called %r in Cypher.",
                    name, self.names.iri(name), iri, self.names.name(iri),
                )  # fmt: skip
