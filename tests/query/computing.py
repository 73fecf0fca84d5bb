"""What computes in the tests: fixed answers, and a graph that holds the same answers as triples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from kg.computed import Found, Guess
from kg.graph import KnowledgeGraph
from kg.rdf import KG, NamedNode

__all__ = ["AS_TRIPLES", "FOUND", "GUESSES", "LIKE", "TRIPLES", "Fixed", "computing"]

BASE = "https://noemata.example/test/"
AS_TRIPLES = "urn:triples:"
"""The namespace in which `TRIPLES` has what is computed."""


def node(name: str) -> NamedNode:
    return NamedNode(BASE + name)


FOUND = {
    "graph": [Found(node("a"), 2.5, 1, 'A "graph"\nof\\notes', 3, 18, "A"), Found(node("b"), 1.5, 2, "图", 0, 1, "B")],
    "unknown": [Found(node("gone"), 0.25, 1, "", 0, 0, "Gone")],
    "store": [Found(node("b"), 0.5, 1, "store", 7, 12, "B"), Found(node("gone"), 0.25, 2, "", 0, 0, "Gone")],
}
LIKE = {node("a"): [Found(node("b"), 0.75, 1), Found(node("c"), 0.5, 2)], "Bee": [Found(node("a"), 0.75, 1)]}
GUESSES = [
    Guess(node("a"), KG["knows"], node("c"), 0.875, 1),
    Guess(node("c"), KG["worksFor"], node("b"), 0.625, 2),
    Guess(node("a"), KG["worksFor"], node("b"), 0.5, 3),
]

TRIPLES = f"""
PREFIX t: <{AS_TRIPLES}>
:hits {{
:a t:search "graph" , [ t:query "graph" ; t:score 2.5e0 ; t:rank 1 ; t:start 3 ; t:end 18 ; t:title "A" ] .
:b t:search "graph" , [ t:query "graph" ; t:score 1.5e0 ; t:rank 2 ; t:start 0 ; t:end 1 ; t:title "B" ] .
:b t:search "store" , [ t:query "store" ; t:score 0.5e0 ; t:rank 1 ; t:start 7 ; t:end 12 ; t:title "B" ] .
:gone t:search "store" , [ t:query "store" ; t:score 0.25e0 ; t:rank 2 ; t:start 0 ; t:end 0 ; t:title "Gone" ] .
:b t:similarTo :a , [ t:to :a ; t:score 0.75e0 ; t:rank 1 ] . :c t:similarTo :a , [ t:to :a ; t:score 0.5e0 ; t:rank 2 ] .
:a t:similarTo "Bee" , [ t:to "Bee" ; t:score 0.75e0 ; t:rank 1 ] .
:a t:predicted :c , :b , [ t:predicate kg:knows ; t:object :c ; t:score 0.875e0 ] , [ t:predicate kg:worksFor ; t:object :b ; t:score 0.5e0 ] .
:c t:predicted :b , [ t:predicate kg:worksFor ; t:object :b ; t:score 0.625e0 ] .
}}
"""


class Fixed:
    """Answers from the tables above, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def search(self, text: str, k: int, passages: bool, diversity: float | None) -> Sequence[Found]:
        self.asked.append(("search", text, k, passages, diversity))
        return FOUND.get(text, [])[:k]

    def similar(self, to: NamedNode | str, k: int) -> Sequence[Found]:
        self.asked.append(("similar", to, k))
        return LIKE.get(to, [])[:k]

    def predicted(
        self,
        subject: NamedNode | str | None,
        predicate: NamedNode | str | None,
        object: NamedNode | str | None,
        k: int,
        least: float,
    ) -> Sequence[Guess]:
        self.asked.append(("predicted", subject, predicate, object, k, least))
        wanted = (subject, predicate, object)
        found = [
            each
            for each in GUESSES
            if all(
                one in (None, of) for one, of in zip(wanted, (each.subject, each.predicate, each.object), strict=True)
            )
        ]
        return found[:k]

    def called(self, predicate: NamedNode) -> str:
        return predicate.value.removeprefix(KG)


def computing(graph: KnowledgeGraph) -> tuple[KnowledgeGraph, Fixed]:
    """Return the graph with somebody to compute for it, and that one."""
    fixed = Fixed()
    return dataclasses.replace(graph, computed=fixed), fixed
