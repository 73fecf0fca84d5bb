"""Commands about notes: make a home, read notes into it, and show what came of them."""

from __future__ import annotations

import click

from kg.cli.session import Session, command

__all__ = ["init"]


@command()
@click.option("--base", metavar="IRI", help="Where the IRIs of your data begin, ending in '/'.")
def init(session: Session, base: str | None) -> None:
    """Make a home for a knowledge graph."""
    session.config(home_base=base)
