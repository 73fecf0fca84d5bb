"""What a note says comes back from the cache as it was, and equal notes give equal bytes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kg.curation.raw import RawNote, decode, encode
from kg.extraction import Claim
from kg.model import Evidence
from kg.rdf import KG, RDF, XSD, Literal, NamedNode, Term
from tests.ingest.homes import fresh, write

IRIS = st.sampled_from([NamedNode(f"https://noemata.example/v/{name}") for name in ("a", "b#it", "图", "c%20d", "e'f")])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TERMS: st.SearchStrategy[Term] = st.one_of(
    IRIS,
    TEXTS.map(Literal),
    TEXTS.map(lambda text: Literal(text, language="zh")),
    st.integers().map(lambda number: Literal(str(number), datatype=XSD["integer"])),
)
EVIDENCE = st.builds(
    Evidence,
    st.integers(0, 99),
    st.integers(100, 200),
    TEXTS,
    st.floats(0, 1),
    TEXTS,
    st.sampled_from(["stated", "extracted"]),
    TEXTS,
    st.integers(1, 9),
    TEXTS,
    TEXTS,
)
CLAIMS = st.builds(Claim, IRIS, IRIS, TERMS, st.none() | IRIS, st.none() | IRIS, EVIDENCE, TEXTS, TEXTS)
NOTES = st.builds(
    RawNote,
    IRIS,
    st.lists(st.tuples(IRIS, IRIS, TERMS), max_size=4, unique=True).map(lambda rows: tuple(sorted(rows, key=str))),
    st.lists(CLAIMS, max_size=5).map(tuple),
    st.dictionaries(IRIS, st.frozensets(TEXTS, min_size=1, max_size=3), max_size=3),
    st.dictionaries(IRIS, IRIS, max_size=3),
    st.none() | IRIS,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.none() | IRIS,
)


@given(NOTES)
def test_a_raw_note_comes_back(raw: RawNote) -> None:
    assert decode(encode(raw)) == raw


@given(NOTES)
def test_the_order_of_what_has_none_does_not_show(raw: RawNote) -> None:
    turned = RawNote(
        raw.note,
        tuple(reversed(raw.base)),
        raw.claims,
        dict(reversed(raw.labels.items())),
        dict(reversed(raw.classes.items())),
        raw.described,
        raw.names,
        raw.class_iri,
    )
    assert encode(turned) == encode(raw)


def test_nothing_of_a_note_is_lost_on_the_way_to_its_graph(tmp_path: Path) -> None:
    write(tmp_path, {"Ada.md": "# Ada\n\nAda works for Acme Robotics. 图数据库 since 1998.\n".encode()})
    home = fresh(tmp_path)
    kinds = {quad.object for quad in home.store.match(None, RDF["type"], None)}
    assert {KG["Note"], KG["Evidence"]} <= kinds
    raw = decode(home.cache.notes.raw("https://noemata.example/vault/note/Ada.md") or b"")
    assert raw.names == ("Ada",) and raw.claims
