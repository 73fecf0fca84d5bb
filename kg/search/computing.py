"""What a home answers where a query asks for something computed; all that is heavy is loaded when it is first asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kg.computed import Found, Guess
from kg.config import Config
from kg.errors import NotFoundError
from kg.explain import find_resource, named_iri, resource_of
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.ontology import Ontology
from kg.query.cypher_names import cypher_names
from kg.rdf import NamedNode

if TYPE_CHECKING:
    from kg.search.guessing import Guesser
    from kg.search.searching import Searcher

__all__ = ["HomeComputed"]


class HomeComputed:
    """Computes for the queries of a home, as `kg search` and `kg embed predict` do; a `kg.computed.Computed`.

    Args:
        graph: returns the graph as it is to be asked; it may be another from one question to the next.
        home: of the kind of the store in use.
        kept: what the process keeps: of a searcher it needs one.
    """

    def __init__(
        self,
        graph: Callable[[], KnowledgeGraph],
        home: Home,
        config: Config,
        kept: Callable[[], dict[str, Any]] | None = None,
    ) -> None:
        self._graph, self._home, self._config = graph, home, config
        self._own: dict[str, Any] = {}
        self._others = kept
        self._ontology: Ontology | None = None
        self._guesser: Guesser | None = None

    def search(self, text: str, k: int, passages: bool, diversity: float | None) -> Sequence[Found]:
        """Return the hits of `kg search`, without what it holds back.

        Raises:
            KgError: as `kg.search.opening.open_searcher` and `Searcher.search`.
        """
        answer = self._searcher_on(self._graph()).search(text, k, diversity=diversity, passages=passages, explain=False)
        return [Found(hit.note, hit.score, hit.rank, hit.text, hit.start, hit.end, hit.title) for hit in answer.hits]

    def similar(self, to: NamedNode | str, k: int) -> Sequence[Found]:
        """Return what reads most like a note or an entity.

        An IRI, written as such or as a text, may be one of which nothing is said, as in any pattern: nothing reads
        like it. A name that nothing has is a slip of whoever wrote it.

        Raises:
            NotFoundError: nothing has that name, or nothing is said of what has it.
        """
        graph = self._graph()
        try:
            iri = (resource_of(graph, to) or to) if isinstance(to, NamedNode) else find_resource(graph, to)
            found = self._searcher_on(graph).similar(iri, k)
        except NotFoundError:
            if isinstance(to, NamedNode) or named_iri(graph, to) is not None:
                return []
            raise
        return [Found(node, score, rank) for rank, (node, score) in enumerate(found, 1)]

    def predicted(
        self,
        subject: NamedNode | str | None,
        predicate: NamedNode | str | None,
        object: NamedNode | str | None,
        k: int,
        least: float,
    ) -> Sequence[Guess]:
        """Return the likeliest statements by the home's model `default`, of what `kg embed predict` would say.

        Raises:
            NotFoundError: the home has no such model, nothing has that name, or no such relation was learnt.
            ModelCorruptError, ModelMismatchError: the model cannot be read, or is of another graph.
        """
        from kg.search.guessing import Guesser

        if self._guesser is None:
            self._guesser = Guesser(self._home, self._config)
        return self._guesser.guesses(self._graph(), subject, predicate, object, k, least)

    def called(self, predicate: NamedNode) -> str:
        """Return the name that Cypher has for a property."""
        graph = self._graph()
        return cypher_names(graph.ontology, graph.minter.base).name(predicate)

    def _searcher_on(self, graph: KnowledgeGraph) -> Searcher:
        from kg.search.opening import KEPT_SEARCHER, home_searcher

        kept = self._own if self._others is None else self._others()
        if self._ontology is not None and self._ontology is not graph.ontology:  # by which properties are recognised
            kept.pop(KEPT_SEARCHER, None)
        self._ontology = graph.ontology
        return home_searcher(self._home, self._config, kept).on(graph)
