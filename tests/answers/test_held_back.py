"""Drafts, private notes and templates: not quoted, no answer by themselves, and said to be there; all of it on request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.answers.answering import Asker
from kg.answers.held_back import read_held_back
from kg.explain.reading import merged
from kg.rdf import KG, NamedNode
from kg.recommendation.marks import marks_of, marks_of_tag
from tests.answers.facts import BASE, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on

SECRET = "Zed works for Acme in secret."
MORE = FACTS + "".join(
    [
        thing("zed", "kg:Person", ["Zed Hidden"]),
        fact(":zed", "kg:worksFor", ":acme", SECRET, "diary.md"),
        fact(":ada", "kg:worksFor", ":acme", "Ada again works for Acme.", "diary.md"),
        fact(":zed", "kg:livesIn", ":oslo", "Zed lives in Oslo.", "diary.md"),
        fact(":lamp", "kg:dependsOn", ":pond", "Lamp depends on Pond, really.", "diary.md"),
        fact("note:diary", "term:private", '"true"', "private: true", "diary.md", "stated"),
        fact(":retro", "kg:hasParticipant", ":eve", "attendees: Eve", "sketch.md", "stated"),
        fact("note:sketch", "kg:status", '"draft"', "status: draft", "sketch.md", "stated"),
        fact(":mill", "kg:createdBy", ":eve", "{{title}} was made by Eve.", "form.md"),
        'note:form { note:form kg:path "Templates/Form.md" ; a kg:Note . }\n',
        "note:vault { note:locked a kg:Note ; kg:path \"locked.md\" ; rdfs:label \"Locked\" ; "
        "kg:taggedWith tag:rare, tag:private . tag:private a kg:Tag ; rdfs:label \"private\" . }\n",
        fact(":gamma", "kg:dueDate", '"2025-01-01"^^xsd:date', "due: 2025-01-01", "locked.md", "stated"),
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, MORE.encode()) as graph:
        yield Asker(graph)


@pytest.mark.parametrize(
    ("question", "shown", "all_of_it", "held_back"),
    [
        ("Who works for Acme?", ["Ada Lovelace", "Bob Stone"], ["Ada Lovelace", "Bob Stone", "Zed Hidden"], 1),
        ("Who lives in Oslo?", ["Bob Stone"], ["Bob Stone", "Zed Hidden"], 1),
        ("How many people live in Oslo?", ["1"], ["2"], 1),
        ("Where does Zed Hidden work?", [], ["Acme"], 1),
        ("Does Lamp depend on Pond?", [], ["yes"], 1),
        ("Who attended the Lamp retro?", ["Ada Lovelace"], ["Ada Lovelace", "Eve Stone"], 1),
        ("Who created Mill?", [], ["Eve Stone"], 1),
        ("Which notes are tagged with rare?", ["Pebbles"], ["Locked", "Pebbles"], 1),
        ("Which project is due first?", ["Beta"], ["Gamma"], 1),
        ("Who founded Acme?", ["Ada Lovelace"], ["Ada Lovelace"], 0),
    ],
)
def test_what_only_they_say_is_no_answer(
    asker: Asker, question: str, shown: list[str], all_of_it: list[str], held_back: int
) -> None:
    reply = asker.ask(question)
    assert (sorted(each.value for each in reply.answers), reply.held_back) == (shown, held_back)
    assert ("held back" in " ".join(reply.reasons)) == (held_back > 0)
    assert (reply.query is None) == (held_back > 0)  # its rows are more than the answers
    whole = asker.ask(question, hidden=True)
    assert (sorted(each.value for each in whole.answers), whole.held_back) == (all_of_it, 0)
    assert whole.query is not None


def test_no_sentence_of_theirs_is_given(asker: Asker) -> None:
    held = {"diary.md", "sketch.md", "form.md", "Templates/Form.md", "locked.md"}
    for question in ("Who works for Acme?", "Does Lamp depend on Pond?", "Who created Mill?", "Who lives in Oslo?"):
        reply = asker.ask(question)
        assert not held & {sentence.path for answer in reply.answers for sentence in answer.evidence}
        assert not any(SECRET in reason or "Zed" in reason for reason in reply.reasons)
    paths = {s.path for answer in asker.ask("Who works for Acme?", hidden=True).answers for s in answer.evidence}
    assert "diary.md" in paths


def test_their_names_are_not_what_may_be_meant() -> None:
    described = fact("note:plan", "kg:describes", ":merger", "Merger", "plan.md", "stated")
    described += fact("note:plan", "term:private", '"yes"', "private: yes", "plan.md", "stated")
    more = FACTS + thing("merger", "kg:Project", ["Project Manticore"]) + described
    with graph_on(None, BASE, more.encode()) as graph:
        asker = Asker(graph)
        question = "Who works for Projekt Manticore?"
        assert "Manticore”?" not in " ".join(asker.ask(question).reasons)
        assert "Did you mean “Project Manticore”?" in " ".join(asker.ask(question, hidden=True).reasons)


def test_the_same_notes_are_held_back_as_in_searches(asker: Asker) -> None:
    pytest.importorskip("numpy")
    from kg.rdf import DefaultGraph
    from kg.recommendation.reading import note_item, read_statements

    graph = asker.graph
    found = read_statements(graph.store.match(None, None, None, DefaultGraph()), BASE)
    items = [note_item(iri, found) for iri in found.paths]
    hidden = {each.iri for each in items if each.is_draft or each.is_private or each.is_template}
    held = read_held_back(graph)
    notes = {quad.subject for quad in merged(graph, predicate=KG["path"]) if isinstance(quad.subject, NamedNode)}
    assert {note for note in notes if held.is_note(note)} == hidden
    assert len(hidden) == 4


def test_marks() -> None:
    assert marks_of("private", "Yes") == marks_of("publish", "false") == marks_of("status", "私密") == {"private"}
    assert marks_of("status", "WIP") == {"draft"}
    assert not marks_of("private", "no") and not marks_of("publish", "true") and not marks_of("status", "done")
    assert marks_of_tag(f"{BASE}tag/work/private") == {"private"} and not marks_of_tag(f"{BASE}tag/privateers")
