"""`kg init`, and the settings that a home fixes when it is first written."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from kg.cli.session import Session, command
from kg.config import Value, load_config
from kg.errors import ConfigError
from kg.graph import store_opening
from kg.home import Home, store_settings
from kg.ontology import Ontology, load_ontology, read_triples
from kg.rdf import KG, Literal, NamedNode
from kg.stores.files import holds_store, is_on_server

__all__ = ["init"]


@command()
@click.option(
    "--ontology",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Your ontology, Turtle or RDF/XML; it is copied into the home as it is.",
)
@click.option("--store", type=click.Choice(["embedded", "neo4j"]), help="Where the graph is kept.")
@click.option("--base", metavar="IRI", help="Where the IRIs of your data begin, ending in '/'.")
@click.option("--dataset", type=click.Choice(["merged", "separate"]), help="separate: a plain SPARQL 1.1 dataset.")
@click.option("--adopt", is_flag=True, help="Take over a Neo4j database that holds a graph and no home.")
def init(
    session: Session, ontology: Path | None, store: str | None, base: str | None, dataset: str | None, adopt: bool
) -> None:
    """Make a home for a knowledge graph.

    In a home that is there already, --ontology replaces the ontology; the next ingest reads the notes again. Base,
    dataset and store are fixed as soon as there is a graph; `kg copy` brings it into another store.

    With --store neo4j the graph is in the database that NEO4J_URI names, else in the one of `kg neo4j up`.
    """
    home = session.home
    flags: dict[str, Value] = {
        f"home.{name}": value for name, value in (("store", store), ("base", base), ("dataset", dataset)) if value
    }
    load_config(home.settings, {}, flags)
    if flags and any(holds_store(folder) for folder in home.stores):
        names = ", ".join(f"--{name.partition('.')[2]}" for name in flags)
        other = "`kg copy` brings it into another store" if set(flags) == {"home.store"} else "Use another --home"
        raise ConfigError(f"{home.folder} holds a graph already, so {names} cannot be changed. {other}.")
    was_there = home.settings.exists()
    if ontology is not None:
        load_ontology(ontology)
    store_settings(home, flags)
    if ontology is not None:
        _keep_ontology(home, ontology)
    config = session.config()
    if adopt and not is_on_server(config.home.store):
        session.say(f"--adopt takes over nothing here: the store of this home is {config.home.store!r}.")
    elif adopt:
        with session.open(write=True, adopt=True):
            pass  # from now on the database is this home's
        config = session.config()
    document = {
        "home": str(home.folder),
        "store": config.home.store,
        "dataset": config.home.dataset,
        "base": config.home.base or None,
        "ontology": str(home.ontology() or "") or None,
    }
    state = "is there already" if was_there else "is made"
    has_no_server = is_on_server(config.home.store) and store_opening(home, config).server is None
    following = "kg neo4j up" if has_no_server else "kg ingest FOLDER"
    session.answer(document, f"The home {home.folder} {state}. Next: {following}")


def _keep_ontology(home: Home, source: Path) -> None:
    """Copy an ontology into the home, with the files beside it that it refers to; the old one goes.

    Raises:
        ConfigError: the copy would not say the same, because it needs files that are elsewhere.
    """
    with tempfile.TemporaryDirectory(dir=home.folder, prefix=".ontology-") as staging:
        copy = Path(staging) / f"ontology{source.suffix.lower() or '.ttl'}"
        shutil.copyfile(source, copy)
        for file in _files_beside(source):
            target = Path(staging) / file.relative_to(source.parent.resolve())
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        if _size(load_ontology(copy)) != _size(load_ontology(source)):
            raise ConfigError(f"{source} needs files that are not beside it; put all of it into one folder.")
        for old in home.folder.glob("ontology.*"):
            old.unlink()
        shutil.copytree(staging, home.folder, dirs_exist_ok=True)


def _files_beside(source: Path) -> Iterator[Path]:
    """Yield the files below an ontology's folder that it refers to: its catalog with what that maps, and name lists."""
    folder = source.parent.resolve()
    catalog = folder / "catalog-v001.xml"
    mapped = re.findall(r'\buri="([^"]+)"', catalog.read_text("utf-8")) if catalog.is_file() else []
    lists = [
        triple.object.value.removeprefix(f"{folder.as_uri()}/")
        for triple in read_triples(source)
        if triple.predicate == KG["gazetteer"] and isinstance(triple.object, Literal | NamedNode)
    ]
    for name in dict.fromkeys((catalog.name, *mapped, *lists)):
        file = (folder / name).resolve()
        if file.is_file() and file.is_relative_to(folder) and file != source.resolve():
            yield file


def _size(ontology: Ontology) -> tuple[int, ...]:
    """Count what an ontology says; relative IRIs may differ from one folder to another."""
    names = sum(len(term.gazetteer) for term in ontology.classes.values())
    parts = (ontology.classes, ontology.properties, ontology.individuals, ontology.triples, ontology.problems)
    return (names, *(len(part) for part in parts))
