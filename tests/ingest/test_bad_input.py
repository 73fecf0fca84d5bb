"""What cannot be read is reported with its file and line, the other notes are stored, and nothing stored is lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cache import IngestCache
from kg.errors import NotFoundError, StoreError
from kg.ingest import IngestReport, forget, plan_roots
from kg.model import Change
from kg.rdf import DCT, KG, Literal, NamedNode
from tests.ingest.homes import BASE, Home, differences, fresh, write

pytestmark = pytest.mark.model

GOOD = {
    "Good.md": b"# Good\n\nAda Lovelace works for Acme Robotics. See [[Other]].\n",
    "Other.md": b"# Other\n\nRust.\n",
}
LATIN = "Ein Café.\n\nEs ist naß.\n".encode("latin-1")


def reasons(report: IngestReport) -> dict[str, tuple[str, int | None]]:
    return {failure.path: (failure.reason, failure.line) for failure in report.failures}


def note(path: str) -> NamedNode:
    return NamedNode(f"{BASE}note/{path}")


def expect_fresh(home: Home) -> None:
    home.check()
    expected, found = fresh(*home.paths).dump(), home.dump()
    if found != expected:
        pytest.fail(differences(expected, found))


# --- files


@pytest.mark.parametrize(
    ("name", "content", "said", "line"),
    [
        ("latin1.md", b"# Title\n\n" + LATIN, "UTF-8", 3),
        ("binary.md", bytes(range(256)) * 20, "", None),
        ("nul.md", b"one\ntwo\x00three\n", "NUL", None),
        ("huge.md", b"word " * 10_000_000, "", None),
        ("lines.jsonl", b'{"id": 1, "text": "One."}\n{"id": 2, "text": \n', "JSON", 2),
    ],
)
def test_a_file_that_cannot_be_read(
    home: Home, vault: Path, name: str, content: bytes, said: str, line: int | None
) -> None:
    write(vault, GOOD | {name: content})
    report = home.ingest()
    reason, found = reasons(report)[name]
    assert said in reason and (line is None or found == line)
    assert {file.path for file in report.files if file.outcome == "added"} >= set(GOOD)
    assert report.to_json()["notes"]["failed"] == 1
    assert reasons(home.ingest()).keys() == {name}, "the second run says it again"


def test_broken_front_matter_is_reported_and_the_rest_read(home: Home, vault: Path) -> None:
    write(vault, GOOD | {"yaml.md": b"---\ntitle: a: b: c\ntags: [x\n---\nSee [[Good]].\n"})
    report = home.ingest()
    reason, line = reasons(report)["yaml.md"]
    assert "YAML" in reason and line == 2
    assert list(home.store.match(note("yaml.md"), KG["linksTo"], note("Good.md")))
    expect_fresh(home)


def test_a_note_that_breaks_keeps_what_it_was_until_it_is_mended(home: Home, vault: Path) -> None:
    write(vault, GOOD)
    home.ingest()
    before = home.dump()
    write(vault, {"Other.md": LATIN})
    report = home.ingest()
    assert "Other.md" in reasons(report)
    assert home.dump() == before
    home.restart()
    home.ingest()
    assert home.dump() == before
    write(vault, {"Other.md": b"# Other\n\nMended.\n"})
    assert not home.ingest().failures
    expect_fresh(home)


def test_a_line_that_breaks_keeps_its_note(home: Home, vault: Path) -> None:
    rows = [b'{"id": "a", "text": "Alpha is here."}', b'{"id": "b", "text": "Beta is here. See [[a]]."}']
    write(vault, {"rows.jsonl": b"\n".join(rows)})
    home.ingest()
    before = home.note_graphs()
    write(vault, {"rows.jsonl": rows[0] + b'\n{"id": "b", "text": oops}\n{"id": "c", "text": "New."}\n'})
    for _ in range(2):
        report = home.ingest()
        assert reasons(report)["rows.jsonl"][1] == 2
        found = home.note_graphs()
        assert found["id:a"] == before["id:a"] and found["id:b"] == before["id:b"] and "id:c" in found
    write(vault, {"rows.jsonl": rows[0]})
    home.ingest()
    assert "id:b" not in home.note_graphs()
    expect_fresh(home)


def test_a_broken_file_that_is_deleted_leaves_the_graph(home: Home, vault: Path) -> None:
    write(vault, GOOD)
    home.ingest()
    write(vault, {"Other.md": LATIN})
    home.ingest()
    (vault / "Other.md").unlink()
    home.ingest()
    expect_fresh(home)


def test_links_that_go_round_in_circles(home: Home, vault: Path) -> None:
    write(vault, GOOD)
    (vault / "loop").symlink_to(vault, target_is_directory=True)
    (vault / "self.md").symlink_to(vault / "self.md")
    (vault / "away.md").symlink_to("/etc/hostname")
    report = home.ingest()
    assert {"self.md", "away.md"} <= reasons(report).keys()
    assert set(home.note_graphs()) == set(GOOD)


def test_a_note_that_is_deleted_while_it_is_read(home: Home, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(vault, GOOD | {"z/Late.md": b"# Late\n"})
    scan = sys.modules["kg.ingest.scan"]
    read = scan._read_if_changed  # type: ignore[attr-defined]

    def delete_and_read(folder: Path, path: str, known: object) -> object:
        if path == "Other.md":
            (vault / path).unlink()
        return read(folder, path, known)

    monkeypatch.setattr(scan, "_read_if_changed", delete_and_read)
    report = home.ingest()
    assert report.counts()["added"] == 2
    expect_fresh(home)


def test_a_note_that_is_deleted_before_it_is_read_again(
    home: Home, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(vault, GOOD)
    home.ingest()
    before = home.raw_notes()["Good.md"]
    write(vault, {"Acme Robotics.md": b"# Acme Robotics\n"})  # named in Good.md, which has to be read again
    reread = type(home.ingester)._reread

    def delete_and_reread(self: object, vault_: object, iri: str, *rest: object) -> object:
        (vault / iri.removeprefix(f"{BASE}note/")).unlink()
        return reread(self, vault_, iri, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(home.ingester), "_reread", delete_and_reread)
        report = home.ingest()
    assert "Good.md" in reasons(report)
    assert home.raw_notes()["Good.md"] == before
    home.ingest()
    expect_fresh(home)


def test_a_file_that_may_not_be_opened(home: Home, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(vault, GOOD)
    home.ingest()
    before = home.dump()
    if os.geteuid() == 0:  # root may open everything
        opened = Path.read_bytes

        def refuse(self: Path) -> bytes:
            if self.name == "Other.md":
                raise PermissionError(13, "Permission denied")
            return opened(self)

        monkeypatch.setattr(Path, "read_bytes", refuse)
    else:
        (vault / "Other.md").chmod(0)
    report = home.ingest()
    assert reasons(report)["Other.md"][0] == "cannot be opened: Permission denied"
    assert home.dump() == before


def test_a_root_that_is_gone_keeps_its_notes(home: Home, vault: Path) -> None:
    write(vault, GOOD)
    home.ingest()
    before = home.dump()
    vault.rename(vault.with_name("elsewhere"))
    report = home.ingest()
    assert "not there" in reasons(report)[str(vault)][0]
    assert home.dump() == before
    vault.with_name("elsewhere").rename(vault)
    assert home.ingest().counts()["unchanged"] == 2
    assert home.dump() == before


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        plan_roots({}, [tmp_path / "nothing"])


# --- the disk and the cache


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for little; skipped where none can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=12m tmpfs {place} 2>/dev/null") != 0:
        pytest.skip("no file system can be mounted here")
    yield place
    os.system(f"umount -l {place}")


def many_notes(count: int) -> dict[str, bytes]:
    text = " ".join(f"Person{number} Smith{number} works for Company{number % 7} Robotics." for number in range(60))
    return {f"n{number}.md": f"# Note {number}\n\n{text}\n".encode() for number in range(count)}


@pytest.mark.slow
def test_a_full_disk(small_disk: Path, vault: Path) -> None:
    write(vault, GOOD)
    home = Home(vault, folder=small_disk / "home")
    home.ingest()
    before = home.note_graphs()
    write(vault, many_notes(30))
    for _ in range(2):
        with pytest.raises(StoreError) as failure:
            home.ingest()
        assert "space" in str(failure.value).lower() or "full" in str(failure.value).lower()
        try:
            home.close()
        except StoreError as error:
            assert "space" in str(error).lower()
        home = Home(vault, folder=small_disk / "home")
        assert not home.store.verify()
        assert before.items() <= home.note_graphs().items()
    assert os.system(f"mount -o remount,size=400m {small_disk}") == 0
    home.ingest()
    expect_fresh(home)
    home.close()


def test_a_store_that_fails_leaves_the_next_run_to_complete(
    home: Home, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(vault, GOOD)
    home.ingest()
    before = home.dump()

    def fail(change: Change) -> None:
        raise StoreError("No space left on device")

    write(vault, {"Other.md": b"# Other\n\nOxigraph is written in Rust.\n", "Third.md": b"# Third\n\nSee [[Other]].\n"})
    with monkeypatch.context() as patch:
        patch.setattr(home.store, "commit", fail)
        with pytest.raises(StoreError):
            home.ingest()
    assert home.dump() == before
    home.ingest()
    expect_fresh(home)


def test_a_damaged_cache_is_made_again(vault: Path, tmp_path: Path) -> None:
    write(vault, GOOD)
    home = Home(vault, folder=tmp_path / "home")
    home.ingest()
    home.close()
    (tmp_path / "home" / "cache.sqlite").write_bytes(b"no database at all " * 1000)
    home = Home(vault, folder=tmp_path / "home")
    home.ingest()
    expect_fresh(home)
    home.close()


def test_a_cache_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cache\.sqlite"):
        IngestCache(tmp_path / "no folder" / "cache.sqlite")


# --- ids, roots, parts


def test_notes_that_share_an_id_are_known_by_their_paths(home: Home, vault: Path) -> None:
    write(vault, {"a.md": b"---\nid: x\n---\nOne.\n", "b.md": b"---\nid: y\n---\nTwo. [[a]]\n"})
    home.ingest()
    assert set(home.note_graphs()) == {"id:x", "id:y"}
    write(vault, {"b.md": b"---\nid: x\n---\nTwo. [[a]]\n"})
    report = home.ingest()
    assert set(home.note_graphs()) == {"a.md", "b.md"}
    assert len(report.notices) == 2 and "'x'" in report.notices[0]
    expect_fresh(home)
    (vault / "a.md").unlink()
    home.ingest()
    assert set(home.note_graphs()) == {"id:x"}
    expect_fresh(home)


def test_a_second_root_carries_its_name_and_links_lead_across(vault: Path, tmp_path: Path) -> None:
    write(vault, GOOD)
    other = tmp_path / "work notes"
    write(other, {"Plan.md": b"# Plan\n\nSee [[Good]].\n", "x.md": b"---\nid: moving\n---\nHere.\n"})
    home = Home(vault, other)
    home.ingest()
    assert set(home.roots) == {"", "work notes"}
    assert "root:work%20notes/Plan.md" in home.note_graphs()
    assert list(home.store.match(note("root:work%20notes/Plan.md"), KG["linksTo"], note("Good.md")))
    expect_fresh(home)
    (other / "x.md").rename(vault / "x.md")  # its IRI stays, its root does not
    home.ingest()
    assert not list(home.store.match(note("id:moving"), KG["root"]))
    expect_fresh(home)
    (vault / "Good.md").unlink()
    home.ingest(vault)
    assert not list(home.store.match(None, KG["linksTo"], note("Good.md")))
    expect_fresh(home)


def test_json_lines(home: Home, vault: Path) -> None:
    rows = (
        '{"id": 1, "title": "Oxigraph", "text": "Oxigraph is written in Rust.", "uses": "[[T2]]", "author": "[[T3]]"}\n'
        + "\n".join(f'{{"id": {number}, "title": "T{number}", "text": "See [[Oxigraph]]."}}' for number in (2, 3))
    )
    write(vault, {"rows.jsonl": rows.encode()})
    home.ingest()
    assert set(home.note_graphs()) == {"id:1", "id:2", "id:3"}
    assert {quad.object for quad in home.store.match(note("id:1"), KG["linksTo"])} == {note("id:2"), note("id:3")}
    assert list(home.store.match(note("id:2"), DCT["identifier"], Literal("2")))
    expect_fresh(home)


def test_one_file_as_a_root(vault: Path) -> None:
    write(vault, GOOD)
    home = Home(vault / "Good.md")
    home.ingest()
    assert set(home.note_graphs()) == {"Good.md"}
    (vault / "Good.md").write_bytes(b"# Good\n\nChanged.\n")
    assert home.ingest().counts()["updated"] == 1
    expect_fresh(home)


@pytest.mark.parametrize("part", [".hidden/x.md", "folder/.x.md", "picture.png"])
def test_a_part_that_is_no_part_of_the_vault_is_refused_by_name(home: Home, vault: Path, part: str) -> None:
    write(vault, GOOD | {part: b"# X\n"})
    home.ingest()
    report = home.ingest(vault / part)
    assert part in reasons(report)
    expect_fresh(home)


def test_a_part_that_is_gone(home: Home, vault: Path) -> None:
    write(vault, GOOD | {"sub/A.md": b"# A\n", "sub/B.md": b"# B\n"})
    home.ingest()
    (vault / "sub/A.md").unlink()
    report = home.ingest(vault / "sub/A.md")
    assert [(file.path, file.outcome) for file in report.files] == [("sub/A.md", "removed")]
    (vault / "sub/B.md").unlink()
    (vault / "sub").rmdir()
    home.ingest(vault / "sub")
    expect_fresh(home)


def test_what_is_forgotten_comes_back_with_its_folder(home: Home, vault: Path) -> None:
    write(vault, GOOD | {"sub/A.md": b"# A\n\n[[Good]]\n", "sub/B.md": b"# B\n"})
    home.ingest()
    before = home.dump()
    assert forget(home.curator(), ["sub", "nothing"]) == (["sub/A.md", "sub/B.md"], ["nothing"])
    home.check()
    assert set(home.note_graphs()) == set(GOOD)
    assert forget(home.curator(), [note("Good.md").value])[0] == ["Good.md"]
    home.ingest()
    assert home.dump() == before
