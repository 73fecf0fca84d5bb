"""The index is what one from scratch would be, whatever was done to files, decided, and written to the graph."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.cache import NoteTexts
from kg.graph import commit
from kg.model import Change
from kg.rdf import KG, RDF, RDFS, Literal, NamedNode, Quad
from kg.search.collection import Collection
from kg.search.graph_arrays import GraphRows
from kg.search.index import DamagedIndexError, SearchIndex
from kg.search.syncing import _Step
from tests.curation.histories import Judge
from tests.ingest.homes import MINTER, Home
from tests.ingest.vaults import NAMES, Scribe
from tests.search.comparing import Pairs, check_like_new

pytestmark = pytest.mark.model


class Writer:
    """Writes to graphs of users and imports, and takes statements out of notes, without the notes."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"{seed} writing")

    def write(self, home: Home) -> str:
        chance = self.random
        graph_name = chance.choice((MINTER.graph("user"), MINTER.graph("import/places")))
        held = sorted(map(str, home.store.match(graph_name=graph_name)))
        quads = {str(quad): quad for quad in home.store.match(graph_name=graph_name)}
        entities = sorted(
            {q.subject.value for q in home.store.match(None, RDFS["label"]) if isinstance(q.subject, NamedNode)}
        )
        if not entities:
            return "nothing"
        one, other = (NamedNode(chance.choice(entities)) for _ in range(2))
        kind = chance.choice(("edge", "name", "class", "remove", "evidence"))
        if kind == "remove" and held:
            change = Change(remove=(quads[chance.choice(held)],))
        elif kind == "evidence":
            found = sorted(
                {q.subject.value for q in home.store.match(None, RDF["type"], KG["Evidence"])}  # type: ignore[union-attr]
            )
            gone = NamedNode(chance.choice(found)) if found else one
            change = Change(remove=tuple(home.store.match(gone)) if found else ())
        else:
            said = {
                "edge": (one, KG["knows"], other),
                "name": (one, RDFS["label"], Literal(chance.choice(NAMES))),
            }.get(kind, (one, RDF["type"], KG["Place"]))
            change = Change((Quad(*said, graph_name),))
        commit(home.graph, change)
        return f"{kind} {one}"


def live(folder: Path, seed: int, steps: int, every: int) -> int:
    """Let files change, people decide and others write; the index follows each step and is compared now and then."""
    vault = folder / "vault"
    vault.mkdir()
    scribe, judge, writer = Scribe(vault, seed), Judge(seed), Writer(seed)
    home = Home(vault, folder=folder / "home")
    home.ingest()
    texts = NoteTexts(folder / "home" / "cache.sqlite")
    before: Collection | None = None
    compared = 0
    model = Pairs()
    with SearchIndex.open(folder / "search.sqlite", model.name) as index:
        index.sync(home.graph, texts, model)
        for number in range(1, steps + 1):
            chance = judge.random.random()
            if chance < 0.35:
                scribe.step()
                home.ingest()
            elif chance < 0.7:
                judge.decide(home)
            else:
                writer.write(home)
            index.sync(home.graph, texts, model)
            assert index.is_current(home.graph, texts)
            if number % every == 0 or number == steps:
                before = check_like_new(index, home.graph, texts, before, model)
                compared += 1
            elif number % 2:
                before = index.collection(before)
    home.close()
    return compared


@pytest.mark.parametrize("seed", range(3))
def test_the_index_follows_whatever_happens(seed: int, tmp_path: Path) -> None:
    assert live(tmp_path, seed, 24, 3) == 8


@pytest.mark.parametrize(
    ("owner", "part", "nothing"),
    [(_Step, "_notes_of", lambda *_: set()), (GraphRows, "followed", lambda self, *_: self)],
    ids=["what depends", "the graph"],
)
def test_the_comparison_finds_what_is_not_followed(
    owner: type, part: str, nothing: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, part, nothing)
    with pytest.raises((AssertionError, DamagedIndexError)):
        live(tmp_path, 1, 24, 3)
