"""Decisions are refused when they make no sense, and are in one form when they do."""

from __future__ import annotations

import pytest

from kg.decisions import Decision, Merging, Naming, Pair, Passage, Prediction, Splitting, Target, Typing, Word
from kg.decisions.model import KINDS, Kind
from kg.errors import InputError
from kg.rdf import KG, XSD, BlankNode, Literal, Term
from tests.decisions.building import ACME, ADA, ELSEWHERE, RUST, USES, note

NOW = "2026-11-23T01:00:00Z"


def decision(kind: Kind = "reject", target: Target | None = None, **said: object) -> Decision:
    values = {"author": "Ada", "time": NOW, "number": 1} | said
    return Decision(kind, target or Word("rust"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("time", "written"),
    [
        ("2026-11-23T01:00:00+00:00", NOW),
        ("2026-11-23T01:00:00.500+01:00", "2026-11-23T01:00:00.5+01:00"),
        ("2026-11-22T24:00:00Z", "2026-11-23T00:00:00Z"),
    ],
)
def test_a_time_has_one_form(time: str, written: str) -> None:
    assert decision(time=time).time == written


@pytest.mark.parametrize(
    "time",
    [
        "",
        "now",
        "2026-11-23",
        "2026-11-23T01:00:00",
        "20261123T010000Z",
        "2026-02-30T01:00:00Z",
        "12026-01-01T01:00:00Z",
    ],
)
def test_a_time_without_zone_is_refused(time: str) -> None:
    with pytest.raises(InputError, match="date, time and zone"):
        decision(time=time)


def test_what_a_decision_cannot_do_without() -> None:
    with pytest.raises(InputError, match="author"):
        decision(author=" ")
    with pytest.raises(InputError, match="from 1"):
        decision(number=0)
    with pytest.raises(InputError, match="no decision is called 'approve'"):
        decision("approve")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="empty name"):
        Naming(ADA, " ")


def test_each_kind_has_its_targets() -> None:
    targets = {
        "passage": Passage(note("a"), ADA, USES, RUST, "q"), "word": Word("rust"), "pair": Pair(ADA, RUST),
        "typing": Typing(ADA, KG["Person"]), "merging": Merging(ADA, RUST), "prediction": Prediction(ADA, USES, RUST),
    }  # fmt: skip
    for kind, allowed in KINDS.items():
        for target in targets.values():
            if isinstance(target, allowed):
                assert decision(kind, target).target == target
            else:
                with pytest.raises(InputError, match=f"^{kind} of a "):
                    decision(kind, target)


def test_what_has_no_order_is_in_order() -> None:
    assert Pair(RUST, ADA) == Pair(ADA, RUST)
    assert Merging(RUST, ADA) != Merging(ADA, RUST)
    assert Splitting(ADA, (RUST, ADA, RUST), (note("b"), note("a"))) == Splitting(
        ADA, (ADA, RUST), (note("a"), note("b"))
    )
    assert decision(supersedes=(RUST, ACME)) == decision(supersedes=(ACME, RUST, ACME))


def test_a_literal_is_canonical() -> None:
    written = Literal("01.50", datatype=XSD["decimal"])
    assert Prediction(ADA, USES, written).object == Literal("1.5", datatype=XSD["decimal"])
    assert Passage(note("a"), ADA, USES, written, "q").object == Literal("1.5", datatype=XSD["decimal"])


@pytest.mark.parametrize("odd", [BlankNode("b")])
def test_a_blank_node_cannot_be_found_again(odd: Term) -> None:
    with pytest.raises(InputError, match="IRI or a literal"):
        Prediction(ADA, USES, odd)


def test_nothing_is_one_with_itself_or_split_of_nothing() -> None:
    for make in (Pair, Merging):
        with pytest.raises(InputError, match="itself"):
            make(ELSEWHERE, ELSEWHERE)
    with pytest.raises(InputError, match="cannot be split"):
        Splitting(ADA, (ADA,))
