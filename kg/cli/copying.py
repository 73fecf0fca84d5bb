"""`kg copy`: the graph from one store of a home into another."""

from __future__ import annotations

import os

import click

from kg.cache import copy_cache
from kg.cli.indexing import follow_notes
from kg.cli.session import Session, command
from kg.errors import InputError
from kg.exchange.copying import copy_graphs, is_empty
from kg.graph import open_graph
from kg.home import open_for_writing, with_base

__all__ = ["copy"]

_KINDS = click.Choice(["embedded", "neo4j"])


@command()
@click.option("--from", "source", type=_KINDS, required=True, help="The store that is read.")
@click.option("--to", "target", type=_KINDS, required=True, help="The store that is written.")
@click.option("--replace", is_flag=True, help="Let what the other store holds go.")
@click.option("--adopt", is_flag=True, help="Take over a database that holds a graph of nobody's home; with --replace.")
def copy(session: Session, source: str, target: str, replace: bool, adopt: bool) -> None:
    """Copy the graph into another store of the home.

    All graphs go, with decisions and what is derived, so `kg export` writes the same bytes from both. Which store is in
    use stays as it is: KG_STORE says it, else `store` in kg.toml.
    """
    if source == target:
        raise click.UsageError("--from and --to must name two stores.")
    if adopt and (target == "embedded" or not replace):
        raise click.UsageError("--adopt is for --to neo4j, and with --replace only: what the database holds goes.")
    home = session.home
    home.check_exists()
    origin, goal = home.of_kind(source), home.of_kind(target)
    configs = {kind: with_base(home, session.config(home_store=kind)) for kind in (source, target)}
    wait = configs[target].store.lock_wait_seconds
    name = click.get_current_context().command_path
    with open_for_writing(goal, name, os.getpid(), wait) as opened:
        folder = origin.store if origin.store.is_dir() else None
        read = open_graph(origin, configs[source], folder, read_only=True)
        try:
            if is_empty(read.store):
                raise InputError(f"The {source} store of {home.folder} holds nothing to copy.")
            written = open_graph(goal, configs[target], opened.path, ontology=read.ontology, adopt=adopt)
            try:
                copy_cache(None, goal.ingest_cache)  # a copy that ends early must not be believed to be read from notes
                count = copy_graphs(read.store, written.store, replace)
                shows_passages = written.store.shows_passages
            finally:
                written.store.close()
        finally:
            read.store.close()
        copy_cache(origin.ingest_cache, goal.ingest_cache)
        if shows_passages and goal.ingest_cache.is_file():  # they would be those of notes that may be gone
            copied = open_graph(goal, configs[target], opened.path, ontology=read.ontology)
            try:
                follow_notes(session, copied, target)
            finally:
                copied.store.close()
    used = session.config().home.store
    document = {
        "from": source,
        "to": target,
        "quads": count.quads,
        "graphs": count.graphs,
        "added": count.added,
        "removed": count.removed,
        "store": used,
    }
    graphs = "1 graph" if count.graphs == 1 else f"{count.graphs:,} graphs"
    lines = [f"{count.quads:,} quads in {graphs}: {count.added:,} added to {target}, {count.removed:,} removed."]
    if used != target:
        lines.append(
            f'kg still uses {used}. To use {target}: store = "{target}" in the [home] part of {home.settings},'
        )
        lines.append(f"or KG_STORE={target} for one command.")
    session.answer(document, "\n".join(lines))
