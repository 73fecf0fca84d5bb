"""Names of a property graph and the IRIs they stand for: readable where possible, reversible always.

A name is read by the first rule that applies: it is pinned in the catalogue; it is an IRI itself; it is
`prefix__local` with a registered prefix and an IRI comes out; anything else is a term of the home, escaped. Each rule
is injective, so the names of an IRI can be listed. `name` is the first of them that reads well.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from kg.property_graph import AbsentGraph
from kg.rdf import DCT, KG, RDF, RDFS, BlankNode, DefaultGraph, NamedNode

__all__ = [
    "ANONYMOUS",
    "NO_GRAPH",
    "Names",
    "anonymous_id",
    "anonymous_key",
    "fits_index",
    "identifier",
    "is_usable",
    "node_key",
    "node_term",
    "node_token",
]

_MAX_KEY = 7000
"""UTF-8 bytes of an indexed value; the server refuses about 8,160 and more."""
_SOUGHT = (RDFS["label"], KG["name"], KG["path"], DCT["identifier"], RDF["predicate"])
"""The predicates whose values are looked for by an index."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WORD = re.compile(r"[^\W\d_]\w*")
_TO_ESCAPE = re.compile(r"[^A-Za-z0-9._~\-\u00a1-\u1fff\u3040-\ud7ff]")
"""What is not written as it is in the local part of a term; `%` is among it, so that the escaping is injective."""
_ALL_TO_ESCAPE = re.compile(r"[^A-Za-z0-9._~-]")
NO_GRAPH = "."
"""The name of the absent graph where others are named too."""
_RESERVED = frozenset({"iri", "Resource"})
ANONYMOUS = re.compile(r"_:neo4j_([0-9]+)_([0-9a-f-]+)_(0|[1-9][0-9]{0,17})")
"""What `anonymous_key` gives, and others may have written."""
_ODD_LABEL = "neo4jx"
_ODD = re.compile(r"neo4jx((?:[0-9a-f]{2})*)")


def is_usable(name: str) -> bool:
    """Tell whether a label, type or key of that name denotes anything, and the server can have it."""
    return bool(name) and name[0] != "_" and _can_be_sent(name)


def _can_be_sent(name: str) -> bool:
    """Tell whether the server can have a text as a name: it knows no NUL there, and no lone surrogate anywhere."""
    if "\x00" in name:
        return False
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def identifier(name: str) -> str:
    r"""Return a name as it is written in Cypher, in backticks.

    A backslash is written as an escape itself: Cypher reads `\uXXXX` before it looks for quotes, so a name that
    holds `\u0060` would end them.

    Raises:
        ValueError: for a name that the server cannot have: empty, with NUL or with a lone surrogate.
    """
    if not name or not _can_be_sent(name):
        raise ValueError(f"{name!r} cannot be the name of a label, relationship type or property")
    return "`" + name.replace("\\", "\\u005C").replace("`", "``") + "`"


def _is_iri(text: str) -> bool:
    if _SCHEME.match(text) is None:
        return False
    try:
        NamedNode(text)
    except ValueError:  # UnicodeEncodeError, for a lone surrogate, is one
        return False
    return True


def _is_blank_node(label: str) -> bool:
    try:
        BlankNode(label)
    except ValueError:
        return False
    return True


def _escape(text: str, unsafe: re.Pattern[str]) -> str:
    return unsafe.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass")), text)


def _unescape(text: str) -> str | None:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return None


class Names:
    """How the names of one graph read: its base, and the prefixes and terms that its catalogue has by now.

    Never changed: a catalogue that grows makes a new one. A term whose name another rule would read is left out.
    """

    def __init__(self, base: str, prefixes: Mapping[str, str], terms: Mapping[str, str]) -> None:
        self.base = base
        self._term_base = base + "term/"
        self._prefixes = dict(prefixes)
        self._terms = {name: iri for name, iri in terms.items() if _can_be_pinned(name) and _is_iri(iri)}
        self._pinned: dict[str, list[str]] = {}
        for name, iri in self._terms.items():
            self._pinned.setdefault(iri, []).append(name)
        self._by_length = sorted(self._prefixes.items(), key=lambda item: (-len(item[1]), item[0]))
        self._iris: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._line_ends: dict[AbsentGraph, _LineEnds] = {}
        self._last_line_ends: tuple[AbsentGraph | None, _LineEnds] = (None, _LineEnds(self, DefaultGraph()))
        self.tokens: Mapping[str, str] = _Tokens(self)

    def iri(self, name: str) -> NamedNode:
        """Return what a name stands for; every text stands for something."""
        return NamedNode(self.iri_text(name))

    def iri_text(self, name: str) -> str:
        """Return the text of the IRI that a name stands for."""
        iri = self._iris.get(name)
        if iri is None:
            iri = self._iris[name] = self._read(name)
        return iri

    def _read(self, name: str) -> str:
        pinned = self._terms.get(name)
        if pinned is not None:
            return pinned
        if _is_iri(name):
            return name
        prefix, separator, local = name.partition("__")
        if separator and prefix in self._prefixes and _is_iri(iri := self._prefixes[prefix] + local):
            return iri
        return self._escaped(name)

    def _escaped(self, text: str) -> str:
        iri = self._term_base + _escape(text, _TO_ESCAPE)
        return iri if _is_iri(iri) else self._term_base + _escape(text, _ALL_TO_ESCAPE)

    def name(self, iri: NamedNode) -> str:
        """Return the best name of an IRI: readable if there is one, else the IRI itself."""
        return self.name_of_text(iri.value)

    def name_of_text(self, iri: str) -> str:
        """Return the best name of an IRI that is given as text."""
        name = self._names.get(iri)
        if name is None:
            readable = (n for n in self._candidates(iri) if _WORD.fullmatch(n) and n not in _RESERVED)
            name = self._names[iri] = next(readable, iri)
        return name

    def all(self, iri: NamedNode) -> tuple[str, ...]:
        """Return every name that stands for an IRI and can be stored, the best first.

        Whoever looks for something reads by all of them: it may have been named when the catalogue was smaller.
        """
        best = self.name(iri)
        others = (name for name in self._candidates(iri.value) if name != best)
        return (best, *others) if best == iri.value else (best, *others, iri.value)

    def _candidates(self, iri: str) -> list[str]:
        found = list(self._pinned.get(iri, ()))
        found += [f"{prefix}__{iri[len(start) :]}" for prefix, start in self._by_length if iri.startswith(start)]
        if iri.startswith(self._term_base) and (name := _unescape(iri[len(self._term_base) :])) is not None:
            found.append(name)
        usable = (name for name in found if is_usable(name) and self.iri_text(name) == iri)
        return list(dict.fromkeys(usable))

    @functools.cached_property
    def indexed(self) -> dict[str, str]:
        """Return the names that have an index, each with its IRI: a value too long for one is kept under the IRI."""
        return {name: iri.value for iri in _SOUGHT for name in self.all(iri) if name != iri.value}

    def graph(self, name: str, absent: AbsentGraph) -> NamedNode | BlankNode | DefaultGraph:
        """Return the graph that a name in `_g` or in a note means; every text means one."""
        if name == NO_GRAPH:
            return absent
        if name.startswith("_:") and _is_blank_node(name[2:]):
            return BlankNode(name[2:])
        return NamedNode(self._graph_iri(name))

    def line_ends(self, absent: AbsentGraph) -> Mapping[str, str]:
        """Return what ends a line of N-Quads, for any graph by its name."""
        known, ends = self._last_line_ends
        if known is not absent:  # comparing terms would take longer than what else is done for a line
            ends = self._line_ends.setdefault(absent, _LineEnds(self, absent))
            self._last_line_ends = absent, ends
        return ends

    def _graph_iri(self, name: str) -> str:
        for iri in (name, self.base + name):
            if _is_iri(iri):
                return iri
        return self._escaped(name)

    def graph_name(self, graph: NamedNode | BlankNode | DefaultGraph, absent: AbsentGraph) -> str:
        """Return how a graph is named in `_g` and in notes: relative to the base where that reads back.

        Raises:
            ValueError: for the default graph where it is derived and never stored.
        """
        if graph == absent:
            return NO_GRAPH
        if isinstance(graph, DefaultGraph):
            raise ValueError("the default graph of a merged dataset is derived; nothing is stored in it")
        if isinstance(graph, BlankNode):
            return str(graph)
        iri = graph.value
        relative = iri.removeprefix(self.base)
        readable = (
            relative not in ("", NO_GRAPH, iri) and not relative.startswith("_:") and self._graph_iri(relative) == iri
        )
        return relative if readable else iri


class _Tokens(dict[str, str]):
    """By name, the token of the IRI that it stands for; empty for a name that denotes nothing."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __missing__(self, name: str) -> str:
        token = self[name] = f"<{self._names.iri_text(name)}>" if is_usable(name) else ""
        return token


class _LineEnds(dict[str, str]):
    """By the name of a graph, what ends its lines in N-Quads."""

    def __init__(self, names: Names, absent: AbsentGraph) -> None:
        self._names, self._absent = names, absent

    def __missing__(self, name: str) -> str:
        graph = self._names.graph(name, self._absent)
        end = self[name] = " .\n" if isinstance(graph, DefaultGraph) else f" {graph} .\n"
        return end


def _can_be_pinned(name: str) -> bool:
    return is_usable(name) and name not in _RESERVED and "__" not in name and _SCHEME.match(name) is None


# --- nodes


def _hashed(text: str) -> str:
    if len(text) * 4 <= _MAX_KEY or len(text.encode()) <= _MAX_KEY:
        return text
    return "_#" + hashlib.sha256(text.encode()).hexdigest()


def fits_index(texts: Iterable[str]) -> bool:
    """Tell whether the server can have some texts, a value or a list, in an index."""
    return sum(len(text.encode("utf-8", "surrogatepass")) + 8 for text in texts) <= _MAX_KEY


def node_key(term: NamedNode | BlankNode) -> str:
    """Return the value of a node's `iri`: the IRI, or `_:` and the label; of what is too long for an index, a hash.

    A blank node that stands for an odd `iri` (`node_token`) has that one.
    """
    if isinstance(term, NamedNode):
        return _hashed(term.value)
    if (odd := _ODD.fullmatch(term.value)) is not None:
        key = _unescape(re.sub("..", r"%\g<0>", odd[1]))
        if key is not None and node_token(key, None) == str(term):
            return key
    return _hashed(f"_:{term.value}")


def node_token(key: str, whole_iri: str | None) -> str:
    """Return what a node denotes as N-Quads has it; see `node_term`."""
    if key[:1] != "_":
        if _is_iri(key) and _hashed(key) == key:
            return f"<{key}>"
    elif key.startswith("_:"):
        label = key[2:]
        if _is_blank_node(label) and (not label.startswith(_ODD_LABEL) or node_key(BlankNode(label)) == key):
            return key
    elif whole_iri is not None and _hashed(whole_iri) == key:
        if _is_iri(whole_iri):
            return f"<{whole_iri}>"
        if whole_iri.startswith("_:") and _is_blank_node(whole_iri[2:]) and node_key(BlankNode(whole_iri[2:])) == key:
            return whole_iri
    return f"_:{_ODD_LABEL}{key.encode('utf-8', 'surrogatepass').hex()}"


def node_term(key: str, whole_iri: str | None) -> NamedNode | BlankNode:
    """Return what a node denotes: by no two keys the same, so that joining nodes is joining terms.

    An `iri` counts as one only where `node_key` would write it so; an odd one, as people write it, is no IRI, and the
    node is a blank node whose label holds what is there.

    Args:
        key: its `iri`. whole_iri: its `_iri`, which counts only if `key` is its hash.
    """
    token = node_token(key, whole_iri)
    return BlankNode(token[2:]) if token[0] == "_" else NamedNode(token[1:-1])


def anonymous_key(element_id: str) -> str:
    """Return the key of a node that has none of its own, from its element id: `4:uuid:17` gives `_:neo4j_4_uuid_17`.

    It names the database: what was written to another one never speaks of a node here.
    """
    return f"_:neo4j_{element_id.replace(':', '_')}"


def anonymous_id(key: str) -> str | None:
    """Return the element id of which `anonymous_key` makes a key, there or elsewhere; None for any other key."""
    match = ANONYMOUS.fullmatch(key)
    return ":".join(match.groups()) if match else None
