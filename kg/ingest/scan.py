"""From the files of the roots to the vault index: what is there, what changed, what cannot be read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.cache import IngestCache
from kg.describe import NoteFacts, describe, note_facts
from kg.fingerprint import sources_digest
from kg.importers import importer_for
from kg.ingest.roots import Scope
from kg.iri import Minter
from kg.model import Failure, Note, NoteEntry
from kg.ontology import Ontology
from kg.vault import resolve_key, walk_vault

__all__ = ["Vault", "facts_settings", "read_notes", "scan"]

Described = dict[tuple[str, str, int], tuple[NoteFacts, bool, NoteEntry]]
"""Entries by root, path and number, each with the facts it was made from and whether the `id` was its own."""

_FACTS_RULES = ("kg.describe", "kg.importers", "kg.vault", "kg.text")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note is read from: the root, the file, and which note of the file it is."""

    root: str
    path: str
    number: int


@dataclass
class Vault:
    """All notes of all roots as the files are now. `notes` holds those that had to be read for the scan."""

    entries: list[NoteEntry] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    facts: dict[str, NoteFacts] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    unreadable: set[tuple[str, str]] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)


def facts_settings(ontology: Ontology) -> str:
    """Name what the facts of a note depend on besides the note."""
    return f"{sources_digest(*_FACTS_RULES)} {ontology.digest}"


def read_notes(root: Path, path: str) -> tuple[str, list[Note | Failure]]:
    """Read and import one file of a root; what cannot be read is a Failure.

    Returns:
        The SHA-256 of its bytes in hex, and its notes in order.
    """
    file = root / path if root.is_dir() else root
    content = file.read_bytes()
    return hashlib.sha256(content).hexdigest(), _import(path, content)


def _import(path: str, content: bytes) -> list[Note | Failure]:
    importer = importer_for(path)
    assert importer is not None
    try:
        return list(importer.read(path, content))
    except Exception as error:  # noqa: BLE001 - the boundary of one note: reported with its path, the others go on
        return [Failure(path, f"cannot be read: {type(error).__name__}: {error}")]


def _files(root: Path) -> Iterator[str | Failure]:
    if root.is_dir():
        yield from walk_vault(root)
    elif root.is_file():
        yield (
            root.name
            if importer_for(root.name)
            else Failure(root.name, "is of no kind that can be read (.md, .txt, .jsonl)")
        )


def scan(
    roots: Mapping[str, Path],
    scopes: Sequence[Scope],
    cache: IngestCache,
    ontology: Ontology,
    minter: Minter,
    described: Described,
) -> Vault:
    """Look at the files in scope, and take the rest of the vault index from the cache.

    A root that the cache does not know is looked at whole, because links may lead there. A folder
    that cannot be opened keeps the notes it had.

    Args:
        described: the entries of the last run with what they were made from; brought up to date.
    """
    vault = Vault()
    settings = facts_settings(ontology)
    found: dict[tuple[str, str], tuple[NoteFacts, ...]] = {}
    read: dict[tuple[str, str], list[Note]] = {}
    for root, folder in sorted(roots.items()):
        known = cache.facts(root, settings)
        in_scope = [scope for scope in scopes if scope.root == root]
        if known and not in_scope:
            found.update({(root, path): facts for path, (_, facts) in known.items()})
            continue
        looked_at = in_scope if known and all(scope.part for scope in in_scope) else [Scope(root, "")]
        found.update(
            {(root, p): facts for p, (_, facts) in known.items() if not any(s.holds(root, p) for s in looked_at)}
        )
        _scan_root(vault, root, folder, looked_at, known, found, read, cache, ontology, settings)
    _index(vault, found, read, minter, described)
    return vault


def _scan_root(
    vault: Vault,
    root: str,
    folder: Path,
    looked_at: Sequence[Scope],
    known: Mapping[str, tuple[str, tuple[NoteFacts, ...]]],
    found: dict[tuple[str, str], tuple[NoteFacts, ...]],
    read: dict[tuple[str, str], list[Note]],
    cache: IngestCache,
    ontology: Ontology,
    settings: str,
) -> None:
    if not folder.exists():
        vault.failures.append(Failure(str(folder), "the folder is not there; its notes were kept as they are"))
        vault.unreadable.add((root, ""))
        found.update({(root, path): facts for path, (_, facts) in known.items()})
        return
    present: set[str] = set()
    with cache.transaction():
        for item in _paths(folder, looked_at):
            if isinstance(item, Failure):
                _keep(vault, root, item, known, found)
                continue
            if not any(scope.holds(root, item) for scope in looked_at):
                continue
            present.add(item)
            try:
                digest, imported = _read_if_changed(folder, item, known.get(item))
            except FileNotFoundError:
                present.discard(item)  # it went away after the folder was listed
                continue
            except OSError as error:
                _keep(vault, root, Failure(item, f"cannot be opened: {error.strerror}"), known, found)
                continue
            if imported is None:
                found[root, item] = known[item][1]
                continue
            failures = [x for x in imported if isinstance(x, Failure)]
            notes = [x for x in imported if isinstance(x, Note)]
            vault.failures += failures
            if failures and not notes:
                _keep(vault, root, None, known, found, item)
                continue
            facts = tuple(_facts(note, ontology) for note in notes)
            if failures:  # what cannot be read now stays as it was, and the file is looked at again next time
                names = {row.item for row in facts}
                facts += tuple(row for row in known.get(item, ("", ()))[1] if row.item not in names)
                vault.unreadable.add((root, item))
                digest = ""
            found[root, item], read[root, item] = facts, notes
            cache.keep_facts(root, item, digest, settings, facts)
        gone = [
            p for p in known if p not in present and (root, p) not in found and any(s.holds(root, p) for s in looked_at)
        ]
        cache.drop_facts(root, gone)


def _paths(folder: Path, looked_at: Sequence[Scope]) -> Iterable[str | Failure]:
    """List files: of the whole root, or only those that the scopes name, where they name no folder."""
    if folder.is_dir() and all(scope.part and not (folder / scope.part).is_dir() for scope in looked_at):
        return [_named_file(folder, scope.part) for scope in looked_at if (folder / scope.part).exists()]
    return _files(folder)


def _named_file(folder: Path, path: str) -> str | Failure:
    """Return a file's path, or why the walk of its root would leave it out."""
    if any(part.startswith(".") for part in path.split("/")):
        return Failure(path, "is hidden (a name on its way begins with a dot), so it is no part of the vault")
    if importer_for(path) is None:
        return Failure(path, "is of no kind that can be read (.md, .txt, .jsonl)")
    if not (folder / path).resolve().is_relative_to(folder.resolve()):
        return Failure(path, "is a link to outside the vault; it was not followed")
    return path


def _read_if_changed(
    folder: Path, path: str, known: tuple[str, tuple[NoteFacts, ...]] | None
) -> tuple[str, list[Note | Failure] | None]:
    file = folder / path if folder.is_dir() else folder
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return digest, None if known and known[0] == digest else _import(path, content)


def _keep(
    vault: Vault,
    root: str,
    failure: Failure | None,
    known: Mapping[str, tuple[str, tuple[NoteFacts, ...]]],
    found: dict[tuple[str, str], tuple[NoteFacts, ...]],
    path: str = "",
) -> None:
    """Report what cannot be read and keep what was known of it and of all below it."""
    if failure is not None:
        vault.failures.append(failure)
        path = "" if failure.path == "." else failure.path
    vault.unreadable.add((root, path))
    for name, (_, facts) in known.items():
        if not path or name == path or name.startswith(f"{path}/"):
            found[root, name] = facts


def _facts(note: Note, ontology: Ontology) -> NoteFacts:
    item = f"{note.path}#{note.id}" if note.path.endswith(".jsonl") else note.path
    links = (*note.links, *(link for field in note.fields for value in field.values for link in value.links))
    return note_facts(note, ontology, item, frozenset(resolve_key(link.target) for link in links if link.target))


def _index(
    vault: Vault,
    found: Mapping[tuple[str, str], tuple[NoteFacts, ...]],
    read: Mapping[tuple[str, str], list[Note]],
    minter: Minter,
    described: Described,
) -> None:
    """Give every note its IRI; notes that share an `id` are known by their paths."""
    holders = Counter(facts.note_id for rows in found.values() for facts in rows if facts.note_id is not None)
    for (root, path), rows in sorted(found.items()):
        for number, facts in enumerate(rows):
            own = facts.note_id is not None and holders[facts.note_id] == 1
            row = described.get((root, path, number))
            if row is None or row[0] is not facts or row[1] != own:
                row = described[root, path, number] = facts, own, describe(facts, minter, root, own)
            entry = row[2]
            key = entry.iri.value
            if facts.note_id is not None and not own:
                count = holders[facts.note_id]
                vault.notices.append(
                    f"{path}: the id {facts.note_id!r} is shared by {count} notes; it is known by its path"
                )
            vault.entries.append(entry)
            vault.places[key] = Place(root, path, number)
            vault.facts[key] = facts
            if number < len(read.get((root, path), ())):
                vault.notes[key] = read[root, path][number]
