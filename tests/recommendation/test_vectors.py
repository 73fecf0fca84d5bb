"""Notes that mean the same, with the model that comes with the installation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kg.rdf import NamedNode
from kg.recommendation.model import Seeds, Source
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.vectors import Vectors
from kg.text_vectors import TextVectors, open_model
from kg.text_vectors.cache import VectorCache

TEXTS = {
    "a-bread": "Knead the dough, let it rise overnight and bake it in a hot oven.",
    "b-graph": "A knowledge graph keeps entities and the relations between them.",
    "c-kuchen": "把面团揉好，发酵一夜，然后放进烤箱里烤成面包。",
    "d-ontologie": "知识图谱保存实体以及实体之间的关系。",
    "e-silent": "",
}
NETWORK = Network.of(
    (),
    [("n:a-bread", "p:mentions", "e:sourdough")],
    [NoteItem(NamedNode(f"n:{name}"), name, name[:1]) for name in TEXTS],
    {"e:sourdough": "Sourdough bread"},
)


@pytest.fixture(scope="module")
def model() -> TextVectors:
    return open_model("use-multilingual", 1)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> VectorCache:
    return VectorCache(tmp_path_factory.mktemp("vectors") / "text-vectors.sqlite", "notes")


@pytest.fixture(scope="module")
def vectors(model: TextVectors, cache: VectorCache) -> Vectors:
    return Vectors(NETWORK, tuple(TEXTS.values()), model, cache)


def seeds_of(iri: str) -> Seeds:
    return Seeds({NETWORK.node(iri) or 0: 1.0})


@pytest.mark.parametrize(("name", "nearest"), [("a-bread", 2), ("b-graph", 3), ("c-kuchen", 0), ("d-ontologie", 1)])
def test_a_note_in_another_language_that_means_the_same_is_nearest(vectors: Vectors, name: str, nearest: int) -> None:
    scores = vectors.score(seeds_of(f"n:{name}"))
    assert scores.dtype == np.float32 and (scores >= 0).all()
    assert np.argsort(-scores)[1] == nearest


def test_an_entity_without_a_note_is_asked_for_by_its_name(vectors: Vectors) -> None:
    assert set(np.argsort(-vectors.score(seeds_of("e:sourdough")))[:2]) == {0, 2}


def test_reasons_name_the_seed_that_it_reads_like(vectors: Vectors) -> None:
    (reason,) = vectors.reasons(Seeds({NETWORK.node("n:a-bread") or 0: 1.0, NETWORK.node("n:b-graph") or 0: 1.0}), 3)
    assert reason.source == "vectors"
    assert reason.text.startswith("Reads like b (likeness 0.")
    assert vectors.reasons(seeds_of("n:a-bread"), 3) == []
    assert vectors.reasons(Seeds({}), 3) == []


def test_nothing_is_said_for_nothing(vectors: Vectors) -> None:
    assert not vectors.score(Seeds({})).any()


def test_what_is_not_encoded_yet_is_not_scored_until_later_calls_went_on(model: TextVectors, tmp_path: Path) -> None:
    own = VectorCache(tmp_path / "text-vectors.sqlite", "notes")
    texts = tuple(TEXTS.values())
    first = Vectors(NETWORK, texts, model, own, most=3)
    assert not first.is_complete
    assert not first.score(seeds_of("n:a-bread"))[3:].any()
    second = Vectors(NETWORK, texts, model, own, most=3)
    assert second.is_complete
    whole = Vectors(NETWORK, texts, model, VectorCache(None, "notes"))
    assert np.array_equal(second.score(seeds_of("n:a-bread")), whole.score(seeds_of("n:a-bread")))


def test_one_goes_on_where_it_stopped(model: TextVectors, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    begun = Vectors(NETWORK, tuple(TEXTS.values()), model, VectorCache(tmp_path / "v.sqlite", "notes"), most=0)
    assert not begun.score(seeds_of("n:a-bread")).any()
    begun.encode_more(2)
    assert (begun.is_complete, begun.score(seeds_of("n:a-bread"))[2:].any()) == (False, False)
    begun.encode_more(encoding=lambda done, total: told.append((done, total)))
    begun.encode_more()
    whole = Vectors(NETWORK, tuple(TEXTS.values()), model, VectorCache(None, "notes"))
    assert begun.is_complete and told == [(3, 3)]
    assert np.array_equal(begun.score(seeds_of("n:a-bread")), whole.score(seeds_of("n:a-bread")))


def test_likeness_is_symmetric_and_one_on_the_diagonal(vectors: Vectors) -> None:
    alike = vectors.alike(np.arange(5, dtype=np.int32))
    assert np.array_equal(alike, alike.T)
    assert np.array_equal(np.diag(alike), np.ones(5, dtype=np.float32))
    assert alike[0, 2] > alike[0, 1]


def test_a_vault_without_notes_or_with_one_is_no_error(model: TextVectors) -> None:
    nothing = Vectors(Network.of(["e:a"], (), ()), (), model, VectorCache(None, "notes"))
    assert nothing.score(Seeds({0: 1.0})).shape == (0,)
    one = Network.of((), (), [NoteItem(NamedNode("n:a"), "a", "A")])
    source: Source = Vectors(one, ("A text.",), model, VectorCache(None, "notes"))
    assert source.score(Seeds({0: 1.0})).tolist() == pytest.approx([1], abs=1e-3)
