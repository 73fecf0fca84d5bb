"""Which files a vault has, and which note a link means."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.importers import importer_for
from kg.importers.metadata import note_title
from kg.model import Failure, Link, Note, NoteEntry
from kg.rdf import NamedNode
from kg.vault import VaultIndex, entry_keys, is_attachment, resolve_key, walk_vault


def entry(path: str, *names: str, root: str = "") -> NoteEntry:
    title, aliases = note_title(path, (), "")
    iri = NamedNode("urn:" + f"{root}:{path}".encode().hex())
    return NoteEntry(root, path, iri, title, (title, *aliases, *names), None, None, "")


def wiki(target: str) -> Link:
    return Link(target, "", "", False, "wiki", 0, 0)


def markdown(target: str) -> Link:
    return Link(target, "", "", False, "markdown", 0, 0)


def resolve(entries: Iterable[NoteEntry], link: Link, source: str, root: str = "") -> str | None:
    entries = list(entries)
    origin = next(item for item in entries if (item.path, item.root) == (source, root))
    found = VaultIndex(entries).resolve(link, origin)
    return None if found is None else f"{found.root}:{found.path}" if found.root != root else found.path


OBSIDIAN = [
    entry("Home.md"),
    entry("Ada Lovelace.md", "Ada", "Countess"),
    entry("people/Babbage.md"),
    entry("people/old/Babbage.md"),
    entry("a/Plan.md"),
    entry("b/Plan.md"),
    entry("b/deep/Plan.md"),
    entry("Ada.v2.md"),
    entry("Café.md"),
    entry("text.txt"),
    entry("both.md"),
    entry("both.txt"),
    entry("people/index.md"),
    entry("docs/README.md"),
    entry("docs/My note.md"),
    entry("docs/sub/x.md"),
]


@pytest.mark.parametrize(
    ("target", "source", "found"),
    [
        ("Ada Lovelace", "Home.md", "Ada Lovelace.md"),
        ("ada lovelace", "Home.md", "Ada Lovelace.md"),
        ("Ada Lovelace.md", "a/Plan.md", "Ada Lovelace.md"),
        ("Ada", "Home.md", "Ada Lovelace.md"),
        ("countess", "Home.md", "Ada Lovelace.md"),
        ("Ada.v2", "Home.md", "Ada.v2.md"),
        (unicodedata.normalize("NFD", "Café"), "Home.md", "Café.md"),
        ("Babbage", "Home.md", "people/Babbage.md"),
        ("Babbage", "people/old/Babbage.md", "people/Babbage.md"),
        ("old/Babbage", "Home.md", "people/old/Babbage.md"),
        ("people/old/Babbage", "Home.md", "people/old/Babbage.md"),
        ("Plan", "Home.md", "a/Plan.md"),
        ("Plan", "b/Plan.md", "b/Plan.md"),
        ("Plan", "b/deep/Plan.md", "a/Plan.md"),
        ("b/Plan", "a/Plan.md", "b/Plan.md"),
        ("text", "Home.md", "text.txt"),
        ("both", "Home.md", "both.md"),
        ("both.txt", "Home.md", "both.txt"),
        ("people", "Home.md", "people/index.md"),
        ("docs", "Home.md", "docs/README.md"),
        ("./Plan", "b/Plan.md", "b/Plan.md"),
        ("../a/Plan", "b/Plan.md", "a/Plan.md"),
        ("/a/Plan", "b/Plan.md", "a/Plan.md"),
        ("", "b/Plan.md", "b/Plan.md"),
        ("Nobody", "Home.md", None),
        ("lovelace", "Home.md", None),
        ("pic.png", "Home.md", None),
        ("../../../etc/passwd", "Home.md", None),
    ],
)
def test_wiki_links(target: str, source: str, found: str | None) -> None:
    assert resolve(OBSIDIAN, wiki(target), source) == found
    assert resolve(reversed(OBSIDIAN), wiki(target), source) == found


@pytest.mark.parametrize(
    ("target", "source", "found"),
    [
        ("../README.md", "docs/sub/x.md", "docs/README.md"),
        ("../My note.md", "docs/sub/x.md", "docs/My note.md"),
        ("../My note", "docs/sub/x.md", "docs/My note.md"),
        ("./sub/x.md", "docs/README.md", "docs/sub/x.md"),
        ("sub/x.md", "docs/README.md", "docs/sub/x.md"),
        ("docs/sub/x.md", "docs/README.md", "docs/sub/x.md"),
        ("/docs/sub/x.md", "docs/README.md", "docs/sub/x.md"),
        ("..", "docs/sub/x.md", "docs/README.md"),
        ("../", "docs/sub/x.md", "docs/README.md"),
        ("docs/", "Home.md", "docs/README.md"),
        ("people", "Home.md", "people/index.md"),
        ("x.md", "Home.md", "docs/sub/x.md"),
        ("Ada", "Home.md", None),
        ("../Home.md", "Home.md", None),
        ("../missing.md", "docs/sub/x.md", None),
        ("", "docs/sub/x.md", "docs/sub/x.md"),
    ],
)
def test_markdown_links(target: str, source: str, found: str | None) -> None:
    assert resolve(OBSIDIAN, markdown(target), source) == found


CASES = [
    entry("case/Foo.md", "Go"),
    entry("case/foo.md", "go"),
    entry("a/Bar.md"),
    entry("z/deep/bar.md"),
    entry("Docs/index.md"),
    entry("docs/index.md"),
    entry("Docs/X.md"),
    entry("docs/x.md"),
    *(entry(path) for path in ("p/T.md", "p/t.md", "p/T.txt", "p/t.txt")),
]


@pytest.mark.parametrize(
    ("target", "source", "found"),
    [
        ("foo", "a/Bar.md", "case/foo.md"),
        ("Foo", "a/Bar.md", "case/Foo.md"),
        ("foo.md", "a/Bar.md", "case/foo.md"),
        ("case/foo", "a/Bar.md", "case/foo.md"),
        ("/case/foo", "a/Bar.md", "case/foo.md"),
        ("../case/foo", "a/Bar.md", "case/foo.md"),
        ("./foo", "case/Foo.md", "case/foo.md"),
        ("bar", "a/Bar.md", "z/deep/bar.md"),
        ("docs", "a/Bar.md", "docs/index.md"),
        ("docs/x", "a/Bar.md", "docs/x.md"),
        ("Docs/X", "a/Bar.md", "Docs/X.md"),
        ("./x", "docs/index.md", "docs/x.md"),
        ("t", "a/Bar.md", "p/t.md"),
        ("p/t.txt", "a/Bar.md", "p/t.txt"),
        ("p/T.txt", "a/Bar.md", "p/T.txt"),
        ("go", "a/Bar.md", "case/foo.md"),
        ("Go", "a/Bar.md", "case/Foo.md"),
    ],
)
def test_the_written_case_comes_first(target: str, source: str, found: str) -> None:
    assert resolve(CASES, wiki(target), source) == found
    assert resolve(reversed(CASES), wiki(target), source) == found
    if target.startswith((".", "/")):
        assert resolve(CASES, markdown(target), source) == found


LOGSEQ = [
    entry("pages/a___b.md"),
    entry("pages/c%2Fd.md"),
    entry("pages/e.f.md"),
    entry("pages/Ada.md"),
    entry("journals/2024_01_05.md"),
    entry("proj.lantern.design.md"),
    entry("proj.lantern.md"),
]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("a/b", "pages/a___b.md"),
        ("A/B", "pages/a___b.md"),
        ("c/d", "pages/c%2Fd.md"),
        ("e/f", "pages/e.f.md"),
        ("e.f", "pages/e.f.md"),
        ("Ada", "pages/Ada.md"),
        ("pages/Ada", "pages/Ada.md"),
        ("2024_01_05", "journals/2024_01_05.md"),
        ("2024-01-05", "journals/2024_01_05.md"),
        ("Jan 5th, 2024", "journals/2024_01_05.md"),
        ("Friday, January 5th, 2024", "journals/2024_01_05.md"),
        ("Jan 6th, 2024", None),
        ("proj.lantern.design", "proj.lantern.design.md"),
        ("proj.lantern", "proj.lantern.md"),
        ("lantern", None),
    ],
)
def test_logseq_and_dendron_names(target: str, found: str | None) -> None:
    assert resolve(LOGSEQ, wiki(target), "pages/Ada.md") == found


def test_notes_of_the_same_root_come_first() -> None:
    entries = [entry("a.md", root="r2"), entry("z/a.md", root="r1"), entry("s.md", root="r1"), entry("b.md", root="r2")]
    assert resolve(entries, wiki("a"), "s.md", "r1") == "z/a.md"
    assert resolve(entries, wiki("b"), "s.md", "r1") == "r2:b.md"
    assert resolve(entries, markdown("../b.md"), "s.md", "r1") is None


def test_notes_in_one_file_are_found_by_their_names_only() -> None:
    entries = [entry("data.jsonl", "Paper one"), entry("data.jsonl", "Paper two"), entry("s.md")]
    assert resolve(entries, wiki("paper two"), "s.md") == "data.jsonl"
    assert resolve([entry("data.jsonl"), entry("s.md")], wiki("data.jsonl"), "s.md") is None


@pytest.mark.parametrize(
    ("target", "attachment"),
    [
        ("a.png", True),
        ("b/C.PDF", True),
        ("x.canvas", True),
        ("Note", False),
        ("Note.md", False),
        ("v1.2", False),
        ("a.txt", False),
        ("", False),
    ],
)
def test_attachments(target: str, attachment: bool) -> None:
    assert is_attachment(target) is attachment


PARTS = st.sampled_from(
    (
        "a",
        "A",
        "b",
        "B",
        "a b",
        "index",
        "README",
        "2024_01_05",
        "2024-01-05",
        "a.b",
        "a___b",
        "a%2Fb",
        "é",
        "e\u0301",
        "%61",
        ".",
        "Jan 5th, 2024",
        "ẞ",
    )
)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
FILES = st.builds(lambda path, suffix: path + suffix, PATHS, st.sampled_from((".md", ".txt", ".md.md", ".markdown")))
TARGETS = st.builds(
    lambda prefix, path, suffix: prefix + path + suffix,
    st.sampled_from(("", "", "./", "../", "../../", "/")),
    PATHS,
    st.sampled_from(("", "", ".md", ".txt", "/", "/.", "/..")),
)
ENTRIES = st.lists(
    st.builds(
        lambda path, names, root: entry(path, *names, root=root),
        FILES,
        st.lists(PATHS, max_size=1),
        st.sampled_from(("r", "s")),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda item: (item.root, item.path),
)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(entries=ENTRIES, target=TARGETS, style=st.sampled_from(("wiki", "markdown")), data=st.data())
def test_a_note_that_changes_what_a_link_means_has_the_links_key(
    entries: list[NoteEntry], target: str, style: str, data: st.DataObject
) -> None:
    """With this, a change of the note set re-links only what it can touch."""
    source = entries[0]
    link = Link(target, "", "", False, "wiki" if style == "wiki" else "markdown", 0, 0)
    before = VaultIndex(entries).resolve(link, source)
    assert VaultIndex(data.draw(st.permutations(entries))).resolve(link, source) == before
    for removed in entries[1:]:
        after = VaultIndex([item for item in entries if item is not removed]).resolve(link, source)
        if after != before:
            assert resolve_key(target) in entry_keys(removed)
    if before is not None:
        assert resolve_key(target) in entry_keys(before)


def paths(root: Path) -> list[str]:
    return [item if isinstance(item, str) else f"! {item.path}: {item.reason}" for item in walk_vault(root)]


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", encoding="utf-8")


def test_walk_yields_importable_files_sorted_without_hidden_ones(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "B.md", "a/z.txt", "a.md", "é/x.jsonl", "pic.png", "README", ".hidden.md", ".obsidian/x.md")
    write(tmp_path, "a/.trash/x.md", "a/b/c/d.MD", "node_modules/n.md")
    assert paths(tmp_path) == ["B.md", "a.md", "a/b/c/d.MD", "a/z.txt", "b.md", "node_modules/n.md", "é/x.jsonl"]


def test_walk_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (failure,) = walk_vault(tmp_path / "none")
    assert isinstance(failure, Failure) and "no folder" in failure.reason


def test_walk_ends_in_symlink_loops_and_reads_each_folder_once(tmp_path: Path) -> None:
    write(tmp_path, "a/x.md", ".store/hidden.md")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "0-again").symlink_to(tmp_path / "a")
    (tmp_path / "shown").symlink_to(tmp_path / ".store")
    (tmp_path / "y.md").symlink_to(tmp_path / "a" / "x.md")
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "dangling.md").symlink_to("nowhere.md")
    found = paths(tmp_path)
    assert [item for item in found if not item.startswith("!")] == ["a/x.md", "shown/hidden.md", "y.md"]
    assert sorted(item.split(":")[0][2:] for item in found if item.startswith("!")) == [
        "a/self",
        "dangling.md",
        "loop.md",
    ]


def test_walk_does_not_leave_the_root(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    write(root, "a.md")
    write(tmp_path, "outside/secret.md", "vault-twin/b.md")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "twin").symlink_to(tmp_path / "vault-twin")
    (root / "s.md").symlink_to(tmp_path / "outside" / "secret.md")
    found = paths(root)
    assert found[0] == "a.md" and len(found) == 4
    assert all("outside the vault" in item for item in found[1:])


def test_walk_starts_at_a_symlink(tmp_path: Path) -> None:
    write(tmp_path, "real/a.md")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert paths(tmp_path / "link") == ["a.md"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
def test_walk_reports_what_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    expected = ["a.md", "! pipe.md: is no regular file"]
    if sys.platform == "linux":
        with open(os.fsencode(tmp_path) + b"/\xff.md", "wb"):
            expected.append("! \\xff.md: has a name that is not UTF-8; rename it")
    assert sorted(paths(tmp_path)) == sorted(expected)


def test_walk_reports_an_unreadable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.md", "locked/b.md", "gone/c.md")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        if path.name == "gone":
            raise FileNotFoundError(2, "No such file")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read every folder
    assert paths(tmp_path) == ["a.md", "! locked: cannot be opened: Permission denied"]


@pytest.mark.parametrize(
    ("vault", "resolved", "open_links"),
    [("kepano_vault", 85, 62), ("foam_docs", 197, 2)],
)
def test_wiki_links_of_public_vaults(vault: str, resolved: int, open_links: int) -> None:
    if not os.environ.get("KG_BENCH"):
        pytest.skip("KG_BENCH does not name the folder of public benchmark data")
    root = Path(os.environ["KG_BENCH"]) / "notes" / vault
    notes = []
    for path in walk_vault(root):
        assert isinstance(path, str)
        importer = importer_for(path)
        assert importer is not None
        notes += [note for note in importer.read(path, (root / path).read_bytes()) if isinstance(note, Note)]
    entries = {note.path: entry(note.path, note.title, *note.aliases) for note in notes}
    index = VaultIndex(entries.values())
    found = [
        index.resolve(link, entries[note.path])
        for note in notes
        for link in note.links
        if link.style == "wiki" and not is_attachment(link.target)
    ]
    assert (sum(item is not None for item in found), sum(item is None for item in found)) == (resolved, open_links)
