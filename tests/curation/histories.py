"""Random lives of a vault: its files change, and people decide about what was read from them."""

from __future__ import annotations

import random
from pathlib import Path

from kg.curation import (
    Accept,
    Author,
    Curator,
    Merge,
    Reject,
    RejectWord,
    Rename,
    Request,
    Retype,
    Split,
    Undo,
)
from kg.curation.profiles import is_entity
from kg.decisions import Decision, Log
from kg.errors import InputError, NotFoundError
from kg.ingest import forget
from kg.rdf import KG, RDF, DefaultGraph, NamedNode
from tests.ingest.homes import MINTER, Home, Opened, differences, embedded, fresh
from tests.ingest.vaults import NAMES, Scribe

CLASSES = ("Person", "Company", "Technology", "Place", "Organisation", "Tool")


class DifferentError(AssertionError):
    """A home that lived holds something else than one made from scratch."""


class Judge:
    """Decides at random about what a home holds. The same seed does the same in the same home."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"{seed} decisions")
        self.refused = self.compared = 0
        self.made: list[str] = []

    def decide(self, home: Home) -> str:
        """Make a decision and say which; what cannot be decided changes nothing."""
        curator = home.curator()
        request = self._request(home, curator)
        if request is None:
            return "nothing to decide"
        author = Author(self.random.choice(("ada", "ben")), f"2026-01-{len(self.made) % 28 + 1:02}T12:00:00Z")
        try:
            made = curator.decide([request], author)
        except (InputError, NotFoundError) as error:
            self.refused += 1
            return f"refused {request}: {error}"
        self.made += [decision.kind for decision in made]
        return str(request)

    def _request(self, home: Home, curator: Curator) -> Request | None:
        store, chance = home.store, self.random
        items = sorted(
            quad.subject.value
            for kind in ("Evidence", "Refusal", "Prediction")
            for quad in store.match(None, RDF["type"], KG[kind])
            if isinstance(quad.subject, NamedNode)
        )
        entities = sorted(iri for iri in home.cache.notes.entities() if is_entity(NamedNode(iri), MINTER))
        decisions = [iri.value for iri, _ in curator.log().items()]
        kind = chance.choice(
            ("accept", "reject", "reject", "alike", "word", "retype", "rename", "merge", "merge", "split", "undo")
        )
        if kind in ("accept", "reject", "alike") and items:
            item, alike = chance.choice(items), kind == "alike"
            return Accept(item, alike) if kind == "accept" or chance.random() < 0.3 else Reject(item, alike)
        if kind == "word":
            entity = NamedNode(chance.choice(entities)) if entities and chance.random() < 0.5 else None
            return RejectWord(chance.choice(NAMES), entity)
        if kind == "undo" and decisions:
            return Undo(chance.choice(decisions))
        if not entities:
            return None
        one, other = (NamedNode(chance.choice(entities)) for _ in range(2))
        if kind == "retype":
            return Retype(one, KG[chance.choice(CLASSES)])
        if kind == "rename":
            return Rename(one, chance.choice(NAMES))
        if kind == "merge":
            return Merge(one, other)
        notes = sorted(note for note, _ in home.cache.notes.said_of(one.value))
        return Split(one, tuple(NamedNode(note) for note in notes[:1]) if chance.random() < 0.3 else ())


def built_from(paths: tuple[Path, ...], log: Log, opened: Opened = embedded) -> Home:
    """A home that has a log, and then reads the files as they are now."""
    home = Home(*paths, opened=opened)
    home.curator().merge_log(log)
    home.ingest()
    return home


def undo_all(home: Home) -> tuple[Decision, ...]:
    """Undo what is in force until nothing is."""
    made: list[Decision] = []
    while True:
        log = home.curator().log()
        standing = [iri.value for iri, _ in log.items() if log.is_in_force(iri)]
        if not standing:
            return tuple(made)
        made += home.curator().decide([Undo(iri) for iri in standing], Author("ada", "2026-02-01T12:00:00Z"))


def upset(home: Home, judge: Judge) -> str:
    """Take something from a home that comes back with its next ingest, and perhaps decide without it."""
    what = judge.random.choice(("cache", "note", "vault"))
    vault = home.paths[0]
    away = vault.with_name("away")
    if what == "cache":
        home.lose_cache()
    elif what == "note":
        notes = sorted(home.note_graphs())
        what = f"{MINTER.base}note/{judge.random.choice(notes)}" if notes else ""
        forget(home.curator(), [what])
    else:
        vault.rename(away)
        home.ingest()
    decided = judge.decide(home) if judge.random.random() < 0.5 else "nothing"
    if away.exists():
        away.rename(vault)
    return f"{what} is away, {decided}"


def served(home: Home) -> str:
    """All quads but the log, as sorted N-Quads."""
    quads = [*home.store.match(), *home.store.match(graph_name=DefaultGraph())]
    return "".join(sorted(f"{quad} .\n" for quad in quads if quad.graph_name != MINTER.graph("decisions")))


def live(folder: Path, seed: int, steps: int, every: int = 1, opened: Opened = embedded) -> Judge:
    """Let files change and people decide, and compare with homes made from scratch; at last undo everything.

    Raises:
        DifferentError: the seed, the step, and some quads that only one of two homes holds.
    """
    vault = folder / "vault"
    vault.mkdir()
    scribe, judge = Scribe(vault, seed), Judge(seed)
    # Of a file that cannot be read stays what it said, which no home from scratch can know.
    scribe.spoil = scribe.retag  # type: ignore[method-assign]
    home = Home(vault, opened=opened)
    home.ingest()
    said: list[str] = []
    for number in range(1, steps + 1):
        chance = judge.random.random()
        if chance < 0.1:
            said.append(upset(home, judge))
            home.ingest()
        elif chance < 0.4:
            said.append(scribe.step())
            home.ingest()
        else:
            said.append(judge.decide(home))
        if judge.random.random() < 0.1:
            home.restart()
        if number % every == 0 or number == steps:
            home.check()
            expected = built_from(home.paths, home.curator().log()).dump()
            _compare(judge, expected, home.dump(), f"seed {seed}, after step {number}: {'; '.join(said)}")
            said.clear()
    undo_all(home)
    home.check()
    _compare(judge, served(fresh(vault)), served(home), f"seed {seed}, all undone")
    home.close()
    return judge


def _compare(judge: Judge, expected: str, found: str, where: str) -> None:
    judge.compared += 1
    if found != expected:
        raise DifferentError(f"{where}\n{differences(expected, found)}")
