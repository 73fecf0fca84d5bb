"""What a search may be asked for beside its text: which notes it is about."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EVERYTHING", "LONGEST_QUERY", "MOST_HITS", "SOURCES", "Filters"]

SOURCES = ("text", "vectors", "graph")
"""What finds passages, by the names that weights have."""
LONGEST_QUERY = 10_000
"""Characters of a query."""
MOST_HITS = 10_000
"""Hits of one answer."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which notes may be found; what is None restricts nothing, and all that is given must hold.

    Args:
        type: a class by IRI, prefixed name, local name or label: the note, or what it describes, is in it or in a
            class below it.
        tag: with or without `#`; those below it count too (`#a/b` is below `#a`).
        folder: of the vault, `/` between its parts; what is in the folders below counts too.
        since, until: days as `YYYY-MM-DD`, months as `YYYY-MM` or years as `YYYY`, both included; a note without a day
            is left out.
        language: `en` or `zh`.
        near: an IRI, a path or a name; what a note is, describes or mentions is at most so many statements from it as a
            search has `hops`.
        where: a SPARQL graph pattern that binds `?note` to notes, or to what they describe; or a whole SELECT.
        hidden: whether drafts, private notes and templates are found too.
    """

    type: str | None = None
    tag: str | None = None
    folder: str | None = None
    since: str | None = None
    until: str | None = None
    language: str | None = None
    near: str | None = None
    where: str | None = None
    hidden: bool = False


EVERYTHING = Filters()
