"""Item-kNN, the linear model and factors: what readers of the same notes read, for users and for notes, with exact reasons."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from kg.errors import MissingExtraError
from kg.events import Action, Event
from kg.rdf import NamedNode
from kg.recommendation.behaviour import Factors, Linear, Neighbours, affinities, history_weights
from kg.recommendation.model import Seeds
from kg.recommendation.network import Network, NoteItem

NOTES = 12
"""The first half is about one thing, the second about another."""


def iri(number: int) -> NamedNode:
    return NamedNode(f"https://noemata.example/b/note/{number:02}")


NETWORK = Network.of((), (), [NoteItem(iri(n), f"{n}.md", f"Note {n}") for n in range(NOTES)])


def did(user: str, items: Iterable[int], action: Action = "viewed", rating: float | None = None) -> list[Event]:
    return [Event(user, action, iri(item), rating, f"2026-01-{day:02}T00:00:00Z") for day, item in enumerate(items, 1)]


def readers() -> list[Event]:
    """Twenty readers of each half, each without one of its notes."""
    found: list[Event] = []
    for reader in range(20):
        found += did(f"a{reader}", (n for n in range(6) if n != reader % 6))
        found += did(f"b{reader}", (n for n in range(6, 12) if n != 6 + reader % 6))
    return found


def asks(history: list[Event]) -> Seeds:
    latest = {int(NETWORK.node_of_item[NETWORK.item(event.item) or 0]): 1.0 for event in history}
    return Seeds(latest, "new", tuple(history), is_of_history=True)


def of_note(item: int) -> Seeds:
    return Seeds({int(NETWORK.node_of_item[item]): 1.0})


SOURCES = [
    Neighbours,
    lambda network, events: Linear(network, events, regularisation=1.0),
    lambda network, events: Factors(network, events, dimensions=4, regularisation=1.0),
]
NAMES = ["neighbours", "linear", "factors"]


@pytest.mark.parametrize("make", SOURCES, ids=NAMES)
def test_a_new_user_gets_what_readers_of_the_same_read(make: Any) -> None:
    source = make(NETWORK, readers())
    scores = source.score(asks(did("new", [0, 1])))
    assert scores.shape == (NOTES,) and scores.dtype == np.float32 and (scores >= 0).all()
    assert scores[2:6].min() > 2 * scores[6:].max()
    other = source.score(asks(did("new", [7, 8])))
    assert other[[6, 9, 10, 11]].min() > 2 * other[:6].max()


@pytest.mark.parametrize("make", SOURCES, ids=NAMES)
def test_a_note_gets_the_notes_of_its_readers(make: Any) -> None:
    source = make(NETWORK, readers())
    scores = source.score(of_note(3))
    assert scores[[0, 1, 2, 4, 5]].min() > 2 * scores[6:].max()
    assert not source.score(Seeds({})).any()


@pytest.mark.parametrize("make", SOURCES, ids=NAMES)
def test_the_order_of_events_and_users_does_not_matter(make: Any) -> None:
    events, seeds = readers(), asks(did("new", [0, 1]))
    one, other = make(NETWORK, events), make(NETWORK, events[::-1])
    assert np.array_equal(one.score(seeds), make(NETWORK, events).score(seeds))
    assert np.allclose(one.score(seeds), other.score(seeds), rtol=1e-4)


@pytest.mark.parametrize("make", SOURCES, ids=NAMES)
def test_reasons_name_what_contributed_most(make: Any) -> None:
    events = readers()
    source = make(NETWORK, events)
    history = did("new", [6, 0, 1])
    (reason,) = source.reasons(asks(history), 3)
    assert reason.source == source.name
    named = [title for title in ("Note 0", "Note 1", "Note 6") if f"“{title}”" in reason.text]
    assert named[:2] == ["Note 0", "Note 1"] and reason.text.index("Note 1") < reason.text.index("Note 0")
    parts = [source.score(asks([event]))[3] for event in history]
    assert max(parts) > 0 and parts[0] < min(parts[1:])


def test_contributions_of_neighbours_add_up_to_the_score() -> None:
    source = Neighbours(NETWORK, readers(), half=1e9)
    history = did("new", [0, 1, 7])
    alone = sum(source.score(asks([event])) for event in history)
    assert np.allclose(source.score(asks(history)), alone)


def test_one_reader_alone_says_nothing() -> None:
    source = Neighbours(NETWORK, did("ann", range(6)))
    assert not source.score(asks(did("new", [0]))).any()
    assert source.reasons(asks(did("new", [0])), 1) == []
    assert not Linear(NETWORK, did("ann", range(6))).score(asks(did("new", [0]))).any()
    for make in (Neighbours, Linear):
        two = make(NETWORK, [*did("ann", range(6)), *did("bob", range(3))])
        assert np.flatnonzero(two.score(asks(did("new", [0])))).tolist() == [1, 2]


def test_what_everybody_reads_says_less_in_the_linear_model() -> None:
    events: list[Event] = []
    for reader in range(40):  # all read 0, a quarter 1 and 2
        events += did(f"u{reader}", ([0, 1, 2], [0, 3], [0, 4], [0])[reader % 4])
    linear, near = Linear(NETWORK, events, regularisation=1.0), Neighbours(NETWORK, events)
    shares = []
    for source in (linear, near):
        common, own = (source.score(asks(did("new", [item])))[2] for item in (0, 1))
        shares.append(float(common / own))
    assert shares[0] < 0.1 < 0.4 < shares[1]


def test_the_linear_model_is_the_closed_form() -> None:
    events = readers()
    matrix = np.zeros((40, NOTES))
    for event in events:
        matrix[int(event.user[1:]) + 20 * (event.user[0] == "b"), NETWORK.item(event.item) or 0] = 1
    says = np.linalg.inv(matrix.T @ matrix + 7 * np.eye(NOTES))
    says = np.where(np.eye(NOTES, dtype=bool), 0, says / -np.diag(says))
    found = Linear(NETWORK, events, regularisation=7).score(of_note(3))
    np.testing.assert_allclose(found, np.maximum(says[3], 0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", SOURCES, ids=NAMES)
def test_what_nobody_did_anything_with_scores_nothing(make: Any) -> None:
    assert not make(NETWORK, []).score(asks(did("new", [0]))).any()
    source = make(NETWORK, [event for event in readers() if event.item != iri(2)])
    assert source.score(asks(did("new", [0])))[2] == 0
    gone = Event("ann", "viewed", NamedNode("https://noemata.example/b/gone"), None, "")
    assert make(NETWORK, [gone]).score(asks(did("new", [0]))).shape == (NOTES,)


def test_shrinkage_prefers_what_many_share() -> None:
    # Notes 0 and 1 are shared by two readers who have nothing else, 0 and 2 by ten who have more.
    events = [*did("x1", [0, 1]), *did("x2", [0, 1])]
    for reader in range(10):
        events += did(f"y{reader}", [0, 2, 3 + reader % 5, 8 + reader % 4])
    plain, shrunk = (Neighbours(NETWORK, events, shrinkage=by).score(of_note(0)) for by in (0.0, 50.0))
    assert shrunk[2] / shrunk[1] > 2 * plain[2] / plain[1]


def test_only_the_nearest_stay() -> None:
    source = Neighbours(NETWORK, readers(), nearest=2)
    assert [np.count_nonzero(source.score(of_note(item))) for item in range(NOTES)] == [2] * NOTES


def test_the_last_judgement_counts() -> None:
    events = [
        *did("ann", [0, 1, 2]),
        *did("ann", [0], "rated", 5),
        *did("ann", [1], "rated", 4),
        *did("ann", [1], "rated", 1),
    ]
    events += did("ann", [3], "saved")
    assert affinities(NETWORK, events) == {2: 1.0, 0: 2.0, 1: 0.0, 3: 2.0}


def test_what_is_disliked_recommends_nothing() -> None:
    source = Neighbours(NETWORK, readers())
    assert not source.score(asks(did("new", [0], "rated", 1))).any()


def test_what_is_asked_for_goes_before_the_history() -> None:
    history = tuple(did("new", [0, 1]))
    beside = Seeds({int(NETWORK.node_of_item[7]): 1.0}, "new", history)
    assert history_weights(NETWORK, beside, 3.0) == {7: 1.0}
    own = history_weights(NETWORK, asks(list(history)), 1.0)
    assert own == {1: 1.0, 0: 0.5}


def test_factors_without_their_library_are_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("implicit"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match="needs the extra 'embed'"):
        Factors(NETWORK, readers())
