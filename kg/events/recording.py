"""Writing what users did, and taking it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from kg.errors import InputError, NotFoundError
from kg.events.finding import is_note
from kg.events.model import ACTIONS, BEST, IMPLIED, WORST, Action, Event, checked_name, event_iri, rating_text
from kg.events.reading import read_users
from kg.graph import KnowledgeGraph, commit
from kg.iri import Minter
from kg.model import Change
from kg.rdf import DCT, KG, RDF, RDFS, XSD, Literal, NamedNode, Quad, Term, canonical

__all__ = ["forget_events", "forget_user", "record_events"]

_IMPLIED: Mapping[str, tuple[Action, ...]] = {str(action): implied for action, implied in IMPLIED.items()}


def record_events(graph: KnowledgeGraph, events: Iterable[Event]) -> tuple[Event, ...]:
    """Commit events, all or none, and return them in order with their ids; one that is known already changes nothing.

    Raises:
        InputError: a user has no name, a rating is missing, out of range or where none belongs, or an item is no note.
        StoreError: nothing was recorded, and why.
    """
    minter, quads = graph.minter, list[Quad]()
    recorded: list[Event] = []
    titles: dict[NamedNode, str] = {}
    known: set[NamedNode] = set()
    for given in events:
        event = replace(given, user=checked_name(given.user))
        _check_rating(event)
        if event.rating is not None:
            event = replace(event, rating=float(rating_text(event.rating)))
        if event.item not in titles:
            titles[event.item] = _title(graph, event.item)
        iri = event_iri(event, minter)
        recorded.append(replace(event, id=iri.value))
        if next(graph.store.match(iri, KG["byUser"]), None) is not None:
            continue
        quads += _quads(event, iri, titles[event.item], minter)
        user, own = minter.user(event.user), minter.user_graph(event.user)
        if user not in known:
            known.add(user)
            quads.append(Quad(user, RDF["type"], KG["User"], own))
            if next(graph.store.match(user, RDFS["label"], None, own), None) is None:
                quads.append(Quad(user, RDFS["label"], Literal(event.user), own))
    if quads:
        commit(graph, Change(tuple(dict.fromkeys(quads))))
    return tuple(recorded)


def forget_events(graph: KnowledgeGraph, iris: Collection[NamedNode]) -> int:
    """Take events back, all or none, and return how many; a plain triple stays while another event says it.

    What other graphs than those of users say stays as it is.

    Raises:
        NotFoundError: one is no event. StoreError: nothing was taken back, and why.
    """
    rows = {iri: list(_own(graph, graph.store.match(iri))) for iri in iris}
    lost: defaultdict[Term, set[tuple[NamedNode, Term]]] = defaultdict(set)
    for iri, quads in rows.items():
        user = next((quad.object for quad in quads if quad.predicate == KG["byUser"]), None)
        if user is None:
            raise NotFoundError("event", iri.value)
        lost[user] |= _plain(quads)
    gone = [quad for quads in rows.values() for quad in quads]
    for user, triples in lost.items():
        others = {quad.subject for quad in graph.store.match(None, KG["byUser"], user)} - rows.keys()
        still = {said for each in others if isinstance(each, NamedNode) for said in _plain(graph.store.match(each))}
        for predicate, item in triples - still:
            subject = user if isinstance(user, NamedNode) else None
            gone += _own(graph, graph.store.match(subject, predicate, item))
    commit(graph, Change((), tuple(gone)))
    return len(rows)


def forget_user(graph: KnowledgeGraph, name: str) -> int:
    """Take back all that a user did, and the user; return how many events that were.

    Raises:
        NotFoundError: there is no such user, with the nearest name. StoreError: nothing was taken back, and why.
    """
    held = tuple(graph.store.match(graph_name=graph.minter.user_graph(checked_name(name))))
    if not held:
        raise NotFoundError("user", name, read_users(graph).values())
    commit(graph, Change((), held))
    return sum(quad.predicate == KG["byUser"] for quad in held)


def _quads(event: Event, iri: NamedNode, title: str, minter: Minter) -> Iterator[Quad]:
    own, user = minter.user_graph(event.user), minter.user(event.user)
    yield Quad(iri, RDF["type"], KG["Interaction"], own)
    yield Quad(iri, KG["byUser"], user, own)
    yield Quad(iri, KG["ofItem"], event.item, own)
    yield Quad(iri, KG["itemTitle"], Literal(title), own)
    yield Quad(iri, KG["action"], Literal(event.action), own)
    yield Quad(iri, DCT["created"], canonical(Literal(event.time, datatype=XSD["dateTime"])), own)
    if event.rating is not None:
        rating = canonical(Literal(rating_text(event.rating), datatype=XSD["decimal"]))
        yield Quad(iri, KG["givenRating"], rating, own)
    for action in IMPLIED[event.action]:
        yield Quad(user, KG[action], event.item, own)


def _own(graph: KnowledgeGraph, quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield the quads that stand in graphs of users."""
    prefix = graph.minter.user_graph("").value
    for quad in quads:
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(prefix):
            yield quad


def _plain(quads: Iterable[Quad]) -> set[tuple[NamedNode, Term]]:
    """Return the plain triples that an interaction is written with, without the user."""
    row = {quad.predicate: quad.object for quad in quads}
    item, action = row.get(KG["ofItem"]), row.get(KG["action"])
    implied = _IMPLIED.get(action.value, ()) if isinstance(action, Literal) else ()
    return set() if item is None else {(KG[each], item) for each in implied}


def _check_rating(event: Event) -> None:
    if event.action not in ACTIONS:
        raise InputError(f"action must be one of {', '.join(ACTIONS)}, not {event.action!r:.60}.")
    if event.action != "rated":
        if event.rating is not None:
            raise InputError(f"Only what is rated has a rating; {event.item.value} is {event.action}.")
    elif event.rating is None or not WORST <= event.rating <= BEST:
        raise InputError(f"A rating is a number from {WORST:g} to {BEST:g}, not {event.rating}.")


def _title(graph: KnowledgeGraph, item: NamedNode) -> str:
    if not is_note(graph, item):
        raise InputError(f"{item.value} is no note of this home: events are about notes.")
    titles = [q.object.value for q in graph.store.match(item, DCT["title"]) if isinstance(q.object, Literal)]
    return min(titles, default="")
