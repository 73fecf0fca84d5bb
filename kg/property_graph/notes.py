"""Notes: what a value, or a label, cannot say of itself, kept in the list `_rdf` of its node.

An entry is `key TAB term TAB graphs`: the property's name, the term as N-Triples has it, and the graphs it is in,
separated by spaces, `.` the absent one. For a label the key is `:` and its name and there is no term. An entry that
does not read is dead: it means nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from kg.errors import RdfSyntaxError
from kg.property_graph.names import NO_GRAPH
from kg.property_graph.values import term_token
from kg.rdf import Literal, NamedNode, Quad, RdfFormat, Triple, canonical, parse

__all__ = ["graph_names", "label_note", "note", "read_notes", "read_token"]

Entries = dict[str, list[tuple[str, list[str]]]]


def note(key: str, token: str, graphs: Iterable[str]) -> str:
    """Return the entry of one term of a property."""
    return f"{key}\t{token}\t{' '.join(graphs)}"


def label_note(label: str, graphs: Iterable[str]) -> str:
    """Return the entry of a label."""
    return f":{label}\t\t{' '.join(graphs)}"


def read_notes(notes: object) -> Entries:
    """Return the entries of a node by their keys: token and graph names. What people broke is left out."""
    entries: Entries = {}
    for entry in [notes] if isinstance(notes, str) else notes if isinstance(notes, list) else ():
        parts = entry.split("\t") if isinstance(entry, str) else ()
        if len(parts) == 3:
            entries.setdefault(parts[0], []).append((parts[1], graph_names(parts[2].split(" "))))
    return entries


def graph_names(stored: object) -> list[str]:
    """Return the names in `_g` or in a note, without empty ones; the absent graph where none is left."""
    if isinstance(stored, str):
        stored = [stored]
    found = [name for name in stored if isinstance(name, str) and name] if isinstance(stored, list | tuple) else []
    return found or [NO_GRAPH]


_STRING = re.compile(r'"[^"\\\x00-\x1f\x7f\ufffe\uffff]*"(?:@[a-z]{2})?')
"""What reads as it is: no quotes inside, and a language of two letters."""


def read_token(token: str) -> str | None:
    """Return the token of the canonical term that a note's token means; None for one that does not read."""
    return token if _STRING.fullmatch(token) else _read_token(token)


@functools.lru_cache(maxsize=65536)
def _read_token(token: str) -> str | None:
    if "\n" in token or "\r" in token:
        return None
    try:
        (quad,) = parse(f"<a:a> <a:a> {token} .".encode(), RdfFormat.N_QUADS, "note")
    except (RdfSyntaxError, ValueError):  # ValueError: not exactly one quad
        return None
    term = quad.object
    if not isinstance(term, Literal | NamedNode | Triple) or quad != Quad(quad.subject, quad.predicate, term):
        return None
    return term_token(canonical(term))
