"""From mentions to IRIs: the same names give the same IRIs, and branches keep homonyms apart."""

from __future__ import annotations

import dataclasses
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.extraction import LinkedNote
from kg.importers import importer_for
from kg.iri import Minter
from kg.link import link_extraction, vocabulary
from kg.model import Extraction, Mention, Note, NoteEntry, RelationCandidate
from kg.ontology import load_ontology
from kg.rdf import KG, RDF, XSD, Literal, NamedNode, local_name

ONTOLOGY = load_ontology()
MINTER = Minter("https://noemata.example/t/")
BASE = MINTER.base
TEXT = "Ada met Mercury. Mercury is hot. Redis."


def read(text: str = TEXT, path: str = "a.md") -> Note:
    importer = importer_for(path)
    assert importer is not None
    (note,) = importer.read(path, text.encode())
    assert isinstance(note, Note)
    return note


NOTE = read()
IRI = MINTER.note("a.md", None)
ENTRY = NoteEntry("", "a.md", IRI, "a", ("a",), MINTER.described(IRI), None, NOTE.content_hash)
SENTENCES = ((0, 16), (17, 32), (33, 39))


def mention(start: int, end: int, kind: str | None = None, text: str = "", **more: object) -> Mention:
    class_iri = KG[kind] if kind else None
    row = Mention(start, end, text or TEXT[start:end], class_iri, None, 0.9, "names 0.1.0")
    return dataclasses.replace(row, **more)  # type: ignore[arg-type]


def link(*mentions: Mention, relations: tuple[RelationCandidate, ...] = ()) -> LinkedNote:
    return link_extraction(Extraction(mentions, relations, SENTENCES), NOTE, ENTRY, ONTOLOGY, MINTER)


def relation(subject: Mention, predicate: NamedNode, object_: object, **more: object) -> RelationCandidate:
    row = RelationCandidate(subject, predicate, object_, "", 0, 16, 0.8, "triggers 0.1.0")  # type: ignore[arg-type]
    return dataclasses.replace(row, **more)  # type: ignore[arg-type]


def test_a_new_name_gets_the_iri_of_its_branch_and_name() -> None:
    found = link(mention(8, 15, "Person"), mention(17, 24, "Place"), mention(33, 38))
    person, place, thing = (claim.object for claim in found.claims)
    assert person == NamedNode(f"{BASE}entity/Agent/mercury")
    assert place == NamedNode(f"{BASE}entity/Place/mercury")
    assert thing == NamedNode(f"{BASE}entity/Entity/redis")
    assert found.classes == {person: KG["Person"], place: KG["Place"]}
    assert found.labels == {person: {"Mercury"}, place: {"Mercury"}, thing: {"Redis"}}


def test_sub_classes_share_an_iri_and_the_narrower_class_is_kept() -> None:
    for kinds in (("Software", "Library"), ("Library", "Software")):
        found = link(mention(8, 15, kinds[0]), mention(17, 24, kinds[1]))
        assert {claim.object for claim in found.claims} == {NamedNode(f"{BASE}entity/Technology/mercury")}
        assert list(found.classes.values()) == [KG["Library"]]


def test_spellings_of_a_name_share_an_iri_and_all_are_labels() -> None:
    found = link(mention(8, 15, text="Mercury"), mention(17, 24, text="MERCURY"), mention(33, 38, text="“mercury”"))
    assert len({claim.object for claim in found.claims}) == 1
    assert list(found.labels.values()) == [{"Mercury", "MERCURY", "“mercury”"}]


def test_a_known_entity_keeps_its_iri_and_is_labelled_elsewhere() -> None:
    known = NamedNode(f"{BASE}note/mercury.md#it")
    found = link(mention(8, 15, "Place", entity=known))
    assert found.claims[0].object == known
    assert found.labels == {} and found.classes == {}


def test_an_entity_of_a_list_is_labelled_by_the_notes_that_mention_it() -> None:
    listed = MINTER.entity("Technology", "Redis")
    found = link(mention(33, 38, "Software", entity=listed))
    assert found.labels == {listed: {"Redis"}}
    assert found.classes == {listed: KG["Software"]}


def test_a_mention_has_its_sentence_as_evidence() -> None:
    (claim,) = link(mention(17, 24)).claims
    assert (claim.subject, claim.predicate, claim.subject_class) == (IRI, KG["mentions"], KG["Note"])
    evidence = claim.evidence
    assert (evidence.start, evidence.end, evidence.quote) == (17, 32, "Mercury is hot.")
    assert (evidence.kind, evidence.confidence, evidence.extractor) == ("extracted", 0.9, "names 0.1.0")


def test_a_mention_outside_all_sentences_is_its_own_evidence() -> None:
    found = link_extraction(Extraction((mention(8, 15),), (), ()), NOTE, ENTRY, ONTOLOGY, MINTER)
    assert found.claims[0].evidence.quote == "Mercury"


def test_a_link_is_a_stated_mention() -> None:
    (claim,) = link(mention(8, 15, extractor="stated 0.1.0")).claims
    assert claim.evidence.kind == "stated"


def test_a_name_of_punctuation_is_nothing() -> None:
    assert link(mention(8, 15, text="  ")).claims == ()


def test_a_relation_gives_a_claim_and_mentions_what_it_names() -> None:
    subject, object_ = mention(0, 3, "Person"), mention(8, 15, "Person")
    found = link(relations=(relation(subject, KG["knows"], object_),))
    by_predicate = {claim.predicate: claim for claim in found.claims}
    claim = by_predicate[KG["knows"]]
    assert (claim.subject_class, claim.object_class) == (KG["Person"], KG["Person"])
    assert claim.evidence.quote == "Ada met Mercury."
    assert {c.object for c in found.claims if c.predicate == KG["mentions"]} == {claim.subject, claim.object}


def test_a_reference_is_no_mention() -> None:
    pronoun = mention(0, 3, extractor="reference 0.1.0")
    found = link(relations=(relation(pronoun, KG["version"], Literal("1")),))
    assert [claim.predicate for claim in found.claims] == [KG["version"]]


def test_nothing_is_related_to_itself() -> None:
    assert [c.predicate for c in link(relations=(relation(mention(8, 15), KG["knows"], mention(17, 24)),)).claims] == [
        KG["mentions"],
        KG["mentions"],
    ]


def test_notes_and_tags_are_classed_by_their_iri() -> None:
    this = mention(0, 0, "Note", "a", entity=IRI)
    rows = (relation(this, KG["linksTo"], MINTER.note("b.md", None)), relation(this, KG["taggedWith"], MINTER.tag("x")))
    links, tagged = link(relations=rows).claims
    assert (links.object_class, tagged.object_class) == (KG["Note"], KG["Tag"])


def test_a_type_is_judged_by_what_the_vault_says_and_not_by_the_model() -> None:
    known = mention(8, 15, "Place", entity=MINTER.described(MINTER.note("mercury.md", None)))
    guessed = mention(8, 15, "Place")
    first, second = (
        next(c for c in link(relations=(relation(m, RDF["type"], KG["Person"]),)).claims if c.predicate == RDF["type"])
        for m in (known, guessed)
    )
    assert first.subject_class == KG["Place"]
    assert second.subject_class is None


def test_a_claim_has_the_names_that_were_linked() -> None:
    this, thing = mention(0, 0, "Note", "a", entity=IRI), mention(0, 0, text="a", entity=ENTRY.described)
    ada, mercury = mention(0, 3, "Person"), mention(8, 15, "Person", entity=MINTER.described(IRI))
    rows = (
        relation(ada, KG["knows"], mercury, object_text="Mercury"),
        relation(thing, KG["version"], Literal("1.70"), object_text="1.70"),
        relation(this, KG["linksTo"], MINTER.note("b.md", None), object_text=MINTER.note("b.md", None).value),
        relation(ada, RDF["type"], KG["Person"], object_text="scientist"),
    )
    found = link(mention(33, 38), relations=rows).claims
    assert [(local_name(c.predicate), c.subject_text, c.object_text) for c in found] == [
        ("mentions", "", "Redis"),
        ("mentions", "", "Ada"),
        ("mentions", "", "Mercury"),
        ("knows", "Ada", "Mercury"),
        ("version", "", "1.70"),
        ("linksTo", "", ""),
        ("type", "Ada", "scientist"),
    ]


def test_evidence_has_the_cue_of_its_relation_and_what_stands_around() -> None:
    rows = (relation(mention(17, 24), KG["version"], Literal("1"), start=17, end=32, cue="is"),)
    mentioned, said = link(relations=rows).claims
    assert (mentioned.evidence.cue, said.evidence.cue) == ("", "is")
    assert (said.evidence.before, said.evidence.after) == ("Ada met Mercury. ", " Redis.")


def test_what_stands_around_is_at_most_32_characters() -> None:
    text = "a" * 40 + " Redis. " + "b" * 40
    row = Mention(41, 46, "Redis", None, None, 0.9, "names 0.1.0")
    found = link_extraction(Extraction((row,), (), ((41, 47),)), read(text), ENTRY, ONTOLOGY, MINTER)
    evidence = found.claims[0].evidence
    assert (evidence.before, evidence.quote, evidence.after) == ("a" * 31 + " ", "Redis.", " " + "b" * 31)


def test_the_object_of_a_claim_is_canonical() -> None:
    rows = (relation(mention(0, 3), KG["version"], Literal("1.70", datatype=XSD["decimal"])),)
    assert link(relations=rows).claims[-1].object == Literal("1.7", datatype=XSD["decimal"])


@given(st.lists(st.sampled_from(["Ada met Bo.", "It rains."]), max_size=6), st.randoms(use_true_random=False))
def test_equal_sentences_are_numbered_by_their_place(sentences: list[str], random: Random) -> None:
    text = " ".join(sentences)
    starts = [sum(len(s) + 1 for s in sentences[:n]) for n in range(len(sentences))]
    spans = [(start, start + len(s)) for start, s in zip(starts, sentences, strict=True)]
    rows = []
    for (start, end), sentence in zip(spans, sentences, strict=True):
        if sentence.startswith("Ada"):
            one, other = (mention(start + a, start + b, text=t) for a, b, t in ((0, 3, "Ada"), (8, 10, "Bo")))
            # Two that say the same of one place, and one literal in two spellings.
            rows += [relation(one, KG["knows"], other, start=start, end=end, cue=cue) for cue in ("met", "meet")]
            value = Literal(random.choice(["1.70", "1.7"]), datatype=XSD["decimal"])
            rows.append(relation(one, KG["version"], value, start=start, end=end))
    random.shuffle(rows)
    found = link_extraction(Extraction((), tuple(rows), tuple(spans)), read(text), ENTRY, ONTOLOGY, MINTER)
    said = [start for start, end in spans if text.startswith("Ada", start)]
    for predicate in (KG["knows"], KG["version"]):
        numbers = {(c.evidence.start, c.evidence.number) for c in found.claims if c.predicate == predicate}
        assert numbers == {(start, n) for n, start in enumerate(said, 1)}


def test_linking_twice_gives_the_same() -> None:
    rows = (mention(8, 15, "Person"), mention(17, 24, "Place"), mention(33, 38))
    assert link(*rows) == link(*rows)


# --- the names known beforehand


def entry(path: str, *names: str, kind: str | None = None, daily: bool = False) -> NoteEntry:
    iri = MINTER.note(path, None)
    described = None if daily else MINTER.described(iri)
    return NoteEntry("", path, iri, names[0], names, described, KG[kind] if kind else None, "")


def test_titles_come_before_aliases_before_lists() -> None:
    terms = vocabulary([entry("b.md", "Redis", "Cache"), entry("a.md", "Zoo", "Redis")], ONTOLOGY, MINTER)
    mine = [(t.text, t.source) for t in terms if t.source in ("title", "alias") or t.text == "Redis"]
    assert mine == [("Redis", "title"), ("Zoo", "title"), ("Cache", "alias"), ("Redis", "alias"), ("Redis", "gazetteer")]


def test_the_order_of_notes_does_not_matter() -> None:
    entries = [entry("b.md", "B"), entry("a.md", "A", "B"), entry("c.md", "A")]
    assert vocabulary(entries, ONTOLOGY, MINTER) == vocabulary(entries[::-1], ONTOLOGY, MINTER)


def test_a_daily_note_gives_no_name() -> None:
    assert "2024-03-12" not in {t.text for t in vocabulary([entry("d.md", "2024-03-12", daily=True)], ONTOLOGY, MINTER)}


def test_a_line_of_a_list_is_one_thing_with_several_names() -> None:
    terms = [t for t in vocabulary((), ONTOLOGY, MINTER) if t.source == "gazetteer"]
    by_entity: dict[NamedNode, set[str]] = {}
    for term in terms:
        by_entity.setdefault(term.entity, set()).add(term.text)
    assert any(len(names) > 1 for names in by_entity.values())
    assert all(term.class_iri is not None for term in terms)


@pytest.mark.parametrize("term", vocabulary((), ONTOLOGY, MINTER)[:5])
def test_listed_names_link_to_entities(term: object) -> None:
    assert f"{BASE}entity/" in str(term)
