"""What is written parses to an equal tree, in as few signs as possible, and is read by Neo4j alike."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from kg.cypher.parsing import parse
from kg.cypher.syntax import Expression, Item, Projection, Return, SingleQuery, Statement
from kg.cypher.writing import write, write_expression
from tests.cypher.trees import expressions, statements

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def returned(text: str) -> Expression:
    """The expression of `RETURN …`."""
    body = parse(f"RETURN {text}").body
    assert isinstance(body, SingleQuery) and isinstance(body.clauses[-1], Return)
    return body.clauses[-1].projection.items[0].expression


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(expressions)
def test_expressions_are_read_as_they_were_written(expression: Expression) -> None:
    item = Item(expression, None, "")
    tree = Statement(SingleQuery((Return(Projection((item,))),)))
    assert parse(write(tree)) == tree


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(statements)
def test_statements_are_read_as_they_were_written(statement: Statement) -> None:
    assert parse(write(statement)) == statement


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3", "(1 + 2) * 3", "1 - (2 - 3)", "1 - 2 - 3", "2 ^ 3 ^ 2", "2 ^ (3 ^ 2)", "-(1)", "- -1", "-a.b", "(-1).b",
        "NOT a = b", "(NOT a) = b", "a AND (b OR c)", "a OR b AND c", "a < b <= c", "(a < b) = c", "(a = b) = c",
        "a IS NULL AND b IN [1]", "(a IN b) IN c", "[(x IN y)]", "[x IN y]", "[x IN y WHERE x:A | x.b]", "x:(A|B)",
        "x:A&B", "(x:A).b", "((a)-->(b)) = c", "(a)-->(b) AND c", "NOT (a)-->(b)", "a[1..2]", "a[1..]", "a[..1]", "a.b[0].c",
        "CASE a WHEN 1 THEN 2 ELSE 3 END", "n {.a, .*, b, c: 1}", "a STARTS WITH b + c", "EXISTS { MATCH (a)-->(b) }",
        "shortestPath((a)-[*]->(b))", "reduce(a = 0, x IN y | a + x)", "all(x IN y WHERE x > 0)", "f(all(x IN y WHERE x > 0))", "`all`(x)",
        "normalize(a, NFKC)", "a IS NOT :: LIST<INTEGER NOT NULL>", "a IS NFC NORMALIZED", "$a + $`b c` + $0",
        "'it\\'s'", "'\\\\u0041'", "1.5", "1e+300", "Infinity", "-9223372036854775808", "`return`.return", "`a``b`",
    ],
)  # fmt: skip
def test_canonical_texts_stay_as_they_are(text: str) -> None:
    assert write_expression(returned(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:A&B {a: 1} WHERE n.x > 1)-[r:T|U*1..3 {b: 2}]->(m) WHERE m:!A RETURN DISTINCT *, n AS b ORDER BY n.x DESC SKIP 1 LIMIT 2",
        "MATCH p = ANY 2 (a)((x)-[:R]->(y) WHERE x.a < 1){1,3}(b) RETURN p",
        "MATCH p = SHORTEST 2 GROUPS (a)-[:R]->+(b), q = shortestPath((a)-[*..3]-(b)) RETURN p",
        "MERGE (a:A {k: $k}) ON CREATE SET a.x = 1, a += $p ON MATCH SET a:B:C",
        "CALL (a, b) { RETURN 1 AS x UNION ALL RETURN 2 AS x } IN TRANSACTIONS RETURN x",
        "OPTIONAL CALL db.labels() YIELD label AS l WHERE l = 'a' RETURN l",
        "FOREACH (x IN [1] | CREATE (:A)-[:R]->(:B) SET x.a = 1) REMOVE x.a, x:A DETACH DELETE x",
        "LOAD CSV WITH HEADERS FROM 'a' AS row CREATE (:$(row.l) {a: row.a}) FINISH",
        "EXPLAIN USE neo4j MATCH (`from`)<-[r]-()--() RETURN count(*)",
    ],
)  # fmt: skip
def test_canonical_statements_stay_as_they_are(text: str) -> None:
    assert write(parse(text)) == text


def test_a_name_that_no_text_can_hold_is_refused() -> None:
    for name in ("", "a\0", "\ud800"):
        item = Item(returned("1"), name, "")
        with pytest.raises(ValueError, match="cannot be a name"):
            write(Statement(SingleQuery((Return(Projection((item,))),))))
