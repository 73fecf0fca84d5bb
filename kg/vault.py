"""A vault as a whole: which files it has, and which note a link means.

Resolution follows the tools that write the links: Obsidian (file names without regard to case, though the
written case comes first; the shortest path wins), Foam (the end of a path, `./`, folders), Dendron (dotted
names), Logseq (namespaces, `pages/` and `journals/`, journal titles), and relative Markdown links.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import unquote

from kg.importers import daily_date, importer_for, spoken_date
from kg.model import Failure, Link, NoteEntry

__all__ = ["VaultIndex", "entry_keys", "is_attachment", "resolve_key", "walk_vault"]

_NOTE_SUFFIX = re.compile(r"\.(?:md|markdown|txt)\Z")
_ATTACHMENT = re.compile(
    r"\.(?:png|jpe?g|gif|bmp|svg|webp|avif|tiff?|ico|heic|pdf|mp[34]|m4[av]|wav|ogg|opus|flac|3gp|aac|mov|mkv|avi"
    r"|web[ma]|ogv|zip|gz|tgz|7z|tar|rar|docx?|xlsx?|pptx?|od[tsp]|epub|csv|tsv|json|ya?ml|toml|xml|html?|css|js|ts|py"
    r"|ipynb|sh|sql|db|canvas|base|excalidraw|drawio|bib|tex|rtf|psd|ai|sketch|fig)\Z",
    re.I,
)
_MANY_NOTES = ".jsonl"
_FOLDER_NOTES = ("index", "readme")
_NAMESPACE = re.compile(r"___|%2f|\.")


def is_attachment(target: str) -> bool:
    """Tell whether a link's target is a file that is no note: an image, a PDF, a canvas and the like."""
    return _ATTACHMENT.search(target) is not None


def resolve_key(target: str) -> str:
    """Return the key by which notes come to be meant by a link: the folded last part of its target.

    Whatever note a link resolves to, now or later, has this key among its `entry_keys`.
    """
    target = _fold(target)
    if not target:
        return ""
    while _last_part(target) not in (".", "..") and "%" in target and (decoded := _fold(unquote(target))) != target:
        target = decoded
    part = _strip(_last_part(target)).strip()
    day = spoken_date(part)
    return day.isoformat() if day else part if part.strip(".") else "."


def entry_keys(entry: NoteEntry) -> frozenset[str]:
    """Return the keys of all links that a note can be meant by; compare with `resolve_key`."""
    path = _strip(_fold(entry.path))
    stem = path.rpartition("/")[2]
    names = {path, stem, *(_fold(name) for name in (entry.title, *entry.names))}
    names.update(_NAMESPACE.split(stem))
    if stem in _FOLDER_NOTES:
        names.add(path.rpartition("/")[0] or ".")
    keys = {resolve_key(name) for name in names} | {stem}
    if stem in _FOLDER_NOTES:
        keys.add(".")
    if day := daily_date(entry.path):
        keys.add(day.isoformat())
    return frozenset(keys)


class VaultIndex:
    """Which note a link means, among the notes of all roots. Immutable; built in one pass."""

    def __init__(self, entries: Iterable[NoteEntry]) -> None:
        self._roots: dict[str, _Root] = {}
        for entry in sorted(entries, key=lambda entry: (entry.root, entry.path, entry.iri.value)):
            self._roots.setdefault(entry.root, _Root()).add(entry)
        for root in self._roots.values():
            root.sort()

    def resolve(self, link: Link, source: NoteEntry) -> NoteEntry | None:
        """Return the note that a link in `source` means, None if there is none.

        A link without a target means its own note. Notes of the same root come first, then those of
        the other roots in order of their names.
        """
        target, written = _fold(link.target), _composed(link.target)
        if not target:
            return source
        folder = _composed(source.path).rpartition("/")[0]
        relative = link.style == "markdown"
        own = self._roots.get(source.root)
        if own and (found := own.resolve(target, written, folder, relative)):
            return found
        for name in sorted(self._roots):
            if name != source.root and (found := self._roots[name].resolve(target, written, "", relative)):
                return found
        return None


class _Root:
    """The notes of one root by every way to name them. All keys are folded."""

    def __init__(self) -> None:
        self.paths: dict[str, NoteEntry] = {}
        self.stems: dict[str, list[tuple[str, NoteEntry]]] = {}
        self.namespaces: dict[str, NoteEntry] = {}
        self.folders: dict[str, list[tuple[str, NoteEntry]]] = {}
        self.days: dict[date, NoteEntry] = {}
        self.names: dict[str, NoteEntry] = {}
        self.spelled: dict[str, NoteEntry] = {}
        """Names that another note has in another case, as written."""
        self.mixed: set[str] = set()
        """Stems and folders of which some paths differ in case."""

    def add(self, entry: NoteEntry) -> None:
        """Add a note; of two with one name the first stays, so notes come in order of their paths."""
        path = _fold(entry.path)
        for name in (entry.title, *entry.names):
            if self.names.setdefault(_fold(name), entry) is not entry:
                self.spelled.setdefault(_composed(name), entry)
        bare = _strip(path)
        if path.endswith(_MANY_NOTES):
            return  # many notes in one file: only their names tell them apart
        self.paths.setdefault(path, entry)
        if path.endswith(".md"):
            self.paths[bare] = entry
        else:
            self.paths.setdefault(bare, entry)
        folder, _, stem = bare.rpartition("/")
        self.stems.setdefault(stem, []).append((bare, entry))
        if _NAMESPACE.search(stem):
            self.namespaces.setdefault(_NAMESPACE.sub("/", stem), entry)
        if stem in _FOLDER_NOTES:
            self.folders.setdefault(folder.rpartition("/")[2], []).append((folder, entry))
        if day := daily_date(entry.path):
            self.days.setdefault(day, entry)

    def sort(self) -> None:
        """Bring candidates into the order of preference that no link changes: short paths first."""
        for key, candidates in (*self.stems.items(), *self.folders.items()):
            if len(candidates) > 1 and _differ_in_case(candidates):
                self.mixed.add(key)
            candidates.sort(key=lambda item: (item[0].count("/"), not item[1].path.endswith(".md"), item[1].path))

    def resolve(self, target: str, written: str, folder: str, relative: bool) -> NoteEntry | None:
        """Return what a folded target means from a folder; `relative` for Markdown's own links.

        `written` and `folder` are in their own case, which tells apart what folding makes equal.
        """
        if target.startswith("/"):
            return self._from_root(target.strip("/"), written.strip("/"), folder)
        to_folder = _last_part(target) in (".", "..")
        if relative or to_folder or target.startswith(("./", "../")):
            place = posixpath.normpath(posixpath.join(_fold(folder), target))
            if not place.startswith(".."):
                found = (self._in_folder if to_folder else self._at)("" if place == "." else place)
                if found:
                    exact = posixpath.normpath(posixpath.join(folder, written))
                    return self._in_case(found, place, exact, folder, whole=True)
            if to_folder or target.startswith("../"):
                return None
            target, written = target.removeprefix("./"), written.removeprefix("./")
        found = self._from_root(target, written, folder)
        if found is None and not relative:
            found = self._by_other_names(target, written)
        if found is None and "%" in target and (decoded := _fold(unquote(target))) != target:
            return self.resolve(decoded, _composed(unquote(written)), folder, relative)
        return found

    def _from_root(self, target: str, written: str, folder: str) -> NoteEntry | None:
        found = self._at(target) or self._named(target, _fold(folder))
        return found and self._in_case(found, target, written, folder, whole=False)

    def _in_case(self, found: NoteEntry, target: str, written: str, folder: str, whole: bool) -> NoteEntry:
        """Return the best note whose case is that of the link, among those like the one found; else that one.

        Args:
            whole: whether the target is a path from the root, not the end of one.
        """
        target, written = target.rstrip("/"), written.rstrip("/")
        path, stem = _fold(found.path), _strip(_last_part(target))
        if stem not in self.mixed:
            return found
        suffix = target if _ends(path, target, whole) else ""  # written with its suffix, which must then be the same
        bare, exact = _strip(target), written if suffix else _bare(written)
        own_stem = _strip(path).rpartition("/")[2]
        in_stems = own_stem == stem
        if not in_stems and own_stem not in _FOLDER_NOTES:
            return found
        candidates: list[tuple[str, NoteEntry]] = []
        for place, entry in (self.stems if in_stems else self.folders).get(stem, ()):
            spelled = _composed(entry.path)
            spelled = (spelled if suffix else _bare(spelled)) if in_stems else spelled.rpartition("/")[0]
            if _ends(spelled, exact, whole):
                candidates.append((place, entry))
        return _best(candidates, bare, _fold(folder)) or found

    def _at(self, place: str) -> NoteEntry | None:
        """Return the note at a path from the root, with or without suffix, or the note of that folder."""
        if found := self.paths.get(place) or self.paths.get(_strip(place)):
            return found
        return self._in_folder(place.rstrip("/"))

    def _in_folder(self, place: str) -> NoteEntry | None:
        """Return the note that stands for a folder: its index or README."""
        candidates = self.folders.get(place.rpartition("/")[2], ())
        return next((entry for folder, entry in candidates if folder == place), None)

    def _named(self, target: str, folder: str) -> NoteEntry | None:
        """Return the note whose path ends in the target: the shortest path, then the one in the same folder."""
        bare = _strip(target.rstrip("/"))
        stem = bare.rpartition("/")[2]
        found = _best(self.stems.get(stem, ()), bare, folder)
        if found is None and "/" in bare:
            found = self.namespaces.get(bare)
        return found or _best(self.folders.get(stem, ()), bare, folder)

    def _by_other_names(self, target: str, written: str) -> NoteEntry | None:
        day = spoken_date(target)
        if day and day in self.days:
            return self.days[day]
        found = self.names.get(target) or self.names.get(_strip(target))
        if found is None or written in (_composed(name) for name in (found.title, *found.names)):
            return found
        return self.spelled.get(written) or self.spelled.get(_bare(written)) or found


def _best(candidates: Iterable[tuple[str, NoteEntry]], bare: str, folder: str) -> NoteEntry | None:
    """Return the first of the sorted candidates that ends in `bare`; among equally short ones that of the folder."""
    best: NoteEntry | None = None
    depth = -1
    for place, entry in candidates:
        if place != bare and not place.endswith("/" + bare):
            continue
        if best is None:
            best, depth = entry, place.count("/")
        elif place.count("/") > depth:
            break
        if place.rpartition("/")[0] == folder:
            return entry
    return best


def _differ_in_case(candidates: Iterable[tuple[str, NoteEntry]]) -> bool:
    parts = {part for _, entry in candidates for part in _composed(entry.path).split("/")}
    return len(parts) != len({_fold(part) for part in parts})


def _ends(path: str, end: str, whole: bool) -> bool:
    return path == end or (not whole and path.endswith("/" + end))


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


def _bare(path: str) -> str:
    """Drop a note's suffix of any case."""
    suffix = _NOTE_SUFFIX.search(path.lower()[-9:])
    return path[: -len(suffix[0])] if suffix else path


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).strip()


def _last_part(target: str) -> str:
    return target.rstrip("/").rpartition("/")[2]


def _strip(path: str) -> str:
    """Drop a note's suffix."""
    return _NOTE_SUFFIX.sub("", path)


def walk_vault(root: Path) -> Iterator[str | Failure]:
    """Yield the path of every file that an importer reads, relative to the root, sorted by code point.

    What begins with a dot is left out, as are files without an importer. Symbolic links are followed
    while they stay inside the root, and each real folder is read once, so loops end. What cannot be
    looked at is a Failure; what vanishes meanwhile is none.
    """
    walk = _Walk(root)
    walk.folder(root, "")
    while walk.linked:  # after all real folders, so that a link never hides the folder it leads to
        path, relative = walk.linked.pop(0)
        walk.folder(path, relative)
    yield from sorted(walk.found, key=lambda item: item.path if isinstance(item, Failure) else item)


class _Walk:
    """The state of one walk."""

    def __init__(self, root: Path) -> None:
        self.root = os.path.realpath(root)
        self.found: list[str | Failure] = []
        self.linked: list[tuple[Path, str]] = []
        self.seen: set[tuple[int, int]] = set()

    def folder(self, path: Path, relative: str) -> None:
        """Look at one folder and those below it."""
        pending = [(path, relative)]
        while pending:
            path, relative = pending.pop()
            try:
                status = path.stat()
                if (status.st_dev, status.st_ino) in self.seen:
                    continue
                self.seen.add((status.st_dev, status.st_ino))
                with os.scandir(path) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except FileNotFoundError:
                if not relative:
                    self.found.append(Failure(".", f"there is no folder {path}"))
                continue
            except OSError as error:
                self.found.append(Failure(relative or ".", f"cannot be opened: {error.strerror}"))
                continue
            for entry in entries:
                if not entry.name.startswith("."):
                    pending += self._entry(entry, f"{relative}/{entry.name}" if relative else entry.name)

    def _entry(self, entry: os.DirEntry[str], relative: str) -> list[tuple[Path, str]]:
        """Record one entry; return it if it is a folder to look at."""
        importable = importer_for(entry.name) is not None
        try:
            mode = entry.stat().st_mode
            if entry.is_symlink() and (stat.S_ISDIR(mode) or importable):
                real = os.path.realpath(entry.path)
                if os.path.commonpath((real, self.root)) != self.root:
                    self.found.append(Failure(relative, f"is a link to {real}, outside the vault; it was not followed"))
                    return []
            if stat.S_ISDIR(mode):
                place = (Path(entry.path), relative)
                if not entry.is_symlink():
                    return [place]
                self.linked.append(place)
            elif importable:
                self._file(relative, mode)
        except OSError as error:
            if importable and entry.is_symlink():
                self.found.append(Failure(relative, f"is a link that leads nowhere: {error.strerror}"))
            elif not isinstance(error, FileNotFoundError):
                self.found.append(Failure(relative, f"cannot be looked at: {error.strerror}"))
        return []

    def _file(self, relative: str, mode: int) -> None:
        try:
            relative.encode("utf-8")
        except UnicodeEncodeError:
            shown = relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            self.found.append(Failure(shown, "has a name that is not UTF-8; rename it"))
            return
        if stat.S_ISREG(mode):
            self.found.append(relative)
        else:
            self.found.append(Failure(relative, "is no regular file"))
