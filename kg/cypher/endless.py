"""Statements that could not be stopped once they run: refused before, from their tokens and parameters.

Neo4j looks whether a transaction has been ended between two rows, never within one expression. A `reduce` over
`range(0, 1000000000000)`, loops within loops, and a regular expression that tries everything keep a processor of the
server until it is restarted, whatever limit the statement has (measured with 5.26). So what goes through a list in an
expression must be short enough by what can be told of it, and UNWIND, which makes rows, is there for the rest.

What is told of a text is never all: how long a list is that `collect` made, or that was doubled again and again, is not
in it. Then the limit of time still releases whoever asked, and the server's limit of memory ends what grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.cypher.tokens import Token, tokenise
from kg.errors import ForbiddenQueryError
from kg.records import Value

__all__ = ["MAX_LIST", "MAX_STEPS", "refuse_endless", "slow_because"]

MAX_LIST = 100_000
"""How many numbers a `range` may have that is not unwound: as texts put together one by one they take a second."""
MAX_STEPS = 10_000_000
"""How often the innermost of nested loops may run for one row: about a second."""
MAX_GROWN = 10_000
"""From how many items a `reduce` may put a text or a list together: each step copies what there is."""
MAX_XORS = 12
"""How often XOR may stand in an expression: with each more the planner makes twice as many conditions."""

_ENDS_EXPRESSION = frozenset({",", "AS", "WHERE", "RETURN", "WITH", "UNWIND"})
_USUAL = 100
"""How long a list is taken to be of which nothing is known; with this, three loops may be nested, not four."""
_LOOPS = frozenset({"REDUCE", "ANY", "ALL", "NONE", "SINGLE"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ADVICE = "One row of it could take too long to be stopped."


def refuse_endless(text: str, parameters: Mapping[str, Value]) -> None:
    """Refuse a statement that goes through more in one expression than can be waited for.

    Raises:
        ForbiddenQueryError: what it is, and what can be written instead. QuerySyntaxError: the text has no tokens.
    """
    tokens = tokenise(text)
    longest = _USUAL
    for at, token in enumerate(tokens):
        if token.kind in ("word", "quoted") and str(token.value).lower() == "range" and tokens[at + 1].text == "(":
            longest = max(longest, _range_length(tokens, at, parameters))
        elif token.kind == "parameter":
            given = parameters.get(str(token.value))
            longest = max(longest, len(given) if isinstance(given, list) else 0)
        elif token.key == "=~":
            _refuse_slow_pattern(tokens, at, parameters)
    if longest > MAX_GROWN and any(_is_growing(tokens, at) for at in range(len(tokens))):
        what = f"a reduce that puts something together from up to {longest:,} items"
        raise ForbiddenQueryError("Cypher", "endless", what, f"{_ADVICE} Use a shorter list, or UNWIND and collect.")
    if (xors := _longest_xor(tokens)) > MAX_XORS:
        raise ForbiddenQueryError("Cypher", "endless", f"XOR, {xors} times,", "It is long in planning. Use = or <>.")
    depth = max(_loop_depths(tokens), default=0)
    if depth > 1 and longest**depth > MAX_STEPS:
        what = f"{depth} loops in one another, over lists of up to {longest:,} items,"
        advice = f"{_ADVICE} Use UNWIND for the outer ones, or shorter lists."
        raise ForbiddenQueryError("Cypher", "endless", what, advice)


def _longest_xor(tokens: Sequence[Token]) -> int:
    """Return how often XOR stands in one expression at most."""
    found = count = 0
    for token in tokens:
        count = 0 if token.key in _ENDS_EXPRESSION else count + (token.key == "XOR")
        found = max(found, count)
    return found


def _is_growing(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a `reduce` begins here whose result may be longer with each item: not if numbers make a number."""
    if tokens[at].key != "REDUCE" or tokens[at + 1].text != "(":
        return False
    (start, *rest), _ = _arguments(tokens, at + 1)
    body = [token for argument in rest for token in argument]
    body = body[next((place for place, token in enumerate(body) if token.key == "|"), 0) :]
    makes_texts = any(token.kind in ("string", "parameter") or token.key in ("[", "TOSTRING") for token in body)
    return makes_texts or not all(token.kind == "number" or token.key in ("-", "+") for token in start[2:])


# --- ranges


def _range_length(tokens: Sequence[Token], at: int, parameters: Mapping[str, Value]) -> int:
    """Return how long a range is as far as that matters: 0 where it is unwound and nothing collects it again."""
    arguments, end = _arguments(tokens, at + 1)
    is_unwound = tokens[at - 1].key == "UNWIND" and tokens[end + 1].key == "AS"
    numbers = [_number(argument, parameters) for argument in arguments]
    if len(numbers) in (2, 3) and all(number is not None for number in numbers):
        first, last, step = (*(number or 0 for number in numbers), 1)[:3]
        length = max(0, (last - first) // step + 1) if step else 0
        if is_unwound:
            return length if any(token.key == "COLLECT" for token in tokens) else 0
        if length > MAX_LIST:
            what = f"a range of {length:,} numbers in one list"
            raise ForbiddenQueryError("Cypher", "endless", what, f"{_ADVICE} UNWIND range(…) AS x makes rows of them.")
        return length
    if not is_unwound and not all(_is_measured(tokens, argument, parameters) for argument in arguments):
        advice = f"{_ADVICE} Use numbers, parameters or size(…), or UNWIND range(…) AS x."
        raise ForbiddenQueryError("Cypher", "endless", "a range whose end is worked out, in one list,", advice)
    return 0


def _arguments(tokens: Sequence[Token], opening: int) -> tuple[list[Sequence[Token]], int]:
    """Return the arguments in a bracket, and the index of its end."""
    found: list[Sequence[Token]] = []
    depth, start = 0, opening + 1
    for at in range(opening, len(tokens)):
        text = tokens[at].text if tokens[at].kind == "mark" else ""
        if text in _CLOSING:
            depth += 1
        elif text in _CLOSING.values():
            depth -= 1
        if (depth == 0 or (depth == 1 and text == ",")) and at >= start:
            found.append(tokens[start:at])
            start = at + 1
        if depth == 0:
            return found, at
    raise AssertionError("tokenise has paired all brackets")


def _number(argument: Sequence[Token], parameters: Mapping[str, Value]) -> int | None:
    sign = -1 if argument and argument[0].key == "-" else 1
    rest = argument[1:] if argument and argument[0].key in ("-", "+") else argument
    if len(rest) != 1:
        return None
    value = parameters.get(str(rest[0].value)) if rest[0].kind == "parameter" else rest[0].value
    is_number = rest[0].kind in ("number", "parameter") and type(value) is int
    return sign * value if is_number and isinstance(value, int) else None


def _is_measured(tokens: Sequence[Token], argument: Sequence[Token], parameters: Mapping[str, Value]) -> bool:
    """Tell whether an argument is no larger than what is there: small numbers, lengths, counters, added up."""
    term: list[Token] = []
    depth = 0
    for token in argument:
        if not depth and token.key in ("+", "-") and term and term[-1].key not in ("/", "%"):
            if not _is_measured_term(tokens, term, parameters):
                return False
            term = []
        else:
            term.append(token)
            depth += (token.key in _CLOSING) - (token.key in _CLOSING.values())
    return _is_measured_term(tokens, term, parameters)


def _is_measured_term(tokens: Sequence[Token], term: Sequence[Token], parameters: Mapping[str, Value]) -> bool:
    if (number := _number(term, parameters)) is not None:
        return abs(number) <= MAX_LIST
    if len(term) == 1 and term[0].kind == "word":
        return _is_counter(tokens, str(term[0].value))
    is_length = len(term) > 3 and term[0].key in ("SIZE", "LENGTH")
    if not term or term[is_length].text != "(":
        return False
    _, end = _arguments(term, int(is_length))
    if not is_length and not _is_measured(tokens, term[1:end], parameters):
        return False
    rest = term[end + 1 :]
    return not rest or (rest[0].key in ("/", "%") and type(_number(rest[1:], parameters)) is int)


def _is_counter(tokens: Sequence[Token], name: str) -> bool:
    """Tell whether a variable has nothing but lengths, `size(l) AS n`, or numbers of ranges, `[i IN range(…) | …]`."""
    is_bound = False
    for at, token in enumerate(tokens):
        if token.kind not in ("word", "quoted") or token.value != name:
            continue
        before, after = tokens[at - 1].key, tokens[at + 1].key
        if before == "YIELD" or (before == "(" and after == "="):
            return False
        if before == "AS" or (after == "IN" and before in ("[", "(", ",")):
            is_range = before != "AS" and tokens[at + 2].key == "RANGE" and tokens[at + 3].text == "("
            if not is_range and not (before == "AS" and _is_length_before(tokens, at - 1)):
                return False
            is_bound = True
    return is_bound


def _is_length_before(tokens: Sequence[Token], end: int) -> bool:
    """Tell whether the whole expression before a token is a length or a count."""
    at, depth = end - 1, 0
    while at > 1 and (depth or at == end - 1):
        key = tokens[at].key
        depth += (key in _CLOSING.values()) - (key in _CLOSING)
        at -= 1
    is_call = tokens[end - 1].key == ")" and tokens[at].key in ("SIZE", "LENGTH", "COUNT")
    return is_call and tokens[at - 1].key in (",", "WITH", "RETURN")


# --- loops


@dataclass(slots=True)
class _Open:
    """A bracket that is open: whether it is a loop, and whether we are in what the loop does again and again."""

    is_loop: bool
    is_body: bool = False


def _loop_depths(tokens: Sequence[Token]) -> Iterator[int]:
    """Yield how deep each loop is in others. What a loop goes through is not in the loop: it is worked out once.

    A range in a loop counts as one: it takes no time where it is made, but wherever all is compared or returned.
    """
    opened: list[_Open] = []
    for at, token in enumerate(tokens):
        text = token.text if token.kind == "mark" else ""
        if text in _CLOSING:
            is_list = text == "[" and tokens[at + 1].kind in ("word", "quoted") and tokens[at + 2].key == "IN"
            is_call = text == "(" and at > 0 and tokens[at - 1].key in _LOOPS
            opened.append(_Open(is_list or is_call))
            is_range = text == "(" and at > 0 and str(tokens[at - 1].value).lower() == "range"
            if opened[-1].is_loop or is_range:
                yield 1 + sum(bracket.is_loop and bracket.is_body for bracket in opened)
        elif text in _CLOSING.values():
            opened.pop()
        elif opened and token.key in ("|", "WHERE"):
            opened[-1].is_body = True


# --- regular expressions

_PIECE = re.compile(
    r"(?P<escape>\\Q.*?(?:\\E|\Z)|\\[pPxukN]\{[^}]*\}|\\.)|(?P<class>\[\^?\]?(?:\\.|\[[^\]]*\]|[^\]\\])*\])|(?P<open>\((?:\?(?:<?[=!]|>|[^):]*:|<\w+>|[\w-]*(?=\))))?)"
    r"|(?P<close>\))|(?P<or>\|)|(?P<repeat>[*+?]|\{\d+(?P<to>,(?P<most>\d*))?\})(?P<how>[+?]?)|(?P<one>.)",
    re.DOTALL,
)
_MANY = 50
"""From how many repetitions on a bounded quantifier counts like one without a bound."""
_MAX_CHOICES = 10


def slow_because(pattern: str) -> str | None:
    """Return why a regular expression could take too long on some text, None if it cannot.

    Java's matcher goes back and tries again: repetitions within a repetition take time exponential in the text, and
    each further repetition beside others raises its power by one.
    """
    open_: list[list[bool]] = [[False, False]]  # of each group: does it repeat or choose something
    last = [False, False]
    unbounded = choices = 0
    end_of_unbounded = -1
    for piece in _PIECE.finditer(pattern):
        kind = piece.lastgroup if piece.lastgroup not in ("to", "most", "how") else "repeat"
        if kind == "open":
            open_.append([False, False])
        elif kind == "close":
            last = open_.pop() if len(open_) > 1 else [False, False]
            open_[-1] = [mine or inner for mine, inner in zip(open_[-1], last, strict=True)]
        elif kind == "or":
            open_[-1][1] = True
        elif kind == "escape" and (piece[0][1] in "123456789k"):
            return "it refers back to a group"
        elif kind == "repeat":
            sign = piece["repeat"]
            most = (
                10**9 if sign in ("*", "+") else 1 if sign == "?" else int(piece["most"] or 10**9) if piece["to"] else 0
            )
            times = most or int(sign[1:-1])
            if times > 1 and any(last):
                return "it repeats a group in which something is repeated or chosen"
            if most and piece["how"] != "+":
                open_[-1][0] = True
                choices += 1
                if most >= _MANY:
                    unbounded += 1
                    end_of_unbounded = piece.end()
        if kind in ("escape", "class", "one"):
            last = [False, False]
    end = len(pattern) - (pattern.endswith("$") and not pattern.endswith(r"\$"))
    if unbounded - (end_of_unbounded == end) > 2:
        return "it has more than two repetitions without an end, besides one where the pattern ends"
    return "it has more than ten repetitions" if choices > _MAX_CHOICES else None


def _refuse_slow_pattern(tokens: Sequence[Token], at: int, parameters: Mapping[str, Value]) -> None:
    parts, at, brackets, is_whole = [], at + 1, 0, False
    while tokens[at].text == "(":
        at, brackets = at + 1, brackets + 1
    while tokens[at].kind in ("string", "parameter"):
        parts.append(parameters.get(str(tokens[at].value), "") if tokens[at].kind == "parameter" else tokens[at].value)
        at += 1
        while brackets and tokens[at].text == ")":
            at, brackets = at + 1, brackets - 1
        is_whole = tokens[at].key not in ("+", "||")
        if is_whole:
            break
        at += 1
    if not is_whole or brackets or tokens[at].key in ("[", ".", "*", "("):
        advice = "Write it as a text or a parameter, or use CONTAINS, STARTS WITH or ENDS WITH."
        raise ForbiddenQueryError("Cypher", "endless", "a regular expression that is worked out", advice)
    if not all(isinstance(part, str) for part in parts):
        return  # which is an error, or null
    reason = slow_because("".join(map(str, parts)))
    if reason is not None:
        advice = f"{_ADVICE} {reason[0].upper()}{reason[1:]}; use CONTAINS, STARTS WITH or ENDS WITH."
        raise ForbiddenQueryError("Cypher", "endless", "this regular expression", advice)
