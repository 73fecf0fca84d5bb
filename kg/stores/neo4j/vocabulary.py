"""What is in use in a database at one moment: labels, relationship types, keys, indexes; and how a node is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.property_graph.names import Names, identifier
from kg.stores.neo4j.driver import ReadSession, Statement
from kg.stores.neo4j.reading import anonymous_key_of

__all__ = ["Vocabulary", "any_of", "read_vocabulary"]

_TOKENS = Statement(
    "CALL { CALL db.labels() YIELD label RETURN collect(label) AS labels } "
    "CALL { CALL db.relationshipTypes() YIELD relationshipType RETURN collect(relationshipType) AS types } "
    "CALL { CALL db.propertyKeys() YIELD propertyKey RETURN collect(propertyKey) AS keys } "
    "CALL { MATCH (h:_Home {only: true}) RETURN collect(h.version) AS versions } "
    "RETURN labels, types, keys, versions"
)
_INDEXES = Statement(
    "SHOW INDEXES YIELD type, entityType, labelsOrTypes, properties, state "
    "WHERE type = 'RANGE' AND entityType = 'NODE' AND state = 'ONLINE' AND labelsOrTypes = ['Resource'] "
    "AND size(properties) = 1 RETURN properties[0]"
)
_AMBIGUOUS = Statement(
    "MATCH (n:Resource) WHERE n.iri STARTS WITH '_:neo4j_' WITH n, replace(substring(n.iri, 8), '_', ':') AS id "
    "MATCH (m) WHERE elementId(m) = id AND m <> n AND NOT (m:Resource AND m.iri IS :: STRING NOT NULL) "
    "RETURN count(*) > 0"
)
_ALL = "CALL { MATCH (n) RETURN count(n) AS all } CALL { MATCH (n:Resource) RETURN count(n) AS resources }"


@dataclass(frozen=True)
class Vocabulary:
    """What a statement is written with: exact for the data as it was when it was read, and only then.

    Args:
        system: the labels of nodes that denote nothing, unless they have `:Resource` too.
        indexed: the keys of `:Resource` with a range index.
        has_anonymous: there are nodes without `:Resource`, other than the system's.
        version: of the catalogue.
        is_ambiguous: a node has as its `iri` the blank node that another one, without, stands for.
    """

    labels: frozenset[str]
    types: frozenset[str]
    keys: frozenset[str]
    system: tuple[str, ...] = ()
    indexed: frozenset[str] = frozenset()
    has_anonymous: bool = True
    version: int = 0
    is_ambiguous: bool = False

    def meaning_something(self, node: str) -> str:
        """Return the condition that a node is none of the system's own, empty where there are none."""
        if not self.system:
            return ""
        ours = f"{node}:Resource"
        return f"({ours} OR NOT {node}:{any_of(self.system)})" if self.has_anonymous else ours

    def key(self, node: str) -> str:
        """Return the expression of what a node is known by: its key; of one whose key is a hash the whole IRI too."""
        resource = f"{node}:Resource AND " if self.has_anonymous else ""
        return (
            f"CASE WHEN {resource}{node}.iri STARTS WITH '_#' THEN [{node}.iri, {node}._iri] "
            f"WHEN {resource}{node}.iri IS :: STRING NOT NULL THEN {node}.iri "
            f"ELSE {anonymous_key_of(node)} END"
        )


def any_of(names: Iterable[str]) -> str:
    """Return some names as Cypher reads them behind a colon, where any of them may be."""
    written = [identifier(name) for name in names]
    return written[0] if len(written) == 1 else f"({'|'.join(written)})"


def read_vocabulary(session: ReadSession, names: Callable[[int], Names]) -> Vocabulary:
    """Read what is in use now.

    What is counted takes no time; a key that was once stored under its full IRI is looked for among all nodes.

    Args:
        names: gives the names of a version of the catalogue.
    """
    ((labels, types, keys, versions),) = session.run(_TOKENS)
    system = tuple(sorted(label for label in labels if label.startswith("_")))
    own = f"CALL {{ MATCH (n:{any_of(system)}) WHERE NOT n:Resource RETURN count(n) AS own }} " if system else ""
    ((anonymous,),) = session.run(Statement(f"{_ALL} {own}RETURN all - resources{' - own' if own else ''}"))
    version = next((version for version in versions if isinstance(version, int)), 0)
    # The server never forgets a key; one that has no index any more would be looked for in every node.
    unused = {
        key for key in set(names(version).indexed.values()).intersection(keys)
        if session.run(Statement(f"RETURN EXISTS {{ MATCH (n) WHERE n.{identifier(key)} IS NOT NULL }}")) == [[False]]
    }  # fmt: skip
    return Vocabulary(
        labels=frozenset(label for label in labels if not label.startswith("_")) - {"Resource"},
        types=frozenset(name for name in types if not name.startswith("_")),
        keys=frozenset(key for key in keys if not key.startswith("_")) - {"iri"} - unused,
        system=system,
        indexed=frozenset(key for (key,) in session.run(_INDEXES)),
        has_anonymous=anonymous > 0,
        is_ambiguous=session.run(_AMBIGUOUS) == [[True]],
        version=version,
    )
