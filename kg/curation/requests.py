"""What people ask for, as they name it: the values of `kg decide` and of POST /api/decisions.

An `id` is the IRI of an evidence, a refusal, a prediction or, to undo, a decision; its part after the last `/` or `#`
is enough where no other has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.decisions import Author
from kg.rdf import NamedNode

__all__ = [
    "Accept",
    "Author",
    "Merge",
    "Reject",
    "RejectWord",
    "Rename",
    "Request",
    "Retype",
    "Split",
    "Undo",
]


@dataclass(frozen=True, slots=True)
class Accept:
    """What an item says is so; `alike` takes in all that the same pattern found or will find."""

    id: str
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """What an item says is not so; `alike` as in `Accept`."""

    id: str
    alike: bool = False


@dataclass(frozen=True, slots=True)
class RejectWord:
    """A word is not to be linked: to an entity, or to anything if that is None."""

    word: str
    entity: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Retype:
    """An entity is of a class."""

    iri: NamedNode
    class_iri: NamedNode


@dataclass(frozen=True, slots=True)
class Rename:
    """An entity is called so."""

    iri: NamedNode
    label: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Two entities are one, and `keep` stands for both."""

    keep: NamedNode
    other: NamedNode


@dataclass(frozen=True, slots=True)
class Split:
    """An entity is several: what was merged into it, else one a note, or one of some notes and one of the others."""

    iri: NamedNode
    notes: tuple[NamedNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """A decision counts no more."""

    id: str


Request = Accept | Reject | RejectWord | Retype | Rename | Merge | Split | Undo
