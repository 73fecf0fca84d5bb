"""What every extractor promises, run for each one that is registered.

A test module imports the names of this one; `name` runs over `EXTRACTORS.names()`.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors import EXTRACTORS
from kg.extraction import Request, Result
from kg.importers import importer_for
from kg.model import Mention, Note
from kg.rdf import DCT, KG, RDF, Literal
from tests.extractors.lab import MINTER, Lab, read_note, shared_lab

every_extractor = pytest.mark.parametrize("name", EXTRACTORS.names())

VAULT = Path(__file__).parent.parent.parent / "examples" / "vault"

TEXTS = {
    "Lantern.md": (
        "---\ntype: Library\nuses: [[Redis]], DuckDB\nauthor: Mara Lindqvist\n---\n# Lantern\n\n**Lantern** is a library "
        "written in Rust.\nIt depends on `NumPy` and [[Redis|the cache]].\n\n- Uses *DuckDB*.\n- Maintained by Mara Lindqvist.\n\n"
        "| Tool | Says |\n|---|---|\n| Tidepool | Tidepool uses [[Redis]]. |\n"
    ),
    "Redis.md": "Redis is a database. It was released on 10 May 2009. Does it use Rust? #database",
    "小结.md": "今天读了论文。Oxigraph 用 Rust 编写。它支持SPARQL和Cypher。\n\nOxigraph is written in Rust. 很好。",
    "2024-03-12.md": "Met Mara Lindqvist at Halden Analytics. She maintains [[Lantern]].\n\nstatus:: done\n",
    "Empty.md": "",
    "Code.md": "```python\nimport redis\n```\n\n<!-- Lantern uses Kafka. -->\n",
}


@functools.cache
def requests_of(name: str) -> tuple[Request, ...]:
    """Return the notes above and each third readable note of the example vault, their links resolved by title."""
    lab = shared_lab(name)
    notes = [read_note(text, path) for path, text in TEXTS.items()]
    for path in sorted(VAULT.rglob("*.md"))[::3]:
        relative = path.relative_to(VAULT).as_posix()
        if not relative.startswith(("Broken/", "Templates/")):
            importer = importer_for(relative)
            assert importer is not None
            notes += [item for item in importer.read(relative, path.read_bytes()) if isinstance(item, Note)]
    entries = [lab.entry(note) for note in notes]
    by_title = {entry.title.casefold(): entry for entry in entries}
    requests = []
    for note, entry in zip(notes, entries, strict=True):
        every = [*note.links, *(link for f in note.fields for v in f.values for link in v.links)]
        found = {x: by_title[x.target.casefold()] for x in every if x.target.casefold() in by_title}
        requests.append(Request(note, entry, found))
    return tuple(requests)


@functools.cache
def answers(name: str) -> tuple[Result, ...]:
    """Return what the extractor finds in all notes at once."""
    lab = shared_lab(name)
    return tuple(lab.extractor.extract(requests_of(name), vocabulary_of(lab, name)))


def vocabulary_of(lab: Lab, name: str) -> tuple[object, ...]:
    return lab.vocabulary(tuple(request.entry for request in requests_of(name)))


@every_extractor
def test_one_answer_for_each_request_in_order(name: str) -> None:
    requests = requests_of(name)
    assert len(answers(name)) == len(requests) > 30
    rust = next(r for r in answers(name)[0].extraction.relations if r.predicate == KG["writtenIn"])
    assert requests[0].note.text[rust.start : rust.end] == "**Lantern** is a library written in Rust."


@every_extractor
def test_mentions_stand_where_they_say(name: str) -> None:
    """A mention's text is the document's at its span; a link to no note and a short form carry the full name."""
    for request, result in zip(requests_of(name), answers(name), strict=True):
        text, before = request.note.document.text, 0
        for mention in result.extraction.mentions:
            assert before <= mention.start < mention.end <= len(text)
            before = mention.end
            shown = " ".join(text[mention.start : mention.end].split())
            assert shown[0] == text[mention.start] and shown[-1] == text[mention.end - 1]
            assert shown == mention.text or mention.text in " ".join(request.note.text.split()), mention


@every_extractor
def test_arguments_of_relations_stand_in_the_note(name: str) -> None:
    for request, result in zip(requests_of(name), answers(name), strict=True):
        for relation in result.extraction.relations:
            for argument in (relation.subject, relation.object):
                if isinstance(argument, Mention):
                    assert argument.text
                    assert 0 <= argument.start <= argument.end <= len(request.note.text)
            if relation.kind == "extracted" and isinstance(relation.object, Literal):
                assert relation.object_text in request.note.text[relation.start : relation.end]


@every_extractor
def test_every_relation_has_its_sentence(name: str) -> None:
    for request, result in zip(requests_of(name), answers(name), strict=True):
        text, sentences = request.note.text, set(result.extraction.sentences)
        for start, end in sentences:
            assert 0 <= start < end <= len(text)
        for relation in result.extraction.relations:
            quote = text[relation.start : relation.end]
            assert quote and quote == quote.strip(), (request.note.path, quote)
            assert relation.kind == "stated" or (relation.start, relation.end) in sentences, (request.note.path, quote)


@every_extractor
def test_sentences_are_in_order_and_hold_the_mentions(name: str) -> None:
    for request, result in zip(requests_of(name), answers(name), strict=True):
        sentences = result.extraction.sentences
        assert [start for start, _ in sentences] == sorted(start for start, _ in sentences)
        text = request.note.document.text
        covered = [False] * len(text)
        for start, end in sentences:
            covered[start:end] = [True] * (end - start)
        for block in request.note.document.blocks:
            for place in range(block.start, block.end):
                assert covered[place] or text[place].isspace(), (request.note.path, text[block.start : block.end])
        for mention in result.extraction.mentions:
            assert all(covered[mention.start : mention.end])


@every_extractor
def test_classes_and_predicates_are_known(name: str) -> None:
    ontology = shared_lab(name).ontology
    known = {*ontology.properties, RDF["type"], DCT["created"], DCT["modified"], KG["brokenLink"]}
    for result in answers(name):
        for mention in result.extraction.mentions:
            assert mention.class_iri is None or mention.class_iri in ontology.classes
        for relation in result.extraction.relations:
            stated_key = relation.kind == "stated" and relation.predicate.value.startswith(f"{MINTER.base}term/")
            assert relation.predicate in known or stated_key, relation
            assert 0 < relation.confidence <= 1
            assert relation.extractor.count(" ") == 1, "a name and a version"
            if relation.predicate == RDF["type"]:
                assert relation.object in ontology.classes


@every_extractor
def test_answers_do_not_depend_on_batches(name: str) -> None:
    lab = shared_lab(name)
    words = vocabulary_of(lab, name)
    chosen = range(0, len(requests_of(name)), 5)
    for number in chosen:
        (alone,) = lab.extractor.extract([requests_of(name)[number]], words)
        assert alone == answers(name)[number], requests_of(name)[number].note.path


@every_extractor
def test_a_stored_parse_gives_the_same_answer(name: str) -> None:
    lab = shared_lab(name)
    stored = [
        Request(request.note, request.entry, request.links, result.parse)
        for request, result in zip(requests_of(name), answers(name), strict=True)
    ]
    assert tuple(lab.extractor.extract(stored, vocabulary_of(lab, name))) == answers(name)


@every_extractor
def test_a_parse_that_does_not_fit_is_not_used(name: str) -> None:
    lab = shared_lab(name)
    requests, results = requests_of(name), answers(name)
    wrong = Request(requests[0].note, requests[0].entry, requests[0].links, results[1].parse)
    (answer,) = lab.extractor.extract([wrong], vocabulary_of(lab, name))
    assert answer == results[0]


@every_extractor
def test_a_new_vocabulary_is_used_with_a_stored_parse(name: str) -> None:
    lab = shared_lab(name)
    request, result = requests_of(name)[0], answers(name)[0]
    again = Request(request.note, request.entry, request.links, result.parse)
    (bare,) = lab.extractor.extract([again], ())
    assert "DuckDB" not in {m.text for m in bare.extraction.mentions if m.extractor.startswith("gazetteer")}
    (full,) = lab.extractor.extract([again], vocabulary_of(lab, name))
    assert full == result


@every_extractor
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_answers_do_not_depend_on_order(name: str, data: st.DataObject) -> None:
    lab = shared_lab(name)
    order = data.draw(st.permutations(range(len(TEXTS))))
    fresh = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    asked = []
    for number, is_fresh in zip(order, fresh, strict=True):
        request = requests_of(name)[number]
        parse = None if is_fresh else answers(name)[number].parse
        asked.append(Request(request.note, request.entry, request.links, parse))
    found = list(lab.extractor.extract(asked, vocabulary_of(lab, name)))
    assert found == [answers(name)[number] for number in order]


@every_extractor
def test_an_empty_note_says_nothing(name: str) -> None:
    lab = shared_lab(name)
    note = read_note("", "Empty.md")
    (result,) = lab.extractor.extract([Request(note, lab.entry(note), {})], ())
    assert result.extraction.mentions == result.extraction.relations == result.extraction.sentences == ()
    assert list(lab.extractor.extract([], ())) == []
