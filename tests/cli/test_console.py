"""The console: what it completes, when a query is complete, its commands, and all of it on a real terminal."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli import main
from kg.cli.console.answer import ask, ask_saved
from kg.cli.console.commands import COMMANDS, suggest_command
from kg.cli.console.console import Console, Settings
from kg.cli.console.prompt import History
from kg.cli.console.reader import Reader
from kg.cli.console.sparql import SPARQL
from kg.cli.console.vocabulary import LiveVocabulary, Vocabulary, read_vocabulary
from kg.cli.session import Session
from kg.errors import NotFoundError, QueryMemoryError, QuerySyntaxError, QueryTimeoutError, StoreError
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.query.library import shipped_queries
from tests.cli.consoles import terminal, typing
from tests.conftest import ROOT, RunKg

BASE = "https://example.org/"
QUOTE = "Ada works for Babbage & Co."
DATA = f"""
PREFIX : <{BASE}note/>
INSERT DATA {{
  GRAPH :ada.md {{
    :ada.md a kg:Note ; kg:path "ada.md" ; dct:title "Ada Lovelace" ; kg:describes :ada .
    :ada a kg:Person ; rdfs:label "Ada Lovelace", "艾达"@zh ; kg:worksFor :co ; kg:knows :mary .
    :co a kg:Organisation ; rdfs:label "Babbage & Co." .
    :mary a kg:Person ; rdfs:label "Mary" .
    :e a kg:Evidence ; rdf:subject :ada ; rdf:predicate kg:worksFor ; rdf:object :co ; kg:inNote :ada.md ;
       kg:quote "{QUOTE}" ; kg:start 10 ; kg:end 37 ; kg:confidence 0.75 ; kg:kind "extracted" .
  }}
}}
"""
CARTESIAN = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three things and one sentence."""
    home = tmp_path_factory.mktemp("console") / "home"
    assert main(["init", "--home", str(home), "--base", BASE]) == 0
    assert main(["update", "--home", str(home), DATA]) == 0
    return home


@pytest.fixture(scope="module")
def reader(folder: Path) -> Iterator[Reader]:
    reader = Reader(Session(Home(folder), False), "kg sparql")
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def words(reader: Reader) -> Vocabulary:
    return reader.call(read_vocabulary)


# --- when a query is complete


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }", "SELECT * WHERE { ?s ?p ?o } ORDER BY ?s LIMIT 3", "ASK {}", "DESCRIBE kg:Person", "",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }", "PREFIX x: <y:> ASK { ?s x:p 1 }",
        'ASK { ?s ?p """a {\nb""" }', "ASK { ?s ?p 'it {' } # and {", "INSERT DATA", "nonsense", "ASK } {",
        'ASK { ?s ?p "open }',
    ],
)  # fmt: skip
def test_enter_runs_what_is_complete_or_cannot_become_so(text: str) -> None:
    assert SPARQL.is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT", "SELECT *", "SELECT * WHERE", "SELECT * {", "SELECT * { { ?s ?p ?o }", "SELECT (COUNT(*) AS ?n",
        "PREFIX x: <y:>", "CONSTRUCT { ?s ?p ?o }", "SELECT * { ?s ?p ?o } ORDER BY", "SELECT * {} LIMIT",
        'ASK { ?s ?p """open }', "DESCRIBE", "# a comment\nASK",
    ],
)  # fmt: skip
def test_enter_goes_on_with_what_is_not_complete(text: str) -> None:
    assert not SPARQL.is_complete(text)


# --- completion


def suggested(words: Vocabulary, text: str) -> list[str]:
    before, _, after = text.partition("|")
    return [each.text for each in SPARQL.suggest(before, after, words)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("SEL|", "SELECT"),
        ("PREFIX sk|", "skos: <http://www.w3.org/2004/02/skos/core#>"),
        ("ASK { ?x a kg:Pers|", "kg:Person"),
        ("ASK { ?x a pers|", "kg:Person"),
        ("ASK { ?x a 人物|", "kg:Person"),
        ("ASK { ?x rdf:type soft|", "kg:Software"),
        ("ASK { ?x kg:worksF|", "kg:worksFor"),
        ("ASK { ?x employer|", "kg:worksFor"),
        ("ASK { ?x kg:任职|", "kg:worksFor"),
        ("ASK { ?x a kg:Person ; worksf|", "kg:worksFor"),
        ("ASK { ?x kg:knows ?y . ?y worksf|", "kg:worksFor"),
        ("SELECT * { ?person kg:knows ?other FILTER(?p|", "?person"),
        ("SELECT ?p| { ?person kg:knows ?other }", "?person"),
        ("ASK { GRAPH ada|", f"<{BASE}note/ada.md>"),
        ("SELECT * FROM <https://example.org/note/|", f"<{BASE}note/ada.md>"),
        ("ASK { ?x kg:worksFor bab|", f"<{BASE}note/co>"),
        ("ASK { ?x kg:worksFor <Bab|", f"<{BASE}note/co>"),
        ('ASK { ?x kg:name "Ada Lo|', 'Ada Lovelace"'),
        ('ASK { ?x kg:name "艾|"', "艾达"),
        ("PREFIX my: <https://w3id.org/noemata#> ASK { ?x my:worksF|", "my:worksFor"),
    ],
)  # fmt: skip
def test_completion_offers_first(words: Vocabulary, text: str, first: str) -> None:
    assert suggested(words, text)[:1] == [first]


@pytest.mark.parametrize("text", ["# SEL|", 'ASK { ?x ?y "zzz|', "ASK { ?x a zzz|", "SELECT ?zzz|"])
def test_completion_offers_nothing_where_nothing_fits(words: Vocabulary, text: str) -> None:
    assert suggested(words, text) == []


def test_a_property_shows_its_labels_and_its_comment(words: Vocabulary) -> None:
    (found, *_) = SPARQL.suggest("ASK { ?x kg:worksFor", "", words)
    assert found.meta.startswith("works for, ")
    assert " — A person" in found.meta


def test_completion_stays_quick_with_many_names(words: Vocabulary) -> None:
    many = tuple(sorted((f"thing {n}", f"Thing {n}", f"{BASE}{n}") for n in range(100_000)))
    large = Vocabulary(words.base, words.classes, words.properties, words.graphs, many)
    for text in ("ASK { ?x kg:worksFor thing|", 'ASK { ?x kg:name "thing 5|', "ASK { ?x kg:works|", "SELECT * { ?t|"):
        times = []
        for _ in range(5):
            started = time.process_time()
            assert len(suggested(large, text)) <= 60
            times.append(time.process_time() - started)
        assert min(times) < 0.05, text


# --- the process that reads


def run_forever(graph: KnowledgeGraph) -> None:
    time.sleep(60)


def fail(graph: KnowledgeGraph) -> None:
    raise NotFoundError("query", "x", ["xy"])


def break_down(graph: KnowledgeGraph) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_memory(graph: KnowledgeGraph) -> None:
    bytearray(1 << 30)


def test_an_error_of_the_reader_keeps_its_parts(reader: Reader) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'xy'") as caught:
        reader.call(fail)
    assert (caught.value.kind, caught.value.name) == ("query", "x")
    with pytest.raises(QuerySyntaxError) as refused:
        reader.call(ask, SPARQL.ask, "ASK {\n ?x foo", 10, None)
    assert (refused.value.line, refused.value.column) == (2, 5)


@pytest.mark.slow
def test_a_reader_that_is_out_of_time_is_ended_and_the_next_task_runs(reader: Reader) -> None:
    with pytest.raises(QueryTimeoutError):
        reader.call_within(0.2, run_forever)
    assert reader.call(ask, SPARQL.ask, "ASK {}", 10, None).value is True


@pytest.mark.slow
def test_a_reader_that_breaks_down_is_told(reader: Reader) -> None:
    with pytest.raises(StoreError, match="has ended"):
        reader.call(break_down)
    assert reader.call(ask, SPARQL.ask, "ASK {}", 10, None).value is True


@pytest.mark.slow
def test_a_query_that_takes_too_much_memory_is_ended_and_the_next_one_runs(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reader = Reader(Session(Home(folder), False), "kg sparql", memory_mb=300)
    try:
        greedy = CARTESIAN.replace("(COUNT(*) AS ?n)", "DISTINCT *")
        with pytest.raises(QueryMemoryError, match="more than 300 MB"):
            reader.call_within(60, ask, SPARQL.ask, f"{greedy} ORDER BY ?a", 10, None)
        assert reader.call(ask, SPARQL.ask, "ASK {}", 10, None).value is True
        with pytest.raises(QueryMemoryError):
            reader.call(take_memory)
    finally:
        reader.close()
    assert capfd.readouterr().err == ""


def test_a_saved_query_without_rows_says_which_name_is_unknown(folder: Path) -> None:
    said: list[str] = []
    talking = Reader(Session(Home(folder), False), "kg sparql", said.append)
    try:
        query = shipped_queries()["facts-about"]
        answer = talking.call(ask_saved, SPARQL.ask, query, {"entity": "Ada Lovelaec"}, 10, None)
    finally:
        talking.close()
    assert answer.rows == ()
    assert said == ["No note or entity 'Ada Lovelaec' in this home. Did you mean 'ada lovelace'?"]


def test_a_reader_holds_no_lock_between_tasks(folder: Path, reader: Reader, kg: RunKg) -> None:
    count = "SELECT ?x { ?x kg:flag true }"
    assert len(reader.call(ask, SPARQL.ask, count, 10, None).rows) == 0
    assert kg("update", "--home", folder, "INSERT DATA { <x:1> kg:flag true }").code == 0
    assert len(reader.call(ask, SPARQL.ask, count, 10, None).rows) == 1
    assert kg("update", "--home", folder, "DELETE DATA { <x:1> kg:flag true }").code == 0


def test_more_rows_than_are_shown_are_not_read(reader: Reader) -> None:
    answer = reader.call_within(20, ask, SPARQL.ask, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", 5, None)
    assert (len(answer.rows), answer.is_cut) == (5, True)


def test_labels_prefer_the_language(reader: Reader) -> None:
    ada = f"SELECT ?x {{ VALUES ?x {{ <{BASE}note/ada> kg:worksFor }} }}"
    in_chinese = reader.call(ask, SPARQL.ask, ada, 10, "zh").names
    assert in_chinese[f"{BASE}note/ada"] == "艾达"
    assert reader.call(ask, SPARQL.ask, ada, 10, "en").names["https://w3id.org/noemata#worksFor"] == "works for"


# --- commands


@pytest.fixture
def typed(
    folder: Path, reader: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[object]:
    """Type lines into a console without a terminal, and return what it wrote."""
    monkeypatch.setenv("COLUMNS", "200")
    with typing(SPARQL, folder, reader, tmp_path / "history", capsys) as run:
        yield run


WHO = "SELECT ?x ?y { ?x kg:worksFor ?y }"


def test_why_shows_the_sentence_of_a_row(typed: RunKg) -> None:
    shown = str(typed(WHO, ".why 1"))
    assert "1  :note/ada  :note/co" in shown
    assert f"Ada Lovelace · works for · Babbage & Co.\n    “{QUOTE}”\n" in shown
    assert "ada.md, characters 10 to 37, extracted (0.75)" in shown


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?a ?b { ?x kg:worksFor ?y . ?x kg:name ?a . ?y kg:name ?b }",
        "SELECT ?s ?p ?o { VALUES ?p { kg:worksFor } ?s ?p ?o }",
        "SELECT ?e { ?e kg:quote ?q }",
        "SELECT ?y { ?x kg:worksFor ?y }",
        "CONSTRUCT WHERE { ?x kg:worksFor ?y }",
    ],
)
def test_why_finds_the_sentence_by_names_predicates_evidence_and_lone_things(typed: RunKg, query: str) -> None:
    assert QUOTE in str(typed(query, ".why 1"))


def test_why_says_where_a_statement_without_a_sentence_stands(typed: RunKg) -> None:
    shown = str(typed("SELECT * { ?x kg:knows ?y }", ".why 1"))
    assert "Ada Lovelace · knows · Mary\n    no sentence; it stands in ada.md" in shown


def test_labels_formats_and_limits(typed: RunKg) -> None:
    shown = str(
        typed(".labels on", WHO, ".labels off", ".format csv", WHO, ".format table", ".limit 1", "SELECT * { ?x a ?c }")
    )
    assert "1  Ada Lovelace  Babbage & Co." in shown
    assert f"x,y\r\n{BASE}note/ada,{BASE}note/co\r\n" in shown
    assert "These are the first 1 rows" in shown


def test_lists_are_searched(typed: RunKg) -> None:
    shown = str(typed(".classes organi", ".properties 任职", ".graphs", ".prefixes", ".queries", ".help"))
    for part in ("kg:Organisation", "kg:worksFor", f"<{BASE}note/ada.md>", "PREFIX kg: <", "facts-about", ".why N"):
        assert part in shown
    assert "kg:cites " not in shown


def test_saved_queries_run_with_their_parameters(typed: RunKg) -> None:
    shown = str(typed('.run facts-about --entity "Ada Lovelace"', ".run facts-about", ".run fact-about", ".run"))
    assert QUOTE[:20] in shown
    assert "Parameter 'entity': is missing" in shown
    assert "Did you mean 'facts-about'" in shown
    assert "Which query?" in shown


def test_an_answer_is_saved_whole_or_not_at_all(typed: RunKg, tmp_path: Path) -> None:
    good, bad = tmp_path / "all.csv", tmp_path / "no-such-folder" / "x.csv"
    shown = str(typed(".limit 1", "SELECT ?x { ?x a kg:Person }", f".save {good}", f".save {bad}", ".save x.docx"))
    assert len(good.read_text().splitlines()) == 3
    assert "Cannot write" in shown
    assert ".csv" in shown.partition("x.docx")[2]
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_show_takes_a_name_or_a_row(typed: RunKg) -> None:
    assert str(typed(WHO, ".show 1", ".show Babbage & Co.")).count(QUOTE) == 2


MISTAKES = {
    ".why 1": "no answer yet",
    ".save x.csv": "no answer yet",
    ".wyh 1": "Did you mean .why?",
    ".why x": "'x' is no row",
    ".why": "Write .why N, with the number of a row",
    ".format jsn": "Did you mean 'json'?",
    ".labels maybe": "neither on nor off",
    ".timeout soon": "no number of seconds",
    ".limit -1": "no number of rows",
    '.run x "': "quotation mark",
    ".show": "Write .show NAME",
    "SELECT * {\n  ?人 foo ?y }": "kg: SPARQL query:2:6: 'foo' is no word",
    "INSERT DATA { <a:b> <a:b> 1 }": "kg update",
}


def test_what_goes_wrong_is_told_and_the_console_goes_on(typed: RunKg) -> None:
    shown = str(typed(*MISTAKES, "ASK {}"))
    assert [said for said in MISTAKES.values() if said not in shown] == []
    assert "yes" in shown


def test_the_place_of_an_error_is_marked(typed: RunKg) -> None:
    assert "\n    ?人 foo ?y }\n        ^\n" in str(typed("SELECT * {\n  ?人 foo ?y }"))


def test_why_names_the_rows_that_there_are(typed: RunKg) -> None:
    assert "the last answer has rows 1 to 1" in str(typed(WHO, ".why 2"))


def test_commands_complete(folder: Path, reader: Reader) -> None:
    session = Session(Home(folder), False)
    console = Console(session, SPARQL, Settings(20, 100), reader, LiveVocabulary(Home(folder), Vocabulary))

    def found(line: str) -> list[str]:
        return [each.text for each in suggest_command(console, line)]

    assert found(".la") == [".labels"]
    assert found(".labels o") == ["on", "off"]
    assert "facts-about" in found(".run fa")
    assert found(".run facts-about --en") == ["--entity"]


def test_history_is_private_and_holds_each_text_once(typed: RunKg, tmp_path: Path) -> None:
    long = "SELECT * {\n" + "".join(f"  ?x{n} ?p{n} ?y{n} .\n" for n in range(40)) + "} LIMIT 0"
    typed("ASK {}", long, "ASK {}")
    file = tmp_path / "history" / "sparql"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(History(file).load_history_strings()) == [".quit", "ASK {}", long]
    assert long.replace("\n", "\n    ") in str(typed(".history x39"))


def test_the_page_lists_the_commands() -> None:
    page = (ROOT / "docs" / "console.md").read_text("utf-8")
    rows = re.findall(r"^\| `\.([^`]*)` \| (.*) \|$", page, re.MULTILINE)
    table = [(f"{name} {each.arguments}".rstrip().replace("|", "\\|"), each.help) for name, each in COMMANDS.items()]
    assert rows == table


# --- on a terminal


@pytest.mark.slow
def test_a_console_on_a_terminal(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(folder, home)
    with terminal("sparql", "--timeout", "0", home=home) as console:
        console.expect("sparql>")
        console.type("SELECT ?x {\r?x kg:worksFor\x1b[200~ ?y\x1b[201~\r}\r")
        console.expect("1 row")
        console.type(".why 1\r")
        console.expect(f"“{QUOTE}”")
        console.type(f"{CARTESIAN}\r")
        time.sleep(1)
        console.type("\x03")
        console.expect("Stopped.")
        console.type("ASK {}\r")
        console.expect("yes\n")
        console.expect("sparql>")
        console.type("\x04")
        assert console.process.wait(60) == 0
    assert "+?x kg:worksFor ?y" in (home / "history" / "sparql").read_text()
    with terminal("sparql", home=home) as console:
        console.expect("sparql>")
        console.type("\x12worksF")
        console.expect("kg:worksFor ?y")


@pytest.mark.slow
def test_a_query_on_a_terminal_that_takes_too_long_is_stopped(folder: Path) -> None:
    with terminal("sparql", "--timeout", "0.5", home=folder) as console:
        console.expect("sparql>")
        console.type(f"{CARTESIAN}\r")
        time.sleep(0.3)
        console.type(".quit\r")  # typed ahead, while the query runs
        console.expect("The query was stopped after 0.5 s")
        assert console.process.wait(60) == 0


@pytest.mark.slow
def test_json_on_a_terminal_asks_for_a_query(folder: Path) -> None:
    with terminal("sparql", "--json", home=folder) as console:
        console.expect("There is no query")
        assert console.process.wait(60) == 2


@pytest.mark.slow
def test_without_a_home_no_console_opens(tmp_path: Path) -> None:
    with terminal("sparql", home=tmp_path / "none") as console:
        console.expect("There is no home in")
        assert console.process.wait(60) == 2


@pytest.mark.slow
@pytest.mark.model
def test_why_shows_a_sentence_of_the_example_vault(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert main(["ingest", str(ROOT / "examples" / "vault"), "--home", str(home)]) == 0
    with terminal("sparql", home=home) as console:
        console.expect("sparql>")
        console.type('SELECT ?x ?y { ?x kg:name "Mara Lindqvist" ; kg:worksFor ?y . ?y kg:name "Corvane Labs" }\r')
        console.expect("1 row")
        console.type(".why 1\r")
        console.expect("Before that she worked at [[Corvane Labs]] in Rotterdam")
        console.expect("People/Mara Lindqvist.md")
