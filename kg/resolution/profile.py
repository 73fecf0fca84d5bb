"""What resolution knows of one entity, before anything is merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import NamedTuple

from kg.rdf import NamedNode

__all__ = ["Neighbour", "Origin", "Profile"]

Origin = OneOf["described", "ontology", "name"]
"""Where an entity comes from: a note of its own, the ontology, or its name only. The first of two is kept."""


class Neighbour(NamedTuple):
    """The other end of a stated triple; `inverse` if the entity is its object."""

    predicate: NamedNode
    entity: NamedNode
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One unmerged entity.

    `names` are the forms that were read, `aliases` those that somebody stated for this entity. Neighbours
    are unmerged too, so that a profile does not change when something else is merged (DESIGN §11.20).
    """

    iri: NamedNode
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    class_iri: NamedNode | None = None
    neighbours: frozenset[Neighbour] = frozenset()
    notes: frozenset[NamedNode] = frozenset()
    origin: Origin = "name"
