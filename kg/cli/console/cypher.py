"""Cypher in the console: when a statement is complete, and what could come next in it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.cli.console.language import Language, Suggestion, first_of_each
from kg.cli.console.vocabulary import Vocabulary, Word
from kg.cli.why import row_reasons
from kg.cypher.allowed import ALLOWED_PROCEDURES
from kg.cypher.effects import effects_of
from kg.cypher.tokens import Token, is_plain_name, tokenise
from kg.errors import KgError, QuerySyntaxError
from kg.explain import Reason
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.mirror.dialect.procedures import PROCEDURES
from kg.property_graph.names import identifier
from kg.query.cypher import run_cypher
from kg.query.cypher_explain import explain_cypher
from kg.query.records_formats import RECORD_FORMATS
from kg.query.table import shorten
from kg.records import Node, Records, Value

__all__ = ["CYPHER", "FUNCTIONS"]

_KEYWORDS = (
    "MATCH OPTIONAL WHERE RETURN WITH UNWIND ORDER BY SKIP LIMIT DISTINCT AS ASC DESC UNION ALL CALL YIELD CREATE "
    "MERGE ON SET REMOVE DELETE DETACH FOREACH AND OR XOR NOT IN STARTS ENDS CONTAINS IS NULL CASE WHEN THEN ELSE END "
    "EXISTS COUNT COLLECT TRUE FALSE EXPLAIN PROFILE SHOW FINISH SHORTEST"
).split()
FUNCTIONS = (
    "abs acos asin atan atan2 avg ceil coalesce collect cos cot count date datetime degrees duration "
    "duration.between duration.inDays duration.inMonths duration.inSeconds elementId endNode exp floor head isEmpty "
    "isNaN keys labels last left length localdatetime localtime log log10 lower ltrim max min nodes normalize nullIf "
    "percentileCont percentileDisc pi point point.distance properties radians rand range relationships replace "
    "reverse right round rtrim sign sin size split sqrt startNode stDev stDevP substring sum tail tan time toBoolean "
    "toFloat toInteger toLower toString toUpper trim type upper valueType"
).split()
_UNFINISHED = frozenset(
    "MATCH OPTIONAL WHERE RETURN WITH UNWIND ORDER BY SKIP LIMIT DISTINCT AS UNION ALL CALL YIELD CREATE MERGE ON SET "
    "REMOVE DELETE DETACH AND OR XOR NOT IN STARTS ENDS CONTAINS IS CASE WHEN THEN ELSE EXPLAIN PROFILE , + - * / % ^ "
    "= <> < > <= >= =~ . : | & -> <- ||".split()
)
"""Words and marks after which something must follow."""
_ENDING = frozenset("RETURN CREATE MERGE SET REMOVE DELETE FOREACH FINISH CALL SHOW DROP".split())
"""One of these has every statement that can be run."""

_PIECE = re.compile(
    r"""(?P<space>\s+|//[^\n]*\n|/\*.*?\*/)|(?P<open>//[^\n]*\Z|/\*.*\Z|'(?:[^'\\]|\\.)*\Z|"(?:[^"\\]|\\.)*\Z|`[^`]*\Z)"""
    r"""|(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<quoted>`[^`]*`)|(?P<parameter>\$\w*)|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<number>\d[\w.]*)|(?P<mark>.)""",
    re.DOTALL,
)
"""A text that somebody is still typing: strings may be open, and nothing in it is refused."""


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str


def _is_complete(text: str) -> bool:
    """Tell whether a text could be whole: it ends with a semicolon, or is closed and returns or does something."""
    try:
        tokens = tokenise(text)[:-1]
    except QuerySyntaxError as error:
        return "not closed" not in error.reason
    if not tokens or tokens[-1].key == ";":
        return True
    if tokens[-1].key in _UNFINISHED and not (tokens[-1].key == "*" and _follows_return(tokens)):
        return False
    known = any(token.key in _KEYWORDS for token in tokens[:1])
    return not known or any(token.key in _ENDING for token in tokens)


def _follows_return(tokens: Sequence[Token]) -> bool:
    return len(tokens) > 1 and tokens[-2].key in ("RETURN", "WITH", "DISTINCT")


@first_of_each
def _suggest(before: str, after: str, words: Vocabulary) -> Iterator[Suggestion]:
    """Yield what could stand at the cursor, in an order that fits the place."""
    pieces = [_Piece(str(match.lastgroup), match[0]) for match in _PIECE.finditer(before) if match.lastgroup != "space"]
    last = pieces[-1] if pieces else None
    if last is not None and last.kind == "open":
        if last.text[0] in "'\"":
            yield from _quoted_names(last.text, after, words)
        return
    if last is not None and last.kind == "parameter" and before.endswith(last.text):
        yield from _starting(last.text, (f"${name}" for name in words.parameters))
        return
    typed = pieces.pop().text if last is not None and last.kind == "word" and before.endswith(last.text) else ""
    last = pieces[-1] if pieces else None
    opened = _opened(pieces)
    if last is not None and last.kind == "mark" and last.text in ":|&!":
        yield from _after_colon(typed, opened, words)
    elif last is not None and last.text == ".":
        yield from _after_dot(typed, pieces, words)
    elif last is not None and last.text.upper() == "CALL":
        yield from _procedures(_dotted(pieces, typed))
        yield from _starting(typed, ("(",))
    elif last is not None and last.text in "{," and opened and opened[-1].text == "{" and _is_pattern(opened):
        yield from _properties(typed, words)
    else:
        yield from _anything(typed, pieces, after)


def _after_colon(typed: str, opened: Sequence[_Piece], words: Vocabulary) -> Iterator[Suggestion]:
    inside = opened[-1].text if opened else ""
    if inside == "{":
        return  # the value of a property
    if inside == "[":
        yield from _terms(typed, (word for word in words.properties if not word.is_data))
    else:
        yield from _terms(typed, words.classes)


def _after_dot(typed: str, pieces: Sequence[_Piece], words: Vocabulary) -> Iterator[Suggestion]:
    dotted = _dotted(pieces, typed)
    if _is_after_call(pieces):
        yield from _procedures(dotted)
        return
    for name in FUNCTIONS:
        if name.startswith(dotted):
            yield Suggestion(f"{name}(", len(dotted), name)
    yield from _properties(typed, words)


def _procedures(typed: str) -> Iterator[Suggestion]:
    """Yield the procedures that may be called: first those that both stores have."""
    yield from _starting(typed, sorted(PROCEDURES))
    for name in sorted(ALLOWED_PROCEDURES - PROCEDURES.keys()):
        if name.startswith(typed):
            yield Suggestion(name, len(typed), meta="in Neo4j only")


def _is_after_call(pieces: Sequence[_Piece]) -> bool:
    rest = list(itertools.dropwhile(lambda piece: piece.kind == "word" or piece.text == ".", reversed(pieces)))
    chain = list(pieces[len(rest) :])
    return any(piece.text.upper() == "CALL" for piece in chain)


def _dotted(pieces: Sequence[_Piece], typed: str) -> str:
    """Return the name with dots that ends with what was typed."""
    parts = [typed]
    for dot, word in zip(pieces[-1::-2], pieces[-2::-2], strict=False):
        if dot.text != "." or word.kind != "word":
            break
        parts[:0] = [word.text, "."]
    return "".join(parts)


def _opened(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Return the brackets that are open."""
    opened: list[_Piece] = []
    for piece in pieces:
        if piece.kind == "mark" and piece.text in "([{":
            opened.append(piece)
        elif piece.kind == "mark" and piece.text in ")]}" and opened:
            opened.pop()
    return opened


def _is_pattern(opened: Sequence[_Piece]) -> bool:
    """Tell whether an open brace is one of a node or a relationship, and no map or subquery."""
    return len(opened) > 1 and opened[-2].text in "(["


def _anything(typed: str, pieces: Sequence[_Piece], after: str) -> Iterator[Suggestion]:
    names = {piece.text for piece in (*pieces, *_read(after)) if piece.kind == "word"}
    variables = sorted(name for name in names if name.upper() not in _KEYWORDS and name not in FUNCTIONS)
    if typed:
        yield from _starting(typed, variables)
        yield from (Suggestion(word, len(typed)) for word in _KEYWORDS if word.startswith(typed.upper()))
        for name in FUNCTIONS:
            if name.lower().startswith(typed.lower()):
                yield Suggestion(f"{name}(", len(typed), name)


def _read(text: str) -> list[_Piece]:
    return [_Piece(str(match.lastgroup), match[0]) for match in _PIECE.finditer(text)]


def _starting(typed: str, names: Iterable[str]) -> Iterator[Suggestion]:
    for name in names:
        if name.startswith(typed) and name != typed:
            yield Suggestion(name, len(typed))


def _properties(typed: str, words: Vocabulary) -> Iterator[Suggestion]:
    yield from _terms(typed, (word for word in words.properties if word.is_data))
    yield from _starting(typed, ("iri", "rdfs__label", "dct__title", "rdf__predicate", "rdf__object"))


def _terms(typed: str, words: Iterable[Word]) -> Iterator[Suggestion]:
    """Yield classes or properties by their name or a label; what begins so comes first."""
    ranked: list[tuple[int, str, Suggestion]] = []
    for word in words:
        rank = _rank(typed.casefold(), word)
        if rank is not None:
            written = word.name if is_plain_name(word.name) else identifier(word.name)
            ranked.append((rank, word.name, Suggestion(written, len(typed), word.name, word.meaning)))
    for _, _, suggestion in sorted(ranked, key=lambda each: each[:2]):
        yield suggestion


def _rank(wanted: str, word: Word) -> int | None:
    """Return how well a term fits what was typed, 0 best; None where it does not."""
    if word.name.casefold().startswith(wanted):
        return 0
    labels = [label.casefold() for label in word.labels]
    if any(label.startswith(wanted) for label in labels):
        return 1
    if any(part.startswith(wanted) for label in labels for part in label.split()):
        return 2
    # Chinese is written without spaces, so a word may begin anywhere.
    return 3 if not wanted.isascii() and any(wanted in label for label in labels) else None


def _quoted_names(open_string: str, after: str, words: Vocabulary) -> Iterator[Suggestion]:
    quote, start = open_string[0], open_string[1:]
    closing = "" if after.startswith(quote) else quote
    if start and "\n" not in start:
        for name, iri in words.named(start):
            written = name.replace("\\", "\\\\").replace(quote, f"\\{quote}")
            yield Suggestion(written + closing, len(start), name, shorten(iri, words.base))


# --- what is asked of the graph, in the process that reads


def _ask(
    graph: KnowledgeGraph,
    text: str,
    limits: Limits,
    parameters: Mapping[str, Value],
    is_writing: bool = False,
) -> Records:
    return run_cypher(graph, text, parameters, limits, is_writing)


def _explain(graph: KnowledgeGraph, text: str, parameters: Mapping[str, Value], is_writing: bool = False) -> str:
    return explain_cypher(graph, text, parameters, is_writing)


def _reasons(graph: KnowledgeGraph, cells: tuple[Any, ...]) -> tuple[Reason, ...]:
    return row_reasons(graph, cells, is_lone=True)


def _thing(cell: Any) -> str | None:
    iri = cell.properties.get("iri") if isinstance(cell, Node) else None
    return iri if isinstance(iri, str) else None


def _is_writing(text: str) -> bool:
    try:
        return effects_of(text).is_writing
    except KgError:  # it will be refused, with the reason
        return False


CYPHER = Language(
    "cypher",
    "query.cypher",
    _is_complete,
    _suggest,
    _ask,
    _explain,
    _reasons,
    _thing,
    RECORD_FORMATS,
    ":.",
    _is_writing,
)
