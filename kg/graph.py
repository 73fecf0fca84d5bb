"""The open knowledge graph, and the one way in which it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from kg.computed import Computed
from kg.config import Config
from kg.entailment import entail
from kg.errors import UnsupportedQueryError
from kg.home import Home, own_base, read_server
from kg.iri import Minter
from kg.model import Change
from kg.ontology import Ontology, bare_names, load_ontology
from kg.rdf import NamedNode, Quad
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.files import is_on_server

__all__ = [
    "KnowledgeGraph",
    "Removals",
    "commit",
    "decisions_made",
    "excluded_graphs",
    "guarded_graphs",
    "hiding_graph",
    "home_minter",
    "open_graph",
    "record_missing",
    "refusal",
    "store_opening",
    "written_in",
]

_WRITTEN_OTHERWISE = {
    "decisions": "It holds what was decided about statements, and is not for other writers",
    "decided": "It follows from decisions: decide otherwise, or undo them",
    "inferred": "It is derived: change the statements that it follows from",
    "mapped": "It is derived: change the statements about what was merged",
    "names": "It is derived: change the labels",
    "resolution": "It holds what was found to be one thing: decide otherwise, by a merge or a split",
}


class Removals(Protocol):
    """Says which decisions people make by what they take out of the graphs of notes."""

    def made_by(self, change: Change) -> tuple[Quad, ...]:
        """Return the decisions that a change means; a part of it, or all, may be in the store already."""

    def made_before(self) -> tuple[Quad, ...]:
        """Return the decisions that what is missing from the store means; this reads all evidence."""


@dataclass(frozen=True, slots=True)
class KnowledgeGraph:
    """A store with the ontology that says what may be in it and the minter of its IRIs.

    One writer at a time: `lock` is held while a change and what follows from it are worked out. `removals` knows
    the decisions that are made by what people's changes remove; it is None where nobody records any. `computed` answers
    what queries ask of searches; where it is None, such queries are refused.
    """

    store: Store
    ontology: Ontology
    minter: Minter
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    removals: Removals | None = field(default=None, repr=False, compare=False)
    computed: Computed | None = field(default=None, repr=False, compare=False)


def home_minter(home: Home, config: Config) -> Minter:
    """Return the minter of a home's IRIs; before the base is fixed, the one that its own folder gives."""
    return Minter(config.home.base or own_base(home))


def excluded_graphs(minter: Minter) -> frozenset[NamedNode]:
    """Return the graphs that are outside the default graph of a merged dataset."""
    return frozenset({minter.graph("decisions"), minter.graph("predicted")})


def hiding_graph(minter: Minter) -> NamedNode:
    """Return the graph that says which IRIs the default graph of a merged dataset leaves out."""
    return minter.graph("mapped")


def guarded_graphs(minter: Minter, is_merged: bool = True) -> Mapping[NamedNode, str]:
    """Return the graphs that nothing is written to by name, each with what to do instead.

    Args:
        is_merged: whether the dataset is merged; in a separate one nothing is derived.
    """
    names = _WRITTEN_OTHERWISE if is_merged else ("decisions",)
    return {minter.graph(name): _WRITTEN_OTHERWISE[name] for name in names}


def refusal(what: str, graph_name: NamedNode, advice: str) -> UnsupportedQueryError:
    """Return the error of a write to a guarded graph; `what` is who would have written."""
    return UnsupportedQueryError(what, f"writing to {graph_name}", f"{advice}; leave that graph out.")


def open_graph(
    home: Home,
    config: Config,
    folder: Path | None,
    read_only: bool = False,
    ontology: Ontology | None = None,
    adopt: bool = False,
) -> KnowledgeGraph:
    """Open the graph of a home from a folder of its store; the caller may open it, and closes the store.

    Args:
        folder: the store's own or a checkpoint's; None where there is none yet, and none is to be made.
        ontology: the home's, where it is read already.
        adopt: take over a database that holds a graph and no home.

    Raises:
        OntologyError, RdfSyntaxError: the home's ontology cannot be read. StoreError: the store cannot.
        ConfigError: the store is on a server, and nothing says where that is.
    """
    if ontology is None:
        ontology = load_ontology(home.ontology())
    opening = replace(store_opening(home, config, ontology), folder=folder, read_only=read_only)
    if not read_only:
        opening = replace(opening, names=bare_names(ontology), adopt=adopt)
    return KnowledgeGraph(STORES.load(config.home.store)(opening), ontology, home_minter(home, config))


def store_opening(home: Home, config: Config, ontology: Ontology | None = None) -> Opening:
    """Return what is needed to read the store of a home, wherever a folder of it is.

    Args:
        ontology: the home's, where it is read already. On a server it is not needed, which has the names.
    """
    minter = home_minter(home, config)
    is_here = not is_on_server(config.home.store)
    if is_here and ontology is None:
        ontology = load_ontology(home.ontology())
    return Opening(
        folder=None,
        dataset=config.home.dataset,
        excluded=excluded_graphs(minter),
        base=minter.base,
        server=_server_address(home, config),
        slice_quads=config.neo4j.slice_quads,
        copy_quads=config.neo4j.copy_quads,
        names=bare_names(ontology) if is_here and ontology is not None else {},
        mirror=home.mirror if is_here else None,
        hiding=hiding_graph(minter),
    )


def _server_address(home: Home, config: Config) -> ServerAddress | None:
    """Return where the store's server is: what the settings say, else the one that was started for the home."""
    settings = config.neo4j
    if not is_on_server(config.home.store):
        return None
    if settings.uri:
        return ServerAddress(settings.uri, settings.username, settings.password, settings.database)
    server = read_server(home)
    if server is None:
        return None
    return ServerAddress(server.uri, server.username, server.password, settings.database, is_ours=True)


def written_in(graph: KnowledgeGraph, iri: NamedNode) -> Iterator[NamedNode]:
    """Yield the graphs that speak of something, some of them several times, but for those that follow from others."""
    others = {*guarded_graphs(graph.minter), graph.minter.graph("predicted")}
    for subject, object_ in ((iri, None), (None, iri)):
        for quad in graph.store.match(subject, None, object_):
            if isinstance(quad.graph_name, NamedNode) and quad.graph_name not in others:
                yield quad.graph_name


def commit(graph: KnowledgeGraph, change: Change) -> None:
    """Apply a change with what it entails in the derived graphs, all or nothing.

    In a separate dataset nothing is derived.

    Raises:
        StoreError: nothing was changed, and why.
    """
    with graph.lock:
        if graph.store.dataset == "merged":
            further = entail(graph.store.match, change, graph.ontology, graph.minter)
            change = Change((*change.add, *further.add), (*change.remove, *further.remove))
        graph.store.commit(change)


def decisions_made(graph: KnowledgeGraph, change: Change) -> tuple[Quad, ...]:
    """Return the decisions that people make by what a change removes, to be committed with it."""
    return graph.removals.made_by(change) if graph.removals is not None and change.remove else ()


def record_missing(graph: KnowledgeGraph) -> None:
    """Commit the decisions that people have made in a store whose own engine has committed what they removed.

    Raises:
        StoreError: nothing was recorded, and why; the next call finds it again.
    """
    decisions = graph.removals.made_before() if graph.removals is not None else ()
    if decisions:
        commit(graph, Change(decisions))
