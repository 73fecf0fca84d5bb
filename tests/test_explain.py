"""The page of a note or an entity: found by IRI, path, name or alias, with its facts and their sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kg.decisions import (
    Decision,
    Draft,
    Likeness,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Typing,
    Undoing,
    Word,
    log_quads,
    read_log,
)
from kg.describe import describe, note_facts
from kg.errors import AmbiguousNameError, NotFoundError
from kg.explain import Form, Page, Source, decision_words, find_entity, find_note, find_resource, in_names, show
from kg.explain.sources import evidence_of
from kg.extraction import LinkedNote
from kg.graph import KnowledgeGraph, commit
from kg.importers import importer_for
from kg.iri import Minter
from kg.model import Change, Evidence, Note, NoteEntry, Refusal, Statement
from kg.ontology import load_ontology
from kg.rdf import KG, RDF, XSD, BlankNode, Literal, NamedNode, Quad, Term
from kg.stores.oxigraph import OxigraphStore
from tests.note_graphs import note_quads

ONTOLOGY = load_ontology()
MINTER = Minter("https://noemata.example/t/")
REDIS = MINTER.entity("Technology", "Redis")


class Vault:
    """A graph to which notes are added by hand."""

    def __init__(self) -> None:
        excluded = frozenset({MINTER.graph("decisions"), MINTER.graph("predicted")})
        self.graph = KnowledgeGraph(OxigraphStore(dataset="merged", excluded=excluded), ONTOLOGY, MINTER)

    def add(
        self,
        path: str,
        text: str,
        facts: Sequence[tuple[Term | None, str, Term]] = (),
        refused: bool = False,
    ) -> NoteEntry:
        """Add a note; each fact (None: of what it describes) has the whole text as evidence."""
        importer = importer_for(path)
        assert importer is not None
        (note,) = importer.read(path, text.encode())
        assert isinstance(note, Note)
        entry = describe(note_facts(note, ONTOLOGY, path, frozenset()), MINTER, "", True)
        evidence = Evidence(0, len(note.text), note.text, 0.85, "patterns 0.1.0", "extracted")
        statements, refusals = [], []
        for subject, predicate, object_ in facts:
            row = (subject or entry.described, KG[predicate], object_)
            if refused:
                refusals.append(Refusal(*row, evidence, "because"))  # type: ignore[arg-type]
            else:
                statements.append(Statement(*row, (evidence,)))  # type: ignore[arg-type]
        labels = {REDIS: frozenset({"Redis"})} if any(REDIS in fact for fact in facts) else {}
        linked = LinkedNote((), labels, {REDIS: KG["Software"]})
        commit(self.graph, Change(add=tuple(note_quads(note, entry, linked, statements, refusals, MINTER, "s"))))
        return entry


@pytest.fixture
def vault() -> Vault:
    made = Vault()
    made.add(
        "Tools/Lantern.md",
        "---\nid: n-1\naliases: [Torch]\ntype: library\n---\nLantern uses Redis.",
        [(None, "uses", REDIS), (None, "version", Literal("1.2"))],
    )
    made.add("b.md", "It uses Redis.", [(None, "uses", REDIS), (MINTER.note("b.md", None), "mentions", REDIS)])
    return made


def named(vault: Vault, target: str) -> str:
    return find_resource(vault.graph, target).value.removeprefix(MINTER.base)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://noemata.example/t/entity/Technology/redis", "entity/Technology/redis"),
        ("https://noemata.example/t/note/id:n-1#it", "note/id:n-1#it"),
        ("https://noemata.example/t/note/id:n-1", "note/id:n-1"),
        ("Tools/Lantern.md", "note/id:n-1"),
        ("b.md", "note/b.md"),
        ("Lantern", "note/id:n-1#it"),
        ("lantern", "note/id:n-1#it"),
        ("  LANTERN ", "note/id:n-1#it"),
        ("Torch", "note/id:n-1#it"),
        ("redis", "entity/Technology/redis"),
        ("“Redis”", "entity/Technology/redis"),
    ],
)
def test_a_resource_is_found(vault: Vault, target: str, expected: str) -> None:
    assert named(vault, target) == expected


@pytest.mark.parametrize("target", ["Lantrn", "https://example.org/nowhere", "tools/lantern.md", "x: y", ""])
def test_what_is_not_there_is_an_error(vault: Vault, target: str) -> None:
    with pytest.raises(NotFoundError):
        find_resource(vault.graph, target)


def test_the_error_names_the_nearest(vault: Vault) -> None:
    with pytest.raises(NotFoundError, match="lantern"):
        find_resource(vault.graph, "Lantrn")


def test_a_title_that_looks_like_an_iri_is_found(vault: Vault) -> None:
    vault.add("c.md", "---\ntitle: 'Graphs:Intro'\n---\nHello.")
    assert named(vault, "Graphs:Intro") == "note/c.md#it"


def test_a_described_thing_comes_before_an_entity_of_its_name(vault: Vault) -> None:
    vault.add("Redis.md", "Hello.")
    assert named(vault, "Redis") == "note/Redis.md#it"


def test_of_two_notes_the_first_iri_is_shown(vault: Vault) -> None:
    vault.add("z/Mercury.md", "Hello.")
    vault.add("a/Mercury.md", "Hello.")
    assert named(vault, "Mercury") == "note/a/Mercury.md#it"


def test_a_daily_note_is_found_by_its_title(vault: Vault) -> None:
    vault.add("Daily/2024-03-12.md", "Hello.")
    assert named(vault, "2024-03-12") == "note/Daily/2024-03-12.md"


def test_the_page_of_a_thing(vault: Vault) -> None:
    page = show(vault.graph, "Lantern")
    note = f"{MINTER.base}note/id:n-1"
    assert (page.iri, page.name, page.names) == (f"{note}#it", "Lantern", ("Lantern", "Torch"))
    assert (page.classes, page.note, page.described) == (("library",), note, None)
    assert [(f.label, f.other, f.other_name, f.is_inverse) for f in page.facts] == [
        ("uses", REDIS.value, "Redis", False),
        ("version", "1.2", "1.2", False),
    ]
    text = "---\nid: n-1\naliases: [Torch]\ntype: library\n---\nLantern uses Redis."
    (source,) = page.facts[0].sources
    assert source == Source(note, "Tools/Lantern.md", text, 0, len(text), 0.85, "extracted", source.id)
    assert source.id.startswith(f"{note}#e-")


def test_the_page_of_a_note_shows_what_it_describes(vault: Vault) -> None:
    page = show(vault.graph, "Tools/Lantern.md")
    assert page.described == f"{MINTER.base}note/id:n-1#it"
    assert page.classes == ("library",)
    assert [f.label for f in page.facts] == ["uses", "version"]


def test_the_page_of_an_entity_shows_who_speaks_of_it(vault: Vault) -> None:
    page = show(vault.graph, "redis")
    assert page.classes == ("software",)
    assert [(f.label, f.other_name, f.is_inverse, len(f.sources)) for f in page.facts] == [
        ("uses", "Lantern", True, 1),
        ("uses", "b", True, 1),
    ]
    assert page.mentioned_in == ("b.md",)
    assert page.note is None


def test_a_fact_of_two_notes_has_both_sentences(vault: Vault) -> None:
    lantern = MINTER.described(MINTER.note("x", "n-1"))
    vault.add("a.md", "Lantern uses Redis!", [(lantern, "uses", REDIS)])
    (fact, _) = show(vault.graph, "Lantern").facts
    assert [s.path for s in fact.sources] == ["Tools/Lantern.md", "a.md"]


def test_evidence_is_found_among_blank_nodes_that_speak_of_the_same(vault: Vault) -> None:
    """Reification in imported RDF is no evidence of ours; a list of much of it is left before its end."""
    subject = MINTER.note("Tools/Lantern.md", "n-1")
    described = NamedNode(f"{subject.value}#it")
    expected = evidence_of(vault.graph, described, REDIS)
    assert len(expected) == 1
    imported = [Quad(BlankNode(f"b{number}"), RDF["subject"], described, MINTER.graph("x")) for number in range(40)]
    commit(vault.graph, Change(add=tuple(imported)))
    assert evidence_of(vault.graph, described, REDIS) == expected


def test_what_was_refused_is_no_fact(vault: Vault) -> None:
    vault.add("c.md", "C uses Redis.", [(None, "uses", REDIS)], refused=True)
    assert show(vault.graph, "c.md").facts == ()
    assert "c" not in {f.other_name for f in show(vault.graph, "redis").facts}


def test_an_old_triple_without_evidence_is_shown(vault: Vault) -> None:
    made = NamedNode("https://example.org/made")
    commit(vault.graph, Change(add=(Quad(made, KG["uses"], REDIS, MINTER.graph("user")),)))
    page = show(vault.graph, "https://example.org/made")
    assert [(f.label, f.sources) for f in page.facts] == [("uses", ())]
    assert page.name == "made"


def test_json_has_the_facts_and_their_sentences(vault: Vault) -> None:
    page = show(vault.graph, "redis").to_json()
    assert list(page) == [
        "iri", "name", "names", "classes", "note", "described", "facts", "mentioned_in", "merged", "decisions",
    ]  # fmt: skip
    assert set(page["facts"][0]) == {"predicate", "label", "other", "other_name", "inverse", "evidence"}
    assert set(page["facts"][0]["evidence"][0]) == {
        "id", "note", "path", "quote", "start", "end", "confidence", "kind", "reason",
    }  # fmt: skip


def test_a_page_is_the_same_twice(vault: Vault) -> None:
    first: Page = show(vault.graph, "redis")
    assert first == show(vault.graph, "redis")


def test_a_number_is_written_as_it_is(vault: Vault) -> None:
    vault.add("c.md", "C has 12 people.", [(None, "employeeCount", Literal("12", datatype=XSD["integer"]))])
    assert [f.other_name for f in show(vault.graph, "c.md").facts] == ["12"]


# --- what was merged and decided


OTHER = "https://noemata.example/t/entity/Technology/redis-server"
MERGE = MINTER.base + "merge/1"


def merge_redis(vault: Vault) -> None:
    """Have the graph say that another entity was merged into Redis."""
    form, graph = Literal(OTHER, datatype=XSD["anyURI"]), MINTER.graph("resolution")
    said = [
        (REDIS, KG["mergedFrom"], form),
        (NamedNode(MERGE), KG["keeper"], REDIS),
        (NamedNode(MERGE), KG["form"], form),
        (NamedNode(MERGE), KG["confidence"], Literal("0.95", datatype=XSD["decimal"])),
        (NamedNode(MERGE), KG["reason"], Literal("alias: Redis | Redis server (+6.0)")),
    ]
    vault.graph.store.commit(Change(add=tuple(Quad(*triple, graph) for triple in said)))


def decide(vault: Vault, *drafts: Draft) -> tuple[Decision, ...]:
    """Put decisions into the graph's log."""
    log = read_log(vault.graph.store.match, MINTER)
    made = log.record(drafts, "ada", "2026-01-31T12:00:00Z")
    held = set(log_quads(log, MINTER))
    added = (quad for quad in log_quads(log.extend(made), MINTER) if quad not in held)
    vault.graph.store.commit(Change(add=tuple(added)))
    return made


def test_the_page_of_what_was_merged_is_its_keepers(vault: Vault) -> None:
    merge_redis(vault)
    page = show(vault.graph, OTHER)
    assert page.iri == REDIS.value
    assert page.forms == (Form(OTHER, "redis-server", 0.95, "alias: Redis | Redis server (+6.0)"),)
    assert [fact.label for fact in page.facts] == ["uses", "uses"]  # and nothing of the merge itself
    assert page == show(vault.graph, "redis")


def test_the_page_has_the_decisions_about_it_and_its_forms(vault: Vault) -> None:
    merge_redis(vault)
    note = MINTER.note("b.md", None)
    passage = Passage(note, MINTER.described(note), KG["uses"], REDIS, "It uses\nRedis.")
    first, *_ = decide(vault, Draft("reject", passage, "not  any\nmore"), Draft("retype", Typing(REDIS, KG["Library"])))
    log = read_log(vault.graph.store.match, MINTER)
    decide(vault, Draft("rename", Naming(NamedNode(OTHER), "Redis 7")), Draft("undo", Undoing(log.iri(first))))
    decide(vault, Draft("rename", Naming(MINTER.described(note), "B")))
    page = show(vault.graph, "redis")
    assert [(each.words, each.reason, each.state) for each in page.decisions] == [
        ("reject: b · uses · Redis “It uses Redis.” (b.md)", "not  any\nmore", "undone"),
        ("retype: Redis is of the class library", "", ""),
        ("rename: redis-server is called “Redis 7”", "", ""),
    ]
    assert page.decisions[0].id == log.iri(first).value
    assert page.to_json()["decisions"][0]["author"] == "ada"


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (Draft("accept", Likeness(KG["uses"], "triggers", "use")), "all that is found for uses by triggers “use”"),
        (
            Draft("reject", Likeness(KG["mentions"], "names", "", "redis", REDIS)),
            "all that is found for mentions by the word “redis” · Redis by names",
        ),
        (Draft("reject", Word("redis")), "“redis” names nothing"),
        (Draft("reject", Word("redis", REDIS)), "“redis” does not name Redis"),
        (Draft("accept", Pair(REDIS, NamedNode(OTHER))), "Redis is redis-server"),
        (Draft("reject", Pair(REDIS, NamedNode(OTHER))), "Redis is another than redis-server"),
        (Draft("merge", Merging(REDIS, NamedNode(OTHER))), "redis-server is Redis"),
        (Draft("accept", Prediction(REDIS, KG["uses"], Literal("C"))), "Redis · uses · C"),
        (Draft("split", Splitting(REDIS, (REDIS, NamedNode(OTHER)))), "Redis is 2 things: Redis, redis-server"),
        (
            Draft("split", Splitting(REDIS, (), (MINTER.note("b.md", None),), is_together=True)),
            "Redis is another thing in b.md",
        ),
    ],
)
def test_a_decision_is_told_in_words(vault: Vault, draft: Draft, words: str) -> None:
    decide(vault, draft)
    log = read_log(vault.graph.store.match, MINTER)
    (decision,) = log
    assert decision_words(vault.graph, log, decision) == f"{draft.kind}: {words}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"both: {REDIS.value}, https://example.org/a/b (+1.0)", "both: Redis, b (+1.0)"),
        (f"({REDIS.value}).", "(Redis)."),
        ("same: a | b (+6.0); http", "same: a | b (+6.0); http"),
    ],
)
def test_a_reason_is_told_in_names(vault: Vault, text: str, expected: str) -> None:
    assert in_names(vault.graph, text) == expected


def test_two_of_one_name_are_told_apart(vault: Vault) -> None:
    vault.add("z/Mercury.md", "Hello.")
    vault.add("a/Mercury.md", "Hello.")
    ends = [MINTER.described(MINTER.note(path, None)) for path in ("z/Mercury.md", "a/Mercury.md")]
    decide(vault, Draft("merge", Merging(*ends)))
    log = read_log(vault.graph.store.match, MINTER)
    words = decision_words(vault.graph, log, log.decisions[0])
    assert words == "merge: Mercury (:note/a/Mercury.md#it) is Mercury (:note/z/Mercury.md#it)"


# --- one thing by its name


def test_an_entity_is_found_by_a_name_that_it_alone_has(vault: Vault) -> None:
    lantern = MINTER.described(MINTER.note("x", "n-1"))
    for name in ("Lantern", "lantern", "Torch", lantern.value, f"<{lantern.value}>"):
        assert find_entity(vault.graph, name) == lantern
    unknown = NamedNode(f"{MINTER.base}entity/Person/nobody")
    assert find_entity(vault.graph, unknown.value) == unknown


def test_a_name_as_it_is_written_comes_before_another_case(vault: Vault) -> None:
    vault.add("REDIS.md", "Hello.")
    assert find_entity(vault.graph, "Redis") == REDIS
    with pytest.raises(AmbiguousNameError) as caught:
        find_entity(vault.graph, "redis")
    assert caught.value.candidates == (f"{MINTER.base}note/REDIS.md#it", REDIS.value)
    assert f"<{REDIS.value}>  Redis (software)" in str(caught.value)


@pytest.mark.parametrize("name", ["b.md", "uses", "software", "Lantrn"])
def test_notes_and_what_the_ontology_defines_are_no_entities(vault: Vault, name: str) -> None:
    with pytest.raises(NotFoundError):
        find_entity(vault.graph, name)


def test_a_note_is_found_by_its_path_or_iri(vault: Vault) -> None:
    note = MINTER.note("b.md", None)
    assert find_note(vault.graph, "b.md") == find_note(vault.graph, note.value) == note
    with pytest.raises(NotFoundError, match=r"Did you mean 'b\.md'"):
        find_note(vault.graph, "c.md")
