"""What the writing clauses do to one node or relationship, with Neo4j's rules and its counters.

What the graph of statements cannot keep is refused by name: properties of relationships, names that begin with `_`,
a node that loses its `iri`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kg.errors import QueryError, UnsupportedQueryError
from kg.mirror.writing.overlay import IDENTITY, Overlay, TouchedNode, TouchedRelationship
from kg.mirror.writing.values import as_record, as_stored, storable
from kg.property_graph.names import is_usable
from kg.records import Value

__all__ = ["Elements", "refuse"]

_MOST_BYTES = 7000
"""Of an `iri`: the server has no longer value in an index."""


def refuse(feature: str, advice: str = "") -> UnsupportedQueryError:
    """Return the error that names what cannot be written exactly."""
    return UnsupportedQueryError("Cypher", f"{feature} on the embedded store", advice)


class Elements:
    """Changes nodes and relationships of an overlay; `counters` are those of the statement.

    Args:
        check: raises when the statement has taken too long; called at each change.
    """

    def __init__(self, overlay: Overlay, check: Callable[[], object]) -> None:
        self.overlay, self._check = overlay, check
        self.counters: dict[str, int] = {}

    def _count(self, counter: str, number: int = 1) -> None:
        self._check()
        if number:
            self.counters[counter] = self.counters.get(counter, 0) + number

    # --- creating

    def create_node(self, labels: Iterable[str], properties: Mapping[str, Value]) -> TouchedNode:
        """Create a node.

        Raises:
            QueryError: another has its `iri`.
        """
        labels = dict.fromkeys(labels)
        given = {key: value for key, value in properties.items() if value is not None}
        for name in (*labels, *given):
            check_name(name)
        key = self._key_of_new(IDENTITY in labels, given)
        node = self.overlay.create_node(key)
        node.is_resource = IDENTITY in labels
        node.labels = {label: None for label in labels if label != IDENTITY}
        self._count("nodesCreated")
        self._count("labelsAdded", len(labels))
        self._count("propertiesSet", len(given))
        for name, value in given.items():
            if name != "iri":
                self._hold(node, name, value)
        return node

    def _key_of_new(self, is_resource: bool, given: Mapping[str, Value]) -> str | None:
        if "iri" not in given:
            return None
        if not is_resource:
            raise refuse(
                f"creating a node with the `iri` {given['iri']!r} and without the label `{IDENTITY}`",
                f"An `iri` counts on nodes with that label only: write (:{IDENTITY}:… {{iri: …}}).",
            )
        return self._free_key(given["iri"])

    def _free_key(self, iri: Value) -> str:
        key = checked_iri(iri)
        if self.overlay.find(key) is not None:
            raise QueryError(f"Cypher: A node already exists with label `{IDENTITY}` and property `iri` = {key!r}.")
        return key

    def create_relationship(
        self, start: TouchedNode, type_: str, end: TouchedNode, properties: Mapping[str, Value]
    ) -> TouchedRelationship:
        """Create a relationship."""
        check_name(type_)
        for name, value in properties.items():
            if value is not None:
                raise _property_of_relationship(name)
        for node in (start, end):
            if node.is_deleted:
                raise QueryError(f"Cypher: the node {node.key} has been deleted in this statement.")
        self._count("relationshipsCreated")
        return self.overlay.create_relationship(start, type_, end)

    # --- properties

    def value(self, element: TouchedNode | TouchedRelationship, key: str) -> Value:
        """Return a property as Cypher reads it."""
        if element.is_deleted:
            raise QueryError("Cypher: what a property is asked of has been deleted in this statement.")
        if isinstance(element, TouchedRelationship):
            return list(element.graphs) if key == "_g" and element.graphs is not None else None
        return self.properties(element).get(key)

    def properties(self, node: TouchedNode) -> dict[str, Value]:
        """Return all properties of a node."""
        self.overlay.read(node)
        found: dict[str, Value] = {name: as_record(stored) for name, stored in node.properties.items()}
        found |= node.given
        if node.has_identity:
            found["iri"] = node.key
        if node.whole is not None:
            found["_iri"] = node.whole
        if node.notes:
            found["_rdf"] = list(node.notes)
        return found

    def set_properties(
        self, element: TouchedNode | TouchedRelationship, values: Mapping[str, Value], counts_nulls: bool = False
    ) -> None:
        """Set some properties, each by its key; null removes.

        Args:
            counts_nulls: whether a null counts where there is nothing to remove, as with several set in one step.
        """
        if element.is_deleted:
            raise _setting_deleted()
        for key, value in values.items():
            check_name(key)
            if isinstance(element, TouchedRelationship):
                if value is not None:
                    raise _property_of_relationship(key)
            elif key == "iri":
                self._set_iri(element, value, counts_nulls)
            elif value is None:
                self._count("propertiesSet", self._drop(element, key) or counts_nulls)
            else:
                self._hold(element, key, value)
                self._count("propertiesSet")

    def _hold(self, node: TouchedNode, key: str, value: Value) -> None:
        value = storable(value)
        self.overlay.read(node)
        node.given[key] = value
        node.properties[key] = as_stored(value)
        self.overlay.touch(node)

    def _drop(self, node: TouchedNode, key: str) -> bool:
        self.overlay.read(node)
        node.given.pop(key, None)
        if node.properties.pop(key, None) is None:
            return False
        self.overlay.touch(node)
        return True

    def _set_iri(self, node: TouchedNode, value: Value, counts_nulls: bool) -> None:
        if value is None and not node.has_identity:
            self._count("propertiesSet", counts_nulls)
            return
        if value is None:
            raise refuse("taking the `iri` from a node", "It is what the statements are about; DETACH DELETE the node.")
        if not node.is_resource:
            raise refuse(
                f"giving an `iri` to a node without the label `{IDENTITY}`",
                f"It counts on nodes with that label only: SET n:{IDENTITY} first.",
            )
        self._count("propertiesSet")
        if node.has_identity and value == node.key:
            return
        self.overlay.rename(node, self._free_key(value))
        node.has_identity = True

    def replace_properties(self, element: TouchedNode | TouchedRelationship, values: Mapping[str, Value]) -> None:
        """Set these properties, and take all others away: the notes of what was there, too."""
        if isinstance(element, TouchedRelationship):
            raise refuse("replacing all properties of a relationship", "Its graphs are among them.")
        if element.is_deleted:
            raise _setting_deleted()
        for key in values:
            check_name(key)
        if element.has_identity and values.get("iri") is None:
            raise refuse(
                "replacing all properties of a node by some without its `iri`",
                "Write SET n += {…}, or give the `iri` too: SET n = {iri: n.iri, …}.",
            )
        if element.whole is not None:
            raise refuse("replacing all properties of a node whose IRI is too long to be its `iri`")
        self.overlay.read(element)
        for key in [name for name in element.properties if name not in values]:
            self._count("propertiesSet", self._drop(element, key))
        if element.notes:
            element.notes = []
            self.overlay.touch(element)
            self._count("propertiesSet")
        self.set_properties(element, values, counts_nulls=True)

    # --- labels

    def labels(self, node: TouchedNode) -> list[str]:
        """Return the labels of a node."""
        if node.is_deleted:
            raise QueryError("Cypher: what labels are asked of has been deleted in this statement.")
        return [*([IDENTITY] if node.is_resource else []), *self.overlay.read(node).labels]

    def add_labels(self, node: TouchedNode, labels: Iterable[str]) -> None:
        """Give a node labels."""
        self._check_labelled(node)
        for label in labels:
            check_name(label)
            if label == IDENTITY:
                self._count("labelsAdded", not node.is_resource)
                node.is_resource = True
            elif label not in node.labels:
                node.labels[label] = None
                self.overlay.touch(node)
                self._count("labelsAdded")

    def remove_labels(self, node: TouchedNode, labels: Iterable[str]) -> None:
        """Take labels from a node."""
        self._check_labelled(node)
        for label in labels:
            check_name(label)
            if label == IDENTITY:
                raise refuse(f"taking the label `{IDENTITY}` from a node", "Its `iri` counts by that label only.")
            if label in node.labels:
                del node.labels[label]
                self.overlay.touch(node)
                self._count("labelsRemoved")

    def _check_labelled(self, node: TouchedNode) -> None:
        if node.is_deleted:
            raise QueryError(f"Cypher: Unable to load NODE {node.key}: it has been deleted in this statement.")
        self.overlay.read(node)

    # --- deleting

    def delete(self, element: TouchedNode | TouchedRelationship, is_detaching: bool) -> None:
        """Delete a node or a relationship; once more does nothing."""
        if isinstance(element, TouchedRelationship):
            self._count("relationshipsDeleted", self.overlay.delete_relationship(element))
            return
        if element.is_deleted:
            return
        self.overlay.read_arriving(element)
        if is_detaching:
            for relationship in (*element.leaving, *element.arriving):
                self._count("relationshipsDeleted", self.overlay.delete_relationship(relationship))
        self._count("nodesDeleted", self.overlay.delete_node(element))


def checked_iri(iri: Value) -> str:
    """Return an `iri` that a node may have.

    Raises:
        UnsupportedQueryError: it has no meaning here, or Neo4j could not have it.
    """
    if not isinstance(iri, str):
        raise refuse(f"an `iri` that is no string ({iri!r})")
    if iri[:2] == "_#" or len(iri.encode("utf-8", "replace")) > _MOST_BYTES:
        raise refuse(f"an `iri` of more than {_MOST_BYTES} bytes, or one that begins with `_#`", "Use a SPARQL update.")
    if not is_usable(iri.replace("_", "x").replace("\x00", "x") or "x"):
        raise QueryError(f"Cypher: the text {iri!a} has half a surrogate pair and cannot be stored.")
    return iri


def check_name(name: str) -> None:
    """Check that something may be called so.

    Raises:
        QueryError: Neo4j could not have the name. UnsupportedQueryError: it is of the store's own kind.
    """
    if name[:1] == "_":
        raise refuse(f"writing `{name}`", "Names that begin with `_` are the store's own.")
    if not is_usable(name):
        raise QueryError(
            f"Cypher: {name!r} is not a valid token name. Token names cannot be empty or contain any null-bytes."
        )


def _setting_deleted() -> UnsupportedQueryError:
    return refuse("setting properties of what the statement has deleted", "Set them before DELETE, or not at all.")


def _property_of_relationship(key: str) -> UnsupportedQueryError:
    return refuse(
        f"the property `{key}` of a relationship",
        "A statement of the graph has no properties: make a node that tells of it.",
    )
