"""Which names known beforehand are recognised in text (DESIGN §11.9)."""

from __future__ import annotations

import pytest

from extractors.gazetteer import Gazetteer
from kg.extraction import Term
from kg.rdf import KG, NamedNode
from tests.extractors.lab import MINTER, Lab

pytestmark = pytest.mark.model


def named(*names: str) -> tuple[Term, ...]:
    return tuple(Term(name, MINTER.entity("Thing", name), None, "title") for name in names)


def found(lab: Lab, text: str, *names: str) -> list[str]:
    extraction = lab.analyse(text, "2024-03-12.md", names=named(*names)).extraction
    return [m.text for m in extraction.mentions if m.extractor.startswith("gazetteer")]


@pytest.mark.parametrize(
    "name",
    [
        "README", "readme", "index", "Untitled", "TODO", "Inbox", "2024", "2024-03-12", "2024/03", "2024年3月12日", "12.03.2024",
        "The", "and", "Who", "it", "Go", "R", "AI", "..", "!!!", "", " ", "table", "running", "databases", "图",
    ],
)  # fmt: skip
def test_these_are_no_terms(lab: Lab, name: str) -> None:
    lemmas = lab.extractor._lemmas  # type: ignore[attr-defined]
    assert not Gazetteer((), lemmas).is_term(name)


@pytest.mark.parametrize(
    "name",
    ["Foam", "Table", "graph database", "C++", "C#", "F#", ".NET", "Node.js", "scikit-learn", "DuckDB", "kglite", "知识", "1Password"],
)
def test_these_are_terms(lab: Lab, name: str) -> None:
    lemmas = lab.extractor._lemmas  # type: ignore[attr-defined]
    assert Gazetteer((), lemmas).is_term(name)


ROWS: list[tuple[str, list[str], list[str]]] = [
    # A dictionary word is a name only in its own case; any other word whatever its case.
    ("We like Foam and foam.", ["Foam"], ["Foam"]),
    ("We like DuckDB, duckdb and DUCKDB.", ["DuckDB"], ["DuckDB", "duckdb", "DUCKDB"]),
    # At a sentence's start every word has a capital letter: a verb there is no name.
    ("Sketch the plan for us.", ["Sketch"], []),
    ("Java is required. Obsidian runs on Linux.", ["Java", "Obsidian"], ["Java", "Obsidian"]),
    ("We draw with Sketch every day.", ["Sketch"], ["Sketch"]),
    # Several words are a name whatever their case.
    ("We read about Graph Databases and graph databases.", ["graph databases"], ["Graph Databases", "graph databases"]),
    ("It is a graph\ndatabase here.", ["graph database"], ["graph database"]),
    # The longest name at a place wins.
    ("We use Apache Kafka Streams and Apache Kafka.", ["Apache Kafka", "Apache Kafka Streams", "Kafka"], ["Apache Kafka Streams", "Apache Kafka"]),
    ("We saw New York Times and New York.", ["New York", "New York Times"], ["New York Times", "New York"]),
    # Names with signs in them.
    ("We use C++, C# and C.", ["C++", "C#"], ["C++", "C#"]),
    ("It is written in C#.", ["C#"], ["C#"]),
    ("We use Node.js. It is fine.", ["Node.js"], ["Node.js"]),
    ("We use Node.js and Node.", ["Node.js", "Node"], ["Node.js", "Node"]),
    ("It runs on .NET here.", [".NET"], [".NET"]),
    ("ASP.NET is old.", [".NET", "ASP.NET"], ["ASP.NET"]),
    ("We use scikit-learn daily.", ["scikit-learn", "scikit"], ["scikit-learn"]),
    ("AT&T and Q&A are names.", ["AT&T"], ["AT&T"]),
    # A part of a longer word, a path, an address or a variable is no name.
    ("We use Redis-like and pre-Redis stores.", ["Redis"], []),
    ("See tools/Redis and Redis/tools and C:\\Redis here.", ["Redis"], []),
    ("Write to redis@example.org or @redis here.", ["redis"], []),
    ("We set Redis=1 and $Redis and Redis.conf here.", ["Redis"], []),
    ("Rediscover it.", ["Redis"], []),
    ("We use Redis. Redis, (Redis) \"Redis\" and Redis's.", ["Redis"], ["Redis"] * 5),
    ("We use Redis- and Tidepool.", ["Redis"], ["Redis"]),
    # A title with a colon or a comma in it.
    ("I read Quiet Graphs: An Essay again.", ["Quiet Graphs: An Essay", "Quiet Graphs"], ["Quiet Graphs: An Essay"]),
    ("I read Quiet Graphs again.", ["Quiet Graphs: An Essay", "Quiet Graphs"], ["Quiet Graphs"]),
    # Names of people.
    ("We met J. K. Rowling and Jean-Luc Picard.", ["J. K. Rowling", "Jean-Luc Picard"], ["J. K. Rowling", "Jean-Luc Picard"]),
    # Accents and Chinese characters.
    ("We met in Malmö and Zürich.", ["Malmö", "Zürich"], ["Malmö", "Zürich"]),
    ("We read about 知识图谱 today.", ["知识图谱"], ["知识图谱"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "expected"), ROWS, ids=[f"{text} {names}" for text, names, _ in ROWS])
def test_names_are_found(lab: Lab, text: str, names: list[str], expected: list[str]) -> None:
    assert found(lab, text, *names) == expected


def test_the_first_term_of_a_name_wins(lab: Lab) -> None:
    """They come most trusted first: a title before an individual before a list."""
    title = Term("Tidepool", NamedNode("https://noemata.example/lab/note/a#it"), KG["Software"], "title")
    listed = Term("Tidepool", MINTER.entity("Organisation", "Tidepool"), KG["Company"], "gazetteer")
    (mention,) = lab.analyse("Tidepool is fine.", names=(title, listed)).extraction.mentions
    assert (mention.entity, mention.class_iri) == (title.entity, KG["Software"])
    assert mention.confidence == 0.95


def test_a_list_name_gives_way_to_a_longer_name(lab: Lab) -> None:
    listed = Term("York", MINTER.entity("Place", "York"), KG["Place"], "gazetteer")
    names = {m.text for m in lab.analyse("We met at the New York University yesterday.", names=(listed,)).extraction.mentions}
    assert names == {"New York University"}


def test_a_title_does_not_give_way(lab: Lab) -> None:
    titles = {"York.md": ""}
    names = [m.text for m in lab.analyse("We met at the New York University yesterday.", others=titles).extraction.mentions]
    assert "York" in names


def test_known_names_override_the_model(lab: Lab) -> None:
    """The statistical model calls Neo4j a person or a company; the ontology's list knows better."""
    assert lab.analyse("Neo4j was there with Mara Lindqvist.").mentioned() == {"Neo4j": "Software", "Mara Lindqvist": "Person"}
