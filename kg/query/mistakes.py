"""Classic mistakes in a request that does not parse, found by its tokens and named with what would be right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from kg.errors import QuerySyntaxError
from kg.sparql.tokens import Token

__all__ = ["find_mistake"]

_Found = Iterator[tuple[Token, str]]
_AFTER_SELECT = ("DISTINCT", "REDUCED")
_ENDS_SELECT = ("WHERE", "FROM")


def find_mistake(error: QuerySyntaxError, tokens: Sequence[Token]) -> QuerySyntaxError | None:
    """Return an error that names the mistake by which a request does not parse; None if none is known.

    Only what is wrong wherever it stands, or stands where the parser stopped, counts as one.
    """
    for search in _SEARCHES:
        for token, reason in search(tokens, error):
            return QuerySyntaxError(error.language, reason, token.line, token.column)
    return None


def _stops_at(token: Token, error: QuerySyntaxError) -> bool:
    return error.line is None or (token.line, token.column) >= (error.line, error.column or 0)


def _written(tokens: Sequence[Token]) -> str:
    """Return tokens as text, with the spaces that were between them made one."""
    parts = []
    for index, token in enumerate(tokens):
        gap = index and token.start > tokens[index - 1].end
        parts.append(f" {token.text}" if gap else token.text)
    return "".join(parts)


def _closing(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the parenthesis that closes the one at an index, else of the last token."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += tokens[place].is_mark("(") - tokens[place].is_mark(")")
        if depth == 0:
            return place
    return len(tokens) - 1


def _in_projection(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    for select, token in enumerate(tokens):
        if not token.is_word("SELECT"):
            continue
        index = first = select + 1 + (select + 1 < len(tokens) and tokens[select + 1].is_word(*_AFTER_SELECT))
        while index < len(tokens) and not (tokens[index].is_mark("{") or tokens[index].is_word(*_ENDS_SELECT)):
            each = tokens[index]
            if each.is_mark(","):
                yield each, "the variables of SELECT stand side by side, without commas"
            opens = index + (each.kind in ("word", "name", "iri"))
            if opens < len(tokens) and tokens[opens].is_mark("("):
                end = _closing(tokens, opens)
                inside = tokens[opens + 1 : end] if opens == index else tokens[index : end + 1]
                if opens > index or not any(part.is_word("AS") for part in inside):
                    has_name = len(inside) > 1 and inside[-1].kind == "variable" and inside[-2].is_mark(")")
                    value, name = (_written(inside[:-1]), inside[-1].text) if has_name else (_written(inside), "?n")
                    yield each, f"an expression in SELECT needs a name: write ({value} AS {name})"
                index = end
            index += 1
        if index == first:
            yield token, "this SELECT names nothing; write SELECT * for all variables"


def _in_conditions(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        is_condition = after is None or after.is_mark("(") or after.kind in ("word", "name", "iri")
        if token.is_word("FILTER", "HAVING") and after is not None and not is_condition:
            word = token.text.upper()
            yield after, f"the condition of {word} stands in parentheses, as in {word}(?x > 3)"
        if after is not None and token.is_mark("=") and after.is_mark("=") and after.start == token.end:
            yield token, "`==` is no operator; equality is written `=`"
    marks = itertools.groupby(tokens, lambda token: token.is_mark("&"))
    for is_and, group in marks:
        found = list(group)
        if is_and and len(found) == 1:
            yield found[0], "a single `&` is no operator; and is written `&&`"


def _in_modifiers(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        if token.is_word("LIMIT", "OFFSET"):
            if after is None or after.kind != "number" or not after.text.isdigit():
                sign = after is not None and after.is_mark("-")
                given = "nothing" if after is None else "a negative one" if sign else repr(after.text)
                yield after or token, f"{token.text.upper()} takes a whole number from 0, not {given}"
        elif token.is_word("ASC", "DESC") and (after is None or not after.is_mark("(")):
            yield token, f"the variable stands in parentheses behind it: {token.text.upper()}(?x)"
        elif token.is_word("BY") and after is not None and after.kind == "mark" and after.text in "+-":
            yield after, "to sort downwards write DESC(?x); an expression stands in parentheses"


def _in_bind(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    for index, token in enumerate(tokens):
        if not token.is_word("BIND") or index + 1 >= len(tokens) or not tokens[index + 1].is_mark("("):
            continue
        end = _closing(tokens, index + 1)
        if not any(part.is_word("AS") for part in tokens[index:end]):
            yield token, "BIND needs a variable for the value, as in BIND(?x + 1 AS ?y)"
        opens = index
        while opens > 0 and not (tokens[opens].is_mark("{") and tokens[opens].depth < token.depth):
            opens -= 1
        after = tokens[min(end + 1, len(tokens) - 1)]
        variable = tokens[end - 1]
        is_used = any(each.kind == "variable" and each.text[1:] == variable.text[1:] for each in tokens[opens:index])
        if is_used and (after is tokens[-1] or _stops_at(tokens[min(end + 2, len(tokens) - 1)], error)):
            yield variable, f"{variable.text} has a value already in this group; BIND needs another variable"


def _in_subquery(tokens: Sequence[Token], token: Token) -> bool:
    """Tell whether a SELECT stands before a token in the same braces."""
    return any(each.is_word("SELECT") and each.depth == token.depth and each.start < token.start for each in tokens)


def _in_patterns(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    """Find a triple that begins where the one before it has not ended, and what stands in no group or outside one."""
    run, is_list = 0, False  # terms since a triple began; whether the group lists values
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        if token.is_mark("{") or token.is_mark(".") or token.is_mark("}"):
            run = 0
        elif run >= 0 and (token.kind in ("variable", "iri", "name", "blank") or (run == 1 and token.text == "a")):
            run += 1
        else:
            run = -1  # until the next triple begins
        if token.is_mark("}"):
            is_list = False
        elif token.is_word("VALUES"):
            is_list = True
        if run == 4 and token.depth and not is_list:
            yield token, f"a `.` is missing before {token.text}, where the next triple begins"
        elif token.depth and token.is_word("HAVING", "ORDER", "LIMIT") and not _in_subquery(tokens, token):
            yield token, f"{token.text.upper()} stands behind the `}}` of the pattern"
        elif token.is_word("UNION") and after is not None and not after.is_mark("{"):
            yield token, "UNION joins groups in braces: { … } UNION { … }"
    for token, after in itertools.pairwise(tokens):
        if token.is_word("OPTIONAL", "MINUS", "EXISTS") and not after.is_mark("{"):
            yield after, f"behind {token.text.upper()} a group in braces is expected: {token.text.upper()} {{ … }}"


def _in_construct(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    for index, token in enumerate(tokens[:-2]):
        if not (token.is_word("CONSTRUCT") and tokens[index + 1].is_mark("{")):
            continue
        for each in tokens[index + 2 :]:
            if each.is_mark("}") and each.depth == token.depth:
                if each is tokens[-1]:
                    yield token, "a pattern is missing: CONSTRUCT { … } WHERE { … }, or CONSTRUCT WHERE { … }"
                break
            if each.is_word("GRAPH"):
                yield each, "CONSTRUCT makes triples, not quads: leave out GRAPH in its template"


def _in_aggregates(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    if "GROUP BY" in error.reason:
        for token in tokens:
            if token.is_word("SELECT") and "SELECT *" in error.reason:
                yield token, "SELECT * cannot stand with GROUP BY; name the variables that are grouped by"
    elif "unbound" in error.reason:
        by = next((token for token in tokens if token.is_word("SELECT")), tokens[0])
        reason = "with GROUP BY or an aggregate, SELECT can only name variables that are grouped by and aggregates"
        yield by, f"{reason}, as (COUNT(?x) AS ?n) or (SAMPLE(?x) AS ?y)"


def _in_data(tokens: Sequence[Token], error: QuerySyntaxError) -> _Found:
    """Find a variable in DATA, a literal as subject or predicate."""
    for index, token in enumerate(tokens[:-2]):
        if not (token.is_word("DATA") and tokens[index + 1].is_mark("{")):
            continue
        for place in range(index + 2, len(tokens)):
            each, before = tokens[place], tokens[place - 1]
            if each.is_mark("}") and each.depth == token.depth:
                break
            if each.kind == "variable":
                yield each, f"{each.text} is a variable, and DATA lists triples as they are; for a pattern use WHERE"
            if each.kind in ("string", "number") and before.kind == "mark" and before.text in "{.":
                yield each, f"{each.text} is a literal, and a literal is never the subject of a triple"


_SEARCHES: tuple[Callable[[Sequence[Token], QuerySyntaxError], _Found], ...] = (
    _in_projection,
    _in_aggregates,
    _in_conditions,
    _in_modifiers,
    _in_bind,
    _in_construct,
    _in_data,
    _in_patterns,
)
