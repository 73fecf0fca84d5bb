"""`kg show`: what is known of one thing, each fact with its sentence."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kg.cli.session import Session, command
from kg.explain import Fact, Page, show
from kg.rdf import KG

__all__ = ["page_lines", "show_page"]

_LISTED = {KG[name].value for name in ("linksTo", "mentions", "taggedWith")}
"""Facts that are listed by name only; the note that states them is their own evidence."""


@command("show")
@click.argument("target", metavar="IRI|PATH|NAME")
@click.option("--ids", is_flag=True, help="Show the ID of each sentence, for `kg decide`.")
def show_page(session: Session, target: str, ids: bool) -> None:
    """Show a note or an entity with its facts and their sentences.

    Also what was merged into it and why, and what was decided about it. Where decisions about others alike have moved
    a confidence, that is said below the sentence.
    """
    with session.open() as graph:
        page = show(graph, target)
    session.answer(page.to_json(), lambda: "\n".join(page_lines(page, ids)))


def page_lines(page: Page, with_ids: bool = False) -> Iterator[str]:
    """Yield a page as lines for people."""
    classes = f" ({', '.join(page.classes)})" if page.classes else ""
    yield f"{page.name}{classes}"
    yield page.iri
    others = [name for name in page.names if name != page.name]
    if others:
        yield f"also called {', '.join(others)}"
    for form in page.forms:
        yield f"merged: {form.name} <{form.iri}>"
        yield f"    because: {form.reason} ({form.confidence:g})"
    for fact in page.facts:
        if fact.predicate not in _LISTED:
            yield ""
            yield _sentence(page, fact)
            for source in fact.sources:
                yield f"    “{' '.join(source.quote.split())}”  {source.path}"
                if source.reason:
                    yield f"        {source.confidence:g}: {source.reason}"
                if with_ids:
                    yield f"        {source.id}"
    lists: dict[str, list[str]] = {}
    for fact in page.facts:
        if fact.predicate in _LISTED:
            label = f"{fact.label} (from)" if fact.is_inverse else fact.label
            lists.setdefault(label, []).append(fact.other_name)
    if page.mentioned_in:
        lists["mentioned in"] = list(page.mentioned_in)
    if lists:
        yield ""
    for label, names in lists.items():
        yield f"{label}: {', '.join(dict.fromkeys(names))}"
    if page.decisions:
        yield ""
        yield "decided:"
    for decision in page.decisions:
        yield f"    {decision.words}{f'  ({decision.state})' if decision.state else ''}"
        if decision.reason:
            yield f"        because: {' '.join(decision.reason.split())}"
        yield f"        {decision.id.rpartition('/')[2]}  {decision.author}, {decision.time}"


def _sentence(page: Page, fact: Fact) -> str:
    left, right = (fact.other_name, page.name) if fact.is_inverse else (page.name, fact.other_name)
    return f"{left} · {fact.label} · {right}"
