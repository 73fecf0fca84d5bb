"""What a resolver keeps in a file: the same answer after any history, in any number of processes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.resolution import (
    Decided,
    MemoryShelf,
    Profile,
    ResolutionSettings,
    Resolver,
    Settled,
    SqliteShelf,
    setting_digest,
)
from tests.resolution.examples import ONTOLOGY, SCORER, decisions, iri, profile, profiles
from tests.resolution.histories import History

SMALL = ResolutionSettings(block_size=2)


def connect(path: Path | str = ":memory:") -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


@pytest.mark.parametrize("seed", range(60))
def test_any_history_in_a_file_ends_where_one_run_over_the_last_state_does(seed: int) -> None:
    with closing(connect()) as db:
        History(seed, lambda: SqliteShelf(db, "a"), db).run(60)


def test_a_shelf_that_forgets_what_is_unsettled_is_found_out() -> None:
    def forgetful(db: sqlite3.Connection) -> SqliteShelf:
        shelf = SqliteShelf(db, "a")
        shelf.unsettled.clear()
        return shelf

    with closing(connect()) as db, pytest.raises(AssertionError):
        History(3, lambda: forgetful(db), db).run(60)


@settings(max_examples=60)
@given(st.lists(profiles, max_size=8, unique_by=lambda p: p.iri.value), decisions, st.sampled_from([1, 2, 64]))
def test_both_shelves_hold_the_same(entities: list[Profile], decided: Decided, block_size: int) -> None:
    options = ResolutionSettings(block_size=block_size)
    with closing(connect()) as db:
        memory, file = MemoryShelf(), SqliteShelf(db, "a")
        for shelf in (memory, file):
            resolver = Resolver(SCORER, options, decided, shelf)
            for entity in entities:
                resolver.add(entity)
            resolver.settle()
        reopened = SqliteShelf(db, "a")
        for other in (file, reopened):
            assert dict(memory.profiles.items()) == dict(other.profiles.items())
            assert dict(memory.clusters.items()) == dict(other.clusters.items())
            for entity in entities:
                assert memory.pairs.of(entity.iri) == other.pairs.of(entity.iri)
                assert memory.refusals.of(entity.iri) == other.refusals.of(entity.iri)
                assert memory.reviews.of(entity.iri) == other.reviews.of(entity.iri)
            assert sorted(memory.blocks.larger_than(0)) == sorted(other.blocks.larger_than(0))
            assert set(memory.pairs.values()) == set(other.pairs.values())
            assert memory.decided() == other.decided()
            assert memory.unsettled.all() == other.unsettled.all() == frozenset()


def test_a_new_process_goes_on_and_reads_its_blocks_only(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with closing(connect(path)) as db:
        db.execute("BEGIN")
        resolver = Resolver(SCORER, shelf=SqliteShelf(db, "a"))
        assert resolver.is_new
        for number in range(50):
            resolver.add(profile(f"p{number}", f"Name {'abcdefghij'[number % 10] * 7} {'klmno'[number % 5] * 6}"))
        resolver.add(profile("k", "Apache Kafka", class_name="Software"))
        resolver.settle()
        db.execute("COMMIT")
    with closing(connect(path)) as db:
        db.execute("BEGIN")
        read: list[str] = []
        db.set_trace_callback(read.append)
        resolver = Resolver(SCORER, shelf=SqliteShelf(db, "a"))
        assert not resolver.is_new
        resolver.add(profile("m", "Apache Kafka", class_name="Software"))
        assert resolver.settle().changed == {iri("k"), iri("m")}
        assert resolver.cluster(iri("m")).keeper == iri("k")
        profiles_read = [text for text in read if "FROM resolution_profiles WHERE" in text]
        assert 0 < len(set(profiles_read)) <= 3


def test_another_setting_empties_the_shelf() -> None:
    with closing(connect()) as db:
        same = Decided(same=frozenset([frozenset((iri("a"), iri("b")))]))
        resolver = Resolver(SCORER, None, same, SqliteShelf(db, "a"))
        for name in "ab":
            resolver.add(profile(name, "Kafka"))
        resolver.settle()
        assert not SqliteShelf(db, "a").is_new
        other = SqliteShelf(db, "b")
        assert other.is_new
        assert other.decided() == Decided()
        assert Resolver(SCORER, shelf=other).resolution().clusters == ()
        assert SqliteShelf(db, "a").is_new


def test_tables_of_another_make_are_replaced_and_others_left() -> None:
    with closing(connect()) as db:
        db.execute("CREATE TABLE resolution_profiles(entity TEXT)")
        db.execute("INSERT INTO resolution_profiles VALUES ('a')")
        db.execute("CREATE TABLE resolutions(entity TEXT)")
        shelf = SqliteShelf(db, "a")
        assert shelf.is_new
        shelf.profiles.put(iri("a"), profile("a", "Kafka"))
        db.execute("DROP TABLE resolution_about")
        assert SqliteShelf(db, "a").profiles.get(iri("a")) is None
        assert db.execute("SELECT count(*) FROM resolutions").fetchone() == (0,)


def test_opening_what_is_there_writes_nothing() -> None:
    with closing(connect()) as db:
        resolver = Resolver(SCORER, shelf=SqliteShelf(db, "a"))
        resolver.add(profile("a", "Kafka"))
        resolver.settle()
        db.execute("PRAGMA query_only = ON")
        again = Resolver(SCORER, None, Decided(), SqliteShelf(db, "a"))
        assert again.settle() == Settled()
        assert again.profile(iri("a")) == profile("a", "Kafka")


def test_the_setting_is_of_all_that_answers_depend_on() -> None:
    assert setting_digest(ONTOLOGY, ResolutionSettings()) == setting_digest(ONTOLOGY, ResolutionSettings())
    assert setting_digest(ONTOLOGY, ResolutionSettings()) != setting_digest(ONTOLOGY, SMALL)


def test_opening_with_other_decisions_is_deciding() -> None:
    same = Decided(same=frozenset([frozenset((iri("a"), iri("b")))]))
    with closing(connect()) as db:
        resolver = Resolver(SCORER, shelf=SqliteShelf(db, "a"))
        resolver.add(profile("a", "Kafka"))
        resolver.add(profile("b", "Franz"))
        resolver.settle()
        assert Resolver(SCORER, None, same, SqliteShelf(db, "a")).settle().changed == {iri("a"), iri("b")}
        assert Resolver(SCORER, None, None, SqliteShelf(db, "a")).cluster(iri("b")).keeper == iri("a")
        assert Resolver(SCORER, None, Decided(), SqliteShelf(db, "a")).settle().changed == {iri("a"), iri("b")}
