"""`kg decide` and `kg decisions`: what people decide about the graph, and what they have decided."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from kg.cli.curating import (
    deciding_options,
    decision_document,
    decision_lines,
    made_document,
    open_curator,
    short_id,
    signature,
)
from kg.cli.session import Session, command
from kg.curation import Accept, Merge, Reject, RejectWord, Rename, Request, Retype, Split, Undo
from kg.decisions import Conflict, Decision, Log
from kg.errors import AmbiguousNameError, InputError, NotFoundError
from kg.explain import find_entity, find_note, find_resource
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.rdf import NamedNode

__all__ = ["decide", "decisions"]

Asking = Callable[[KnowledgeGraph], Sequence[Request]]
"""Finds out, in the open graph, what the words of a command line ask for."""


_NAMED = 5
"""Decisions that are named where they were just made."""


@click.group()
def decide() -> None:
    """Decide what is so: accept, reject, retype, rename, merge, split, undo.

    A decision lasts, whatever is read again, and can be undone. An ID is one that `kg review`, `kg show --ids` or
    `kg decisions` shows; its last part is enough. Things are named by their IRI or by a name that only one of them has.
    Several IDs are decided together, all or none.
    """


def _answer(session: Session, asking: Asking, author: str | None, time: str | None, reason: str) -> None:
    """Make the decisions and say what was decided."""
    by = signature(session, author, time)
    with open_curator(session) as opened:
        made = opened.curator.decide(asking(opened.graph), by, reason)
        log = opened.curator.log()
        lines = [line for each in made for line in decision_lines(opened.graph, log, log.iri(each), each)]
        session.answer(made_document(log, made), "\n".join(lines))
    if not session.as_json:
        session.say(_undo_hint([short_id(log.iri(each)) for each in made]))


def _undo_hint(ids: Sequence[str]) -> str:
    """Say how to take back what was decided."""
    if len(ids) > _NAMED:
        return f"{len(ids):,} decisions; `kg decisions` has their names, for kg decide undo."
    return f"Undo {'it' if len(ids) == 1 else 'them'}: kg decide undo {' '.join(ids)}"


@command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--alike", is_flag=True, help="And all that the same pattern has found or will find.")
@deciding_options
def accept(
    session: Session, ids: tuple[str, ...], alike: bool, author: str | None, time: str | None, reason: str
) -> None:
    """Say that a statement holds, or that two things are one.

    An ID of `-` reads IDs from standard input, one a line.
    """
    requests = [Accept(each, alike) for each in _given(ids)]
    _answer(session, lambda graph: requests, author, time, reason)


@command()
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--alike", is_flag=True, help="And all that the same pattern has found or will find.")
@click.option("--word", metavar="WORD", help="Instead of an ID: a word that is never to be linked.")
@click.option("--entity", metavar="IRI|NAME", help="With --word: never to this; without it, to nothing at all.")
@deciding_options
def reject(
    session: Session,
    ids: tuple[str, ...],
    alike: bool,
    word: str | None,
    entity: str | None,
    author: str | None,
    time: str | None,
    reason: str,
) -> None:
    """Say that a statement does not hold, that two things are not one, or that a word names nothing.

    An ID of `-` reads IDs from standard input, one a line.
    """
    if word is None:
        if entity is not None or not ids:
            raise click.UsageError("Name an ID, or a word: --word WORD [--entity NAME].")
        requests = [Reject(each, alike) for each in _given(ids)]
        _answer(session, lambda graph: requests, author, time, reason)
        return
    if ids or alike:
        raise click.UsageError("--word takes the place of the IDs, and has nothing to do with --alike.")
    _answer(
        session,
        lambda graph: [RejectWord(word, None if entity is None else find_entity(graph, entity))],
        author, time, reason,
    )  # fmt: skip


@command()
@click.argument("target", metavar="IRI|NAME")
@click.argument("class_name", metavar="CLASS")
@deciding_options
def retype(session: Session, target: str, class_name: str, author: str | None, time: str | None, reason: str) -> None:
    """Say of which class a thing is; CLASS is a label, a local name or an IRI."""

    def asking(graph: KnowledgeGraph) -> Sequence[Request]:
        return [Retype(find_entity(graph, target), _class(graph.ontology, class_name))]

    _answer(session, asking, author, time, reason)


@command()
@click.argument("target", metavar="IRI|NAME")
@click.argument("label")
@deciding_options
def rename(session: Session, target: str, label: str, author: str | None, time: str | None, reason: str) -> None:
    """Say how a thing is called; its other names stay."""
    _answer(session, lambda graph: [Rename(find_entity(graph, target), label)], author, time, reason)


@command()
@click.argument("keep", metavar="KEEP")
@click.argument("other", metavar="OTHER")
@deciding_options
def merge(session: Session, keep: str, other: str, author: str | None, time: str | None, reason: str) -> None:
    """Say that two things are one; the IRI of KEEP stands for both."""

    def asking(graph: KnowledgeGraph) -> Sequence[Request]:
        return [Merge(find_entity(graph, keep), find_entity(graph, other))]

    _answer(session, asking, author, time, reason)


@command()
@click.argument("target", metavar="IRI|NAME")
@click.option("--notes", multiple=True, metavar="NOTE,NOTE", help="Move what these notes say of it to another thing.")
@deciding_options
def split(
    session: Session, target: str, notes: tuple[str, ...], author: str | None, time: str | None, reason: str
) -> None:
    """Say that what has one IRI is several things.

    What was merged into it goes apart again. Where nothing was, each note that speaks of it has one of its own; with
    --notes those notes have one together. A NOTE is a path or an IRI.
    """

    def asking(graph: KnowledgeGraph) -> Sequence[Request]:
        return [Split(find_entity(graph, target), _notes(graph, notes))]

    _answer(session, asking, author, time, reason)


@command()
@click.argument("ids", nargs=-1, required=True, metavar="DECISION...")
@deciding_options
def undo(session: Session, ids: tuple[str, ...], author: str | None, time: str | None, reason: str) -> None:
    """Say that a decision counts no more; undoing an undo brings it back.

    A DECISION of `-` reads them from standard input, one a line.
    """
    requests = [Undo(each) for each in _given(ids)]
    _answer(session, lambda graph: requests, author, time, reason)


for _each in (accept, reject, retype, rename, merge, split, undo):
    decide.add_command(_each)


def _given(ids: Sequence[str]) -> list[str]:
    """Return the IDs of a command line, those of standard input in the place of `-`; each once."""
    found: list[str] = []
    for each in ids:
        found += [line.strip() for line in sys.stdin] if each == "-" else [each]
    given = [each.removeprefix("<").removesuffix(">") for each in dict.fromkeys(found) if each]
    if not given:
        raise InputError("There is no ID on standard input.")
    return given


def _class(ontology: Ontology, name: str) -> NamedNode:
    """Return the class that a label, a local name or an IRI names."""
    text = name.strip().removeprefix("<").removesuffix(">")
    by_iri = next((iri for iri in ontology.classes if text in (iri.value, f"kg:{iri.value.rpartition('#')[2]}")), None)
    found = by_iri or ontology.class_named(text)
    if found is None:
        raise NotFoundError("class", name, [ontology.label(iri) for iri in ontology.classes])
    return found


def _notes(graph: KnowledgeGraph, given: Sequence[str]) -> tuple[NamedNode, ...]:
    """Return the notes that `--notes` names; a comma parts two of them where it is in no path."""
    found: list[NamedNode] = []
    for text in given:
        try:
            found.append(find_note(graph, text))
        except NotFoundError:
            if "," not in text:
                raise
            found += [find_note(graph, part.strip()) for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(found))


# --- what was decided


@command()
@click.argument("target", required=False, metavar="[IRI|NAME]")
@click.option("--conflicts", is_flag=True, help="Only what contradicts itself: two logs that were put together.")
@click.option("--unapplied", is_flag=True, help="Only what is in force and fits nothing any more.")
def decisions(session: Session, target: str | None, conflicts: bool, unapplied: bool) -> None:
    """List what was decided.

    In order, with what of it counts, who contradicts whom, and what fits nothing any more. With a thing's name, what
    was decided about it; a note is named by its path.
    """
    with open_curator(session, write=False) as opened:
        graph, log = opened.graph, opened.curator.log()
        contradicting, unfit = log.conflicts(), opened.curator.unapplied()
        rows = list(log.items())
        if target is not None:
            about = {log.iri(each) for iri in _named(graph, target) for each in log.about(iri)}
            rows = [(iri, each) for iri, each in rows if iri in about]
        if conflicts:
            ends = {log.iri(each) for pair in contradicting for each in (pair.earlier, pair.later)}
            rows = [(iri, each) for iri, each in rows if iri in ends]
        if unapplied:
            left = set(unfit)
            rows = [(iri, each) for iri, each in rows if iri in left]
        shown = {iri for iri, _ in rows}
        contradicting = tuple(pair for pair in contradicting if log.iri(pair.later) in shown)
        unfit = tuple(iri for iri in unfit if iri in shown)
        document = {
            "decisions": [decision_document(log, iri, each) for iri, each in rows],
            "conflicts": [
                {"earlier": log.iri(pair.earlier).value, "later": log.iri(pair.later).value} for pair in contradicting
            ],
            "unapplied": [iri.value for iri in unfit],
        }
        text = "\n".join(
            [
                *(line for iri, each in rows for line in decision_lines(graph, log, iri, each)),
                *_conflict_lines(log, contradicting),
                *_unfit_lines(unfit),
            ]
        )
    session.answer(document, text or _nothing(len(log), target is not None, conflicts, unapplied))


def _nothing(number: int, is_about: bool, conflicts: bool, unapplied: bool) -> str:
    """Say that no decision is to be shown, and of which kind none is."""
    asked = {"contradicts another": conflicts, "has lost what it was about": unapplied}
    if not number or not any(asked.values()):
        return "Nothing was decided."
    what = " and ".join(words for words, is_asked in asked.items() if is_asked)
    return f"No decision{' about it' if is_about else ''} {what}."


def _named(graph: KnowledgeGraph, target: str) -> list[NamedNode]:
    """Return the things that a text may name: of several of one name all."""
    try:
        return [find_entity(graph, target)]
    except AmbiguousNameError as error:
        return [NamedNode(iri) for iri in error.candidates]
    except NotFoundError:
        return [find_resource(graph, target)]


def _conflict_lines(log: Log, conflicts: Sequence[Conflict]) -> list[str]:
    if not conflicts:
        return []
    pairs = [f"    {_end(log, pair.later)} contradicts {_end(log, pair.earlier)}" for pair in conflicts]
    return ["", "In conflict; the first of each two holds until one is undone:", *pairs]


def _end(log: Log, decision: Decision) -> str:
    return f"{short_id(log.iri(decision))} ({decision.author})"


def _unfit_lines(unfit: Sequence[NamedNode]) -> list[str]:
    if not unfit:
        return []
    names = [f"    {short_id(iri)}" for iri in unfit]
    return ["", "In force, but what they are about is no longer in any note:", *names]
