"""IRIs are functions of the base and of names, and are IRIs whatever the name."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.iri import Minter, normalise_name
from kg.rdf import KG, Literal, NamedNode, Quad, RdfFormat, parse

MINTER = Minter("https://noemata.example/t/")
BASE = MINTER.base
names = st.text(min_size=1, max_size=20).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        (MINTER.graph("names"), "graph/names"),
        (MINTER.import_graph("my file.ttl"), "import/my%20file.ttl"),
        (MINTER.note("a b/Ünï 笔记.md", None), "note/a%20b/Ünï%20笔记.md"),
        (MINTER.note("a.md", "x 1/2"), "note/id:x%201%2F2"),
        (MINTER.note("a.md", None, "work"), "note/root:work/a.md"),
        (MINTER.note("a.md", "x", "work"), "note/id:x"),
        (MINTER.described(NamedNode(f"{BASE}note/a.md")), "note/a.md#it"),
        (MINTER.entity("Agent", "Ada  Lovelace"), "entity/Agent/ada-lovelace"),
        (MINTER.entity("Technology", "C++"), "entity/Technology/c++"),
        (MINTER.entity("Technology", "C#"), "entity/Technology/c%23"),
        (MINTER.tag("Project/Lantern"), "tag/project/lantern"),
        (MINTER.term("Friend Of"), "term/friend-of"),
    ],
)
def test_iris_are_readable(iri: NamedNode, expected: str) -> None:
    assert iri.value == BASE + expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Ada Lovelace", "ada  lovelace"),
        ("Ada_Lovelace", "Ada Lovelace"),
        ("“Ada”", "Ada"),
        ("Ada,", "ada"),
        ("《机器学习》", "机器学习"),
        ("ﬁle", "file"),
        ("Straße", "STRASSE"),
        ("a\u00a0b", "a b"),
    ],
)
def test_these_names_are_equal(left: str, right: str) -> None:
    assert normalise_name(left) == normalise_name(right)


@pytest.mark.parametrize(("left", "right"), [("C++", "C"), ("C#", "C"), ("Ada", "Adá"), (".NET", "NET")])
def test_these_names_differ(left: str, right: str) -> None:
    assert normalise_name(left) != normalise_name(right)
    assert MINTER.entity("X", left) != MINTER.entity("X", right)


@given(names)
def test_normal_names_stay(name: str) -> None:
    assert normalise_name(normalise_name(name)) == normalise_name(name)


def test_branches_keep_homonyms_apart() -> None:
    assert MINTER.entity("Agent", "Mercury") != MINTER.entity("Place", "Mercury")


def test_kinds_of_iris_do_not_meet() -> None:
    every = [
        MINTER.graph("x"), MINTER.import_graph("x"), MINTER.note("x", None), MINTER.note("y", "x"), MINTER.note("x", None, "r"),
        MINTER.entity("x", "x"), MINTER.tag("x"), MINTER.term("x"), MINTER.described(MINTER.note("x", None)),
    ]  # fmt: skip
    assert len(set(every)) == len(every)


def test_a_path_cannot_pass_for_an_identifier_or_a_root() -> None:
    assert MINTER.note("id:x", None) != MINTER.note("y", "x")
    assert MINTER.note("root:r/x", None) != MINTER.note("x", None, "r")
    assert MINTER.note("a/b.md", None) != MINTER.note("a%2Fb.md", None)


@given(names)
def test_every_name_gives_an_iri(name: str) -> None:
    """What is minted can be written and read back as N-Quads."""
    note = MINTER.note(name, None)
    iris = [note, MINTER.note("x", name), MINTER.entity(name, name), MINTER.tag(name), MINTER.term(name), MINTER.import_graph(name)]
    for iri in iris:
        assert iri.value.startswith(BASE)
        line = str(Quad(iri, KG["name"], Literal(name), note)) + " ."
        (quad,) = parse(line.encode(), RdfFormat.N_QUADS, "test")
        assert quad.subject == iri and quad.object == Literal(name)


@given(st.lists(st.text(alphabet=string.printable + "é笔/", min_size=1, max_size=8), min_size=2, max_size=2, unique=True))
def test_different_paths_give_different_notes(paths: list[str]) -> None:
    assert MINTER.note(paths[0], None) != MINTER.note(paths[1], None)


def test_evidence_depends_on_what_it_says_and_nothing_else() -> None:
    note, other = MINTER.note("a.md", None), MINTER.note("b.md", None)
    triple = (note, KG["uses"], NamedNode("https://example.org/x"))
    iri = MINTER.evidence(note, triple, "It uses X.", 1)
    assert iri == Minter(BASE).evidence(note, triple, "It uses X.", 1)
    assert iri.value.startswith(f"{note.value}#e-")
    assert len(
        {
            iri,
            MINTER.evidence(other, triple, "It uses X.", 1),
            MINTER.evidence(note, triple, "It uses X!", 1),
            MINTER.evidence(note, triple, "It uses X.", 2),
            MINTER.evidence(note, (note, KG["uses"], Literal("https://example.org/x")), "It uses X.", 1),
            MINTER.evidence(note, (note, KG["implements"], triple[2]), "It uses X.", 1),
            MINTER.refusal(note, triple, "It uses X.", 1),
        }
    ) == 7
