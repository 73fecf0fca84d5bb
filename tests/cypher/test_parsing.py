"""Statements become trees, and what is wrong with one is named with its line and column."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.cypher import syntax as s
from kg.cypher.checking import check
from kg.cypher.parsing import parse
from kg.cypher.writing import write
from kg.errors import QuerySyntaxError, UnsupportedQueryError

A, B, X, Y = (s.Variable(name) for name in "abxy")


def returned(text: str) -> s.Expression:
    """The expression of `RETURN …`."""
    clause = clauses(f"RETURN {text}")[0]
    assert isinstance(clause, s.Return)
    return clause.projection.items[0].expression


def clauses(text: str) -> tuple[s.Clause, ...]:
    body = parse(text).body
    assert isinstance(body, s.SingleQuery)
    return body.clauses


def matched(text: str) -> s.PatternPart:
    clause = clauses(f"MATCH {text} RETURN 1")[0]
    assert isinstance(clause, s.Match)
    return clause.patterns[0]


ONE = s.Literal(1)
ARROW = s.RelationshipPattern("right")
A_TO_B = s.PathPattern((s.NodePattern(A), ARROW, s.NodePattern(B)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-9223372036854775808", s.Literal(-(2**63))),
        ("-(1)", s.Unary("-", ONE)),
        ("--1", s.Unary("-", s.Literal(-1))),
        ("-1.a", s.Unary("-", s.Property(ONE, "a"))),
        ("2^3^2", s.Binary("^", s.Binary("^", s.Literal(2), s.Literal(3)), s.Literal(2))),
        ("1 < a <= b", s.Comparison(ONE, (("<", A), ("<=", B)))),
        ("NOT a = b", s.Unary("NOT", s.Comparison(A, (("=", B),)))),
        ("a.b.c", s.Property(s.Property(A, "b"), "c")),
        ("a.b.c(1)", s.FunctionCall("a.b.c", (ONE,))),
        ("a[1..]", s.Slice(A, ONE, None)),
        ("a[..1]", s.Slice(A, None, ONE)),
        ("count(*)", s.CountAll()),
        ("count(DISTINCT a)", s.FunctionCall("count", (A,), True)),
        ("[x IN a]", s.ListComprehension(X, A, None, None)),
        ("[x IN a, 1]", s.ListLiteral((s.Binary("IN", X, A), ONE))),
        ("[(x IN a)]", s.ListLiteral((s.Binary("IN", X, A),))),
        ("[(a)-->(b)]", s.ListLiteral((s.PatternPredicate(s.PatternPart(A_TO_B)),))),
        ("[(a)-->(b) | 1]", s.PatternComprehension(None, A_TO_B, None, ONE)),
        ("[x = (a)-->(b) WHERE a | 1]", s.PatternComprehension(X, A_TO_B, A, ONE)),
        ("[(a)]", s.ListLiteral((A,))),
        ("(a)-->(b)", s.PatternPredicate(s.PatternPart(A_TO_B))),
        ("(a)--(b+1)", s.Binary("-", A, s.Unary("-", s.Binary("+", B, ONE)))),
        ("(a)--b", s.Binary("-", A, s.Unary("-", B))),
        ("(a)-[1]", s.Binary("-", A, s.ListLiteral((ONE,)))),
        ("(a)-(b)", s.Binary("-", A, B)),
        ("a:X:Y", s.HasLabels(A, s.Labels("&", (s.Label("X"), s.Label("Y"))))),
        ("a IS X", s.HasLabels(A, s.Label("X"))),
        ("[x IN a WHERE x:X | x]", s.ListComprehension(X, A, s.HasLabels(X, s.Label("X")), X)),
        (
            "[x IN a WHERE x:X|Y | x]",
            s.ListComprehension(X, A, s.HasLabels(X, s.Labels("|", (s.Label("X"), s.Label("Y")))), X),
        ),
        ("a IS NOT NULL", s.IsNull(A, True)),
        ("a IS :: INT NOT NULL", s.IsTyped(A, "INTEGER NOT NULL", False)),
        (
            "a :: list<signed integer!> | timestamp with time zone",
            s.IsTyped(A, "LIST<INTEGER NOT NULL> | ZONED DATETIME", False),
        ),
        ("a IS NOT TYPED STRING LIST", s.IsTyped(A, "LIST<STRING>", True)),
        ("a IS NORMALIZED", s.IsNormalized(A, "NFC", False)),
        ("a IS NOT NFKD NORMALIZED", s.IsNormalized(A, "NFKD", True)),
        ("trim(BOTH 'x' FROM a)", s.FunctionCall("btrim", (A, s.Literal("x")))),
        ("normalize(a, nfd)", s.FunctionCall("normalize", (A, s.Literal("NFD")))),
        ("all(x IN a WHERE b)", s.Quantified("all", X, A, B)),
        ("reduce(a = 1, x IN b | y)", s.Reduce(A, ONE, X, B, Y)),
        ("CASE a WHEN 1, b THEN x END", s.Case(A, ((ONE, X), (B, X)), None)),
        ("a {.b, .*, x, y: 1}", s.MapProjection(A, (s.ProjectedKey("b"), s.ProjectedAll(), X, ("y", ONE)))),
        ("{end: 1, `a b`: 2}", s.MapLiteral((("end", ONE), ("a b", s.Literal(2))))),
        ("EXISTS { (a)-->(b) WHERE x }", s.Subquery("EXISTS", s.SingleQuery((s.Match((s.PatternPart(A_TO_B),), X),)))),
        ("shortestPath((a)-->(b))", s.PatternPredicate(s.PatternPart(A_TO_B, function="shortestPath"))),
        ("Inf", s.Literal(float("inf"))),
    ],
)
def test_expressions(text: str, expected: s.Expression) -> None:
    assert returned(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-[:A|B*1..2]->", s.RelationshipPattern("right", None, s.Labels("|", (s.Label("A"), s.Label("B"))), length=s.Hops(1, 2))),
        ("<-[:A|:B]-", s.RelationshipPattern("left", None, s.Labels("|", (s.Label("A"), s.Label("B"))))),
        ("-[*]-", s.RelationshipPattern("either", length=s.Hops(None, None))),
        ("-[*2]-", s.RelationshipPattern("either", length=s.Hops(2, 2))),
        ("-[*..3]-", s.RelationshipPattern("either", length=s.Hops(None, 3))),
        ("-[*2..]-", s.RelationshipPattern("either", length=s.Hops(2, None))),
        ("<-->", s.RelationshipPattern("either")),
        ("-->+", s.RelationshipPattern("right", quantifier=s.Hops(1, None))),
        ("--{,3}", s.RelationshipPattern("either", quantifier=s.Hops(None, 3))),
        ("-[x IS A WHERE y]->", s.RelationshipPattern("right", X, s.Label("A"), where=Y)),
        ("-[{a: 1}]->", s.RelationshipPattern("right", properties=s.MapLiteral((("a", ONE),)))),
    ],
)  # fmt: skip
def test_relationships(text: str, expected: s.RelationshipPattern) -> None:
    assert matched(f"(a){text}(b)").pattern.elements[1] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(where)", s.NodePattern(s.Variable("where"))),
        ("(WHERE a)", s.NodePattern(where=A)),
        ("(is:A)", s.NodePattern(s.Variable("is"), s.Label("A"))),
        ("(IS A)", s.NodePattern(labels=s.Label("A"))),
        ("(is IS is)", s.NodePattern(s.Variable("is"), s.Label("is"))),
        ("(:!A&(B|%))", s.NodePattern(labels=s.Labels("&", (s.NotLabel(s.Label("A")), s.Labels("|", (s.Label("B"), s.AnyLabel())))))),
        ("(:$(a):$any(b))", s.NodePattern(labels=s.Labels("&", (s.DynamicLabel(A), s.DynamicLabel(B, True))))),
        ("(a $x)", s.NodePattern(A, properties=s.Parameter("x"))),
    ],
)  # fmt: skip
def test_nodes(text: str, expected: s.NodePattern) -> None:
    assert matched(text).pattern.elements == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ANY SHORTEST", s.Selector("SHORTEST", 1)),
        ("ALL SHORTEST PATHS", s.Selector("ALL SHORTEST")),
        ("SHORTEST 2 PATHS", s.Selector("SHORTEST", 2)),
        ("SHORTEST $k GROUPS", s.Selector("SHORTEST GROUPS", s.Parameter("k"))),
        ("ANY 3", s.Selector("ANY", 3)),
        ("ALL PATHS", s.Selector("ALL")),
    ],
)
def test_selectors(text: str, expected: s.Selector) -> None:
    assert matched(f"p = {text} (a)-->(b)").selector == expected
    assert matched(f"p = {text} (a)-->(b)").variable == s.Variable("p")


def test_a_quantified_path_stands_between_nodes() -> None:
    group = s.GroupPattern(None, A_TO_B, X, s.Hops(1, 3))
    assert matched("(x) ((a)-->(b) WHERE x){1,3} (y)").pattern.elements == (s.NodePattern(X), group, s.NodePattern(Y))


def test_keywords_are_names() -> None:
    assert write(parse("MATCH (match:return {end: 1}) RETURN match.end AS order")) == (
        "MATCH (`match`:return {end: 1}) RETURN `match`.end AS `order`"
    )


def test_columns_keep_their_text() -> None:
    (clause,) = clauses("RETURN  1   + /* one */ 2,  `a b`,  a . b  AS c")
    assert isinstance(clause, s.Return)
    assert [item.name for item in clause.projection.items] == ["1   + /* one */ 2", "a b", "c"]


def test_what_differs_in_spelling_only_is_equal() -> None:
    assert parse("match (n) return n.a skip 1;") == parse("MATCH (n)// x\nRETURN n.a OFFSET 1")
    assert parse("CYPHER 5 runtime=slotted PROFILE RETURN 1") == parse("PROFILE CYPHER RETURN 1")
    assert parse("INSERT (n) FINISH") == parse("CREATE (n) FINISH")
    assert parse("MATCH (n) USING INDEX n:A(b) WHERE n RETURN 1") == parse("MATCH (n) WHERE n RETURN 1")
    assert parse("MATCH (n) LIMIT 1 RETURN n") == parse("MATCH (n) WITH * LIMIT 1 RETURN n")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SHOW INDEXES YIELD * RETURN name", "show"),
        ("CREATE INDEX a IF NOT EXISTS FOR (n:A) ON (n.b)", "schema"),
        ("CREATE OR REPLACE DATABASE x", "administration"),
        ("CREATE CONSTRAINT FOR (n:A) REQUIRE n.b IS UNIQUE;", "schema"),
        ("DROP INDEX a", "schema"),
        ("DROP USER a", "administration"),
        ("USE system SHOW USERS", "show"),
        ("GRANT ROLE a TO b", "administration"),
        ("BEGIN", "transaction"),
        ("TERMINATE TRANSACTIONS 'a'", "administration"),
    ],
)
def test_commands(text: str, kind: str) -> None:
    body = parse(text).body
    assert isinstance(body, s.Command)
    assert (body.kind, body.text) == (kind, text.rstrip(";"))
    assert parse(write(parse(text))) == parse(text)


def test_calls() -> None:
    assert clauses("CALL db.labels") == (s.ProcedureCall("db.labels", None),)
    label = s.Variable("label")
    assert clauses("CALL db.labels() YIELD label, a AS b WHERE a RETURN 1")[0] == (
        s.ProcedureCall("db.labels", (), (("label", label), ("a", B)), A)
    )
    inner = s.SingleQuery((s.Finish(),))
    assert clauses("CALL { FINISH }") == (s.SubqueryCall(inner),)
    assert clauses("OPTIONAL CALL (a, b) { FINISH }") == (s.SubqueryCall(inner, (A, B), True),)
    assert clauses(
        "CALL (*) { FINISH } IN 3 CONCURRENT TRANSACTIONS OF 10 ROWS ON ERROR CONTINUE REPORT STATUS AS s"
    ) == (s.SubqueryCall(inner, "*", False, True),)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "empty"),
        ("RETURN", 1, 7, "an expression is expected, not the end"),
        ("RETURN 1\n  +", 2, 4, "an expression is expected"),
        ("MATCH (n RETURN n", 1, 7, "not closed"),
        ("MATCH (n)-[r->(m) RETURN n", 1, 11, "not closed"),
        ("MATCH (n) RETRUN n", 1, 11, "'RETRUN'"),
        ("MATCH n RETURN n", 1, 7, "a pattern"),
        ("RETURN 1 != 2", 1, 10, "unequal is <>"),
        ("RETURN 1; RETURN 2", 1, 11, "second statement"),
        ("RETURN 9223372036854775808", 1, 8, "64 bits"),
        ("MATCH (n:A|:B) RETURN n", 1, 12, "label"),
        ("MATCH (n)-[r:A|:B]->() RETURN n", 1, 10, "joined with |, not with |:"),
        ("MATCH (n)-[:A|:B*1..2]->() RETURN n", 1, 10, "joined with |, not with |:"),
        ("MATCH (n:A:B|C) RETURN n", 1, 13, "not with both"),
        ("RETURN 1 UNION RETURN 1 UNION ALL RETURN 1", 1, 25, "cannot be mixed"),
        ("FOREACH (x IN [1] | RETURN 1)", 1, 21, "FOREACH"),
        ("SET 1 = 2", 1, 5, "SET changes"),
        ("MATCH (a) SET a", 1, 16, "=, \\+= or a label"),
        ("RETURN a IS NULL IS NULL", 1, 18, "'IS'"),
        ("RETURN CASE 1 END", 1, 15, "WHEN"),
        ("RETURN 1 IS :: WORD", 1, 16, "a type"),
        ("EXPLAIN PROFILE RETURN 1", 1, 9, "already"),
        ("MATCH (a)-[*1.5]->(b) RETURN a", 1, 13, "whole number"),
    ],
)
def test_errors_name_the_place(text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError, match=reason) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("CYPHER 25 RETURN 1", "CYPHER 25"),
        ("MATCH (n) LET x = 1 RETURN x", "LET"),
        ("MATCH (n) FILTER n.a RETURN n", "FILTER"),
        ("RETURN CASE 1 WHEN > 2 THEN 3 END", "directly after WHEN"),
    ],
)
def test_what_is_not_read_is_refused_by_name(text: str, feature: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=feature):
        parse(text)


NESTED: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "RETURN " + "(" * n + "1" + ")" * n,
    "lists": lambda n: "RETURN " + "[" * n + "1" + "]" * n,
    "maps": lambda n: "RETURN " + "{a:" * n + "1" + "}" * n,
    "calls": lambda n: "RETURN " + "abs(" * n + "1" + ")" * n,
    "CASE": lambda n: "RETURN " + "CASE WHEN true THEN " * n + "1" + " END" * n,
    "CASE subjects": lambda n: "RETURN " + "CASE " * n + "1" + " WHEN 1 THEN 1 END" * n,
    "NOT": lambda n: "RETURN " + "NOT " * n + "true",
    "signs": lambda n: "WITH 1 AS a RETURN " + "- " * n + "a",
    "plus": lambda n: "RETURN 1" + "+1" * n,
    "properties": lambda n: "WITH {a: 1} AS a RETURN a" + ".a" * n,
    "EXISTS": lambda n: "RETURN " + "EXISTS { MATCH (a) WHERE " * n + "true" + "}" * n,
    "CALL": lambda n: "CALL { " * n + "RETURN 1 AS x" + " } RETURN x" * n,
    "FOREACH": lambda n: "FOREACH (x IN [1] | " * n + "CREATE (a)" + ")" * n,
    "comprehensions": lambda n: "RETURN " + "[x IN " * n + "[]" + "]" * n,
    "lists that begin as comprehensions": lambda n: "WITH 1 AS x RETURN " + "[x IN " * (n // 4) + "[1]" + ",1]" * (n // 4),
    "differences that begin as patterns": lambda n: "WITH 1 AS a RETURN " + "[(a {x: " * (n // 4) + "1" + "})-[a]-(a.x)]" * (n // 4),
    "labels": lambda n: "MATCH (n:" + "(" * n + "A" + ")" * n + ") RETURN n",
    "negated labels": lambda n: "MATCH (n:" + "!" * n + "A) RETURN n",
    "groups": lambda n: "MATCH " + "(" * n + "(a)-->(b)" + ")" * n + " RETURN 1",
}  # fmt: skip


@pytest.mark.parametrize("build", NESTED.values(), ids=NESTED)
def test_what_is_nested_too_deeply_is_refused_by_name(build: Callable[[int], str]) -> None:
    for levels in (70, 200, 5000):
        try:
            parse(build(levels))
        except QuerySyntaxError as error:
            assert "levels deep" in str(error)
        else:
            assert levels <= 200
    with pytest.raises(QuerySyntaxError, match="levels deep"):
        parse(build(5000))


@pytest.mark.parametrize("build", NESTED.values(), ids=NESTED)
def test_ordinary_depth_is_read(build: Callable[[int], str]) -> None:
    tree = parse(build(20))
    assert parse(write(tree)) == tree
    try:
        check(tree)
    except QuerySyntaxError as error:
        assert "levels deep" not in str(error)


@pytest.mark.slow
def test_what_is_wide_is_no_depth() -> None:
    for text in (
        "RETURN [" + "1, " * 20_000 + "1]",
        "MATCH (a)" + "-->()" * 5_000 + " RETURN a",
        "RETURN 1 AS x" + " UNION RETURN 1 AS x" * 2_000,
        "RETURN 1" + " < 1" * 5_000,
        "RETURN true" + " OR true" * 5_000,
        "RETURN 1 = 1" + " AND 1 = 1" * 5_000,
    ):
        tree = parse(text)
        assert write(parse(write(tree))) == write(tree)


def test_many_conditions_are_joined_in_their_order() -> None:
    names = [f"n.x{number} = 1" for number in range(300)]
    assert write(parse(f"MATCH (n) WHERE {' OR '.join(names)} RETURN n")).replace("(", "").replace(")", "") == (
        f"MATCH n WHERE {' OR '.join(names)} RETURN n"
    )
