"""SPARQL in the console: when a query is complete, and what could come next in it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kg.cli.console.language import Language, Suggestion, first_of_each
from kg.cli.console.vocabulary import Vocabulary, Word
from kg.explain import reasons_among
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.query.explain import explain_sparql
from kg.query.formats import FORMATS
from kg.query.sparql import run_sparql
from kg.query.table import shorten
from kg.rdf import PREFIXES, NamedNode
from kg.results import ResultSet
from kg.sparql.tokens import Token, prologue_end, tokenise

__all__ = ["SPARQL"]

_KEYWORDS = (
    "SELECT ASK CONSTRUCT DESCRIBE PREFIX BASE WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER BIND VALUES EXISTS "
    "NOT DISTINCT REDUCED GROUP ORDER BY HAVING LIMIT OFFSET ASC DESC AS IN UNDEF COUNT SUM MIN MAX AVG SAMPLE "
    "GROUP_CONCAT SEPARATOR STR LANG LANGMATCHES DATATYPE BOUND IRI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN "
    "UCASE LCASE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER REGEX REPLACE SUBSTR YEAR MONTH DAY NOW COALESCE IF "
    "ISIRI ISBLANK ISLITERAL ISNUMERIC"
).split()
_UNFINISHED = (
    "WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER BIND VALUES GROUP ORDER BY HAVING LIMIT OFFSET AS PREFIX BASE"
).split()
"""Words after which something must follow."""

_TYPED = re.compile(r"[?$]\w*$|<[^<>\"{}|^`\\\s]*$|[\w:\-.%]+$")
"""What of a name stands before the cursor."""
_LOCAL = re.compile(r"[\w\-]*")
_TERMS = frozenset({"iri", "string", "variable", "blank", "name", "number"})


def _is_complete(text: str) -> bool:
    """Tell whether a text could be a whole query: all is closed, and its form has its group."""
    tokens = tokenise(text, is_finished=False)
    if not tokens:
        return True
    if _has_open_long_string(tokens) or _opened(tokens, "{", "}") > 0 or _opened(tokens, "(", ")") > 0:
        return False
    body = tokens[prologue_end(tokens) :]
    if not body or tokens[-1].is_word(*_UNFINISHED):
        return False
    if body[0].is_word("DESCRIBE"):
        return len(body) > 1
    groups = sum(token.is_mark("{") and token.depth == 0 for token in body)
    if body[0].is_word("CONSTRUCT") and len(body) > 1 and body[1].is_mark("{"):
        return groups > 1  # the first is the template
    return groups > 0 or not body[0].is_word("SELECT", "ASK", "CONSTRUCT")


def _opened(tokens: Iterable[Token], opening: str, closing: str) -> int:
    return sum(token.is_mark(opening) - token.is_mark(closing) for token in tokens)


def _has_open_long_string(tokens: Sequence[Token]) -> bool:
    """Find `\"""` without its end: it is read as an empty string and a lone quote."""
    return any(
        first.kind == "string" and len(first.text) == 2 and second.is_mark(first.text[0]) and first.end == second.start
        for first, second in itertools.pairwise(tokens)
    )


@first_of_each
def _suggest(before: str, after: str, words: Vocabulary) -> Iterator[Suggestion]:
    """Yield what could stand at the cursor, in an order that fits the place."""
    quoted = _open_string(before)
    if quoted is not None:
        yield from _quoted_names(quoted, after, words)
        return
    match = _TYPED.search(before)
    typed = match[0] if match else ""
    tokens = tokenise(before[: len(before) - len(typed)], is_finished=False)
    if "#" in before[tokens[-1].end if tokens else 0 : len(before) - len(typed)]:
        return  # a comment
    last = tokens[-1] if tokens else None
    declared = _declared(tokens)
    prefixes = declared | {prefix: iri for prefix, iri in PREFIXES.items() if prefix not in declared}
    if last is not None and last.is_word("PREFIX"):
        yield from _prefix_declarations(typed)
    elif typed.startswith(("?", "$")):
        yield from _variables(typed, before[: len(before) - len(typed)] + " " + after)
    elif last is not None and last.is_word("GRAPH", "FROM", "NAMED"):
        yield from _graphs(typed, words)
        yield from _keywords(typed, ("NAMED",))
    elif typed.startswith("<"):
        yield from _iris(typed, words)
    elif _is_type(last):
        yield from _terms(typed, words.classes, prefixes)
        yield from _prefixes(typed, prefixes)
    else:
        yield from _anything(typed, _place(tokens), words, prefixes, before)


def _anything(
    typed: str, place: str, words: Vocabulary, prefixes: Mapping[str, str], before: str
) -> Iterator[Suggestion]:
    properties = _terms(typed, words.properties, prefixes)
    classes = _terms(typed, words.classes, prefixes)
    if place == "predicate":
        yield from itertools.chain(properties, _prefixes(typed, prefixes))
    elif place == "object":
        yield from itertools.chain(_things(typed, len(typed), words), classes, _prefixes(typed, prefixes))
    else:
        yield from itertools.chain(_keywords(typed, _KEYWORDS), _prefixes(typed, prefixes), classes, properties)
        if place == "subject":
            yield from _things(typed, len(typed), words)
    if not typed:
        yield from _variables("?", before)


def _place(tokens: Sequence[Token]) -> str:
    """Return which part of a triple comes next; "" outside of one."""
    terms = 0
    for token in reversed(tokens):
        if token.kind in _TERMS or token.is_word("A", "TRUE", "FALSE"):
            terms += 1
        elif token.is_mark(";"):
            terms += 1
            break
        elif token.is_mark(","):
            terms += 2
            break
        elif token.kind == "word" or token.is_mark("("):
            return ""
        elif token.is_mark(".") or token.is_mark("{") or token.is_mark("}"):
            if token.depth == 0 and not token.is_mark("{"):
                return ""
            break
    else:
        return ""
    return ("subject", "predicate", "object", "")[min(terms, 3)]


def _is_type(token: Token | None) -> bool:
    return token is not None and (token.is_word("A") or (token.kind == "name" and token.text == "rdf:type"))


def _open_string(before: str) -> str | None:
    """Return what stands in the string in which the cursor is, None where it is in none."""
    tokens = tokenise(before, is_finished=False)
    opening = next((token for token in tokens if token.kind == "mark" and token.text in "\"'"), None)
    if opening is None or "\n" in before[opening.start :]:
        return None
    return before[opening.start + 1 :]


# --- each kind of completion


def _quoted_names(start: str, after: str, words: Vocabulary) -> Iterator[Suggestion]:
    closing = "" if after.startswith(('"', "'")) else '"'
    if start:
        for name, iri in words.named(start):
            written = name.replace("\\", "\\\\").replace('"', '\\"')
            yield Suggestion(written + closing, len(start), name, shorten(iri, words.base))


def _things(start: str, replaced: int, words: Vocabulary) -> Iterator[Suggestion]:
    if start:
        for name, iri in words.named(start):
            yield Suggestion(f"<{iri}>", replaced, name, shorten(iri, words.base))


def _iris(typed: str, words: Vocabulary) -> Iterator[Suggestion]:
    yield from _things(typed[1:], len(typed), words)
    for iri in (*words.graphs, *(word.iri for word in (*words.classes, *words.properties))):
        if iri.startswith(typed[1:]):
            yield Suggestion(f"<{iri}>", len(typed), f"<{iri}>")


def _graphs(typed: str, words: Vocabulary) -> Iterator[Suggestion]:
    start = typed.removeprefix("<")
    for iri in words.graphs:
        if iri.startswith(start) or start.casefold() in iri.removeprefix(words.base).casefold():
            yield Suggestion(f"<{iri}>", len(typed), shorten(iri, words.base))


def _variables(typed: str, text: str) -> Iterator[Suggestion]:
    tokens = tokenise(text, is_finished=False)
    names = sorted({token.text[1:] for token in tokens if token.kind == "variable"})
    for name in names:
        if name.startswith(typed[1:]):
            yield Suggestion(typed[:1] + name, len(typed))


def _keywords(typed: str, keywords: Iterable[str]) -> Iterator[Suggestion]:
    for word in keywords:
        if typed and word.startswith(typed.upper()):
            yield Suggestion(word, len(typed))


def _declared(tokens: Sequence[Token]) -> dict[str, str]:
    """Return the prefixes that a text declares."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return {
        name.text[:-1]: iri.text[1:-1]
        for word, name, iri in triples
        if word.is_word("PREFIX") and name.kind == "name" and iri.kind == "iri"
    }


def _prefix_declarations(typed: str) -> Iterator[Suggestion]:
    for prefix, namespace in PREFIXES.items():
        if f"{prefix}:".startswith(typed):
            yield Suggestion(f"{prefix}: <{namespace}>", len(typed), f"{prefix}:", namespace)


def _prefixes(typed: str, prefixes: Mapping[str, str]) -> Iterator[Suggestion]:
    for prefix, namespace in prefixes.items():
        if f"{prefix}:".startswith(typed) and f"{prefix}:" != typed:
            yield Suggestion(f"{prefix}:", len(typed), f"{prefix}:", namespace)


def _terms(typed: str, words: Iterable[Word], prefixes: Mapping[str, str]) -> Iterator[Suggestion]:
    """Yield classes or properties by their prefixed name, local name or a label; what begins so comes first."""
    prefix, colon, rest = typed.partition(":")
    wanted = (rest if colon else typed).casefold()
    ranked: list[tuple[int, str, Suggestion]] = []
    for word in words:
        name = _prefixed(word.iri, prefixes)
        if colon and not name.startswith(f"{prefix}:"):
            continue
        rank = _rank(wanted, name, word)
        if rank is not None:
            ranked.append((rank, name, Suggestion(name, len(typed), name, word.meaning)))
    for _, _, suggestion in sorted(ranked, key=lambda each: each[:2]):
        yield suggestion


def _prefixed(iri: str, prefixes: Mapping[str, str]) -> str:
    for prefix, namespace in prefixes.items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"


def _rank(wanted: str, name: str, word: Word) -> int | None:
    """Return how well a term fits what was typed, 0 best; None where it does not."""
    if name.partition(":")[2].casefold().startswith(wanted) or name.casefold().startswith(wanted):
        return 0
    labels = [label.casefold() for label in word.labels]
    if any(label.startswith(wanted) for label in labels):
        return 1
    if any(part.startswith(wanted) for label in labels for part in label.split()):
        return 2
    # Chinese is written without spaces, so a word may begin anywhere.
    return 3 if not wanted.isascii() and any(wanted in label for label in labels) else None


def _ask(graph: KnowledgeGraph, text: str, limits: Limits) -> ResultSet:
    return run_sparql(graph, text, limits=limits)


def _thing(cell: Any) -> str | None:
    return cell.value if isinstance(cell, NamedNode) else None


SPARQL = Language(
    "sparql", "query.rq", _is_complete, _suggest, _ask, explain_sparql, reasons_among, _thing, tuple(FORMATS)
)
