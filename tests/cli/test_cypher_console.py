"""The console for Cypher: when a statement is complete, what it completes, its parameters and its commands."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli import main
from kg.cli.console import LANGUAGES
from kg.cli.console.commands import suggest_command
from kg.cli.console.console import Console, Settings
from kg.cli.console.cypher import CYPHER, FUNCTIONS
from kg.cli.console.cypher_commands import CYPHER_COMMANDS
from kg.cli.console.reader import Reader
from kg.cli.console.vocabulary import LiveVocabulary, Vocabulary, read_vocabulary
from kg.cli.session import Session
from kg.cli.statements import MAY_BE_WRITTEN
from kg.cypher.allowed import ALLOWED_FUNCTIONS, ALLOWED_PROCEDURES
from kg.home import Home
from kg.mirror.dialect.procedures import PROCEDURES
from tests.cli.consoles import Typed, terminal, typing
from tests.cli.test_cypher import BASE, DATA, ENDLESS, QUOTE, WHO
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("console") / "home"
    assert main(["init", "--home", str(home), "--base", BASE]) == 0
    assert main(["update", "--home", str(home), DATA]) == 0
    return home


@pytest.fixture(scope="module")
def reader(folder: Path) -> Iterator[Reader]:
    reader = Reader(Session(Home(folder), False), "kg cypher")
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def words(reader: Reader) -> Vocabulary:
    return reader.call(read_vocabulary)


def test_there_is_a_console_for_each_language() -> None:
    assert LANGUAGES.names() == ("cypher", "sparql")
    assert all(LANGUAGES.load(name).name == name for name in LANGUAGES.names())


# --- when a statement is complete


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) RETURN n", "MATCH (n) RETURN n;", "MATCH (n);", "RETURN *", "MATCH (n) WITH * RETURN *", "", "nonsense",
        "CREATE (n)", "MATCH (n) DETACH DELETE n", "CALL db.labels()", "MATCH (n {name: '('}) RETURN n // (", "RETURN 1 ))",
        "RETURN 'a\nb'", "/* { */ RETURN 1", "FOREACH (x IN [1] | CREATE (:X))", "SHOW INDEXES",
    ],
)  # fmt: skip
def test_enter_runs_what_is_complete_or_cannot_become_so(text: str) -> None:
    assert CYPHER.is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n)", "MATCH (n) WHERE", "MATCH (n) RETURN", "MATCH (n) RETURN n,", "MATCH (n", "MATCH (n {name:", "RETURN 'a",
        "MATCH (n) WHERE EXISTS { MATCH (n)", "UNWIND [1, 2] AS x", "MATCH (n) RETURN n ORDER BY", "WITH 1 AS x", "RETURN 1 +",
        "MATCH (n) RETURN n LIMIT", "/* RETURN", "CALL", "MATCH (n) RETURN n UNION", "MATCH (n)-[", "OPTIONAL", "RETURN n AS `a;",
    ],
)  # fmt: skip
def test_enter_goes_on_with_what_is_not_complete(text: str) -> None:
    assert not CYPHER.is_complete(text)


# --- completion


def suggested(words: Vocabulary, text: str) -> list[str]:
    before, _, after = text.partition("|")
    return [each.text for each in CYPHER.suggest(before, after, words)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("MAT|", "MATCH"),
        ("mat|", "MATCH"),
        ("MATCH (n:Pers|", "Person"),
        ("MATCH (n:人物|", "Person"),
        ("MATCH (:Note&Docum|", "Document"),
        ("MATCH (a)-[r:worksF|", "worksFor"),
        ("MATCH (a)-[:knows!employer|", "worksFor"),
        ("MATCH (a)-[:任职|", "worksFor"),
        ("MATCH (n {pat|", "path"),
        ("MATCH (n {name: 'x', pat|", "path"),
        ("MATCH (n:Note) RETURN n.pat|", "path"),
        ("MATCH (n:Note) WHERE n:Pers|", "Person"),
        ("RETURN toL|", "toLower("),
        ("RETURN duration.inD|", "duration.inDays("),
        ("CALL db.la|", "db.labels"),
        ("CALL db|", "db.labels"),
        ("CALL db.in|", "db.index.fulltext.listAvailableAnalyzers"),
        ("MATCH (person:Person) RETURN per|", "person"),
        ("MATCH (a) RETURN $na|", "$name"),
        ("MATCH (n {name: 'Ada Lo|", "Ada Lovelace'"),
        ("MATCH (n {name: \"ada lo|\"", "Ada Lovelace"),
        ("MATCH (n) RETURN n ord|", "ORDER"),
        ("MATCH (n) WHERE n.path = 'x' /* c */ RETURN n.rdfs|", "rdfs__label"),
    ],
)  # fmt: skip
def test_completion_offers_first(words: Vocabulary, text: str, first: str) -> None:
    with_parameters = Vocabulary(words.base, words.classes, words.properties, words.graphs, words.things, ("name",))
    assert suggested(with_parameters, text)[:1] == [first]


@pytest.mark.parametrize(
    "text",
    ["// MAT|", "RETURN 'zzz|", "MATCH (n:zzz|", "MATCH (n {name: |", "RETURN $zzz|", "/* MAT|", "MATCH (`Pers|"],
)
def test_completion_offers_nothing_where_nothing_fits(words: Vocabulary, text: str) -> None:
    assert suggested(words, text) == []


def test_a_label_that_is_no_word_is_written_in_backticks(words: Vocabulary) -> None:
    odd = Vocabulary(classes=(words.classes[0].__class__("http://e/my-class", (), "", "http://e/my-class"),))
    assert suggested(odd, "MATCH (n:http|") == ["`http://e/my-class`"]


def test_a_procedure_that_only_neo4j_has_says_so(words: Vocabulary) -> None:
    offered = {each.text: each.meta for each in CYPHER.suggest("CALL ", "", words)}
    assert set(offered) == ALLOWED_PROCEDURES | {"("}
    assert [name for name, meta in offered.items() if not meta] == [*sorted(PROCEDURES), "("]


def test_every_function_that_is_offered_may_be_called() -> None:
    assert [name for name in FUNCTIONS if name.lower() not in ALLOWED_FUNCTIONS] == []


# --- commands


@pytest.fixture
def typed(
    folder: Path, reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Typed]:
    """Type lines into a console without a terminal, and return what it wrote."""
    monkeypatch.setenv("COLUMNS", "200")
    with typing(CYPHER, folder, reader, tmp_path / "history", capsys) as run:
        yield run


def test_answers_are_tables_with_numbered_rows(typed: Typed) -> None:
    shown = typed(f"{WHO};", "RETURN 1 AS x; RETURN 2 AS y")
    assert "#  a             b\n" in shown and "1  Ada Lovelace  Babbage & Co.\n1 row\n" in shown
    assert shown.index("#  x\n") < shown.index("#  y\n")
    assert "`:help` shows the commands" in shown


def test_why_and_show_of_a_row(typed: Typed) -> None:
    shown = typed("MATCH (a)-[r:worksFor]->(b) RETURN r, a", ":why 1", ":show 1")
    assert f"Ada Lovelace · works for · Babbage & Co.\n    “{QUOTE}”\n" in shown
    assert shown.count(QUOTE) == 2
    assert QUOTE in typed(WHO, ":why 1")  # by their names
    assert QUOTE in typed("MATCH (a:Organisation) RETURN a", ":why 1")  # all about a lone thing
    assert "values alone" in typed("RETURN 1 AS x", ":why 1")


def test_parameters_are_set_shown_and_used(typed: Typed) -> None:
    shown = typed(
        ":param name => 'Ada ' + 'Lovelace'", ":param limit 1", ':param {a: [1, null], `b c`: "x"}', ":params",
        "MATCH (n:Person {name: $name}) RETURN n.name AS found, $a AS a LIMIT $limit", ":params clear", ":param", "RETURN $name",
    )  # fmt: skip
    assert ':param name => "Ada Lovelace"\n:param limit => 1\n:param a => [1, null]\n:param b c => "x"\n' in shown
    assert "1  Ada Lovelace  [1, null]" in shown
    assert "There are no parameters." in shown
    assert "name" in shown.rpartition("There are no parameters.")[2]


MISTAKES = {
    ":parm x => 1": "Did you mean :param?",
    ":param x": "write :param name => value",
    ":param x => (": "not closed",
    ":why 1": "no answer yet",
    ":why": "Write :why N",
    ":write maybe": "neither on nor off",
    ":format xml": "No format is called 'xml'",
    ":save x.ttl": "use one of .csv, .json, .srj, .txt",
    ":run classes": "is written in sparql",
    ":run": "Which query? `:queries`",
    ":labels on": "No command is called :labels",
    "MATCH (n)\nRETURN (n;": "kg: Cypher query:2:8",
    "CREATE (n:Person)": "is refused",
    ":source": "Write :source FILE",
    ":source /no/such/file": "/no/such/file: No such file",
}


def test_what_goes_wrong_is_told_and_the_console_goes_on(typed: Typed) -> None:
    shown = typed(*MISTAKES, "RETURN 'still' AS here")
    assert [said for said in MISTAKES.values() if said not in shown] == []
    assert "still" in shown
    assert "\n  RETURN (n;\n         ^\n" in shown


def test_a_file_a_format_and_what_is_saved(typed: Typed, tmp_path: Path) -> None:
    file, saved = tmp_path / "all.cypher", tmp_path / "all.json"
    file.write_text("RETURN 1 AS one;\nUNWIND range(1, 3) AS n RETURN n;", "utf-8")
    shown = typed(
        ":limit 2", f":source {file}", f":save {saved}", ":format csv", "RETURN 'a,b' AS c", ":explain on", WHO
    )
    assert "#  one" in shown and "These are the first 2 rows; `:limit 0` shows all" in shown
    assert saved.read_text("utf-8").strip() == '{"data":{"fields":["n"],"values":[[1],[2],[3]]}}'
    assert 'c\r\n"a,b"\r\n' in shown
    assert "worksFor" in shown.partition("read is shown: on.")[2] and "Answered in" in shown


def test_saved_queries_run_with_their_parameters(typed: Typed) -> None:
    shown = typed(':run facts-about --entity "ada lovelace"', ":run hubs.cypher", ":queries")
    assert QUOTE in shown and "links_to_it" in shown and "(sparql, cypher)" in shown


def test_what_is_saved_is_asked_as_the_answer_was(typed: Typed, tmp_path: Path) -> None:
    typed_one, saved_one, none = (tmp_path / f"{name}.csv" for name in ("typed", "saved", "none"))
    typed(
        ":param n => 2", "UNWIND range(1, $n) AS n RETURN n", ":param n => 1", ":param limit => 0", f":save {typed_one}",
        ":run facts-about.cypher --entity 'ada lovelace' --limit 1", f":save {saved_one}", ":params clear", f":save {none}",
    )  # fmt: skip
    assert typed_one.read_bytes() == b"n\r\n1\r\n2\r\n"
    assert len(saved_one.read_bytes().splitlines()) > 1 and saved_one.read_bytes() == none.read_bytes()


def test_a_place_in_an_error_is_of_what_was_typed_or_of_the_file(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "wrong.cypher"
    file.write_text("MATCH (n) RETRUN n;", "utf-8")
    shown = typed(f":source {file}", ":param name => Ada")
    assert "\n  MATCH (n) RETRUN n;\n" in shown and f"  :source {file}\n" not in shown
    assert "'Ada' is neither JSON nor an expression of Cypher" in shown and "^" not in shown.partition("'Ada'")[2]


def test_writing_is_off_until_it_is_switched_on(typed: Typed) -> None:
    create = "CREATE (n:Person:Resource {iri: 'urn:new', name: 'New'}) RETURN n.name AS name"
    count = "MATCH (n {iri: 'urn:new'}) RETURN count(n) AS n"
    shown = typed(create, ":write on", create, count, "MATCH (n {iri: 'urn:new'}) DETACH DELETE n", ":write off", count)
    assert "is refused" in shown and "Statements may change the graph: on." in shown
    assert "1  New" in shown and "nodes created: 1" in shown and "nodes deleted: 1" in shown
    assert re.findall(r"#  n\n─  ─\n1  (\d)", shown) == ["1", "0"]


class Killed:
    """A reader that is killed while it works."""

    def call_within(self, *_: object, **__: object) -> None:
        raise KeyboardInterrupt


def test_who_stops_a_write_is_told_that_it_may_be_committed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vocabulary = LiveVocabulary(Home(folder), Vocabulary)
    console = Console(Session(Home(folder), False), CYPHER, Settings(20, 100, write=True), Killed(), vocabulary)  # type: ignore[arg-type]
    for statement, is_said in (("CREATE (n:Person)", True), ("MATCH (n) RETURN n", False)):
        with pytest.raises(KeyboardInterrupt):
            console.ask(statement)
        assert (MAY_BE_WRITTEN in capsys.readouterr().err) is is_said


def test_commands_complete(folder: Path, reader: Reader) -> None:
    session = Session(Home(folder), False)
    console = Console(session, CYPHER, Settings(20, 100), reader, LiveVocabulary(Home(folder), Vocabulary))

    def found(line: str) -> list[str]:
        return [each.text for each in suggest_command(console, line)]

    assert found(":par") == [":param", ":params"] and found(".wr") == [".write"]
    assert found(":write o") == ["on", "off"] and found(":format ") == ["json", "csv", "table"]
    assert found(":prefixes") == [] and "facts-about" in found(":run fa")


def test_the_page_lists_the_commands() -> None:
    page = (ROOT / "docs" / "console.md").read_text("utf-8")
    rows = re.findall(r"^\| `:([^`]*)` \| (.*) \|$", page, re.MULTILINE)
    table = [
        (f"{name} {each.arguments}".rstrip().replace("|", "\\|"), each.help) for name, each in CYPHER_COMMANDS.items()
    ]
    assert rows == table


# --- on a terminal


@pytest.mark.slow
def test_a_console_on_a_terminal(folder: Path) -> None:
    with terminal("cypher", "--param", 'org="Babbage & Co."', "--timeout", "0", home=folder) as console:
        console.expect("cypher>")
        console.type("MATCH (p:Person)-[r:worksFor]->(o {name: $org})\rRETURN p.name AS person;\r")
        console.expect("1 row")
        console.type(":why 1\r")
        console.expect("cypher>")
        console.type(f"{ENDLESS};\r")
        time.sleep(1)
        console.type("\x03")
        console.expect("Stopped.")
        console.type("RETURN 40 + 2 AS n;\r")
        console.expect("1 row")
        console.expect("cypher>")
        console.type("\x04")
        assert console.process.wait(60) == 0
    assert "+RETURN 40 + 2 AS n;" in (folder / "history" / "cypher").read_text()
