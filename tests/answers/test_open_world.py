"""No is answered where something rules it out; what the notes merely leave out, or say of another, does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.answers.answer import Sentence
from kg.answers.answering import Asker
from kg.answers.denials import is_denied
from kg.answers.meaning import Moment
from kg.answers.moments import excludes
from kg.answers.names import NameIndex, NamesRead
from kg.graph import KnowledgeGraph, commit, excluded_graphs, hiding_graph
from kg.iri import Minter
from kg.model import Change
from kg.ontology import bare_names, load_ontology
from kg.rdf import NamedNode, RdfFormat, parse
from kg.stores import STORES, Opening
from tests.answers.facts import BASE, PREFIXES, fact, thing
from tests.answers.graph import FACTS
from tests.graphs import graph_on

SAID = "Lantern does not depend on Mill but Lamp is fine."
ITS_NOTE = "It does not use Java."
MORE = FACTS + "".join(
    [
        thing("kiln", "kg:Software", ["Kiln"])
        + fact(":kiln", "kg:writtenIn", ":java", "Kiln is written in Java.", "kiln.md"),
        fact(":pond", "kg:writtenIn", ":rust", "Pond is written in Rust.", "pond.md"),
        fact("note:pondnote", "kg:describes", ":pond", ITS_NOTE, "pondnote.md"),
        fact("note:pondnote", "kg:mentions", ":java", ITS_NOTE, "pondnote.md"),
        fact(":lamp", "kg:createdBy", ":gamma", "Lamp grew out of Gamma.", "lamp.md"),
        fact(":ada", "kg:bornOn", '"1815-12"^^xsd:gYearMonth', "Ada was born in December 1815.", "ada.md"),
        fact(":mill", "kg:releasedOn", '"2019"^^xsd:gYear', "Mill came out in 2019.", "mill.md"),
        fact(":beta", "kg:relatedTo", ":lamp", "Beta has to do with Lamp.", "beta.md"),
    ]
)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with graph_on(None, BASE, MORE.encode()) as graph:
        yield Asker(graph)


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Is Kiln written in Rust?", "Stated: Kiln “written in” Java. Nothing states Rust, and nothing rules it out."),
        ("Is Acme in Java?", ""),
        ("Does Ada work for Delta Works?", "Stated: Ada Lovelace “works for” Acme"),
        ("Is Oslo in Oslo?", ""),
        ("Is Lamp a library?", "No note says of Lamp that it is a “library”"),
        ("Was Mill released in May 2019?", "Stated: Mill “released on” 2019. Nothing states 2019-05"),
        ("Kiln是用Rust编写的吗？", "Stated: Kiln “written in” Java"),
    ],
)
def test_what_is_stated_instead_is_said_and_is_no_answer(asker: Asker, question: str, stated: str) -> None:
    reply = asker.ask(question)
    assert reply.abstained, reply.answers
    assert stated in " ".join(reply.reasons)


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("Is Acme a person?", []),
        ("Does Pond use Java?", [ITS_NOTE]),
        ("Was Acme founded in 2001?", ["Acme was founded by Ada in 1999."]),
        ("Was Ada born in 1900?", ["Ada was born in December 1815."]),
        ("Was Ada born before December 1815?", ["Ada was born in December 1815."]),
        ("Was Acme founded in 2001 and does it use Pond?", None),
    ],
)
def test_no_needs_something_that_rules_it_out(asker: Asker, question: str, quotes: list[str] | None) -> None:
    reply = asker.ask(question)
    if quotes is None:
        assert reply.abstained
        return
    (answer,) = reply.answers
    assert (answer.value, [each.quote for each in answer.evidence]) == ("no", quotes)


def test_one_true_condition_makes_no_no(asker: Asker) -> None:
    assert asker.ask("Is Acme founded in 1999 and located in Java?").abstained


def test_a_property_of_one_value_rules_out_others(tmp_path: Path) -> None:
    file = tmp_path / "seats.ttl"
    file.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<https://b.example/p> a owl:ObjectProperty, owl:FunctionalProperty ; rdfs:label "sits beside"@en .\n',
        "utf-8",
    )
    ontology, minter = load_ontology(file), Minter(BASE)
    opening = Opening(
        None, "merged", excluded_graphs(minter), BASE, names=bare_names(ontology), hiding=hiding_graph(minter)
    )
    graph = KnowledgeGraph(STORES.load("embedded")(opening), ontology, minter)
    things = "".join(thing(name.lower(), "", [name]) for name in ("Tom", "Nemo", "Rex"))
    facts = PREFIXES + things + fact(":tom", "<https://b.example/p>", ":nemo", "Tom sits beside Nemo.")
    commit(graph, Change(tuple(parse(facts.encode(), RdfFormat.TRIG, "b.trig"))))
    reply = Asker(graph).ask("Does Tom sit beside Rex?")
    graph.store.close()
    assert [answer.value for answer in reply.answers] == ["no"]


def test_one_value_of_a_narrower_property_rules_nothing_out(tmp_path: Path) -> None:
    file = tmp_path / "bosses.ttl"
    file.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<https://b.example/employs> a owl:ObjectProperty ; rdfs:label "employs"@en .\n'
        '<https://b.example/heads> a owl:ObjectProperty, owl:FunctionalProperty ; rdfs:label "headed by"@en ;\n'
        "  rdfs:subPropertyOf <https://b.example/employs> .\n"
        '<https://b.example/first> a owl:ObjectProperty ; rdfs:label "first headed by"@en ;\n'
        "  rdfs:subPropertyOf <https://b.example/heads> .\n",
        "utf-8",
    )
    ontology, minter = load_ontology(file), Minter(BASE)
    opening = Opening(
        None, "merged", excluded_graphs(minter), BASE, names=bare_names(ontology), hiding=hiding_graph(minter)
    )
    graph = KnowledgeGraph(STORES.load("embedded")(opening), ontology, minter)
    things = "".join(thing(name.lower(), "", [name]) for name in ("Tom", "Nemo", "Rex"))
    facts = PREFIXES + things + fact(":tom", "<https://b.example/heads>", ":nemo", "Tom is headed by Nemo.")
    commit(graph, Change(tuple(parse(facts.encode(), RdfFormat.TRIG, "b.trig"))))
    found = [
        [answer.value for answer in Asker(graph).ask(question).answers]
        for question in ("Does Tom employ Rex?", "Is Tom headed by Rex?", "Is Tom first headed by Rex?")
    ]
    graph.store.close()
    assert found == [[], ["no"], ["no"]]


LAMP, POND, MILL = (NamedNode(f"{BASE}entity/Entity/{name}") for name in ("lamp", "pond", "mill"))
NAMES = NameIndex(NamesRead(frozenset({("Lamp", LAMP), ("Pond", POND), ("Mill", MILL)}), frozenset(), frozenset()))


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("Lamp does not use Pond.", True),
        ("Lamp uses neither Mill nor Pond.", True),
        ("Lamp is quick, but does not use Pond.", True),
        ("Pond is not used by Lamp.", True),
        ("Pond is slow, so Lamp does not use it.", True),
        ("It does not use Pond.", True),
        ("Pond does not use Lamp.", False),
        ("Lamp is quick, but Mill does not use Pond.", False),
        ("Mill does not use Pond, Lamp may.", False),
        ("Lamp does not only use Pond.", False),
        ("I don't know whether Lamp uses Pond.", False),
        ("I don't think Lamp uses Pond.", False),
        ("Lamp did not use Pond until May.", False),
        ("Pond is fine; Lamp does not use servers.", False),
        ("We do not use Pond.", False),
        ("Pond is slow, so Lamp does not use it any more.", True),
        ("Pond stores all of it, and Lamp does not use this format.", False),
        ("Pond is slow, so Lamp does not use that one.", False),
        ("Pond is a store, and Lamp does not use either format.", False),
        ("Pond很慢，Lamp不使用它。", True),
        ("Pond很慢，Lamp不使用它的格式。", False),
        ("Lamp不使用Pond。", True),
        ("Lamp不仅使用Pond。", False),
        ("Pond不使用Lamp。", False),
    ],
)
def test_a_denial_is_of_both_in_their_order(quote: str, expected: bool) -> None:
    sentence = Sentence(LAMP, "n.md", quote, 0, len(quote))
    assert is_denied(sentence, {"use", "uses", "used", "使用"}, {LAMP}, {POND}, NAMES) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [("Does Kiln use Pond?", ["no"]), ("Did Kiln use Pond?", []), ("Did Kiln ever use Pond?", [])],
)
def test_what_is_over_was_so(question: str, expected: list[str]) -> None:
    more = "".join(
        fact("note:k", "kg:mentions", f":{name}", "Kiln no longer uses Pond.", "k.md") for name in ("kiln", "pond")
    )
    with graph_on(None, BASE, (MORE + more).encode()) as graph:
        assert [answer.value for answer in Asker(graph).ask(question).answers] == expected


@pytest.mark.parametrize(
    ("value", "moment", "expected"),
    [
        ("2019", Moment("2019-05"), False),
        ("2019", Moment("2018-05"), True),
        ("2019-05", Moment("2019"), False),
        ("2019", Moment("2019-05", "before"), False),
        ("2019-05-02", Moment("2019-05", "before"), True),
        ("2019", Moment("2019-05", "after"), False),
        ("2019-05", Moment("2019-05", "after"), True),
        ("2018", Moment("2019", "since"), True),
        ("2020", Moment("2017", "since", "2019"), True),
        ("2019-05", Moment("2017", "since", "2019"), False),
        ("2017", Moment("2015", "since", "2017-03"), False),
        ("2017-04", Moment("2015", "since", "2017-03"), True),
        ("archived", Moment("active", "is"), True),
        ("search, storage", Moment("storage", "is"), False),
    ],
)
def test_a_date_rules_out_what_it_cannot_be(value: str, moment: Moment, expected: bool) -> None:
    assert excludes(value, moment) == expected
