"""An item of the review queue as it is shown: what it asks, its sentences with the names marked, who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg.cli.wrapping import Ink, mark_names, wrapped
from kg.explain import in_names, introduced, may_be_entity
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.query.table import one_line, shorten
from kg.rdf import OWL, RDFS, DefaultGraph, Literal, NamedNode, Term
from kg.review import Item, Sentence

__all__ = ["Card", "Named", "card_lines", "make_card"]


@dataclass(frozen=True, slots=True)
class Named:
    """A word of a sentence and what it was linked to."""

    word: str
    entity: NamedNode
    called: str


@dataclass(frozen=True, slots=True)
class Card:
    """An item with what is needed to show and to decide it.

    `question` is what is to be answered, `reason` why, `names` is what is marked in its sentences, and `words` are the
    linked ones among them. `ends` are the two things of a pair, each with its classes and its IRI: they may have one
    name.
    """

    item: Item
    question: str
    reason: str
    names: tuple[str, ...]
    words: tuple[Named, ...]
    ends: tuple[str, ...] = ()

    @property
    def is_pair(self) -> bool:
        """Tell whether it asks if two things are one."""
        return self.item.kind != "conflict" and self.item.predicate == OWL["sameAs"]


def make_card(graph: KnowledgeGraph, item: Item) -> Card:
    """Return the card of an item, with names as the graph has them now."""
    ends = [end for end in (item.subject, item.object) if end is not None]
    standing = tuple(_standing(graph, item, ends))
    names = [*(each.word for each in standing), *(end.value for end in ends if isinstance(end, Literal))]
    words = () if item.is_stated else tuple(each for each in standing if may_be_entity(each.entity, graph))
    card = Card(item, _question(item), in_names(graph, one_line(item.reason)), tuple(dict.fromkeys(names)), words)
    if not card.is_pair:
        return card
    return replace(card, ends=tuple(_end(graph, end) for end in ends))


def _end(graph: KnowledgeGraph, end: Term) -> str:
    """Return an end of a pair as `Ada (person) :entity/Person/ada`."""
    called = one_line(introduced(graph, end)) if isinstance(end, NamedNode) else one_line(str(end))
    return f"{called} {_written(graph, end)}"


def _written(graph: KnowledgeGraph, end: Term) -> str:
    return shorten(end.value, graph.minter.base) if isinstance(end, NamedNode) else str(end)


def _question(item: Item) -> str:
    subject, predicate, object_ = (one_line(name) for name in item.names)
    if item.kind != "conflict" and item.predicate == OWL["sameAs"]:
        return f"Is {subject} the same as {object_}?"
    return " · ".join(name for name in (subject, predicate, object_) if name) or "Two decisions"


def _standing(graph: KnowledgeGraph, item: Item, ends: Iterable[Term]) -> Iterator[Named]:
    """Yield the longest name of each end that stands in its sentences; the object's first, it is most in doubt."""
    quotes = [normalise_name(sentence.quote) for sentence in item.evidence]
    for end in reversed(list(ends)):
        if not isinstance(end, NamedNode):
            continue
        labels = graph.store.match(end, RDFS["label"], None, DefaultGraph())
        called = item.names[0 if end == item.subject else 2]
        texts = {quad.object.value for quad in labels if isinstance(quad.object, Literal)} | {called}
        for text in sorted(texts, key=lambda text: (-len(text), text)):
            name = normalise_name(text)
            if name and any(name in quote for quote in quotes):
                yield Named(text, end, called)
                break


def card_lines(card: Card, ink: Ink, width: int | None) -> Iterator[str]:
    """Yield a card's lines: the question, the sentences, who says so, and why it is asked."""
    item = card.item
    yield from (ink.heading(line) for line in wrapped(card.question, width, ink))
    for end in card.ends:
        yield from wrapped(end, width, ink, "  ", "    ")
    for sentence in item.evidence:
        marked = mark_names(sentence.quote, card.names)
        yield from wrapped(f"“{marked}”", width, ink, "  ", "  ")
        yield from (ink.faint(line) for line in wrapped(_source(sentence), width, ink, "    ", "    "))
    for line in _reasons(card):
        yield from wrapped(line, width, ink, "  ", "  ")


def _source(sentence: Sentence) -> str:
    name, _, version = sentence.extractor.rpartition(" ")
    cue = f" “{one_line(sentence.cue)}”" if sentence.cue else ""
    where = f"{one_line(sentence.path)}, characters {sentence.start} to {sentence.end}"
    return f"{where}, {sentence.kind} by {name or version}{cue} ({sentence.confidence:g})"


def _reasons(card: Card) -> Iterator[str]:
    """Yield why an item waits, and how much hangs on it."""
    item = card.item
    if card.reason:
        yield {"quarantine": "refused: ", "resolution": "alike: "}.get(item.kind, "") + card.reason
    if item.alike and item.predicate == OWL["sameAs"]:
        yield f"{_counted(item.alike, 'statement')} would be renamed"
    elif item.alike and item.kind != "conflict":
        yield f"{_counted(item.alike, 'other')} alike"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
