"""The mirror of a store is what it would be if it were built anew, whatever has happened to its files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from kg.mirror import files, keeping
from kg.mirror.journal import JOURNAL
from kg.mirror.keeping import Mirror
from kg.model import Change
from kg.rdf import BlankNode, Literal, NamedNode, Quad
from kg.stores.oxigraph import OxigraphStore
from tests.property_graph.datasets import ABSENT, BASE, USER, random_dataset

NODE, OTHER, P = NamedNode("http://x/a"), NamedNode("http://x/b"), NamedNode(f"{BASE}term/p")
EXCLUDED = frozenset({NamedNode(f"{BASE}graph/predicted")})
TERMS = {"p": P, "person": NamedNode(f"{BASE}term/Person")}

Count = dict[str, int]


@pytest.fixture(autouse=True)
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    """How often a mirror was built and advanced; every one is kept, and none is left to the next in memory."""
    done = {"build": 0, "advance": 0}

    def counting(name: str) -> Callable[..., object]:
        real = getattr(keeping, name)

        def counted(*arguments: object) -> object:
            done[name] += 1
            return real(*arguments)

        return counted

    for name in done:
        monkeypatch.setattr(keeping, name, counting(name))
    monkeypatch.setattr(keeping, "_WORTH_KEEPING", -1.0)
    monkeypatch.setattr(keeping, "_LEFT", keeping._Left())
    return done


def forget_left() -> None:
    keeping._LEFT._held = None


def opened(folder: Path, read_only: bool = False, dataset: str = "merged", store: str = "store") -> OxigraphStore:
    forget_left()
    return OxigraphStore(
        folder / store, "merged" if dataset == "merged" else "separate", EXCLUDED, read_only,
        base=BASE, names=TERMS, mirror=folder / "mirror",
    )  # fmt: skip


def quad(value: str | NamedNode, subject: NamedNode = NODE) -> Quad:
    return Quad(subject, P, Literal(value) if isinstance(value, str) else value, USER)


def add(store: OxigraphStore, *quads: Quad) -> None:
    store.commit(Change(quads))


def is_right(store: OxigraphStore) -> bool:
    return not store.verify_mirror()


@pytest.mark.parametrize("seed", range(25))
def test_random_changes(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    absent = random.choice(ABSENT)
    dataset = "merged" if absent == USER else "separate"
    store = opened(tmp_path, dataset=dataset)
    pool = sorted(random_dataset(random, absent, 120), key=str)
    for _ in range(random.randint(2, 8)):
        held = sorted(store._asserted(), key=str)
        some = random.sample(pool, min(len(pool), random.choice((0, 1, 5, 60))))
        gone = random.sample(held, min(len(held), random.choice((0, 1, 5, 200))))
        store.commit(Change(tuple(some), tuple(gone)))
        if random.random() < 0.3:
            store.close()
            store = opened(tmp_path, dataset=dataset)
        if random.random() < 0.7:
            assert is_right(store)
    assert is_right(store)
    store.close()


def test_a_mirror_is_moved_on_and_not_built_again(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"), quad(OTHER))
    assert is_right(store) and count == {"build": 1, "advance": 0}
    add(store, quad("2"))
    store.commit(Change((), (quad(OTHER),)))
    assert is_right(store) and count == {"build": 1, "advance": 1}
    store.close()
    for read_only in (False, True):
        store = opened(tmp_path, read_only)
        assert is_right(store)
        store.close()
    assert count == {"build": 1, "advance": 1}


def test_the_end_of_nothing_disappears_and_one_that_speaks_stays(tmp_path: Path) -> None:
    store = opened(tmp_path)
    blank = BlankNode("b")
    long = NamedNode("http://x/" + "y" * 9000)
    links = [Quad(NODE, P, end, USER) for end in (OTHER, blank, long, NODE)]
    add(store, *links, quad("x", OTHER))
    assert is_right(store)
    store.commit(Change((), (links[0], links[1])))
    assert is_right(store)
    store.commit(Change((), (*links[2:], quad("x", OTHER))))
    assert is_right(store)
    assert list(store._current_mirror().snapshot().run("MATCH (n) RETURN n", {}).rows) == []
    store.close()


def test_a_transaction_reads_what_was_there_when_it_began(tmp_path: Path) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    before = store._current_mirror().snapshot()
    add(store, quad("1", OTHER))
    after = store._current_mirror().snapshot()
    counts = [list(each.run("MATCH (n) RETURN count(n)", {}).rows) for each in (before, after)]
    assert counts == [[(1,)], [(2,)]]
    store.close()


@pytest.mark.slow
def test_a_process_that_is_killed_between_journal_and_commit(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    assert is_right(store)
    store.close()
    code = f"""
import os, signal, sys
from pathlib import Path
from kg.model import Change
from kg.rdf import Literal, NamedNode, Quad
from kg.stores.oxigraph import OxigraphStore
if sys.argv[2] == "before":
    OxigraphStore._add = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
store = OxigraphStore(Path(sys.argv[1]) / "store", base={BASE!r})
node = NamedNode("http://x/killed")
store.commit(Change((Quad(node, node, Literal("1"), NamedNode({USER.value!r})),)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    for when in ("before", "after"):
        run = subprocess.run([sys.executable, "-c", code, tmp_path, when], timeout=60, check=False)
        assert run.returncode == -signal.SIGKILL
        store = opened(tmp_path)
        assert is_right(store)
        store.close()
    assert count == {"build": 1, "advance": 2}


def journal(folder: Path) -> Path:
    return folder / "store" / JOURNAL


def kept(folder: Path) -> Path:
    return folder / "mirror" / files._GRAPH


def others_write(folder: Path) -> None:
    hidden = journal(folder).rename(folder / "hidden")
    store = OxigraphStore(folder / "store")
    add(store, quad("by others", NamedNode("http://x/others")))
    store.close()
    journal(folder).unlink(missing_ok=True)
    shutil.copyfile(hidden, journal(folder))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no journal": lambda folder: journal(folder).unlink(),
    "an empty journal": lambda folder: journal(folder).write_bytes(b""),
    "a torn journal": lambda folder: journal(folder).write_bytes(journal(folder).read_bytes()[:-3]),
    "a journal of noise": lambda folder: journal(folder).write_bytes(os.urandom(500)),
    "no mirror": lambda folder: kept(folder).unlink(),
    "an empty mirror": lambda folder: kept(folder).write_bytes(b""),
    "half a mirror": lambda folder: kept(folder).write_bytes(kept(folder).read_bytes()[:-40]),
    "a mirror of noise": lambda folder: kept(folder).write_bytes(os.urandom(2000)),
    "a changed byte": lambda folder: kept(folder).write_bytes(kept(folder).read_bytes()[:-9] + b"12345678\n"),
    "another engine": lambda folder: kept(folder).write_bytes(kept(folder).read_bytes().replace(b"0.21.2", b"0.21.1")),
    "the machine crashed": lambda folder: journal(folder).write_bytes(
        journal(folder).read_bytes().replace(b" closed\n", b" another-run\n")
    ),
    "others wrote the store": others_write,
}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_made_anew(damage: str, read_only: bool, tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"), quad(OTHER))
    assert is_right(store)
    store.close()
    DAMAGE[damage](tmp_path)
    store = opened(tmp_path, read_only)
    assert is_right(store) and count == {"build": 2, "advance": 0}
    store.close()
    store = opened(tmp_path)
    add(store, quad("2"))
    assert is_right(store)
    store.close()


def test_an_older_checkpoint_and_a_store_that_was_put_back(tmp_path: Path) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    assert is_right(store)
    store.checkpoint(str(tmp_path / "checkpoint"))
    add(store, quad("2"))
    assert is_right(store)
    store.close()
    older = opened(tmp_path, read_only=True, store="checkpoint")
    assert is_right(older)
    assert len(list(older._asserted())) == 1
    older.close()
    newer = opened(tmp_path)
    assert is_right(newer)
    newer.close()
    shutil.rmtree(tmp_path / "store")
    shutil.move(tmp_path / "checkpoint", tmp_path / "store")
    back = opened(tmp_path)
    add(back, quad("3"))
    assert is_right(back)
    back.close()


def test_a_checkpoint_goes_on_from_the_mirror_of_the_store(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    assert is_right(store)
    add(store, quad("2"))
    store.checkpoint(str(tmp_path / "checkpoint"))
    reader = opened(tmp_path, read_only=True, store="checkpoint")
    assert is_right(reader) and count == {"build": 1, "advance": 1}
    reader.close()
    store.close()


def test_a_reader_takes_over_what_the_one_before_it_had_in_memory(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    for number in range(3):
        store.checkpoint(str(tmp_path / f"c{number}"))
        reader = OxigraphStore(
            tmp_path / f"c{number}", "merged", EXCLUDED, True, base=BASE, names=TERMS, mirror=tmp_path / "mirror"
        )
        assert is_right(reader)
        reader.close()
        shutil.rmtree(tmp_path / "mirror")
        add(store, quad(str(number), OTHER))
    store.close()
    assert count == {"build": 1, "advance": 2}


@pytest.mark.slow
def test_filling_and_huge_commits_begin_anew(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    assert is_right(store)
    store.fill([quad("2")])
    assert is_right(store)
    add(store, *(quad("1", NamedNode(f"http://x/{number}")) for number in range(21_000)))
    assert is_right(store)
    assert count == {"build": 3, "advance": 0}
    store.close()


def test_a_long_journal_loses_its_first_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count) -> None:
    monkeypatch.setattr("kg.mirror.journal._MOST_BYTES", 2000)
    store = opened(tmp_path)
    for number in range(100):
        add(store, quad(str(number)))
        if number % 5 == 0:
            assert is_right(store)
    assert journal(tmp_path).stat().st_size < 2100
    assert count["build"] == 1
    store.close()
    store = opened(tmp_path)
    assert is_right(store) and count["build"] == 1
    store.close()


def test_without_the_right_to_write_it_is_kept_in_memory(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    store.close()
    (tmp_path / "mirror").write_text("no folder")
    for _ in range(2):
        store = opened(tmp_path, read_only=True)
        assert is_right(store) and is_right(store)
        store.close()
    assert count == {"build": 2, "advance": 0}


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir(mode=0o755)
    store = opened(tmp_path)
    add(store, quad("1"))
    assert is_right(store)
    store.close()
    assert (tmp_path / "mirror").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "mirror").iterdir()} == {0}


def test_names_stay_when_the_ontology_changes(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"))
    assert is_right(store)
    store.close()
    forget_left()
    terms = {"p": NamedNode("http://other/p"), "q": NamedNode("http://other/q")}
    store = OxigraphStore(tmp_path / "store", base=BASE, names=terms, mirror=tmp_path / "mirror")
    mirror: Mirror = store._current_mirror()
    assert mirror.names.name(P) == "p" and mirror.names.name(terms["q"]) == "q"
    assert mirror.names.name(terms["p"]) == "http://other/p"
    assert is_right(store) and count == {"build": 2, "advance": 0}
    store.close()
    for damaged in ("", "[1]", '{"prefixes": 1, "terms": 2}', '{"prefixes": {}, "terms": {"p": 3}}'):
        (tmp_path / "mirror" / files._NAMES).write_text(damaged)
        store = opened(tmp_path)
        assert is_right(store)
        store.close()


@pytest.mark.slow
def test_two_processes_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    add(store, *(quad("1", NamedNode(f"http://x/{number}")) for number in range(300)))
    store.close()
    code = f"""
import sys
from pathlib import Path
from kg.mirror import keeping
from kg.stores.oxigraph import OxigraphStore
keeping._WORTH_KEEPING = -1.0
for _ in range(15):
    keeping._LEFT._held = None
    (Path(sys.argv[1]) / "mirror" / "graph.kgl").unlink(missing_ok=True)
    store = OxigraphStore(Path(sys.argv[1]) / "store", read_only=True, base={BASE!r}, mirror=Path(sys.argv[1]) / "mirror")
    assert not store.verify_mirror()
    store.close()
"""
    running = [subprocess.Popen([sys.executable, "-c", code, tmp_path]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]


def test_what_differs_is_told_and_made_anew(tmp_path: Path, count: Count) -> None:
    store = opened(tmp_path)
    add(store, quad("1"), quad(OTHER))
    kept_now = store._current_mirror()
    kept_now.snapshot()
    assert kept_now._kept is not None
    kept_now._kept.engine.change(
        "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) SET n.p = 'wrong'", [{"k": NODE.value}]
    )
    kept_now._reader = None
    report = store.verify_mirror()
    assert len(report.missing) == len(report.surplus) == 1 and "wrong" in report.surplus[0]
    assert is_right(store) and count["build"] == 2
    store.close()
