"""One scale for words and meaning."""

from __future__ import annotations

import numpy as np

from kg.search.fusion import fit_of_meaning, fit_of_words, scores_at
from tests.search.by_hand import Notes
from tests.search.comparing import Pairs, from_scratch


def vault() -> Notes:
    notes = Notes()
    notes.put("Bees", "Bees make honey.\n\n# Winter\n\nThey sleep and eat what they have stored.")
    notes.put("Honey", "Honey is sweet.")
    notes.put("Iron", "Iron rusts.")
    return notes


def test_the_best_words_are_one_and_none_is_nothing() -> None:
    notes = vault()
    collection = from_scratch(notes.graph, notes.texts)
    parts = collection.word_parts("honey of bees")
    fits = fit_of_words(collection, parts)
    assert fits.max() == 1 and fits.dtype == np.float32 and fits.shape == collection.note_of.shape
    (iron,) = np.nonzero(collection.note_of == collection.note("https://noemata.example/i/note/Iron.md"))
    assert fits[iron].max() == 0
    assert not fit_of_words(collection, collection.word_parts("zeppelin")).any()


def test_meaning_counts_above_the_middle_and_only_where_it_is_known() -> None:
    notes, model = vault(), Pairs()
    collection = from_scratch(notes.graph, notes.texts, model)
    fits = fit_of_meaning(collection, model.encode(["Bees make honey."])[0])
    assert fits.max() == 1 and fits.min() == 0
    assert int(np.argmax(fits)) == int(np.argmax(collection.vectors @ model.encode(["Bees make honey."])[0]))
    assert not fit_of_meaning(collection, None).any()
    assert not fit_of_meaning(from_scratch(notes.graph, notes.texts), np.ones(16, dtype=np.float32)).any()


def test_scores_at_passages_are_those_of_the_postings() -> None:
    notes = vault()
    collection = from_scratch(notes.graph, notes.texts)
    parts = collection.word_parts("honey bees zeppelin")
    places = np.arange(len(collection.note_of), dtype=np.int32)[::-1]
    table = scores_at(parts, places)
    for column, (passages, scores) in enumerate(zip(parts.passages, parts.scores, strict=True)):
        wanted = np.zeros(len(places), dtype=np.float32)
        wanted[passages] = scores
        assert np.array_equal(table[:, column], wanted[places])
