"""`kg ontology`: the home's ontology, checked and given back."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import click

from kg.cli.session import Session, command
from kg.errors import InputError
from kg.home import write_atomically
from kg.ontology import in_syntax, read_triples, shipped_file
from kg.rdf import KG, OWL, Literal, NamedNode

__all__ = ["ontology"]

_CATALOG = "catalog-v001.xml"
_SHIPPED = ("kg.ttl", "kg-align.ttl", "shapes.ttl")
_CHECK = ("kg.cli.ontology_check", "check")
"""Where the command `check` is: it brings the extractor with it, which the others need not wait for."""


class _OntologyGroup(click.Group):
    """A group that imports `check` only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help page."""
        return ["check", *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None for an unknown name."""
        if cmd_name != "check":
            return super().get_command(ctx, cmd_name)
        module, attribute = _CHECK
        found = getattr(importlib.import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_OntologyGroup)
def ontology() -> None:
    """Check the ontology, or give it back."""


@command("export")
@click.option(
    "--format", "syntax", type=click.Choice(["turtle", "rdfxml"]), help="The syntax; without it, that of the file."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it to a file.")
@click.option(
    "--protege",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write a folder that Protégé can open: the ontology, what it imports, and a catalog.",
)
def export(session: Session, syntax: str | None, out: Path | None, protege: Path | None) -> None:
    """Give back the ontology of the home, byte for byte as it was given.

    Without a home, or in one without an ontology of its own, it is the shipped one. In another syntax than its own it
    is written anew; nothing is lost but comments and order.
    """
    file = session.home.ontology() or shipped_file("kg.ttl")
    if protege is not None:
        if syntax or out:
            raise click.UsageError("--protege writes the files as they are; leave out --format and --out.")
        _write_folder(session, file, protege)
        return
    content = in_syntax(file, syntax)
    if out is not None:
        write_atomically(out, content)
    if session.as_json:
        text = {} if out is not None else {"text": content.decode("utf-8")}
        session.answer({"file": str(out or file), "bytes": len(content), **text}, "")
    elif out is None:
        sys.stdout.buffer.write(content)


ontology.add_command(export)


def _write_folder(session: Session, file: Path, folder: Path) -> None:
    """Write the ontology with everything it needs; what a person has changed there is never overwritten.

    Raises:
        InputError: a file of that name is there and differs.
    """
    contents = {name: shipped_file(name).read_bytes() for name in _SHIPPED}
    contents[file.name] = file.read_bytes()
    catalog = {f"{file.name}": _iri_of(file)} if file.name not in _SHIPPED else {}
    for name, source in _beside(file):
        contents[name] = source.read_bytes()
    contents[_CATALOG] = _catalog(file, catalog)
    for name, content in contents.items():
        target = folder / name
        if target.exists() and target.read_bytes() != content:
            raise InputError(f"{target} is there and differs; nothing was written. Choose an empty folder.")
    for name, content in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
    document = {"folder": str(folder), "ontology": str(folder / file.name), "files": sorted(contents)}
    session.answer(document, f"In Protégé: File > Open… > {folder / file.name}")


def _iri_of(file: Path) -> str:
    found = [t.subject for t in read_triples(file) if t.object == OWL["Ontology"]]
    return next((subject.value for subject in found if isinstance(subject, NamedNode)), "")


def _beside(file: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files below an ontology's folder that it refers to, with their names relative to it."""
    folder = file.parent.resolve()
    values = [t.object for t in read_triples(file) if t.predicate == KG["gazetteer"]]
    names = [value.value for value in values if isinstance(value, Literal)]
    catalog = folder / _CATALOG
    names += re.findall(r'\buri="([^"]+)"', catalog.read_text("utf-8")) if catalog.is_file() else []
    for name in dict.fromkeys(names):
        source = (folder / name).resolve()
        if source.is_file() and source.is_relative_to(folder) and source != file.resolve() and name not in _SHIPPED:
            yield name, source


def _catalog(file: Path, more: Mapping[str, str]) -> bytes:
    """Return our catalog, with the entries of the one beside the file and with the file itself."""
    text = shipped_file(_CATALOG).read_text("utf-8")
    own = file.parent / _CATALOG
    rows = [
        f'    <uri id="Your ontology" name={quoteattr(iri)} uri={quoteattr(name)}/>'
        for name, iri in more.items()
        if iri
    ]
    if own.is_file() and own.read_text("utf-8") != text:
        rows += [f"    {row}" for row in re.findall(r"<uri\b[^>]*/>", own.read_text("utf-8")) if row not in text]
    return text.replace("</catalog>", "".join(f"{row}\n" for row in rows) + "</catalog>").encode()
