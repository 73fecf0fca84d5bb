"""`kg review`: what waits for a decision, one item at a time on a terminal, else as a list."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import click

from kg.cli.cards import Card, Named, card_lines, make_card
from kg.cli.curating import decision_lines, open_curator, signature
from kg.cli.keys import END, Keys, reading_keys
from kg.cli.session import Session, command
from kg.cli.wrapping import Ink, wrapped
from kg.curation import Accept, Reject, RejectWord, Request, Undo
from kg.decisions import read_log
from kg.errors import InputError, NotFoundError, StoreLockedError
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode
from kg.review import ItemKind, Queue, read_queue

__all__ = ["review"]

_AHEAD = 20
"""Items that are read at once; those after the ones that were skipped."""


@command()
@click.option("--kind", "kinds", multiple=True, type=click.Choice(get_args(ItemKind)), help="Only these; repeatable.")
@click.option("--limit", type=click.IntRange(0), metavar="N", help="Show N items at most.")
@click.option("--author", metavar="NAME", help="Who decides; else review.author, else the login name.")
def review(session: Session, kinds: tuple[ItemKind, ...], limit: int | None, author: str | None) -> None:
    """Decide what is in doubt, what matters most first.

    On a terminal one item at a time, with one key a decision: a accepts, r rejects, A and R also all that is alike, n
    never links a word again, s skips, u undoes, ? explains, q ends. Elsewhere, and with --json, a list; its IDs are for
    `kg decide`.
    """
    if session.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        with session.open() as graph:
            queue = _read(session, graph, kinds, limit)
            text = "\n".join(_list_lines(graph, queue))
        session.answer(queue.to_json(), text or "Nothing waits for a decision.")
        return
    signature(session, author, None)  # a wrong name is told before anything is shown
    with reading_keys() as keys:
        _Review(session, kinds, limit, author, keys).run()


def _read(
    session: Session, graph: KnowledgeGraph, kinds: Sequence[ItemKind], limit: int | None, offset: int = 0
) -> Queue:
    log = read_log(graph.store.match, graph.minter)
    return read_queue(graph, log, session.config().review, kinds, limit, offset)


def _list_lines(graph: KnowledgeGraph, queue: Queue) -> Iterator[str]:
    ink = Ink(False)
    for item in queue.items:
        yield from card_lines(make_card(graph, item), ink, None)
        yield f"  {item.kind} {item.id}"
        yield ""
    if len(queue.items) < queue.total:
        yield f"{len(queue.items):,} of {queue.total:,} that wait."


# --- on a terminal


@dataclass
class _Review:
    """One sitting: what was shown, skipped and decided. The store is open only while something is read or written."""

    session: Session
    kinds: tuple[ItemKind, ...]
    limit: int | None
    author: str | None
    keys: Keys
    ink: Ink = field(default_factory=Ink.here)
    cards: list[Card] = field(default_factory=list)
    total: int = 0
    skipped: set[str] = field(default_factory=set)
    made: list[tuple[list[NamedNode], str]] = field(default_factory=list)  # by one key, with the item it was about
    shown: int = 0

    def run(self) -> None:
        """Show one item after the other until none is left, or the person ends it."""
        with self.session.open() as graph:
            self.refill(graph)
        while self.cards and (self.limit is None or self.shown < self.limit):
            self.shown += 1
            if not self.decide_one(self.cards[0]):
                break
        else:
            self.say("Nothing more waits for a decision." if not self.cards else "That was all that was asked for.")
        left = f"; {len(self.skipped):,} skipped" if self.skipped else ""
        self.say(f"{len(self.made):,} decided{left}.")

    def refill(self, graph: KnowledgeGraph, first: str = "") -> None:
        """Read what waits now; one item is put first, those that were skipped are left out."""
        queue = _read(self.session, graph, self.kinds, len(self.skipped) + _AHEAD)
        self.total = queue.total
        items = [item for item in queue.items if item.id not in self.skipped]
        items.sort(key=lambda item: item.id != first)
        self.cards = [make_card(graph, item) for item in items]

    def decide_one(self, card: Card) -> bool:
        """Show an item and do what the keys say until it is done with; return whether to go on."""
        self.show(card)
        while True:
            key = self.ask(_keys(card))
            if key == "q":
                return False
            if key == "?":
                self.say(_help(card))
            elif key == "s":
                self.skip(card)
                return True
            elif key == "u":
                if self.undo():
                    return True
            else:
                request = self.request(card, key)
                if request is not None and self.decide(request, card.item.id):
                    return True

    def request(self, card: Card, key: str) -> Request | None:
        """Return what a key asks for; None if it asks for nothing after all."""
        item = card.item
        if item.kind == "conflict":
            earlier, later = item.decisions
            return Undo(earlier if key == "a" else later)
        if key in "nN":
            return self.request_word(card, key == "N")
        decision = Accept if key in "aA" else Reject
        return decision(item.id, alike=key.isupper())

    def request_word(self, card: Card, is_of_all: bool) -> Request | None:
        """Ask which word is never to be linked, where several could be meant."""
        named = self.choose_word(card)
        return None if named is None else RejectWord(named.word, None if is_of_all else named.entity)

    def choose_word(self, card: Card) -> Named | None:
        if not card.words:
            why = "its note states it" if card.item.is_stated else "no name of a thing stands in the sentence"
            self.say(f"No word was linked here that is known: {why}. Any other: kg decide reject --word WORD.")
            return None
        if len(card.words) == 1:
            return card.words[0]
        numbers = {str(number): named for number, named in enumerate(card.words, 1)}
        choices = {number: f"“{named.word}” for {named.called}" for number, named in numbers.items()}
        key = self.ask({**choices, "s": "none"})
        return numbers.get(key)

    # --- what changes something

    def decide(self, request: Request, item: str) -> bool:
        """Make a decision and read what waits then; return False, and say why, if it cannot be made."""
        try:
            made = self.write([request], item="")
        except NotFoundError as error:  # decided elsewhere meanwhile, or its note was read anew
            self.say(f"kg: {error}")
            with self.session.open() as graph:
                self.refill(graph)
            self.shown -= 1
            return all(card.item.id != item for card in self.cards)
        except (InputError, StoreLockedError) as error:
            self.say(f"kg: {error}")
            return False
        self.made.append((made, item))
        if not isinstance(request, Undo) and any(card.item.id == item for card in self.cards):
            self.say("That is kept, but this still waits: it does not rest on that alone.")
        return True

    def undo(self) -> bool:
        """Undo what the last key of this sitting decided, and show its item again."""
        if not self.made:
            self.say("Nothing was decided here yet. Older decisions: kg decisions, kg decide undo.")
            return False
        made, item = self.made[-1]
        try:
            self.write([Undo(iri.value) for iri in made], item)
        except (InputError, NotFoundError, StoreLockedError) as error:
            self.say(f"kg: {error}")
            return False
        self.made.pop()
        self.shown -= 2  # neither that item nor the one shown now is done with
        self.say("Undone.")
        return True

    def write(self, requests: Sequence[Request], item: str) -> list[NamedNode]:
        """Make decisions, say what they are unless they only undo, and read what waits then."""
        by = signature(self.session, self.author, None)
        with open_curator(self.session) as opened:
            made = opened.curator.decide(requests, by)
            log = opened.curator.log()
            iris = [log.iri(each) for each in made]
            if not item:
                for iri, each in zip(iris, made, strict=True):
                    for line in decision_lines(opened.graph, log, iri, each):
                        self.say(line)
            self.refill(opened.graph, item)
        return iris

    def skip(self, card: Card) -> None:
        self.skipped.add(card.item.id)
        self.cards.pop(0)
        if not self.cards and len(self.skipped) < self.total:
            with self.session.open() as graph:
                self.refill(graph)

    # --- the terminal

    def show(self, card: Card) -> None:
        """Write an item."""
        self.keys.forget()
        place = f"{card.item.kind}, {self.total:,} waiting" if self.total > 1 else f"{card.item.kind}, the last one"
        click.echo()
        click.echo("\n".join([self.ink.faint(place), *card_lines(card, self.ink, _width())]))

    def ask(self, keys: Mapping[str, str]) -> str:
        """Return the key that is pressed, one of those that mean something; `q` where none will come."""
        shown = "  ".join(f"{key} {meaning}" for key, meaning in keys.items() if meaning)
        click.echo("\n".join(self.ink.faint(line) for line in wrapped(shown, _width(), self.ink)))
        click.echo("> ", nl=False)
        while (key := self.keys.read()) not in keys and key != END:
            pass
        click.echo("" if key == END else key)
        return "q" if key == END else key

    def say(self, text: str) -> None:
        """Write a line for the person who decides."""
        for line in text.splitlines():
            indent = line[: len(line) - len(line.lstrip())]
            click.echo("\n".join(wrapped(line.strip(), _width(), self.ink, indent, f"{indent}  ")))


def _width() -> int:
    return shutil.get_terminal_size().columns


def _keys(card: Card) -> dict[str, str]:
    """Return the keys of an item with their meanings, in the order in which they are shown; those without are not."""
    item = card.item
    if item.kind == "conflict":
        first = {"a": "the later holds", "r": "the earlier holds"}
    elif card.is_pair:
        first = {"a": "one thing", "r": "two things"}
    else:
        alike = not item.is_stated
        first = {"a": "accept" if item.is_acceptable else "", "r": "reject"}
        first["A"] = "accept all alike" if alike and item.is_acceptable else ""
        first["R"] = "reject all alike" if alike else ""
        first |= {"n": "never link" if card.words else "", "N": ""}
    return {**first, "s": "skip", "u": "undo", "?": "help", "q": "quit"}


def _help(card: Card) -> str:
    """Explain the keys of an item."""
    meanings: dict[str, str] = {}
    if card.item.kind == "conflict":
        meanings = {"a": "what was decided last stays; the other is undone", "r": "what was decided first stays"}
    elif card.is_pair:
        meanings = {"a": "both are one thing: what is said of one is said of both", "r": "they are two, whatever comes"}
    else:
        meanings = {
            "a": "it holds, also where its confidence is low",
            "r": "it does not hold: it leaves the graph and does not come back",
            "A": "and all that the same pattern has found or will find holds",
            "R": "and nothing that the same pattern finds holds",
            "n": "never link this word to this thing again",
            "N": "never link this word to anything",
        }
        shown = _keys(card)
        meanings = {key: meaning for key, meaning in meanings.items() if shown[key if key != "N" else "n"]}
        if not card.item.is_acceptable:
            refused = "not here: retype one of both first (kg decide retype NAME CLASS), or change the ontology"
            meanings = {"a": refused, **meanings}
    meanings |= {
        "s": "leave it for another time",
        "u": "take back the last decision of this sitting",
        "q": "end; what was decided is kept",
    }
    return "\n".join(f"  {key}  {meaning}" for key, meaning in meanings.items())
