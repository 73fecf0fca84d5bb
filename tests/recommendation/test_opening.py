"""What a home's recommender is made of: the model knows newer notes as predictions do."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from kg.embeddings.folding import fold_in
from kg.prediction import graph_triples
from kg.prediction.newer import with_newer
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.opening import _folded
from tests.prediction.homes import node, say, town, town_model
from tests.prediction.test_likely import letters


def test_newer_notes_stand_where_predictions_have_them() -> None:
    graph, model = town(), town_model()
    say(graph, ("person-new", "a", "Person"), ("person-new", "worksFor", "company4"))
    note = NoteItem(node("note"), "note.md", "Somebody new", described=node("person-new"))
    found = graph_triples(graph, model.entities, model.relations)
    folded = _folded(graph, Network.of((), (), [note]), model, letters)
    expected, without = with_newer(graph, model, found, letters), fold_in(model, found.triples)
    assert folded.entities == expected.entities
    for name, table in expected.tensors.items():
        np.testing.assert_array_equal(folded.tensors[name], table)
    assert not np.array_equal(folded.tensors["entities"][-1], without.tensors["entities"][-1])  # its name says something
    old = NoteItem(node("note"), "note.md", "Somebody", described=node("person0-0"))
    assert _folded(graph, Network.of((), (), [old]), model, letters) is model
