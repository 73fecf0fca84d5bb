"""What a statement would do, told from its text: kinds, calls, and what may not be done."""

from __future__ import annotations

import pytest

from kg.cypher.allowed import ALLOWED_FUNCTIONS, CONSTRUCTS
from kg.cypher.effects import Effects, effects_of, explained, names_of_the_system, refuse
from kg.cypher.endless import refuse_endless, slow_because
from kg.errors import ForbiddenQueryError, QuerySyntaxError
from kg.records import Value
from kg.stores import ServerAddress

KINDS = {
    "MATCH (n) RETURN n": "read",
    "match (n) return n": "read",
    "CALL { RETURN 1 AS x } RETURN x": "read",
    "MATCH (n) RETURN n.set, n.create, {delete: 1, merge: 2} AS m": "read",
    "MATCH (n:SET:Create)-[:DELETE]->() RETURN n": "read",
    "RETURN 'CREATE (n)', \"SET\" // MERGE": "read",
    "RETURN 1 AS `set`, 2 AS `DELETE`": "read",
    "MATCH (n {remove: 1}) RETURN n {.set, .*}": "read",
    "MATCH (n) RETURN n.set AS set, n.in AS create, count(*) AS delete ORDER BY set DESC, create": "read",
    "MATCH (set:Set|Create)-[r:A|DELETE|SET]->(m) WHERE set.x > 1 RETURN set, m": "read",
    "MATCH (n) WITH n AS merge WHERE merge.x = 1 RETURN merge": "read",
    "MATCH (n) RETURN n.x AS show ORDER BY show DESC": "read",
    "MATCH (n) RETURN n.call AS call ORDER BY call DESC": "read",
    "MATCH (n:A) USING INDEX n:A(b) WHERE n.b = 1 RETURN n": "read",
    "MATCH (n) RETURN n.use AS use ORDER BY use": "read",
    "CREATE (n)": "write",
    "MATCH (n) SET n.x = 1": "write",
    "EXPLAIN CREATE (n)": "write",
    "MATCH (as) WITH as CREATE (n)": "write",
    "MATCH (as)--(n) WITH DISTINCT n, as SET as.x = 1": "write",
    "MATCH (by) WITH by SET by.x = 1": "write",
    "MATCH (n) WITH * SET n.x = 1": "write",
    "MATCH (n) WITH n.x AS set, n DELETE n": "write",
    "FOREACH (x IN [] | CREATE ())": "write",
    "MATCH (n) WHERE n:% SET n.x = 1": "write",
    "MATCH (n) WHERE n IS % DELETE n": "write",
    "MATCH ((a)-->(b))+ SET a.x = 1": "write",
    "MATCH (n) WITH n.x AS set RETURN 1 + set, 2 * set": "read",
    "CREATE INDEX FOR (n:A) ON (n.b)": "schema",
    "CREATE OR REPLACE DATABASE x": "administration",
    "DROP CONSTRAINT x": "schema",
    "DROP USER x": "administration",
    "SHOW INDEXES": "show",
    "SHOW ALL FUNCTIONS YIELD name RETURN name": "show",
    "SHOW RANGE INDEXES": "show",
    "SHOW BUILT IN FUNCTIONS": "show",
    "SHOW PROCEDURES": "show",
    "SHOW USERS": "administration",
    "SHOW USER index PRIVILEGES": "administration",
    "SHOW USER DEFINED FUNCTIONS": "show",
    "SHOW FUNCTIONS YIELD name WHERE name:% SHOW TRANSACTIONS": "administration",
    "SHOW FUNCTIONS YIELD name SHOW TRANSACTIONS": "administration",
    "TERMINATE TRANSACTION 'x'": "administration",
    "ALTER USER x SET PASSWORD 'y'": "administration",
    "COMMIT": "transaction",
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_kinds(text: str, kind: str) -> None:
    effects = effects_of(text)
    assert effects.kind == kind
    if kind == "read":
        refuse(effects)


def test_calls_are_named_whole() -> None:
    text = (
        "CALL `db` . /* x */ labels YIELD label RETURN a.b(1), apoc/**/.`x`.y ( ), count(*), n.name, Date('2020-01-01')"
    )
    effects = effects_of(text)
    assert effects.procedures == {"db.labels"}
    assert effects.functions == {"a.b", "apoc.x.y", "count", "Date"}
    assert effects_of("CALL db.labels() YIELD label RETURN 1").procedures == {"db.labels"}
    assert effects_of("CALL `a.b`.c").procedures == {"a.b.c"}
    assert effects_of("CALL (x) { RETURN 1 AS y } RETURN y").procedures == frozenset()


@pytest.mark.parametrize("before", ["MATCH (n) WHERE n:%", "MATCH (n) WHERE n IS %", "MATCH ((a)-->(b))+"])
def test_a_call_is_found_after_a_sign_that_ends_a_pattern(before: str) -> None:
    assert effects_of(f"{before} CALL tx.getMetaData YIELD metadata RETURN 1").procedures == {"tx.getMetaData"}


def test_what_is_before_a_statement() -> None:
    assert effects_of("EXPLAIN RETURN 1").mode == "explain"
    assert effects_of("CYPHER 5 runtime=slotted planner = cost PROFILE RETURN 1").mode == "profile"
    assert effects_of("EXPLAIN PROFILE RETURN 1").mode == "profile"
    assert effects_of("CYPHER debug=ast RETURN 1").options == {"debug"}
    assert explained("RETURN 1") == "EXPLAIN RETURN 1"
    assert explained("explain RETURN 1") == "explain RETURN 1"
    assert explained("CYPHER 5 profile RETURN 1") == "CYPHER 5 EXPLAIN RETURN 1"


def test_parts() -> None:
    assert effects_of("LOAD CSV FROM 'x' AS l RETURN l").loads_csv
    assert not effects_of("MATCH (n:LOAD) RETURN n.csv").loads_csv
    assert effects_of(
        "UNWIND [1] AS x CALL (x) { RETURN 1 AS y } IN 3 CONCURRENT TRANSACTIONS RETURN y"
    ).in_transactions
    assert not effects_of("MATCH (transactions) WHERE 1 IN transactions RETURN transactions").in_transactions
    assert effects_of("RETURN 1;").statements == 1
    assert effects_of("RETURN 1; RETURN 2").statements == 2
    assert effects_of("USE x.y MATCH (n) RETURN n").uses_database
    assert effects_of("USE graph.byName('x') MATCH (n) RETURN n").kind == "read"


@pytest.mark.parametrize(
    "text",
    [
        "", "  // nothing", ";", "HELLO", "USE a", "USE a.b", "CYPHER runtime =", "CYPHER 5 a = USE", "RETURN 1 // \\u000a",
        "\\u0043REATE ()",
    ],
)  # fmt: skip
def test_what_is_no_statement(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        effects_of(text)


def test_a_refusal_names_what_it_refuses() -> None:
    for effects, kind, word in (
        (effects_of("MATCH (n) DETACH DELETE n"), "write", "DETACH DELETE"),
        (effects_of("CALL DB.labels()"), "procedure", "Did you mean db.labels?"),
        (effects_of("RETURN apoc.x()"), "function", "apoc.x"),
        (Effects(statements=2), "statements", "more than one"),
    ):
        with pytest.raises(ForbiddenQueryError, match=word.replace("?", r"\?")) as caught:
            refuse(effects)
        assert caught.value.kind == kind
    refuse(effects_of("MATCH (n) DETACH DELETE n"), is_writing=True)


def test_names_of_the_system() -> None:
    text = "MATCH (n:_Term {_x: 1})-[:A|_B]->(_m) SET n._y = '_z', n['_w'] = 1 RETURN `_v`"
    assert names_of_the_system(text) == {"_Term", "_x", "_B", "_y", "_w"}


def test_texts_and_variables_are_no_names_of_the_system() -> None:
    text = (
        "MATCH (_n:P {name: '_a'})-[_r:X]->() WHERE _n.x IN ['_b'] "
        "SET _n.y = ['_c'], _n.z = [_ IN [1] | '_d'], _n.w = _n[_k] REMOVE _n:Q"
    )
    assert names_of_the_system(text) == set()


ENDLESS = (
    "RETURN reduce(s = 0, i IN range(0, 1000000) | s + i)",
    "RETURN range(-1000000, 1000000)",
    "RETURN [x IN range(0, n.many) | x]",
    "RETURN reduce(s = 0, i IN range(0, size([1]) + 1000000000000) | s + i)",
    "RETURN reduce(s = 0, i IN range(-1000000000000, size([1])) | s + i)",
    "RETURN reduce(s = 0, i IN range(0, size([1]) * 1000000000000) | s + i)",
    "RETURN reduce(s = 0, i IN range(0, 1000 - -1000000000000 + size([1])) | s + i)",
    "UNWIND [1000000000000] AS i RETURN [j IN range(i, size([1])) | j], [i IN range(0, 1) | i]",
    "RETURN reduce(i = 1000000000000, x IN [1] | size([j IN range(0, i) | j])), [i IN range(0, 1) | i]",
    "RETURN [i IN [1000000000000] | [j IN range(0, i) | j]], [i IN range(0, 1) | i]",
    "UNWIND [1000000000000] AS `\\u0069` RETURN [j IN range(0, i) | j], [i IN range(0, 1) | i]",
    "WITH 1000000000000 * size([1]) AS n RETURN [i IN range(0, n) | i]",
    "WITH size([1]) AS n WITH 1000000000000 AS n RETURN [i IN range(0, n) | i]",
    "WITH range(0, 5000) AS l RETURN [a IN l | [b IN l | a + b]]",
    "RETURN [a IN $list | [b IN $list | a + b]]",
    "RETURN [x IN range(1, 100000) | range(1, 100000)]",
    "UNWIND range(1, 1000000) AS x WITH collect(x) AS l RETURN reduce(s = '', x IN l | s + 'x')",
    "RETURN reduce(s = '', i IN range(1, 100000) | s + 'xxxxxxxxxx')",
    "RETURN reduce(s = 0, i IN range(1, 100000) | s + 'xxxxxxxxxx')",
    "RETURN reduce(s = [], i IN range(1, 100000) | s + i)",
    "RETURN reduce(s = 0, i IN range(1, 100000) | s + $pattern)",
    "RETURN n.x =~ n.y",
    "RETURN n.x =~ '(a+)+' + $pattern",
)
HARMLESS = (
    "UNWIND range(0, 1000000000) AS x RETURN x",
    "RETURN [x IN range(0, 1000) | x], range(10, 0, -1)",
    "WITH [1, 2] AS l RETURN [i IN range(0, size(l) - 1) | l[i]], range(1, $n)",
    "RETURN [i IN range(0, size(l) - 2) | [j IN range(i + 1, size(l) - 1) | l[i] + l[j]]]",
    "MATCH (a) WITH collect(a.x) AS l, count(*) AS n RETURN [i IN range(0, n - 1) | l[i]]",
    "WITH [1, 2] AS l WITH l, size(tail(l)) AS n RETURN [i IN range(0, n - 1) | l[i]]",
    "RETURN [i IN range(0, (size(l) - 1) / 2) | i], [i IN range(0, size(l) / 2 + size(l) % 2 - 1) | i]",
    "MATCH p = ()-[*]->() RETURN [n IN nodes(p) WHERE any(l IN labels(n) WHERE l = 'A') | n.name]",
    "RETURN [x IN [y IN range(0, 5000) | y] | x]",
    "MATCH (n) WHERE n.name =~ '(?i).*ada.*' OR n.name =~ ('(?i)' + $pattern) RETURN n",
    "RETURN reduce(s = 0, i IN range(1, 100000) | CASE WHEN i % 2 = 0 THEN s + i ELSE s END)",
    "RETURN reduce(s = -1.5, i IN range(1, 100000) | s + i * abs(i))",
    "RETURN reduce(s = '', i IN range(1, 5000) | s + toString(i))",
    "RETURN [x IN range(1, 1000) | range(1, 3)]",
    "RETURN [1, 2, 3][0..2]",
)
GIVEN: dict[str, Value] = {"list": [*range(4000)], "pattern": ".*x.*", "n": 5}


@pytest.mark.parametrize("text", ENDLESS)
def test_what_could_not_be_stopped_is_refused(text: str) -> None:
    with pytest.raises(ForbiddenQueryError) as caught:
        refuse_endless(text, GIVEN)
    assert caught.value.kind == "endless"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_short_is_not_refused(text: str) -> None:
    refuse_endless(text, GIVEN)
    refuse(effects_of(text))


def test_slow_patterns() -> None:
    slow = (
        "(a+)+$",
        "(a|aa)+",
        r"(.)\1",
        "(a?){30}a{30}",
        "((a)*)*",
        ".*a.*b.*c.*",
        r".*a.*b.*c.*\$",
        "a?" * 11,
        "(x{0,60}){60}",
    )
    quick = (
        ".*foo.*",
        "(?i)ada",
        ".*a.*b.*",
        r"[a-z]+@[a-z.]+",
        r"^[\w.]+@[\w.]+\.[a-z]{2,}$",
        r"\d{4}-\d{2}-\d{2}",
        "(foo|bar).*",
        r"[\]+*]+",
        "(ab)+",
    )
    assert [pattern for pattern in slow if slow_because(pattern) is None] == []
    assert [(pattern, slow_because(pattern)) for pattern in quick if slow_because(pattern)] == []


@pytest.mark.neo4j
def test_the_list_of_functions_is_the_servers(neo4j_address: ServerAddress) -> None:
    import neo4j

    login = (neo4j_address.username, neo4j_address.password)
    with neo4j.GraphDatabase.driver(neo4j_address.uri, auth=login) as driver, driver.session() as session:
        told = session.run("SHOW BUILT IN FUNCTIONS YIELD name RETURN collect(DISTINCT toLower(name))").single(
            strict=True
        )
        version = session.run("CALL dbms.components() YIELD versions RETURN versions[0]").single(strict=True)
    known, left_out = set(told[0]), {"file", "linenumber", "graph.byname", "graph.byelementid"}
    assert ALLOWED_FUNCTIONS - known == {"shortestpath", "allshortestpaths"}
    if version[0].startswith("5.26"):
        assert known - ALLOWED_FUNCTIONS - CONSTRUCTS == left_out
