"""What users say of what a search or an answer gave them: that a note was useful for a question, or wrong.

It is written as an interaction of the user's own graph, as what they viewed is, with the question in `kg:forQuery`. It
is no sign that they read the note, so recommendation takes no notice of it; search does (`kg.search.feedback`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, get_args
from typing import Literal as OneOf

from kg.errors import InputError
from kg.events.finding import is_note
from kg.events.model import checked_name
from kg.events.reading import moved_notes, read_users
from kg.explain.reading import name_of
from kg.graph import KnowledgeGraph, commit
from kg.iri import Minter
from kg.model import Change
from kg.rdf import DCT, KG, RDF, RDFS, XSD, Literal, NamedNode, Quad, Term, canonical

__all__ = ["VERDICTS", "Feedback", "Verdict", "feedback_documents", "read_feedback", "record_feedback"]

Verdict = OneOf["useful", "wrong"]
"""What a note was for a question."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_LONGEST = 10_000
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a search takes no notice of, and not every store and format can hold."""
_VERDICTS: dict[str, Verdict] = {str(each): each for each in VERDICTS}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a user says of a note that was found for a question.

    Args:
        query: what was searched or asked.
        time: an xsd:dateTime in UTC.
        id: the IRI of the interaction; empty where it is not recorded.
    """

    user: str
    verdict: Verdict
    item: NamedNode
    query: str
    time: str
    id: str = field(default="", compare=False)


def record_feedback(graph: KnowledgeGraph, given: Iterable[Feedback]) -> tuple[Feedback, ...]:
    """Commit feedback, all or none, and return it in order with its ids; what is known already changes nothing.

    Raises:
        InputError: a user has no name, a question is empty or too long, a verdict is none, or an item is no note.
        StoreError: nothing was recorded, and why.
    """
    quads: list[Quad] = []
    recorded: list[Feedback] = []
    for each in given:
        feedback = replace(each, user=checked_name(each.user), query=_checked_query(each.query))
        if feedback.verdict not in VERDICTS:
            raise InputError(f"verdict must be one of {', '.join(VERDICTS)}, not {feedback.verdict!r:.60}.")
        if not is_note(graph, feedback.item):
            raise InputError(f"{feedback.item.value} is no note of this home: feedback is about notes.")
        iri = _iri(feedback, graph.minter)
        recorded.append(replace(feedback, id=iri.value))
        if next(graph.store.match(iri, KG["byUser"]), None) is None:
            quads += _quads(graph, feedback, iri)
    if quads:
        commit(graph, Change(tuple(dict.fromkeys(quads))))
    return tuple(recorded)


def read_feedback(graph: KnowledgeGraph, user: str | None = None) -> list[Feedback]:
    """Return what users said, or one of them, oldest first; equal moments in order of user, note and question.

    A note that was moved is followed by its title, as with events.
    """
    queries = {quad.subject: quad.object for quad in graph.store.match(None, KG["forQuery"])}
    if not queries:  # a home where nobody said anything, as most are, costs one look-up
        return []
    users = read_users(graph)
    wanted = None if user is None else graph.minter.user(checked_name(user))
    rows = (_read(graph, iri, query, users, wanted) for iri, query in queries.items())
    found = [row for row in rows if row is not None]
    now = moved_notes(graph, {each.item: title for each, title in found})
    return sorted((replace(each, item=now.get(each.item, each.item)) for each, _ in found), key=_age)


def feedback_documents(graph: KnowledgeGraph, given: Iterable[Feedback]) -> list[dict[str, Any]]:
    """Return feedback as `kg feedback` and `/api/feedback` show it."""
    return [
        {
            "id": each.id,
            "user": each.user,
            "verdict": each.verdict,
            "item": each.item.value,
            "title": name_of(graph, each.item),
            "query": each.query,
            "time": each.time,
        }
        for each in given
    ]


def _checked_query(query: str) -> str:
    text = " ".join(_NO_TEXT.sub(" ", query).split())
    if not text or len(text) > _LONGEST:
        raise InputError(
            f"query must be what was searched or asked, of 1 to {_LONGEST:,} characters; this one has {len(text):,}."
        )
    return text


def _iri(feedback: Feedback, minter: Minter) -> NamedNode:
    parts = (feedback.verdict, feedback.item.value, feedback.query, feedback.time)
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return NamedNode(f"{minter.user(feedback.user).value}/event/{digest}")


def _quads(graph: KnowledgeGraph, feedback: Feedback, iri: NamedNode) -> Iterator[Quad]:
    own, user = graph.minter.user_graph(feedback.user), graph.minter.user(feedback.user)
    yield Quad(iri, RDF["type"], KG["Interaction"], own)
    yield Quad(iri, KG["byUser"], user, own)
    yield Quad(iri, KG["ofItem"], feedback.item, own)
    yield Quad(iri, KG["itemTitle"], Literal(name_of(graph, feedback.item)), own)
    yield Quad(iri, KG["action"], Literal(feedback.verdict), own)
    yield Quad(iri, KG["forQuery"], Literal(feedback.query), own)
    yield Quad(iri, DCT["created"], canonical(Literal(feedback.time, datatype=XSD["dateTime"])), own)
    yield Quad(user, RDF["type"], KG["User"], own)
    if next(graph.store.match(user, RDFS["label"], None, own), None) is None:
        yield Quad(user, RDFS["label"], Literal(feedback.user), own)


def _read(
    graph: KnowledgeGraph, iri: Term, query: Term, users: dict[Term, str], wanted: NamedNode | None
) -> tuple[Feedback, str] | None:
    """Return what one interaction says, and what its note was called; None for what is not whole."""
    if not isinstance(iri, NamedNode) or not isinstance(query, Literal):
        return None
    row: dict[NamedNode, Term] = {}
    prefix = graph.minter.user_graph("").value
    for quad in graph.store.match(iri):
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(prefix):
            row[quad.predicate] = min(row.get(quad.predicate, quad.object), quad.object, key=str)
    by, item, verdict = row.get(KG["byUser"]), row.get(KG["ofItem"]), row.get(KG["action"])
    time, title = row.get(DCT["created"]), row.get(KG["itemTitle"])
    said = _VERDICTS.get(verdict.value) if isinstance(verdict, Literal) else None
    if by is None or by not in users or not isinstance(item, NamedNode) or said is None or wanted not in (None, by):
        return None
    when = _value(time)
    return Feedback(users[by], said, item, query.value, when, iri.value), _value(title)


def _value(term: Term | None) -> str:
    return term.value if isinstance(term, Literal) else ""


def _age(feedback: Feedback) -> tuple[str, str, str, str]:
    return feedback.time, feedback.user, feedback.item.value, feedback.query
