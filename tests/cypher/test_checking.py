"""Statements that parse and cannot run are refused, with their place; those that can run are not."""

from __future__ import annotations

import pytest

from kg.cypher.checking import check
from kg.cypher.parsing import parse
from kg.cypher.writing import write
from kg.errors import InputError, ParameterError, QuerySyntaxError
from tests.cypher.tck.scenarios import Scenario, folder, scenarios


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) RETURN NOT (n)-->() AS x",
        "MATCH (n) RETURN CASE WHEN (n)-->() THEN 1 END AS x, exists((n)-->()) AS y",
        "MATCH (a {x: b.y}), (b) RETURN a",
        "MATCH (a)-[r*]->(b) MATCH (c)-[r*]->(d) RETURN a",
        "MATCH (n) RETURN n, n.a + count(*) AS c ORDER BY count(*)",
        "MATCH (n) RETURN n.a AS k, count(*) AS c ORDER BY n.a",
        "MATCH (n) RETURN DISTINCT n.a AS k ORDER BY n.a + 1",
        "MATCH (n) WITH n.a AS k WHERE n.b = 1 RETURN k",
        "MATCH (n) WITH n.a AS k, count(*) AS c WHERE count(*) > 1 RETURN k",
        "MATCH (n) RETURN *, n LIMIT toInteger('1')",
        "WITH 1 AS x CALL { WITH x RETURN x AS y } RETURN y",
        "WITH 1 AS x CALL (x) { RETURN x AS y } RETURN y",
        "WITH 1 AS x CALL (*) { RETURN x AS y UNION RETURN 2 AS y } RETURN x, y",
        "MATCH (n) RETURN EXISTS { MATCH (m) WITH m RETURN n.a } AS e, COUNT { (n)--() } AS c",
        "MATCH (n) RETURN COLLECT { MATCH (n)-->(m) RETURN m } AS ms",
        "MATCH (n) RETURN [n IN [1] | n] AS a, [(n)-->(m) | m] AS b",
        "MATCH (a) MERGE (a)-[:X]-(b) ON CREATE SET b.x = a.x",
        "CREATE (a {x: 1}), (b {y: a.x}), (a)-[:R]->(b)",
        "CALL db.labels() YIELD label AS l RETURN l",
        "CALL db.labels() YIELD *",
        "MATCH (a)((b)-->(c) WHERE b.x = a.x)+(d) UNWIND b AS one RETURN one.x",
        "UNWIND [1] AS x FOREACH (y IN [x] | CREATE (n {v: y}) SET n.w = y)",
        "RETURN 1 AS a, 2 AS b UNION RETURN 2 AS b, 1 AS a",
        "MATCH p = shortestPath((a)-[*]-(b)) WHERE length(p) > 1 RETURN [n IN nodes(p) | labels(n)] AS x",
        "MATCH (n) WITH * ORDER BY n.x LIMIT 3 DELETE n",
        "SHOW INDEXES",
    ],
)
def test_what_can_run_is_not_refused(text: str) -> None:
    check(parse(text), (), text)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("MATCH (n) RETURN m", 18, "m is not defined"),
        ("MATCH (n) WHERE (n)-->(m) RETURN n", 17, "m is not defined"),
        ("MATCH (n) MATCH ()-[n]->() RETURN n", 21, "of type Node"),
        ("MATCH (n) MATCH n = () RETURN n", 17, "bound already"),
        ("WITH 1 AS x UNWIND [1] AS x RETURN x", 27, "bound already"),
        ("MATCH (n) CREATE (n:A)", 19, "bound already"),
        ("CREATE (a)-[:A]-(b)", 11, "direction"),
        ("CREATE (a)-->(b)", 11, "exactly one type"),
        ("CREATE (a)-[:A*2]->(b)", 11, "variable length"),
        ("CREATE (a:A|B)", 11, "say none"),
        ("MATCH (n $p) RETURN n", 7, "parameter"),
        ("MATCH (n) WHERE count(n) > 1 RETURN n", 17, "no aggregate"),
        ("MATCH (n) RETURN count(count(n))", 24, "no aggregate"),
        ("MATCH (n) RETURN n.a + count(*)", 18, "not grouped by"),
        ("MATCH (n) RETURN count(*) AS c ORDER BY n.a", 41, "not defined here: after DISTINCT"),
        ("MATCH (n) WITH n.a RETURN 1", 16, "needs a name"),
        ("RETURN 1 AS a, 2 AS a", 16, "two columns"),
        ("RETURN *", 8, "none is bound"),
        ("RETURN 1 AS a UNION RETURN 2 AS b", 21, "same names"),
        ("RETURN 1 AS x LIMIT -1", 21, "not negative"),
        ("MATCH (n) RETURN n LIMIT n.a", 26, "no variable"),
        ("MATCH (n) RETURN (n)-->()", 18, "no value here"),
        ("MATCH (n) RETURN type(n)", 23, "takes Relationship"),
        ("RETURN 1 AND true", 8, "true or false"),
        ("MATCH (n) WHERE n RETURN n", 17, "true or false"),
        ("RETURN 1 IN 2", 13, "looks in a list"),
        ("WITH 1 AS a RETURN a.b", 20, "no properties"),
        ("RETURN any(x IN ['a'] WHERE x % 2 = 0)", 29, "a number"),
        ("MATCH (n) DELETE n:A", 18, "REMOVE"),
        ("MATCH () DELETE 1 + 1", 17, "of type Integer"),
        ("MATCH (n)", 1, "ends with RETURN"),
        ("RETURN 1 MATCH (n) RETURN n", 10, "follow RETURN"),
        ("CREATE (a) MATCH (b) RETURN b", 12, "WITH is needed"),
        ("MATCH (n) RETURN EXISTS { CREATE (m) }", 27, "cannot write"),
        ("MATCH (n) RETURN COLLECT { MATCH (m) RETURN m, n }", 18, "one column"),
        ("WITH 1 AS x CALL { RETURN 1 AS x } RETURN x", 13, "bound already"),
        ("WITH 1 AS x CALL { WITH x AS y RETURN y } RETURN y", 20, "only name them"),
        ("MATCH (n) CALL db.labels YIELD label RETURN n", 11, "needs its arguments"),
        ("MATCH (a)((a)-->(b))+(c) RETURN a", 10, "outside of it"),
        ("MATCH (a)-->{0}(b) RETURN a", 13, "at least once"),
        ("MATCH (a)-[r]->()-[r]->(b) RETURN a", 20, "twice in one path"),
    ],
)
def test_what_cannot_run_is_refused_with_its_place(text: str, column: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError, match=reason) as caught:
        check(parse(text), None, text)
    assert (caught.value.line, caught.value.column) == (1, column)
    with pytest.raises(QuerySyntaxError, match=reason):
        check(parse(text))


def test_a_parameter_must_be_given_unless_the_query_is_explained() -> None:
    check(parse("RETURN $a"), {"a"})
    check(parse("RETURN $a"))
    check(parse("EXPLAIN RETURN $a"), ())
    with pytest.raises(ParameterError, match="'a'"):
        check(parse("RETURN $a"), ())


needs_tck = pytest.mark.skipif(folder() is None, reason="KG_BENCH names no folder with the openCypher TCK")

# They need to know which procedures there are.
NOT_REFUSED = {
    "clauses/call/Call1 [7]", "clauses/call/Call1 [8]", "clauses/call/Call1 [9]", "clauses/call/Call1 [10]",
    "clauses/call/Call1 [11]", "clauses/call/Call1 [13]", "clauses/call/Call1 [14]",
    "clauses/call/Call2 [5]", "clauses/call/Call2 [6]",
}  # fmt: skip


def wanted_error(scenario: Scenario) -> str | None:
    return next((step.text for step in scenario.steps if "should be raised" in step.text), None)


def texts(scenario: Scenario) -> list[str]:
    return [step.content for step in scenario.steps if step.text.startswith(("having executed", "executing"))]


def names(scenario: Scenario) -> list[str]:
    return [row[0] for step in scenario.steps if step.text.startswith("parameters are") for row in step.table]


@pytest.mark.slow
@needs_tck
def test_every_query_of_the_tck_that_can_run_is_read_written_and_not_refused() -> None:
    count = 0
    for scenario in scenarios():
        error = wanted_error(scenario)
        if error is not None and "at runtime" not in error:
            continue
        for text in texts(scenario):
            tree = parse(text)
            assert parse(write(tree)) == tree, scenario.id
            check(tree, names(scenario), text)
            count += 1
    assert count > 3300


@needs_tck
def test_every_query_of_the_tck_that_the_standard_refuses_is_refused() -> None:
    let_through, refused = set(), 0
    for scenario in scenarios():
        if "at compile time" not in (wanted_error(scenario) or ""):
            continue
        text = texts(scenario)[-1]
        try:
            check(parse(text), names(scenario), text)
        except InputError:
            refused += 1
        else:
            let_through.add(scenario.id)
    assert let_through == NOT_REFUSED
    assert refused > 440
