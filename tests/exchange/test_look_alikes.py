"""Blank nodes that look alike get the same labels whatever they were called, quickly, or are refused at once."""

from __future__ import annotations

import random
import time
from itertools import permutations

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.exchange import look_alikes
from kg.exchange.blank_nodes import with_canonical_labels
from kg.rdf import BlankNode, NamedNode, Quad, RdfFormat, Triple

G, P = NamedNode("a:g"), NamedNode("a:p")


def quads(turtle: str) -> list[Quad]:
    found = pyoxigraph.parse(turtle.encode(), RdfFormat.TURTLE)
    return [Quad(quad.subject, quad.predicate, quad.object, G) for quad in found]


def linked(pairs: list[tuple[int, int]], name: str = "n") -> list[Quad]:
    return [Quad(BlankNode(f"{name}{a}"), P, BlankNode(f"{name}{b}"), G) for a, b in pairs]


def renamed(given: list[Quad], seed: int = 1) -> list[Quad]:
    """The same, with the blank nodes called otherwise and in another order."""
    nodes = sorted({node for quad in given for node in look_alikes.blank_nodes(quad)}, key=str)
    labels = list(range(len(nodes)))
    order = random.Random(seed)
    order.shuffle(labels)
    names = {node: BlankNode(f"other{label}") for node, label in zip(nodes, labels, strict=True)}

    def of(term: object) -> object:
        if isinstance(term, Triple):
            return Triple(of(term.subject), term.predicate, of(term.object))  # type: ignore[arg-type]
        return names.get(term, term)  # type: ignore[call-overload]

    others = [Quad(of(q.subject), q.predicate, of(q.object), q.graph_name) for q in given]  # type: ignore[arg-type]
    order.shuffle(others)
    return others


def ring(size: int, name: str = "n") -> list[Quad]:
    return linked([(number, (number + 1) % size) for number in range(size)], name)


STARS = [*linked([(0, n) for n in range(1, 12)], "a"), *linked([(0, n) for n in range(1, 12)], "b")]

HONEST = {
    "a list of equal members": quads(f"<a:a> <a:b> ({'0 ' * 2000}) ."),
    "a list of ones and zeros": quads(f"<a:a> <a:b> ({'0 1 1 0 0 ' * 400}) ."),
    "a chain": linked([(number, number + 1) for number in range(2000)]),
    "one list twice": quads(f"<a:a> <a:b> {' , '.join(['(' + ' '.join(map(str, range(400))) + ')'] * 2)} ."),
    "addresses": quads(" ".join(f'<a:{n}> <a:at> [ <a:city> "x" ; <a:geo> [ <a:lat> {n % 7} ] ] .' for n in range(900))),
    "restrictions": quads(" ".join(f"<a:{n}> <a:sub> [ <a:on> <a:p> ; <a:some> [ <a:union> (<a:x> <a:{n % 9}>) ] ] ." for n in range(500))),
    "equal answers": quads(" ".join("[] <a:p> [ <a:v> 1 ] , [ <a:v> 1 ] , [ <a:v> 2 ] ." for _ in range(300))),
    "a small ring": ring(40),
    "equal stars that are not connected": STARS,
    "a small clique": linked(list(permutations(range(5), 2))),
    "triple terms": [Quad(BlankNode(f"z{n}"), P, Triple(BlankNode(f"a{n}"), P, BlankNode(f"b{n}")), G) for n in range(300)],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", HONEST)
def test_honest_data_keep_their_labels_under_other_names(what: str) -> None:
    started = time.process_time()
    labelled = with_canonical_labels(HONEST[what], "a.ttl")
    assert time.process_time() - started < 5
    assert len(labelled) == len(set(HONEST[what]))
    assert with_canonical_labels(renamed(HONEST[what]), "a.ttl") == labelled


POISON = {
    "a clique": linked(list(permutations(range(13), 2))),
    "a long ring": ring(2000),
    "equal stars": [*STARS, *(Quad(BlankNode("c"), P, BlankNode(name), G) for name in ("a0", "b0"))],
    "equal bipartite graphs": linked([(a + shift, b + shift) for shift in (0, 99) for a in range(8) for b in range(8, 16)]),
    "a torus": linked([(8 * a + b, 8 * ((a + d) % 8) + b) for a in range(8) for b in range(8) for d in (1, 7)]
                      + [(8 * a + b, 8 * a + (b + d) % 8) for a in range(8) for b in range(8) for d in (1, 7)]),
    "a clique in triple terms": [Quad(BlankNode(f"z{b}"), P, Triple(BlankNode(f"a{a}"), P, BlankNode(f"a{b}")), G) for a in range(9) for b in range(9)],
    "many small cliques": [quad for n in range(600) for quad in linked(list(permutations(range(6), 2)), f"c{n}n")],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", POISON)
def test_poison_is_refused_before_the_work_is_begun(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyoxigraph.Dataset", None)
    started = time.process_time()
    with pytest.raises(InputError, match=r"a\.ttl: its blank nodes look so much alike .* Give them IRIs\."):
        with_canonical_labels(POISON[what], "a.ttl")
    assert time.process_time() - started < 5


@settings(max_examples=150, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12),
    marked=st.sets(st.integers(0, 6), max_size=2),
    seed=st.integers(0, 9),
)
def test_marks_tell_no_more_and_no_less_than_the_graph_does(
    pairs: list[tuple[int, int]], marked: set[int], seed: int
) -> None:
    """The plain way beside the marked one: both find that equal graphs are equal, and others are not."""
    graph = linked(pairs) + [Quad(BlankNode(f"n{n}"), P, NamedNode("a:x"), G) for n in marked]
    looks = look_alikes._looks(graph)
    colours = look_alikes._refined(look_alikes._numbered(looks), look_alikes._neighbours(graph))
    theirs = renamed(graph, seed)
    again = look_alikes._refined(look_alikes._numbered(look_alikes._looks(theirs)), look_alikes._neighbours(theirs))
    assert sorted(colours.values()) == sorted(again.values())

    def view(node: BlankNode) -> list[tuple[str, int]]:
        return sorted((how, colours[other]) for how, other in look_alikes._neighbours(graph).get(node, ()))

    for one in colours:
        for other in colours:
            same = (looks[one], view(one)) == (looks[other], view(other))
            assert same or colours[one] != colours[other]
