"""What links, tags and metadata state (DESIGN §11.5)."""

from __future__ import annotations

import pytest

from kg.rdf import KG, Literal, NamedNode
from tests.extractors.lab import MINTER, Analysis, Lab

pytestmark = pytest.mark.model

OTHERS = {
    "Tools/Redis.md": "---\ntype: software\n---\n",
    "People/Mara Lindqvist.md": "---\ntype: person\n---\n",
    "People/Omar Haddad.md": "---\ntype: person\n---\n",
    "Halden Analytics.md": "---\ntype: company\n---\n",
    "2024-03-12.md": "",
}


def stated(lab: Lab, text: str, path: str = "Lantern.md") -> set[str]:
    return lab.analyse(text, path, OTHERS).facts("stated")


ROWS: list[tuple[str, str, set[str]]] = [
    # A type key, a tag and a folder that name a class.
    ("---\ntype: library\n---\n", "Lantern.md", {"Lantern | type | Library"}),
    ("---\nkind: '[[Library]]'\n---\n", "Lantern.md", {"Lantern | type | Library", "NOTE | brokenLink | Library"}),
    ("---\n类型: 程序库\n---\n", "Lantern.md", {"Lantern | type | Library"}),
    ("---\ntype: Evergreen\n---\n", "Lantern.md", set()),
    ("type:: library\n", "Lantern.md", {"Lantern | type | Library"}),
    ("Here. #library", "Lantern.md", {"Lantern | type | Library", "NOTE | taggedWith | library"}),
    ("Here. #idea/good", "Lantern.md", {"NOTE | taggedWith | good"}),
    ("---\ntags: [x, a/b]\n---\n", "Lantern.md", {"NOTE | taggedWith | x", "NOTE | taggedWith | b"}),
    ("Nothing.", "Libraries/Lantern.md", set()),
    # A key that names a property, by label, local name or in Chinese, speaks of what the note describes.
    ("---\nuses: Redis\n---\n", "Lantern.md", {"Lantern | uses | Redis"}),
    ("---\nUses: [Redis, DuckDB]\n---\n", "Lantern.md", {"Lantern | uses | Redis", "Lantern | uses | DuckDB"}),
    ("---\nuses: Redis, DuckDB and more\n---\n", "Lantern.md", {"Lantern | uses | Redis", "Lantern | uses | DuckDB and more"}),
    ("---\ndependsOn: Redis\n---\n", "Lantern.md", {"Lantern | dependsOn | Redis"}),
    ("---\ndepends on: Redis\n---\n", "Lantern.md", {"Lantern | dependsOn | Redis"}),
    ("---\n使用: Redis\n---\n", "Lantern.md", {"Lantern | uses | Redis"}),
    ("uses:: DuckDB\n", "Lantern.md", {"Lantern | uses | DuckDB"}),
    ("It is nice [uses:: DuckDB] and old.", "Lantern.md", {"Lantern | uses | DuckDB"}),
    ("It is nice (uses:: DuckDB) and old.", "Lantern.md", {"Lantern | uses | DuckDB"}),
    # Literals are typed.
    ("---\nversion: 1.70\n---\n", "Lantern.md", {"Lantern | version | 1.70"}),
    ("---\nreleasedOn: 2024-03-12\n---\n", "Lantern.md", {"Lantern | releasedOn | 2024-03-12"}),
    ("---\nhomepage: https://example.org/a\n---\n", "Lantern.md", {"Lantern | homepage | https://example.org/a"}),
    # Links inside values are things.
    (
        "---\nuses: '[[Redis]]'\n---\n",
        "Lantern.md",
        {"Lantern | uses | Redis", "NOTE | linksTo | Redis.md"},
    ),
    (
        "---\nmaintainer: ['[[Mara Lindqvist]]', '[[Omar Haddad]]']\n---\n",
        "Lantern.md",
        {
            "Lantern | maintainedBy | Mara Lindqvist",
            "Lantern | maintainedBy | Omar Haddad",
            "NOTE | linksTo | Mara%20Lindqvist.md",
            "NOTE | linksTo | Omar%20Haddad.md",
        },
    ),
    ("---\nuses: '[[Nowhere|that]]'\n---\n", "Lantern.md", {"Lantern | uses | that", "NOTE | brokenLink | Nowhere"}),
    # Unknown keys, dates and the note's own keys.
    ("---\nmood: fine\n---\n", "Lantern.md", {"NOTE | mood | fine"}),
    ("---\nmood: 3\n---\n", "Lantern.md", {"NOTE | mood | 3"}),
    ("---\nfriend of: '[[Mara Lindqvist]]'\n---\n", "Lantern.md", {"NOTE | friend-of | Mara Lindqvist", "NOTE | linksTo | Mara%20Lindqvist.md"}),
    ("---\ncreated: 2024-03-12\nupdated: 2024-03-13\n---\n", "Lantern.md", {"NOTE | created | 2024-03-12", "NOTE | modified | 2024-03-13"}),
    ("---\ncreated: yesterday\n---\n", "Lantern.md", set()),
    ("---\nid: x\ncssclasses: wide\npublish: true\n---\n", "Lantern.md", set()),
    ("---\npublish: false\n---\n", "Lantern.md", {"NOTE | publish | false"}),
    ("---\nuses:\n---\n", "Lantern.md", set()),
    # A daily note describes nothing: its keys speak of the note.
    ("---\nmood: fine\n---\n", "2024-03-14.md", {"NOTE | mood | fine"}),
    ("uses:: Redis\n", "2024-03-14.md", {"NOTE | uses | Redis"}),
    # Links in text.
    ("See [[Redis]] and [[Redis#Install|how]].", "Lantern.md", {"NOTE | linksTo | Redis.md"}),
    ("See ![[Redis]].", "Lantern.md", {"NOTE | linksTo | Redis.md"}),
    ("See [[Lantern]] and [[#Above]].", "Lantern.md", set()),
    ("See [[Nowhere]] and ![[picture.png]].", "Lantern.md", {"NOTE | brokenLink | Nowhere"}),
    ("See [[2024-03-12]].", "Lantern.md", {"NOTE | linksTo | 2024-03-12"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "expected"), ROWS, ids=[f"{path} {text!r}" for text, path, _ in ROWS])
def test_a_note_states(lab: Lab, text: str, path: str, expected: set[str]) -> None:
    assert stated(lab, text, path) == expected


def test_the_evidence_of_metadata_is_its_line(lab: Lab) -> None:
    text = "---\ntitle: Lantern\nuses:\n  - Redis\n  - '[[DuckDB]]'\n---\n\nSome text. depends on:: NumPy\n"
    found = lab.analyse(text)
    quotes = {found.write(s.subject, s.predicate, s.object): s.evidence[0].quote for s in found.statements}
    assert quotes["Lantern | uses | Redis"] == "- Redis"
    assert quotes["Lantern | uses | DuckDB"] == "- '[[DuckDB]]'"
    for statement in found.statements:
        for evidence in statement.evidence:
            assert text[evidence.start : evidence.end] == evidence.quote


def test_a_wrong_class_is_refused_where_it_is_stated(lab: Lab) -> None:
    found = lab.analyse("---\nemployer: '[[Redis]]'\n---\n", "People/Ada Byron.md", OTHERS)
    assert found.facts("stated") >= {"NOTE | linksTo | Redis.md"}
    assert any("worksFor" in triple for triple in found.refused())


def test_a_key_goes_to_the_note_where_the_thing_cannot_have_it(lab: Lab) -> None:
    """`topic` (about) speaks of documents: of a person's note, not of the person."""
    person = lab.analyse("---\ntype: person\ntopic: '[[Redis]]'\n---\n", "Ada Byron.md", OTHERS).facts("stated")
    assert "NOTE | about | Redis" in person
    assert not any(fact.startswith("Ada Byron | about") for fact in person)


def test_a_linked_thing_is_mentioned(lab: Lab) -> None:
    def mentioned(found: Analysis) -> set[str]:
        return {found.write(s.subject, s.predicate, s.object) for s in found.statements if s.predicate == KG["mentions"]}

    assert mentioned(lab.analyse("See [[Redis|it]].", others=OTHERS)) == {"NOTE | mentions | Redis"}
    assert mentioned(lab.analyse("See [[Nowhere]].", others=OTHERS)) == {"NOTE | mentions | Nowhere"}
    assert mentioned(lab.analyse("See [[2024-03-12]].", others=OTHERS)) == set()
    assert mentioned(lab.analyse("---\nuses: Zephyrus\n---\n", others=OTHERS)) == {"NOTE | mentions | Zephyrus"}


def test_an_address_is_the_same_term_in_metadata_and_in_text(lab: Lab) -> None:
    text = "---\nhomepage: https://example.org\n---\nThe homepage of Lantern is https://example.org."
    (homepage,) = (s for s in lab.analyse(text).statements if s.predicate == KG["homepage"])
    assert [e.kind for e in homepage.evidence] == ["stated", "extracted"]


def test_a_metadata_number_is_a_number(lab: Lab) -> None:
    (mood,) = (s for s in lab.analyse("---\nmood: 3\n---\n").statements if s.predicate == MINTER.term("mood"))
    assert isinstance(mood.object, Literal)
    assert mood.object.datatype == NamedNode("http://www.w3.org/2001/XMLSchema#integer")


def test_a_note_does_not_write_the_records_of_the_system(lab: Lab) -> None:
    """A key like one of those is a word of the user's; a second `kg:path` would make the note another's."""
    found = lab.analyse("---\npath: Home.md\nroot: away\nhides: x\ndescribes: '[[Redis]]'\n---\n", others=OTHERS)
    said = {each.predicate for each in found.statements}
    assert said >= {MINTER.term(key) for key in ("path", "root", "hides", "describes")}
    assert said.isdisjoint(KG[key] for key in ("path", "root", "hides", "describes"))
