"""The ontology of a served home, which may be edited meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from kg.home import Home
from kg.ontology import Ontology, load_ontology

__all__ = ["WatchedOntology"]


class WatchedOntology:
    """The ontology of a home, read again when one of the files changes that it may consist of. Safe for threads."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._stamp: object = None
        self._ontology: Ontology | None = None

    def read(self) -> Ontology:
        """Return the ontology as its files are now.

        Raises:
            OntologyError, RdfSyntaxError: they cannot be read. ConfigError: there are two ontologies.
        """
        with self._lock:
            stamp = tuple(self._files())
            if self._ontology is None or stamp != self._stamp:
                self._ontology, self._stamp = load_ontology(self._home.ontology()), stamp
            return self._ontology

    def _files(self) -> Iterator[tuple[Path, int, int]]:
        """Yield the files beside the ontology, which it may import or refer to, with size and time."""
        home = self._home
        if home.ontology() is None:
            return
        ours = {*home.stores, home.cache, home.checkpoints, home.folder / "queries"}
        ours |= {home.lock, home.owner, home.server, home.server_lock, home.token, home.settings, home.roots}
        folders = [home.folder]
        while folders:
            for path in sorted(folders.pop().iterdir()):
                if path in ours or path.name.startswith("."):
                    continue
                if path.is_dir() and not path.is_symlink():
                    folders.append(path)
                elif path.is_file():
                    found = path.stat()
                    yield path, found.st_size, found.st_mtime_ns
