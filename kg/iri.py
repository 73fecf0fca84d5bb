"""How IRIs are minted: from the configured base and names alone, without a clock or random numbers."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kg.rdf import NamedNode, Term

__all__ = ["Minter", "default_base", "is_entity", "normalise_name"]

_SAFE = "-._~!$&'()*+,;="
"""Characters of an IRI path segment that stay as they are (RFC 3987, ipchar without `:` and `@`)."""

_NO_CHARACTERS = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0xF0000, 0x10000))
_NOT_IRI = re.compile(
    r"""[\x00-\x20<>"{}|\\^`%#?:@\[\]\x7f-\x9f\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"""
    + f"{_NO_CHARACTERS}]"
)
"""What RFC 3987 does not admit in a path segment; the flags of England and Scotland are among it."""


def normalise_name(name: str) -> str:
    """Return the form in which two names of one thing are equal: NFKC, case folded, single spaces.

    Quotes and other punctuation at both ends are dropped; inside a name it may distinguish (`C++`, `C#`).
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    words = re.sub(r"[\s_]+", " ", folded).strip(" \t\"'“”‘’«»《》「」()[]{},;:!?。，、").rstrip(".…")
    return words or folded.strip()


def _segment(text: str) -> str:
    """Write text as one IRI path segment; letters of any script stay readable."""
    return _NOT_IRI.sub(lambda match: quote(match[0], safe=""), text).replace("/", "%2F")


def default_base(path: Path) -> str:
    """Return the base IRI of a home whose first root is a path: it carries the vault folder's name."""
    resolved = path.resolve()
    name = resolved.name if resolved.is_dir() else resolved.stem
    safe = "".join(c if c.isalnum() or c in "-._~" else "-" for c in name).strip("-") or "vault"
    return f"https://noemata.example/{safe}/"


@dataclass(frozen=True, slots=True)
class Minter:
    """Makes the IRIs of one home. `base` ends in `/`."""

    base: str

    def graph(self, name: str) -> NamedNode:
        """Return a graph of the home by its name: ontology, names, user, decisions and so on."""
        return NamedNode(f"{self.base}graph/{name}")

    def import_graph(self, name: str) -> NamedNode:
        """Return the graph that an imported file of triples goes to."""
        return NamedNode(f"{self.base}import/{_segment(name)}")

    def note(self, path: str, identifier: str | None, root: str = "") -> NamedNode:
        """Return a note's IRI, which is also the name of its graph.

        From its identifier where it has one, else from its path; `root` is the vault's name, empty for the first.
        """
        if identifier is not None:
            return NamedNode(f"{self.base}note/id:{_segment(identifier)}")
        parts = [_segment(part) for part in path.split("/")]
        if root:
            parts.insert(0, f"root:{_segment(root)}")
        return NamedNode(f"{self.base}note/{'/'.join(parts)}")

    def described(self, note: NamedNode) -> NamedNode:
        """Return the thing a note is about."""
        return NamedNode(f"{note.value}#it")

    def entity(self, branch: str, name: str) -> NamedNode:
        """Return an entity known by name only; `branch` is the local name of its class branch."""
        return NamedNode(f"{self.base}entity/{_segment(branch)}/{_segment(normalise_name(name).replace(' ', '-'))}")

    def tag(self, name: str) -> NamedNode:
        """Return the concept of a tag; `a/b` is nested. Tags are equal whatever their case, as in Obsidian."""
        return NamedNode(f"{self.base}tag/{'/'.join(_segment(normalise_name(part)) for part in name.split('/'))}")

    def term(self, name: str) -> NamedNode:
        """Return the IRI of a metadata key or a name that no ontology defines."""
        return NamedNode(f"{self.base}term/{_segment(normalise_name(name).replace(' ', '-'))}")

    def user(self, name: str) -> NamedNode:
        """Return who works with the graph; users are equal whatever the case of their names."""
        return NamedNode(f"{self.base}user/{_segment(normalise_name(name))}")

    def user_graph(self, name: str) -> NamedNode:
        """Return the graph of what a user did; without a name, what all of their IRIs begin with."""
        return NamedNode(f"{self.base}graph/user/{_segment(normalise_name(name))}")

    def merge(self, other: NamedNode) -> NamedNode:
        """Return the resource that says under which IRI another one is kept."""
        return NamedNode(f"{self.base}merge/{hashlib.sha256(other.value.encode()).hexdigest()[:20]}")

    def evidence(
        self, note: NamedNode, triple: tuple[NamedNode, NamedNode, Term], quote: str, occurrence: int
    ) -> NamedNode:
        """Return the IRI of one evidence: moved by no edit elsewhere in the note (DESIGN §11.4)."""
        return NamedNode(f"{note.value}#e-{_digest(triple, quote, occurrence)}")

    def refusal(
        self, note: NamedNode, triple: tuple[NamedNode, NamedNode, Term], quote: str, occurrence: int
    ) -> NamedNode:
        """Return the IRI of one refused statement of a note."""
        return NamedNode(f"{note.value}#r-{_digest(triple, quote, occurrence)}")


def _digest(triple: tuple[NamedNode, NamedNode, Term], quote: str, occurrence: int) -> str:
    subject, predicate, object_ = triple
    parts = (subject.value, predicate.value, str(object_), quote, str(occurrence))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def is_entity(term: Term | None, minter: Minter) -> bool:
    """Tell whether a term names what can be one with another: no note, no tag, no evidence, no literal."""
    if not isinstance(term, NamedNode):
        return False
    base, iri = minter.base, term.value
    if not iri.startswith(base):
        return True
    inside = iri[len(base) :]
    return inside.startswith("entity/") or (inside.startswith("note/") and "#it" in inside)
