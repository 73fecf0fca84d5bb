"""`kg ontology`: the home's ontology, checked and given back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kg.cli.session import Session, command
from kg.home import write_atomically
from kg.ontology import shipped_file

__all__ = ["ontology"]


@click.group()
def ontology() -> None:
    """Check the ontology, or give it back."""


@command("export")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it to a file.")
def export(session: Session, out: Path | None) -> None:
    """Give back the ontology of the home, byte for byte as it was given.

    Without a home, or in one without an ontology of its own, it is the shipped one.
    """
    file = session.home.ontology() or shipped_file("kg.ttl")
    content = file.read_bytes()
    if out is not None:
        write_atomically(out, content)
    if session.as_json:
        text = {} if out is not None else {"text": content.decode("utf-8")}
        session.answer({"file": str(out or file), "bytes": len(content), **text}, "")
    elif out is None:
        sys.stdout.buffer.write(content)


ontology.add_command(export)
