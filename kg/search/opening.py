"""A home's searcher: its index is brought up to date, and what ranking works on is read from it."""

from __future__ import annotations

from typing import Any

from kg.cache import NoteTexts
from kg.config import Config
from kg.events import read_feedback
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.search.collection import Collection
from kg.search.index import DamagedIndexError, SearchIndex
from kg.search.searching import Searcher
from kg.search.word_index import FieldWeights
from kg.text_vectors import TextVectors, open_model

__all__ = ["KEPT_SEARCHER", "HomeSearcher", "home_searcher", "open_index", "open_searcher", "search_model"]

KEPT_SEARCHER = "searcher"
"""The name under which a process keeps its searcher."""


def open_searcher(
    graph: KnowledgeGraph,
    home: Home,
    config: Config,
    earlier: Searcher | None = None,
    most_encoded: int | None = None,
) -> Searcher:
    """Return what searches the notes of a graph; the index of the home is brought up to date before.

    Args:
        home: of the kind of the store in use; its cache has the texts and the index.
        earlier: one of the same home and settings, which is brought up to date and returned: only what has changed
            since is read.
        most_encoded: how many passages may be turned into vectors now, which takes a second for some eighty; None as
            the settings say (`search.encoded_at_once`).

    Raises:
        UnknownNameError: no model of text vectors is called as the settings say. StoreError: the cache of texts cannot
            be read.
    """
    model = earlier.model if earlier is not None else search_model(config)
    most = config.search.encoded_at_once if most_encoded is None else most_encoded
    before = None if earlier is None else earlier.collection
    with open_index(home, config, model) as index:
        try:
            collection = _followed(index, graph, home, model, most, before)
        except DamagedIndexError:  # it has been made anew
            collection = _followed(index, graph, home, model, most, None)
        without_text = index.without_text()
    feedback = read_feedback(graph)
    if earlier is None:
        searcher = Searcher(collection, graph, config.search, model, feedback)
    else:
        searcher = earlier
        searcher.graph, searcher.feedback = graph, feedback
        if collection is not before:
            searcher.renew(collection)
    searcher.without_text = without_text
    return searcher


def _followed(
    index: SearchIndex,
    graph: KnowledgeGraph,
    home: Home,
    model: TextVectors | None,
    most: int,
    before: Collection | None,
) -> Collection:
    index.sync(graph, NoteTexts(home.ingest_cache), model, most)
    return index.collection(before)


class HomeSearcher:
    """The searcher of a home whose graph is opened anew now and then; it is opened when it is first needed."""

    def __init__(self, home: Home, config: Config, most_encoded: int | None = None) -> None:
        self.home, self.config, self._most_encoded = home, config, most_encoded
        self._searcher: Searcher | None = None

    def on(self, graph: KnowledgeGraph) -> Searcher:
        """Return the searcher, up to date with a graph of the home; valid until the next call.

        Raises:
            As `open_searcher`.
        """
        self._searcher = open_searcher(graph, self.home, self.config, self._searcher, self._most_encoded)
        return self._searcher


def home_searcher(home: Home, config: Config, kept: dict[str, Any]) -> HomeSearcher:
    """Return the searcher of a home that was kept, else a new one, which is kept now.

    Args:
        kept: what a process keeps, by name.
    """
    found = kept.get(KEPT_SEARCHER)
    if not isinstance(found, HomeSearcher) or (found.home, found.config) != (home, config):
        found = kept[KEPT_SEARCHER] = HomeSearcher(home, config)
    return found


def search_model(config: Config) -> TextVectors | None:
    """Return the model of text vectors that searching asks; None where its weight is 0."""
    if config.search.weight_vectors <= 0:
        return None
    return open_model(config.vectors.model, config.vectors.threads)


def open_index(home: Home, config: Config, model: TextVectors | None) -> SearchIndex:
    """Open the index of a home, made when absent.

    Args:
        model: of `search_model`.

    Raises:
        StoreError: another process has been writing the file for too long.
    """
    fields = FieldWeights(config.search.title_weight, config.search.heading_weight)
    return SearchIndex.open(home.search_index, "" if model is None else model.name, fields)
