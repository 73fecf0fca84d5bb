"""Tokens are told apart as Neo4j tells them, and what it would read otherwise is refused."""

from __future__ import annotations

import pytest

from kg.cypher.tokens import MAX_NESTING, place_of, tokenise
from kg.errors import QuerySyntaxError


def values(text: str) -> list[object]:
    return [token.value for token in tokenise(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..3", [1, "..", 3]),
        ("1.5..2", [1.5, "..", 2]),
        ("..3", ["..", 3]),
        (".5 1e3 1.5E-3 1_000 0x1F 0o17 0x_f", [0.5, 1000.0, 0.0015, 1000, 31, 15, 15]),
        ("a<-1", ["a", "<", "-", 1]),
        ("(a)<-[:R]->(b)", ["(", "a", ")", "<", "-", "[", ":", "R", "]", "-", ">", "(", "b", ")"]),
        ("a<=b<>c>=d=~e+=f::g||h", ["a", "<=", "b", "<>", "c", ">=", "d", "=~", "e", "+=", "f", "::", "g", "||", "h"]),
        ("// a\nb /* c\n */ d", ["b", "d"]),
        ("$a $0 $`b c` $(x)", ["a", "0", "b c", "$", "(", "x", ")"]),
        ("`a``b` `ä b` ä_1 a$b", ["a`b", "ä b", "ä_1", "a$b"]),
        ("名前 n’", None),
        (r"""'a\tb\n\'\"\\' "it's" 'a"b'""", ["a\tb\n'\"\\", "it's", 'a"b']),
        (r"'\d+\.\`' '\\u0041'", [r"\d+\.\`", r"\u0041"]),
        (r"'\u0041\uD83D\uDE00' '\u0022' `\u005Cx` `a\\u0041`", ["A😀", '"', "\\x", r"a\\u0041"]),
        ("\u00a0a\u2003b\u3000", ["a", "b"]),
    ],
)
def test_values(text: str, expected: list[object] | None) -> None:
    if expected is None:
        with pytest.raises(QuerySyntaxError, match="means nothing in Cypher"):
            tokenise(text)
    else:
        assert values(text) == expected


def test_tokens_know_their_place_and_whether_they_can_be_keywords() -> None:
    text = "match (`match`)\nRETURN 'return'"
    tokens = tokenise(text)
    assert [text[token.start : token.end] for token in tokens] == [token.text for token in tokens]
    assert [token.key for token in tokens] == ["MATCH", "(", "", ")", "RETURN", "", ""]
    assert place_of(text, tokens[4].start) == (2, 1)
    assert place_of("a\r\nb\rc", 5) == (3, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("RETURN 'a", 1, 8, "not closed"),
        ("RETURN `a", 1, 8, "not closed"),
        ("RETURN /* a", 1, 8, "not closed"),
        ("RETURN 1\n, (2", 2, 3, "not closed"),
        ("RETURN [1)", 1, 10, "does not close"),
        ("RETURN 1)", 1, 9, "closes nothing"),
        ("RETURN 1a", 1, 8, "no number"),
        ("RETURN 0x", 1, 8, "digits are missing"),
        ("RETURN 0X1f", 1, 8, "small letters"),
        ("RETURN 0123", 1, 8, "0o123"),
        ("RETURN 1_", 1, 8, "no number"),
        ("RETURN 1e400", 1, 8, "too large"),
        ("RETURN " + "9" * 50, 1, 8, "64 bits"),
        (r"RETURN \u0031", 1, 8, "escape"),
        (r"RETURN 'a\u0027'", 1, 10, "end or change"),
        (r'RETURN "a\u0022"', 1, 10, "end or change"),
        (r"RETURN 'a\u005C'", 1, 10, "end or change"),
        (r"RETURN `a\u0060`", 1, 10, "backtick"),
        (r"RETURN '\u12'", 1, 9, "hexadecimal"),
        (r"RETURN '\uD800'", 1, 8, "surrogate"),
        (r"RETURN '\u0000'", 1, 9, "NUL"),
        (r"RETURN 1 /* \u002A\u002F CREATE (n) // */", 1, 13, "comment"),
        ("RETURN 1 // \\u000A CREATE (n)", 1, 13, "comment"),
        ("MATCH (n) ſET n.a = 1", 1, 11, "reads like an ASCII word"),
        ("RETURN 1–1", 1, 9, "dash"),
        ("RETURN 1 # 2", 1, 10, "means nothing"),
        ("RETURN '\ud800'", 1, 9, "surrogate"),
        ("RETURN ``", 1, 8, "at least one"),
    ],
)
def test_what_no_statement_can_have_is_refused_with_its_place(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError, match=reason) as caught:
        tokenise(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_brackets_can_be_nested_so_far() -> None:
    tokenise("(" * MAX_NESTING + ")" * MAX_NESTING)
    with pytest.raises(QuerySyntaxError, match="nested more than 64"):
        tokenise("(" * 100_000)
