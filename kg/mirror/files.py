"""The files of a mirror: the graph with the position that it has reached, and the names, which stay what they are.

Each is replaced as a whole, so that two processes never see half of one; which of two is written last means nothing.
Nothing here fails: what cannot be written is not kept, and what is damaged counts as not there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.mirror.content import Content
from kg.mirror.engine import Engine, engine_version
from kg.property_graph.names import Names
from kg.rdf import PREFIXES, NamedNode

__all__ = ["Kept", "forget", "keep", "load", "names_of"]

_GRAPH = "graph.kgl"
_NAMES = "names.json"
_WRITING_SECONDS = 600
"""After which nobody writes a file any more; who still does, does not keep it."""
_FORMAT = 1
"""Of the graph's file and of how values are held in it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A graph as it was at a position, and what is in it."""

    engine: Engine
    position: str
    content: Content


def load(folder: Path, fingerprint: str) -> Kept | None:
    """Return the kept graph; None where there is none, of these names and of this version of the engine.

    Args:
        fingerprint: of all besides the quads that the graph depends on.
    """
    try:
        with open(folder / _GRAPH, "rb") as file:
            header = json.loads(file.readline())
            if not isinstance(header, dict) or header.get("is") != _is(fingerprint):
                return None
            data = file.read()
    except (OSError, ValueError, RecursionError):
        return None
    position, content = header.get("position"), Content.of_json(header.get("content"))
    if not isinstance(position, str) or content is None or header.get("digest") != _digest(data):
        return None
    engine = Engine.of_bytes(data)
    return None if engine is None else Kept(engine, position, content)


def keep(folder: Path, fingerprint: str, kept: Kept) -> bool:
    """Write a graph with its position, and tell whether that could be done."""
    data = kept.engine.to_bytes()
    header = {
        "is": _is(fingerprint),
        "position": kept.position,
        "digest": _digest(data),
        "content": kept.content.to_json(),
    }
    return _replace(folder / _GRAPH, json.dumps(header).encode() + b"\n" + data)


def forget(folder: Path) -> None:
    """Have the next opening build the graph anew."""
    with contextlib.suppress(OSError):
        (folder / _GRAPH).unlink()


def names_of(folder: Path | None, base: str, terms: Mapping[str, NamedNode]) -> tuple[Names, str]:
    """Return the names of a home, with what tells them from others; the new ones are added to what is kept.

    What a name or prefix stands for already, it stands for ever.

    Args:
        terms: the ontology's, by their bare names.
    """
    prefixes, known = ({}, {}) if folder is None else _read_names(folder / _NAMES)
    all_prefixes, all_terms = {**PREFIXES, **prefixes}, {name: iri.value for name, iri in terms.items()} | known
    if folder is not None and (all_prefixes != prefixes or all_terms != known):
        text = json.dumps({"prefixes": all_prefixes, "terms": all_terms}, ensure_ascii=False, indent=1)
        _replace(folder / _NAMES, text.encode())
    content = json.dumps([base, all_prefixes, all_terms], sort_keys=True)
    return Names(base, all_prefixes, all_terms), _digest(content.encode())


def _read_names(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        document = json.loads(path.read_bytes())
        prefixes, terms = document["prefixes"], document["terms"]
        return (
            {prefix: start for prefix, start in prefixes.items() if isinstance(start, str)},
            {name: iri for name, iri in terms.items() if isinstance(iri, str)},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, {}


def _is(fingerprint: str) -> list[object]:
    return [_FORMAT, engine_version(), fingerprint]


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _replace(path: Path, data: bytes) -> bool:
    """Write a file that its owner alone can read."""
    name = ""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name != "nt" and stat.S_IMODE(path.parent.stat().st_mode) & 0o077:
            path.parent.chmod(0o700)
        _sweep(path)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException as error:
        if name:
            with contextlib.suppress(OSError):
                os.unlink(name)
        if isinstance(error, OSError):
            return False
        raise
    return True


def _sweep(path: Path) -> None:
    """Remove what processes that were killed had written of a file; one that still writes is younger."""
    for orphan in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(OSError):
            if time.time() - orphan.stat().st_mtime > _WRITING_SECONDS:
                orphan.unlink()
