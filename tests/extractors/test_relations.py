"""Relations that English sentences state, one form of grammar after the other.

Each row is a sentence and all that is extracted from it, in a note called Lantern of which nothing else is known.
"""

from __future__ import annotations

import pytest

from tests.extractors.lab import Lab

pytestmark = pytest.mark.model

Rows = list[tuple[str, set[str]]]

SUBJECT_VERB_OBJECT: Rows = [
    ("Tidepool uses DuckDB.", {"Tidepool | uses | DuckDB"}),
    ("Mara Lindqvist has been using Redis.", {"Mara Lindqvist | uses | Redis"}),
    ("Halden Analytics hired Mara Lindqvist.", {"Mara Lindqvist | worksFor | Halden Analytics"}),
    ("J. K. Rowling founded Halden Analytics.", {"J. K. Rowling | founderOf | Halden Analytics"}),
    ("Omar H. Haddad maintains Tidepool.", {"Omar H. Haddad | maintains | Tidepool"}),
    ("Tidepool uses scikit-learn.", {"Tidepool | uses | scikit-learn"}),
]

PASSIVE: Rows = [
    ("DuckDB is used by Tidepool.", {"Tidepool | uses | DuckDB"}),
    ("Tidepool is maintained by Mara Lindqvist.", {"Mara Lindqvist | maintains | Tidepool"}),
    ("Tidepool was created by Omar Haddad.", {"Omar Haddad | creatorOf | Tidepool"}),
    ("Tidepool was funded by Halden Analytics.", {"Tidepool | fundedBy | Halden Analytics"}),
    ("Halden Analytics funded Tidepool.", {"Tidepool | fundedBy | Halden Analytics"}),
]

PREPOSITIONS: Rows = [
    ("Tidepool depends on Redis.", {"Tidepool | dependsOn | Redis"}),
    ("Jean-Luc Picard works for Halden Analytics.", {"Jean-Luc Picard | worksFor | Halden Analytics"}),
    ("Anna Smith-Jones works for Halden Analytics.", {"Anna Smith-Jones | worksFor | Halden Analytics"}),
    ("Mara Lindqvist works as a librarian at Halden University.", {"Mara Lindqvist | worksFor | Halden University"}),
    ("J.R.R. Tolkien lives in Lisbon.", {"J.R.R. Tolkien | livesIn | Lisbon"}),
    ("Halden Analytics is based in Lisbon.", {"Halden Analytics | locatedIn | Lisbon"}),
    ("Tidepool is compatible with Redis.", {"Tidepool | supports | Redis"}),
]

PARTICIPLES: Rows = [
    ("Oxigraph, written in Rust, answers queries.", {"Oxigraph | writtenIn | Rust"}),
    ("Tidepool (written in Rust) uses Redis.", {"Tidepool | writtenIn | Rust", "Tidepool | uses | Redis"}),
    (
        "Oxigraph, a database written in Rust, is fast.",
        {"Oxigraph | type | Software", "Oxigraph | writtenIn | Rust"},
    ),
    (
        "Oxigraph is a database written in Rust.",
        {"Oxigraph | type | Software", "Oxigraph | writtenIn | Rust"},
    ),
    (
        "Halden Analytics, a company based in Lisbon, acquired Initech.",
        {
            "Halden Analytics | type | Company",
            "Halden Analytics | locatedIn | Lisbon",
            "Halden Analytics | acquired | Initech",
        },
    ),
]

RELATIVE_CLAUSES: Rows = [
    ("Mara Lindqvist, who works for Halden Analytics, wrote to us.", {"Mara Lindqvist | worksFor | Halden Analytics"}),
    ("Oxigraph is a database which uses RocksDB.", {"Oxigraph | type | Software", "Oxigraph | uses | RocksDB"}),
    ("Oxigraph is a database that is written in Rust.", {"Oxigraph | type | Software", "Oxigraph | writtenIn | Rust"}),
    ("Tidepool, which is not written in Rust, uses Redis.", {"Tidepool | uses | Redis"}),
    (
        "Tidepool uses Redis, Kafka and DuckDB, which is written in C++.",
        {
            "Tidepool | uses | Redis",
            "Tidepool | uses | Kafka",
            "Tidepool | uses | DuckDB",
            "DuckDB | writtenIn | C++",
        },
    ),
]

ROLES: Rows = [
    ("Mara Lindqvist is the maintainer of Tidepool.", {"Mara Lindqvist | maintains | Tidepool"}),
    ("The maintainer of Tidepool is Mara Lindqvist.", {"Mara Lindqvist | maintains | Tidepool"}),
    ("Mara Lindqvist, the maintainer of Tidepool, wrote to us.", {"Mara Lindqvist | maintains | Tidepool"}),
    ("Mara Lindqvist, CEO of Halden Analytics, resigned.", {"Mara Lindqvist | leads | Halden Analytics"}),
    (
        "Mara Lindqvist is a member of the Python Software Foundation.",
        {"Mara Lindqvist | memberOf | Python Software Foundation"},
    ),
    (
        "Mara Lindqvist is CEO of Halden Analytics and a member of the Royal Society.",
        {"Mara Lindqvist | leads | Halden Analytics", "Mara Lindqvist | memberOf | Royal Society"},
    ),
    ("Tidepool is an alternative to Obsidian.", {"Tidepool | alternativeTo | Obsidian"}),
    ("Logseq and Obsidian are alternatives.", {"Logseq | alternativeTo | Obsidian"}),
]

POSSESSIVES: Rows = [
    ("Tidepool's maintainer is Mara Lindqvist.", {"Mara Lindqvist | maintains | Tidepool"}),
    ("Halden Analytics's CEO is Mara Lindqvist.", {"Mara Lindqvist | leads | Halden Analytics"}),
    (
        "Lantern's maintainer Mara Lindqvist lives in Lisbon.",
        {"Mara Lindqvist | maintains | Lantern", "Mara Lindqvist | livesIn | Lisbon"},
    ),
    (
        "Tidepool's founder and CEO Mara Lindqvist lives in Lisbon.",
        {"Mara Lindqvist | founderOf | Tidepool", "Mara Lindqvist | livesIn | Lisbon"},
    ),
]

CONJUNCTIONS: Rows = [
    (
        "PyKEEN and scikit-learn depend on NumPy and PyTorch.",
        {
            "PyKEEN | dependsOn | NumPy",
            "PyKEEN | dependsOn | PyTorch",
            "scikit-learn | dependsOn | NumPy",
            "scikit-learn | dependsOn | PyTorch",
        },
    ),
    (
        "Redis and DuckDB are used by Tidepool and Lantern.",
        {
            "Lantern | uses | DuckDB",
            "Lantern | uses | Redis",
            "Tidepool | uses | DuckDB",
            "Tidepool | uses | Redis",
        },
    ),
    ("SPARQL is implemented by Oxigraph and GraphDB.", {"Oxigraph | implements | SPARQL", "GraphDB | implements | SPARQL"}),
    (
        "Mara Lindqvist joined Halden Analytics and maintains Tidepool.",
        {"Mara Lindqvist | affiliatedWith | Halden Analytics", "Mara Lindqvist | maintains | Tidepool"},
    ),
    ("Tidepool uses DuckDB, not Redis.", {"Tidepool | uses | DuckDB"}),
    ("Tidepool uses Redis but not DuckDB.", {"Tidepool | uses | Redis"}),
]

CLAUSES_OF_VERBS: Rows = [
    ("Mara Lindqvist started using DuckDB.", {"Mara Lindqvist | uses | DuckDB"}),
    ("Mara Lindqvist began to use DuckDB.", {"Mara Lindqvist | uses | DuckDB"}),
    ("Mara Lindqvist said that Tidepool uses Redis.", {"Tidepool | uses | Redis"}),
    ("Because Tidepool uses Redis, it is fast.", {"Tidepool | uses | Redis"}),
    ("Although Tidepool uses Redis, it is slow.", {"Tidepool | uses | Redis"}),
    ("Instead of using Redis, Tidepool uses DuckDB.", {"Tidepool | uses | DuckDB"}),
]

FRAGMENTS: Rows = [
    ("Written in Rust.", {"Lantern | writtenIn | Rust"}),
    ("Uses Rust and DuckDB.", {"Lantern | uses | Rust", "Lantern | uses | DuckDB"}),
    ("Depends on Redis.", {"Lantern | dependsOn | Redis"}),
    ("Based in Lisbon.", {"Lantern | locatedIn | Lisbon"}),
    ("Part of the Tidepool project.", {"Lantern | partOf | Tidepool", "Tidepool | type | Project"}),
    ("An alternative to Obsidian.", {"Lantern | alternativeTo | Obsidian"}),
    ("- Depends on Redis\n- Uses DuckDB\n", {"Lantern | dependsOn | Redis", "Lantern | uses | DuckDB"}),
    ("- Written in Rust.\n- Depends on Redis.\n", {"Lantern | writtenIn | Rust", "Lantern | dependsOn | Redis"}),
]

TYPES: Rows = [
    ("Zephyrus is a graph database.", {"Zephyrus | type | Software"}),
    ("Mara Lindqvist, a librarian, wrote to us.", {"Mara Lindqvist | type | Person"}),
    ("The Zephyrus library uses Redis.", {"Zephyrus | type | Library", "Zephyrus | uses | Redis"}),
    ("The Foam extension uses Redis.", {"Foam | type | Software", "Foam | uses | Redis"}),
    ("We installed the Foam extension.", {"Foam | type | Software"}),
    ("Tidepool isn't a library.", set()),
]

MARKUP: Rows = [
    ("**Tidepool** uses [[Redis]] and `NumPy`.", {"Tidepool | uses | Redis", "Tidepool | uses | NumPy"}),
    ("Tidepool uses\nDuckDB.", {"Tidepool | uses | DuckDB"}),
    ("> Tidepool uses DuckDB.", {"Tidepool | uses | DuckDB"}),
    ("| Tool | Note |\n|---|---|\n| Tidepool | Tidepool uses DuckDB. |\n", {"Tidepool | uses | DuckDB"}),
]

EVERY = [
    *SUBJECT_VERB_OBJECT, *PASSIVE, *PREPOSITIONS, *PARTICIPLES, *RELATIVE_CLAUSES, *ROLES, *POSSESSIVES, *CONJUNCTIONS,
    *CLAUSES_OF_VERBS, *FRAGMENTS, *TYPES, *MARKUP,
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EVERY, ids=[repr(text) for text, _ in EVERY])
def test_a_sentence_gives_its_facts(lab: Lab, text: str, expected: set[str]) -> None:
    assert lab.facts(text) == expected


WEAK = [
    ("Tidepool uses Redis or DuckDB.", set(), "`or` is read as `and`"),
    ("Mara Lindqvist and Omar Haddad work for Halden Analytics.", {"Mara Lindqvist | worksFor | Halden Analytics", "Omar Haddad | worksFor | Halden Analytics"}, "the tagger takes `work` for a noun"),
    ("The claim `Tidepool uses Redis` is old.", set(), "a short code span is text, because it may be a name"),
    ("The database that Tidepool uses is DuckDB.", {"Tidepool | uses | DuckDB"}, "the copula behind a relative clause is not followed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param(t, e, id=t, marks=pytest.mark.xfail(reason=reason, strict=True)) for t, e, reason in WEAK],
)
def test_known_weak_spots(lab: Lab, text: str, expected: set[str]) -> None:
    assert lab.facts(text) == expected


def test_evidence_is_the_sentence_with_its_markup(lab: Lab) -> None:
    text = "Hello there. **Tidepool** uses [[Redis]]. Good bye."
    (fact,) = (s for s in lab.analyse(text).statements if s.predicate.value.endswith("#uses"))
    (evidence,) = fact.evidence
    assert evidence.quote == text[evidence.start : evidence.end] == "**Tidepool** uses [[Redis]]."
    assert evidence.kind == "extracted"


def test_evidence_from_a_table_is_its_row(lab: Lab) -> None:
    text = "| Tool | Note |\n|---|---|\n| Tidepool | It uses [[Redis]]. |\n"
    (fact,) = (s for s in lab.analyse(text).statements if s.predicate.value.endswith("#uses"))
    assert fact.evidence[0].quote == "| Tidepool | It uses [[Redis]]. |"


def test_what_is_less_sure_has_less_confidence(lab: Lab) -> None:
    def confidence(text: str) -> float:
        (fact,) = (s for s in lab.analyse(text).statements if s.predicate.value.endswith("#dependsOn"))
        return fact.evidence[0].confidence

    known = confidence("PyKEEN depends on NumPy.")
    pronoun = confidence("PyKEEN is nice. It depends on NumPy.")
    unknown = confidence("Zephyrus depends on NumPy.")
    assert known > pronoun > unknown
