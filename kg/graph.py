"""The open knowledge graph, and the one way in which it changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kg.config import Config
from kg.derived import derive
from kg.errors import UnsupportedQueryError
from kg.home import Home, own_base, read_server
from kg.iri import Minter
from kg.model import Change
from kg.ontology import Ontology, bare_names, load_ontology
from kg.rdf import NamedNode
from kg.stores import STORES, Opening, ServerAddress, Store
from kg.stores.files import is_on_server

__all__ = [
    "KnowledgeGraph",
    "commit",
    "excluded_graphs",
    "guarded_graphs",
    "home_minter",
    "open_graph",
    "refusal",
    "store_opening",
]

_WRITTEN_OTHERWISE = {
    "decisions": "It holds what was decided about statements, and is not for other writers",
    "inferred": "It is derived: change the statements that it follows from",
    "names": "It is derived: change the labels",
}


@dataclass(frozen=True, slots=True)
class KnowledgeGraph:
    """A store with the ontology that says what may be in it and the minter of its IRIs.

    One writer at a time: `lock` is held while a change and what follows from it are worked out.
    """

    store: Store
    ontology: Ontology
    minter: Minter
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)


def home_minter(home: Home, config: Config) -> Minter:
    """Return the minter of a home's IRIs; before the base is fixed, the one that its own folder gives."""
    return Minter(config.home.base or own_base(home))


def excluded_graphs(minter: Minter) -> frozenset[NamedNode]:
    """Return the graphs that are outside the default graph of a merged dataset."""
    return frozenset({minter.graph("decisions"), minter.graph("predicted")})


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


def commit(graph: KnowledgeGraph, change: Change) -> None:
    """Apply a change with what it entails in the names and inferred graphs, all or nothing.

    In a separate dataset nothing is derived.

    Raises:
        StoreError: nothing was changed, and why.
    """
    with graph.lock:
        if graph.store.dataset == "merged":
            further = derive(graph.store.match, change, graph.ontology, graph.minter)
            change = Change((*change.add, *further.add), (*change.remove, *further.remove))
        graph.store.commit(change)
