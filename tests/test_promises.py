"""DESIGN §1 on real vaults: every fact has its sentence (1), nothing invalid gets in (5), nothing is fetched (8).

Promises 2, 3 and 7 are tested in tests/ingest.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.describe import described_class
from kg.graph import commit
from kg.importers import importer_for
from kg.model import Change, Note
from kg.ontology import Ontology
from kg.rdf import DCT, KG, PREFIXES, RDF, RDFS, Literal, NamedNode, Quad, Term, local_name
from kg.results import DatasetClause, Solutions
from kg.vault import walk_vault
from tests.ingest.homes import BASE, MINTER, Home, OnServer, differences, fresh, write
from tests.neo4j_servers import empty_database

pytestmark = pytest.mark.model

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "vault"
BENCH = os.environ.get("KG_BENCH")

_STRUCTURE = frozenset({
    KG["path"], KG["graph"], KG["contentHash"], KG["stateHash"], KG["root"], KG["describes"], KG["broader"], DCT["title"], DCT["identifier"],
    DCT["date"], RDFS["label"], RDF["type"],
})  # fmt: skip
"""What a note's graph holds besides statements: the note itself, names and local classes of what it mentions."""


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def examples(request: pytest.FixtureRequest) -> Iterator[Home]:
    """The home of the example vault, in each store; not to be changed."""
    if request.param == "embedded":
        yield fresh(EXAMPLES)
        return
    address = request.getfixturevalue("neo4j_address")
    empty_database(address)
    with contextlib.closing(OnServer(address)) as server:
        yield fresh(EXAMPLES, opened=server)


# --- promise 1


def read_notes(root: Path) -> Iterator[Note]:
    for path in walk_vault(root):
        importer = importer_for(path) if isinstance(path, str) else None
        if importer and isinstance(path, str):
            yield from (note for note in importer.read(path, (root / path).read_bytes()) if isinstance(note, Note))


def texts_of(root: Path) -> dict[str, Note]:
    """The notes of a vault by the hash that their graphs carry; two files with the same bytes have the same text."""
    return {note.content_hash: note for note in read_notes(root)}


def value(quads: dict[NamedNode, list[Term]], predicate: str) -> str:
    (term,) = quads[KG[predicate]]
    assert isinstance(term, Literal)
    return term.value


def check_evidence(home: Home, root: Path) -> int:
    """Check every evidence and refusal of a home, and that nothing is held without; return how many there are."""
    notes = texts_of(root)
    count = 0
    names = {quad.graph_name for quad in home.store.match(predicate=KG["stateHash"])}
    for name in names:
        assert isinstance(name, NamedNode)
        graph = list(home.store.match(graph_name=name))
        by_subject: dict[Term, dict[NamedNode, list[Term]]] = {}
        for quad in graph:
            by_subject.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
        note = notes[value(by_subject[name], "contentHash")]
        held = set()
        for subject, quads in by_subject.items():
            kinds = {KG["Evidence"], KG["Refusal"]} & set(quads[RDF["type"]]) if RDF["type"] in quads else set()
            if not kinds:
                continue
            count += 1
            start, end = int(value(quads, "start")), int(value(quads, "end"))
            assert note.text[start:end] == value(quads, "quote"), (
                f"{subject}: not the text of {note.path} at {start}-{end}"
            )
            assert start < end or note.path.endswith(".jsonl"), f"{subject}: no sentence in {note.path}"
            assert value(quads, "kind") in ("stated", "extracted")
            assert 0 < float(value(quads, "confidence")) <= 1
            assert quads[KG["inNote"]] == [name]
            (s,), (p,), (o,) = quads[RDF["subject"]], quads[RDF["predicate"]], quads[RDF["object"]]
            if kinds == {KG["Evidence"]}:
                held.add((s, p, o))
            else:
                assert value(quads, "reason")
            del quads[RDF["type"]]
            quads[KG["checked"]] = []
        for quad in graph:
            triple = (quad.subject, quad.predicate, quad.object)
            about = by_subject[quad.subject]
            if KG["checked"] not in about and quad.predicate not in _STRUCTURE:
                assert triple in held, f"{note.path} holds {triple} without evidence"
        source = described_class(note, home.ontology)
        described = next((quad.object for quad in graph if quad.predicate == KG["describes"]), None)
        if described is not None and source is not None and source.end > source.start:
            assert (described, RDF["type"], source.class_iri) in held, f"{note.path}: its class has no evidence"
        for triple in held:
            assert Quad(*triple, name) in graph  # type: ignore[arg-type]
    return count


def test_every_fact_of_the_example_vault_has_its_sentence(examples: Home) -> None:
    assert check_evidence(examples, EXAMPLES) > 1000


def test_the_example_vault_is_the_same_in_every_store(examples: Home) -> None:
    examples.check()
    expected, found = fresh(EXAMPLES).dump(), examples.dump()
    if found != expected:
        pytest.fail(differences(expected, found))


@pytest.mark.skipif(not BENCH, reason="KG_BENCH names no folder")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("foam_docs", marks=pytest.mark.slow),
        "kepano_vault",
        pytest.param("til_jbranchaud", marks=pytest.mark.slow),
        pytest.param("cs-notes_zh", marks=pytest.mark.slow),
    ],
)
def test_a_real_vault_has_a_sentence_for_every_fact_and_none_invalid(name: str) -> None:
    root = Path(str(BENCH)) / "notes" / name
    home = fresh(root)
    home.check()
    assert check_evidence(home, root) > 100
    assert violations(home) == set()


def test_a_wrong_sentence_is_found(examples: Home) -> None:
    """The negative control: an evidence whose offsets are off by one."""
    home = fresh(EXAMPLES / "Organisations")
    quad = next(q for q in home.store.match(predicate=KG["start"]))
    assert isinstance(quad.object, Literal)
    other = Literal(str(int(quad.object.value) + 1), datatype=quad.object.datatype)
    commit(home.graph, Change((Quad(quad.subject, quad.predicate, other, quad.graph_name),), (quad,)))
    with pytest.raises(AssertionError, match="not the text of"):
        check_evidence(home, EXAMPLES / "Organisations")


def evidence_of(home: Home) -> set[str]:
    return {str(quad.subject) for quad in home.store.match(None, RDF["type"], KG["Evidence"])}


def test_evidence_stays_where_it_is_when_text_is_inserted_above(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    body = "Ada Lovelace works for Acme Robotics. See [[Other]] #tag.\n\n- Oxigraph is written in Rust.\n"
    write(vault, {"Note.md": f"# Note\n\nFirst words.\n\n{body}".encode(), "Other.md": b"# Other\n"})
    home = fresh(vault)
    before = evidence_of(home)
    assert len(before) > 5
    write(vault, {"Note.md": f"# Note\n\nFirst words.\n\nThere is nothing else to say here.\n\n{body}".encode()})
    report = home.ingest()
    assert report.counts()["updated"] == 1
    assert before <= evidence_of(home)


def test_stated_evidence_of_real_notes_stays_when_text_is_inserted_above(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    shutil.copytree(EXAMPLES / "Meetings", vault)
    home = fresh(vault)

    def stated() -> set[str]:
        kinds = home.store.match(None, KG["kind"], Literal("stated"))
        return {str(quad.subject) for quad in kinds}

    before = stated()
    assert len(before) > 20
    for file in vault.rglob("*.md"):
        head, mark, rest = file.read_text("utf-8").partition("\n---\n")
        file.write_text(
            f"{head}{mark}\nThere is nothing else to say here.\n\n{rest}"
            if mark
            else f"There is nothing else.\n\n{head}",
            "utf-8",
        )
    home.ingest()
    assert before <= stated()


# --- promise 5


def ask(home: Home, query: str) -> list[tuple[Term | None, ...]]:
    found = home.store.query(query, DatasetClause(), dict(PREFIXES))
    assert isinstance(found, Solutions)
    return list(found.rows)


def table(rows: list[tuple[NamedNode, NamedNode]]) -> str:
    return "{" + " ".join(f"({one} {two})" for one, two in rows) + "}"


def violations(home: Home) -> set[str]:
    """Find by SPARQL what domain, range, disjointness and the kind of a property forbid."""
    ontology: Ontology = home.ontology
    classes = sorted(ontology.classes, key=str)
    disjoint = [
        (one, two) for one in classes for two in classes if str(one) < str(two) and ontology.are_disjoint(one, two)
    ]
    ends: dict[str, list[tuple[NamedNode, NamedNode]]] = {"domain": [], "range": []}
    for iri, prop in ontology.properties.items():
        for role, axioms in (
            ("domain", ontology.domains(iri)),
            ("range", () if prop.is_data else ontology.ranges(iri)),
        ):
            for axiom in axioms:
                ends[role] += [(iri, c) for c in classes if all(ontology.are_disjoint(c, wanted) for wanted in axiom)]
    data = " ".join(str(iri) for iri, prop in ontology.properties.items() if prop.is_data)
    things = " ".join(str(iri) for iri, prop in ontology.properties.items() if not prop.is_data)
    outside = f"FILTER NOT EXISTS {{ GRAPH {MINTER.graph('ontology')} {{ ?s ?p ?o }} }}"
    queries = {
        "disjoint": f"SELECT ?s ?c ?d {{ VALUES (?c ?d) {table(disjoint)} ?s a ?c . ?s a ?d }}",
        "domain": f"SELECT ?s ?p ?c {{ VALUES (?p ?c) {table(ends['domain'])} ?s ?p ?o . ?s a ?c . {outside} }}",
        "range": f"SELECT ?s ?p ?o ?c {{ VALUES (?p ?c) {table(ends['range'])} ?s ?p ?o . ?o a ?c . {outside} }}",
        "literal wanted": f"SELECT ?s ?p ?o {{ VALUES ?p {{ {data} }} ?s ?p ?o FILTER(!isLiteral(?o)) {outside} }}",
        "thing wanted": f"SELECT ?s ?p ?o {{ VALUES ?p {{ {things} }} ?s ?p ?o FILTER(isLiteral(?o)) {outside} }}",
    }
    assert disjoint and ends["domain"] and ends["range"]
    return {f"{kind}: {' '.join(map(str, row))}" for kind, query in queries.items() for row in ask(home, query)}


def test_nothing_in_the_store_is_invalid(examples: Home) -> None:
    assert violations(examples) == set()


@pytest.mark.parametrize(
    ("subject", "predicate", "object", "kind"),
    [
        ("Ada", "type", KG["Company"], "disjoint"),
        ("Place", "worksFor", NamedNode(f"{BASE}Company"), "domain"),
        ("Ada", "worksFor", NamedNode(f"{BASE}Place"), "range"),
        ("Ada", "foundedOn", NamedNode(f"{BASE}Place"), "literal wanted"),
        ("Ada", "worksFor", Literal("Acme"), "thing wanted"),
    ],
)
def test_what_is_invalid_would_be_found(subject: str, predicate: str, object: Term, kind: str) -> None:
    """The negative controls: what a person forces in by hand is seen by the check."""
    home = Home(EXAMPLES / "Places")
    user = MINTER.graph("user")
    types = [("Ada", "Person"), ("Place", "Place"), ("Company", "Company")]
    quads = [Quad(NamedNode(BASE + name), RDF["type"], KG[kind_], user) for name, kind_ in types]
    home.ingest()
    commit(home.graph, Change(tuple(quads)))
    assert violations(home) == set()
    wrong = Quad(NamedNode(BASE + subject), RDF["type"] if predicate == "type" else KG[predicate], object, user)
    commit(home.graph, Change((wrong,)))
    assert {found.partition(":")[0] for found in violations(home)} >= {kind}


def test_what_was_refused_can_be_seen(examples: Home) -> None:
    rows = ask(
        examples,
        "SELECT ?r ?reason ?quote ?p { ?r a kg:Refusal ; kg:reason ?reason ; kg:quote ?quote ; rdf:predicate ?p }",
    )
    everything = ask(examples, "SELECT ?r { ?r a kg:Refusal }")
    assert len({row[0] for row in rows}) == len(everything) > 3
    assert not ask(examples, "SELECT ?r { ?r a kg:Refusal, kg:Evidence }")
    assert all(isinstance(reason, Literal) and reason.value for _, reason, _, _ in rows)


def test_an_invalid_fact_is_refused_with_its_reason_and_sentence(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir()
    write(vault, {
        "Berlin.md": b"---\ntype: place\nworks for: '[[Acme]]'\n---\nA town.\n",
        "Acme.md": b"---\ntype: company\nfounded on: soon\n---\nA firm.\n",
    })  # fmt: skip
    home = fresh(vault)
    rows = ask(
        home, "SELECT ?p ?reason ?quote { ?r a kg:Refusal ; rdf:predicate ?p ; kg:reason ?reason ; kg:quote ?quote }"
    )
    found = {local_name(p): (reason.value, quote.value) for p, reason, quote in rows}  # type: ignore[arg-type, union-attr]
    assert found["worksFor"] == ("domain of worksFor: Place is disjoint from Person", "works for: '[[Acme]]'")
    assert found["foundedOn"] == ("datatype: 'soon' is no date", "founded on: soon")
    assert not ask(home, "SELECT ?s { ?s kg:worksFor ?o }") and not ask(home, "SELECT ?s { ?s kg:foundedOn ?o }")
    assert violations(home) == set()


# --- promise 8

_OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname", "urllib.Request"):
        raise SystemExit(f"the network was asked for: {event} {arguments}")
sys.addaudithook(refuse)
from pathlib import Path
from tests.ingest.homes import Home
if __name__ == "__main__":
    home = Home(Path(sys.argv[1]), folder=Path(sys.argv[2]), jobs=int(sys.argv[3]))
    report = home.ingest()
    assert report.counts()["added"], report
    print(len(home.dump()))
    home.close()
"""


def can_unshare() -> bool:
    return (
        shutil.which("unshare") is not None
        and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0
    )


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_ingest_asks_for_no_network(tmp_path: Path, jobs: int) -> None:
    script = tmp_path / "offline.py"
    script.write_text(_OFFLINE)
    command = [sys.executable, str(script), str(EXAMPLES / "Places"), str(tmp_path / "home"), str(jobs)]
    cut = ["unshare", "-n"] if can_unshare() else []
    run = subprocess.run(
        [*cut, *command], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert int(run.stdout) > 0


@pytest.mark.slow
def test_asking_for_the_network_would_be_noticed(tmp_path: Path) -> None:
    """The negative control."""
    script = tmp_path / "online.py"
    script.write_text(
        _OFFLINE.partition("from pathlib")[0] + "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    )
    run = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert run.returncode != 0 and "the network was asked for" in run.stderr
