"""Decisions, logs and claims from small pools, so that they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hypothesis import strategies as st

from kg.decisions import (
    Draft,
    Likeness,
    Log,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Typing,
    Undoing,
    Word,
    passage_of,
)
from kg.extraction import Claim
from kg.model import Evidence
from kg.rdf import KG, RDF, Literal, NamedNode, Term
from tests.strategies import literals

BASE = "https://example.com/home/"
USES, MENTIONS, TYPE = KG["uses"], KG["mentions"], RDF["type"]


def note(name: str) -> NamedNode:
    return NamedNode(f"{BASE}note/{name}.md")


def thing(name: str) -> NamedNode:
    return NamedNode(f"{BASE}entity/Thing/{name}")


ADA, RUST, ACME = thing("ada"), thing("rust"), thing("acme")
ELSEWHERE = NamedNode("http://www.wikidata.org/entity/Q1")
NOTES = [note(name) for name in "abc"]
ENTITIES = [ADA, RUST, ACME, thing("d"), NamedNode(f"{note('a').value}#it"), ELSEWHERE]

entities = st.sampled_from(ENTITIES)
notes = st.sampled_from(NOTES)
predicates = st.sampled_from([USES, KG["knows"], MENTIONS, TYPE])
texts = st.sampled_from(["", "Ada", "rust", "a\nb\u2028 \u4e2d\u6587 \"'\\"])
quotes = st.sampled_from(["Ada uses Rust.", "She does. \U0001f600"])
objects: st.SearchStrategy[Term] = st.one_of(entities, literals.filter(lambda literal: "\x00" not in literal.value))

passages = st.builds(
    Passage, notes, entities, predicates, objects, quotes, texts, texts, st.integers(1, 3), texts, texts, texts
)
likenesses = st.builds(
    Likeness, predicates, st.sampled_from(["patterns", "triggers"]), texts, texts, st.none() | entities
)
words = st.builds(Word, st.sampled_from(["ada", "rust"]), st.none() | entities)
_couples = st.lists(entities, min_size=2, max_size=2, unique=True)
pairs = _couples.map(lambda both: Pair(*both))
mergings = _couples.map(lambda both: Merging(*both))
_members = st.lists(entities, min_size=2, max_size=4, unique=True).map(tuple)
_some_notes = st.lists(notes, min_size=1, max_size=3, unique=True).map(tuple)
splittings = st.one_of(
    _members.map(lambda members: Splitting(members[0], members)),
    st.builds(Splitting, entities, st.just(()) | _members, _some_notes, st.booleans()),
)
predictions = st.builds(Prediction, entities, predicates, objects)

_judged = st.one_of(passages, likenesses, pairs, predictions)
drafts = st.one_of(
    st.builds(Draft, st.sampled_from(["accept", "reject"]), _judged, texts),
    st.builds(Draft, st.just("reject"), words),
    st.builds(Draft, st.just("retype"), st.builds(Typing, entities, st.sampled_from([KG["Person"], KG["Tool"]]))),
    st.builds(Draft, st.just("rename"), st.builds(Naming, entities, st.sampled_from(["Ada", "\u674e"]))),
    st.builds(Draft, st.just("merge"), mergings, texts),
    st.builds(Draft, st.just("split"), splittings),
)
about_pairs = st.one_of(
    st.builds(Draft, st.sampled_from(["accept", "reject"]), pairs),
    st.builds(Draft, st.just("merge"), mergings),
    st.builds(Draft, st.just("split"), _members.map(lambda members: Splitting(members[0], members))),
)
times = st.sampled_from(["2026-11-23T01:00:00Z", "2026-11-23T01:30:00.5+01:00", "2025-01-01T00:00:00Z"])
authors = st.sampled_from(["Ada", "\u674e\u96f7"])


@st.composite
def logs(draw: st.DrawFn, drafts: st.SearchStrategy[Draft] = drafts, size: int = 8, start: Log | None = None) -> Log:
    """Logs as homes make them: decisions on top of each other, and undos of any of them."""
    log = start if start is not None else Log(BASE)
    for _ in range(draw(st.integers(0, size))):
        draft = draw(drafts)
        if len(log) and draw(st.integers(0, 2)) == 0:
            iri = log.iri(draw(st.sampled_from(log.decisions)))
            if log.undone_by(iri) is None:
                draft = Draft("undo", Undoing(iri))
        log = log.extend(log.record([draft], draw(authors), draw(times)))
    return log


@st.composite
def two_homes(draw: st.DrawFn, drafts: st.SearchStrategy[Draft] = drafts, size: int = 5) -> tuple[Log, Log]:
    """Two logs that were one once and grew apart."""
    common = draw(logs(drafts, size))
    return draw(logs(drafts, size, common)), draw(logs(drafts, size, common))


def merged_logs(drafts: st.SearchStrategy[Draft] = drafts, size: int = 5) -> st.SearchStrategy[Log]:
    """Logs that two homes wrote."""
    return two_homes(drafts, size).map(lambda both: both[0].extend(both[1]))


def claim(
    subject: NamedNode = ADA,
    predicate: NamedNode = USES,
    object_: Term = RUST,
    quote: str = "Ada uses Rust.",
    *,
    start: int = 0,
    number: int = 1,
    before: str = "",
    after: str = "",
    confidence: float = 0.7,
    extractor: str = "patterns 0.1.0",
    cue: str = "{s} uses {o}",
    kind: str = "extracted",
    words: tuple[str, str] = ("Ada", "Rust"),
) -> Claim:
    """A claim of a note, with everything that decisions look at."""
    evidence = Evidence(
        start, start + len(quote), quote, confidence, extractor, kind, cue, number, before, after  # type: ignore[arg-type]
    )  # fmt: skip
    return Claim(subject, predicate, object_, None, None, evidence, *words)


def moved(found: Claim, **changes: object) -> Claim:
    """The claim with another evidence."""
    return replace(found, evidence=replace(found.evidence, **changes))  # type: ignore[arg-type]


def decided(*drafts: Draft, log: Log | None = None) -> Log:
    """A log that has these decisions, made one after the other."""
    log = log if log is not None else Log(BASE)
    return log.extend(log.record(drafts, "Ada", "2026-11-23T01:00:00Z"))


def accept(note: NamedNode, found: Claim) -> Draft:
    return Draft("accept", passage_of(note, found))


def reject(note: NamedNode, found: Claim) -> Draft:
    return Draft("reject", passage_of(note, found))


def undo(log: Log, number: int = -1) -> Log:
    """The log with one of its decisions undone, by its place in it."""
    return decided(Draft("undo", Undoing(log.iri(log.decisions[number]))), log=log)


def undo_all(log: Log) -> Log:
    """The log with nothing in force: what counts is undone until nothing is left that does."""
    while log.in_force():
        for decision in log.in_force():
            if log.undone_by(log.iri(decision)) is None:
                log = decided(Draft("undo", Undoing(log.iri(decision))), log=log)
    return log


def effect_of(effects: Mapping[str, str]) -> Callable[[str], str | None]:
    return effects.get


def literal(text: str) -> Literal:
    return Literal(text)
