"""What people take out of notes' graphs: each sentence behind it is rejected, and does not bring it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.cache import IngestCache
from kg.curation import Author, CurationSettings, Curator, Merge, Reject, Undo
from kg.curation.removals import REASON, recording
from kg.decisions import Passage
from kg.errors import KgError
from kg.exchange.graph_store import delete_graph, put_graph
from kg.graph import KnowledgeGraph
from kg.model import Change
from kg.ontology import bare_names
from kg.query.cypher import run_cypher
from kg.query.edits import commit_edit
from kg.query.update import UpdateCount, run_update
from kg.rdf import KG, RDF, RDFS, Literal, NamedNode, Quad
from kg.stores import Store
from kg.stores.oxigraph import OxigraphStore
from tests.ingest.homes import BASE, EXCLUDED, MINTER, Home, fresh, ontology, write

pytestmark = pytest.mark.model

BY = Author("Ada", "2026-01-31T12:00:00Z")
NOTES = {
    "Tidepool.md": b"Tidepool is a library. Tidepool uses Redis. Tidepool is written in Rust. Tidepool uses Redis.\n",
    "Lantern.md": b"---\ntype: library\n---\nLantern uses Redis, and [[Tidepool]]. Tidepool uses Redis.\n",
}
TIDEPOOL, LANTERN = (MINTER.note(path, None) for path in ("Tidepool.md", "Lantern.md"))
IT, REDIS = MINTER.described(TIDEPOOL), MINTER.entity("Technology", "Redis")
HEAD = f"PREFIX kg: <https://w3id.org/noemata#> PREFIX rdfs: <{RDFS['label'].value[:-5]}> BASE <{BASE}> "
USES = Quad(IT, KG["uses"], REDIS, TIDEPOOL)


def with_names(folder: Path | None) -> Store:
    """A store that answers Cypher too."""
    return OxigraphStore(
        folder / "store" if folder else None, excluded=EXCLUDED, base=BASE, names=bare_names(ontology())
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    vault = tmp_path / "vault"
    write(vault, NOTES)
    made = Home(vault, folder=tmp_path / "home", opened=with_names)
    made.ingest()
    assert next(made.store.match(*USES), None) is not None
    yield made
    made.close()


def cache_of(home: Home) -> IngestCache:
    assert home.folder is not None
    return IngestCache(home.folder / "cache.sqlite")


def updating(home: Home) -> AbstractContextManager[KnowledgeGraph]:
    return recording(home.graph, lambda: cache_of(home), CurationSettings(), lambda: BY)


def update(home: Home, text: str) -> UpdateCount:
    with updating(home) as graph:
        return run_update(graph, HEAD + text)


def rejected(home: Home) -> list[tuple[str, str]]:
    """The note and the sentence of each decision, all of which are made by Ada."""
    found = []
    for decision in Curator(home.graph, home.cache).log():
        assert (decision.kind, decision.author, decision.time, decision.reason) == ("reject", BY.name, BY.time, REASON)
        assert isinstance(decision.target, Passage)
        found.append((decision.target.note.value.removeprefix(f"{BASE}note/"), decision.target.quote))
    return found


def read_all_again(home: Home) -> None:
    """Ingest after an edit elsewhere in each note, so that each is extracted and written anew."""
    (vault,) = home.paths
    write(vault, {path: content + b"\nIt rains.\n" for path, content in NOTES.items()})
    home.ingest()


def by_sparql(graph: KnowledgeGraph) -> None:
    assert run_update(graph, f"DELETE DATA {{ GRAPH {TIDEPOOL} {{ {IT} {KG['uses']} {REDIS} }} }}").rejected == 2


def by_evaluation(graph: KnowledgeGraph) -> None:
    text = f"WITH {TIDEPOOL} DELETE {{ ?x {KG['uses']} ?y }} WHERE {{ ?x {KG['uses']} ?y }}"
    assert run_update(graph, text).rejected == 2


def by_steps(graph: KnowledgeGraph) -> None:
    """What the first operation removes is committed before the last reads."""
    text = (
        f"DELETE DATA {{ GRAPH {TIDEPOOL} {{ {IT} {KG['uses']} {REDIS} }} }} ; INSERT {{ ?x a ?x }} WHERE {{ ?x a ?x }}"
    )
    assert run_update(graph, text).rejected == 2


def by_document(graph: KnowledgeGraph) -> None:
    put_graph(graph, TIDEPOOL, frozenset(q for q in graph.store.match(graph_name=TIDEPOOL) if q != USES))


def by_edit(graph: KnowledgeGraph) -> None:
    commit_edit(graph, Change(remove=(USES,)))


def with_its_evidence(graph: KnowledgeGraph) -> None:
    evidences = {q.subject for q in graph.store.match(None, RDF["object"], REDIS, TIDEPOOL)}
    gone = [q for e in evidences for q in graph.store.match(e, None, None, TIDEPOOL)]  # type: ignore[arg-type]
    commit_edit(graph, Change(remove=(USES, *gone)))


WRITERS = [by_sparql, by_evaluation, by_steps, by_document, by_edit, with_its_evidence]


@pytest.mark.parametrize("write_", WRITERS, ids=lambda f: f.__name__)
def test_what_is_removed_stays_away(home: Home, write_: Callable[[KnowledgeGraph], None]) -> None:
    before = home.dump()
    with updating(home) as graph:
        write_(graph)
    assert rejected(home) == [("Tidepool.md", "Tidepool uses Redis.")] * 2
    for _ in range(2):
        assert next(home.store.match(*USES), None) is None
        # Another note says it too, and that was not removed.
        assert next(home.store.match(IT, KG["uses"], REDIS, LANTERN), None) is not None
        home.check()
        read_all_again(home)
    write(home.paths[0], NOTES)
    home.ingest()
    curator = Curator(home.graph, home.cache)
    curator.decide([Undo(curator.log().iri(d).value) for d in curator.log()], BY)
    decisions = f"<{MINTER.graph('decisions').value}>"
    assert "".join(line for line in home.dump().splitlines(True) if decisions not in line) == before


def test_a_delete_without_graph_means_all_notes(home: Home) -> None:
    count = update(home, f"DELETE WHERE {{ {IT} kg:uses ?y }}")
    assert count.rejected == 3
    assert rejected(home) == [
        ("Lantern.md", "Tidepool uses Redis."),
        ("Tidepool.md", "Tidepool uses Redis."),
        ("Tidepool.md", "Tidepool uses Redis."),
    ]
    assert count.notice is not None and "3 sentences that said so are rejected" in count.notice
    read_all_again(home)
    assert not list(home.store.match(IT, KG["uses"], None))


@pytest.mark.parametrize("text", ["DROP GRAPH <note/Tidepool.md>", "CLEAR NAMED", "DROP ALL"])
def test_a_graph_that_is_dropped_comes_back_with_its_note(home: Home, text: str) -> None:
    before = home.dump()
    assert update(home, text).rejected == 0
    assert next(home.store.match(*USES), None) is None
    home.ingest()
    assert rejected(home) == []
    assert home.dump() == before


def test_a_graph_that_is_deleted_over_http_comes_back_too(home: Home) -> None:
    with updating(home) as graph:
        delete_graph(graph, TIDEPOOL)
    assert rejected(home) == []


@pytest.mark.parametrize(
    "text",
    [
        'DELETE DATA { GRAPH <note/Lantern.md> { <entity/Technology/redis> rdfs:label "Redis" } }',  # no sentence says it
        "INSERT DATA { <a:s> <a:p> 1 } ; DELETE DATA { <a:s> <a:p> 1 }",
        f"INSERT DATA {{ {IT} kg:uses {REDIS} }} ; DELETE DATA {{ GRAPH <graph/user> {{ {IT} kg:uses {REDIS} }} }}",
        f"DELETE {{ GRAPH ?g {{ {IT} kg:uses ?y }} }} INSERT {{ GRAPH ?g {{ {IT} kg:uses ?y }} }} "
        f"WHERE {{ GRAPH ?g {{ {IT} kg:uses ?y }} }}",
        f"DELETE DATA {{ GRAPH {TIDEPOOL} {{ {IT} kg:uses <a:nothing> }} }}",
        f"DELETE {{ GRAPH {TIDEPOOL} {{ ?e ?p ?o }} }} WHERE {{ GRAPH {TIDEPOOL} {{ ?e a kg:Evidence ; ?p ?o }} }}",
    ],
)
def test_what_no_sentence_loses_by_is_no_decision(home: Home, text: str) -> None:
    def refuse() -> IngestCache:
        raise AssertionError("nothing is looked up")

    with recording(home.graph, refuse, CurationSettings(), lambda: BY) as graph:
        assert run_update(graph, HEAD + text).rejected == 0
    assert rejected(home) == []


def test_what_others_write_as_evidence_is_none(home: Home) -> None:
    false = NamedNode(f"{TIDEPOOL.value}#e-0")
    rows = {RDF["subject"]: IT, RDF["predicate"]: RDFS["label"], RDF["object"]: Literal("Tidepool")}
    label = Quad(IT, RDFS["label"], Literal("Tidepool"), TIDEPOOL)
    with updating(home) as graph:
        commit_edit(graph, Change(add=tuple(Quad(false, p, o, TIDEPOOL) for p, o in rows.items())))
        commit_edit(graph, Change(remove=(label,)))
    assert rejected(home) == []


def test_an_update_that_fails_decides_nothing(home: Home) -> None:
    before = home.dump()
    text = f"DELETE WHERE {{ {IT} kg:uses ?y }} ; INSERT {{ ?s ?p 1 }} WHERE {{ ?s ?p <a:b> }} ; CLEAR GRAPH <a:none>"
    with pytest.raises(KgError):
        update(home, text)
    assert home.dump() == before


def test_a_graph_is_brought_up_to_date_at_once(home: Home) -> None:
    """What remains is what one would get from the decision alone."""
    update(home, f"DELETE WHERE {{ GRAPH {TIDEPOOL} {{ {IT} kg:writtenIn ?language }} }}")
    assert rejected(home) == [("Tidepool.md", "Tidepool is written in Rust.")]
    assert not list(home.store.match(None, RDF["predicate"], KG["writtenIn"], TIDEPOOL))


def test_a_class_that_is_removed_stays_away(home: Home) -> None:
    """That of what a note describes stands in its graph whatever its text says, and that of a name with the name."""
    write(home.paths[0], {"Diary.md": b"Harrier is a library. Harrier uses Redis.\n"})
    home.ingest()
    harrier = next(q.subject for q in home.store.match(None, RDFS["label"], Literal("Harrier")))
    for text in (f"{IT} a kg:Library", f"{MINTER.described(LANTERN)} a kg:Library", f"{harrier} a kg:Library"):
        assert update(home, f"DELETE WHERE {{ {text} }}").rejected > 0
    for _ in range(2):
        for thing in (IT, MINTER.described(LANTERN), harrier):
            assert not list(home.store.match(thing, RDF["type"], KG["Library"]))  # type: ignore[arg-type]
            assert list(home.store.match(thing, RDF["type"], KG["Entity"]))  # type: ignore[arg-type]
        read_all_again(home)


def test_a_statement_in_cypher_rejects_too(home: Home) -> None:
    with updating(home) as graph:
        run_cypher(graph, "MATCH (:Software)-[r:uses]->(:Technology {name: 'Redis'}) DELETE r", is_writing=True)
    assert len(rejected(home)) == 4
    read_all_again(home)
    assert not list(home.store.match(IT, KG["uses"], None))


def test_of_two_that_are_one_each_sentence_is_rejected(home: Home) -> None:
    """The graph of a note says it of the one that stands for both; the decision, of the one that the sentence means."""
    curator = Curator(home.graph, home.cache)
    curator.decide([Merge(MINTER.described(LANTERN), IT)], BY, "")
    it = MINTER.described(LANTERN)
    assert next(home.store.match(it, KG["uses"], REDIS, TIDEPOOL), None) is not None
    count = update(home, f"DELETE WHERE {{ {it} kg:uses {REDIS} }}")
    assert count.rejected == 4
    assert not list(home.store.match(it, KG["uses"], None))
    made = [d.target for d in curator.log() if isinstance(d.target, Passage)]
    assert {(target.note, target.subject) for target in made} == {(TIDEPOOL, IT), (LANTERN, IT), (LANTERN, it)}
    curator.decide([Undo(curator.log().iri(d).value) for d in curator.log() if d.kind == "merge"], BY)
    assert not [q for s in (it, IT) for q in home.store.match(s, KG["uses"], REDIS)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_removal_is_the_rejection_of_its_evidence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever is removed, the graph becomes what the same decisions make of a fresh one."""
    vault = tmp_path_factory.mktemp("removals") / "vault"
    write(vault, NOTES)
    home, other = Home(vault, folder=vault.parent / "home"), fresh(vault)
    home.ingest()
    evidences = sorted(home.store.match(None, RDF["type"], KG["Evidence"]), key=str)
    row = {e.subject: {q.predicate: q.object for q in home.store.match(e.subject)} for e in evidences}  # type: ignore[arg-type]
    triples = {
        e.subject: Quad(*(row[e.subject][RDF[part]] for part in ("subject", "predicate", "object")), e.graph_name)  # type: ignore[arg-type, misc]
        for e in evidences
    }
    gone = data.draw(st.sets(st.sampled_from(sorted(set(triples.values()), key=str)), max_size=4))
    with updating(home) as graph:
        commit_edit(graph, Change(remove=tuple(gone)))
    chosen = [e for e, quad in triples.items() if quad in gone]
    assert len(Curator(home.graph, home.cache).log()) == len(chosen)
    # In the order of the notes and of their text: the states of the graphs name the decisions.
    chosen.sort(key=lambda e: (str(triples[e].graph_name), int(row[e][KG["start"]].value), str(e)))  # type: ignore[union-attr]
    Curator(other.graph, other.cache).decide([Reject(e.value) for e in chosen], BY, REASON)  # type: ignore[union-attr]
    decisions = f"<{MINTER.graph('decisions').value}>"
    mine, others = ([line for line in h.dump().splitlines() if decisions not in line] for h in (home, other))
    assert mine == others
    home.close()
    other.close()
