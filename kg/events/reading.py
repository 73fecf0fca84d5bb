"""Reading what users did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

from kg.events.model import ACTIONS, BEST, IMPLIED, WORST, Action, Event, checked_name
from kg.explain.reading import name_of
from kg.graph import KnowledgeGraph
from kg.rdf import DCT, KG, RDF, RDFS, Literal, NamedNode, Term

__all__ = ["event_documents", "moved_notes", "read_events", "read_users"]

_COLUMNS: Mapping[str, NamedNode] = {
    "user": KG["byUser"],
    "item": KG["ofItem"],
    "action": KG["action"],
    "rating": KG["givenRating"],
    "time": DCT["created"],
    "title": KG["itemTitle"],
}
_ACTIONS: Mapping[str, Action] = {str(action): action for action in get_args(Action)}
_SINCE_EVER = datetime.min.replace(tzinfo=UTC)


def read_events(graph: KnowledgeGraph, user: str | None = None) -> list[Event]:
    """Return what users did, or one of them, oldest first; equal moments in order of user, item and action.

    Also what only a plain triple says, as people write it by an update: before all others, without a time. Events of
    notes that are no longer there stay, with the IRI that these had.

    The columns are read one by one, each in one look-up, so that a store on a server is asked a few times only.
    """
    users = read_users(graph)
    if user is not None:
        wanted = graph.minter.user(checked_name(user))
        users = {iri: name for iri, name in users.items() if iri == wanted}
    if not users:
        return []
    columns = {name: _column(graph, predicate) for name, predicate in _COLUMNS.items()}
    found: list[Event] = []
    titles: dict[NamedNode, str] = {}
    said: set[tuple[Term, NamedNode, Term]] = set()
    for iri, by in columns["user"].items():
        event = _event(iri, users[by], columns) if by in users else None
        if event is not None:
            said.update((by, KG[implied], event.item) for implied in IMPLIED[event.action])
            titles.setdefault(event.item, _text(columns["title"].get(iri)))
            found.append(event)
    found += _plain(graph, users, said)
    now = moved_notes(graph, {event.item: titles.get(event.item, "") for event in found})
    return sorted((replace(event, item=now.get(event.item, event.item)) for event in found), key=_age)


def read_users(graph: KnowledgeGraph) -> dict[Term, str]:
    """Return the users with their names, in order of their IRIs."""
    found: dict[Term, str] = {}
    users = {quad.subject for quad in graph.store.match(None, RDF["type"], KG["User"])}
    for user in sorted((each for each in users if isinstance(each, NamedNode)), key=str):
        labels = [q.object.value for q in graph.store.match(user, RDFS["label"]) if isinstance(q.object, Literal)]
        found[user] = min(labels, default=user.value.rpartition("/")[2])
    return found


def _column(graph: KnowledgeGraph, predicate: NamedNode) -> dict[Term, Term]:
    """Return what is said by one property in the graphs of users, by subject; of several the first by code point."""
    prefix = graph.minter.user_graph("").value
    found: dict[Term, Term] = {}
    for quad in graph.store.match(None, predicate):
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(prefix):
            held = found.setdefault(quad.subject, quad.object)
            if held != quad.object:
                found[quad.subject] = min(held, quad.object, key=str)
    return found


def _event(iri: Term, user: str, columns: Mapping[str, Mapping[Term, Term]]) -> Event | None:
    """Return an event, None for what is not whole: people may write into their graphs as they like."""
    item, action = columns["item"].get(iri), _ACTIONS.get(_text(columns["action"].get(iri)))
    if not isinstance(iri, NamedNode) or not isinstance(item, NamedNode) or action is None:
        return None
    rating: float | None = None
    if action == "rated":
        try:
            rating = float(_text(columns["rating"].get(iri)))
        except ValueError:
            return None
        if not WORST <= rating <= BEST:
            return None
    return Event(user, action, item, rating, _text(columns["time"].get(iri)), iri.value)


def _plain(
    graph: KnowledgeGraph, users: Mapping[Term, str], said: set[tuple[Term, NamedNode, Term]]
) -> Iterator[Event]:
    """Yield the events that plain triples say, and no interaction does."""
    for action in ACTIONS:
        for quad in graph.store.match(None, KG[action]):
            triple = quad.subject, quad.predicate, quad.object
            if triple not in said and quad.subject in users and isinstance(quad.object, NamedNode):
                said.add(triple)
                yield Event(users[quad.subject], action, quad.object, None, "")


def moved_notes(graph: KnowledgeGraph, titles: Mapping[NamedNode, str]) -> dict[NamedNode, NamedNode]:
    """Return of notes that are gone the one note that has the title now that each had; nothing where it is not one."""
    notes = {quad.subject for quad in graph.store.match(None, KG["path"])} if titles else set()
    moved = {item for item, title in titles.items() if item not in notes and title}
    called: defaultdict[str, set[NamedNode]] = defaultdict(set)
    for quad in graph.store.match(None, DCT["title"]) if moved else ():
        if quad.subject in notes and isinstance(quad.subject, NamedNode):
            called[_text(quad.object)].add(quad.subject)
    return {item: next(iter(found)) for item in moved if len(found := called[titles[item]]) == 1}


def _age(event: Event) -> tuple[datetime, str, str, str, float]:
    try:
        moment = datetime.fromisoformat(event.time)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except ValueError:
        moment = _SINCE_EVER
    return moment, event.user, event.item.value, event.action, event.rating or 0.0


def _text(term: Term | None) -> str:
    return term.value if isinstance(term, Literal) else ""


def event_documents(graph: KnowledgeGraph, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return events as `kg event list` and `/api/events` show them.

    `rating` only where there is one; `id` and `time` are null of what only a plain triple says.
    """
    titles: dict[NamedNode, str] = {}
    found: list[dict[str, Any]] = []
    for event in events:
        if event.item not in titles:
            titles[event.item] = name_of(graph, event.item)
        rating = {} if event.rating is None else {"rating": event.rating}
        found.append({
            "id": event.id or None, "user": event.user, "action": event.action, "item": event.item.value,
            "title": titles[event.item], **rating, "time": event.time or None,
        })  # fmt: skip
    return found
