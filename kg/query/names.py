"""What the IRIs and prefixed names of a request mean: computed predicates, and names that mean nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from kg.errors import QuerySyntaxError
from kg.query.computed import COMPUTED
from kg.query.mistakes import find_mistake
from kg.rdf import NamedNode, Quad, Triple
from kg.sparql.tokens import Token

__all__ = ["Meaning", "clearer", "holds_computed", "meanings"]

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_UCHAR = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LOCAL_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Meaning:
    """An IRI or a prefixed name; `iri` is None where its prefix is unknown, or it is relative to no base."""

    index: int
    token: Token
    iri: str | None
    is_declared: bool
    """Whether it is the IRI of a BASE or PREFIX declaration."""


def holds_computed(quads: Iterable[Quad]) -> bool:
    """Tell whether a computed predicate stands anywhere in some quads."""
    computed = {NamedNode(iri) for iri in COMPUTED}
    return any(
        quad.predicate in computed
        or quad.subject in computed
        or quad.object in computed
        or quad.graph_name in computed
        or (isinstance(quad.object, Triple) and any(iri in str(quad.object) for iri in COMPUTED))
        for quad in quads
    )


def clearer(error: QuerySyntaxError, tokens: Sequence[Token], prefixes: Mapping[str, str]) -> QuerySyntaxError:
    """Return what is wrong with a request that Oxigraph refused, as far as a name or a classic mistake explains it."""
    for meaning in meanings(tokens, prefixes):
        if meaning.iri is not None:
            continue
        token = meaning.token
        if token.kind == "name":
            reason = f"the prefix {token.text.partition(':')[0]}: is unknown; declare it with PREFIX"
        elif _is_to_blame(meaning.index, tokens, error):
            reason = f"{token.text} is relative, and there is no BASE; write the whole IRI"
        else:
            continue
        return QuerySyntaxError(error.language, reason, token.line, token.column)
    return find_mistake(error, tokens) or error


def _is_to_blame(index: int, tokens: Sequence[Token], error: QuerySyntaxError) -> bool:
    """Tell whether a relative IRI is what stopped Oxigraph, and not two comparisons: `?a<3&&?b>2`.

    It cannot be that without a value before it; behind one it is to blame if Oxigraph stopped at it or just behind it.
    """
    token = tokens[index]
    before = tokens[index - 1] if index else token
    if before.kind == "word" or (before.kind == "mark" and before.text != ")"):
        return True
    if error.line is None or error.column is None:
        return True
    after = tokens[index + 1 :][:1]
    end = (after[0].line, after[0].column + len(after[0].text)) if after else (error.line, error.column)
    return (token.line, token.column) <= (error.line, error.column) <= end


def meanings(tokens: Sequence[Token], prefixes: Mapping[str, str]) -> Iterator[Meaning]:
    """Yield what each IRI and each prefixed name means, by the declarations before it."""
    declared: dict[str, str | None] = dict(prefixes)
    base: str | None = None
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else token
        if token.kind == "iri":
            value = _resolve(token.text[1:-1], base)
            if before.is_word("BASE"):
                base = value
            prefix = before.kind == "name" and index > 1 and tokens[index - 2].is_word("PREFIX")
            if prefix:
                declared[before.text[:-1]] = value
            yield Meaning(index, token, value, prefix or before.is_word("BASE"))
        elif token.kind == "name" and not before.is_word("PREFIX"):
            prefix_name, _, local = token.text.partition(":")
            if prefix_name not in declared:
                yield Meaning(index, token, None, False)
            elif (start := declared[prefix_name]) is not None:  # else its declaration was yielded
                yield Meaning(index, token, start + _LOCAL_ESCAPE.sub(r"\1", local), False)


def _resolve(written: str, base: str | None) -> str | None:
    value = _UCHAR.sub(lambda match: _character(match[1] or match[2]), written)
    if _ABSOLUTE.match(value):
        return value
    return None if base is None else urljoin(base, value)


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number < 0x110000 else "\ufffd"
