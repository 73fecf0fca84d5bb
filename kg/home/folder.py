"""The folder of a home: where its files are, and the small ones among them."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kg.errors import ConfigError, StoreError
from kg.stores.files import store_folder, store_folders

__all__ = [
    "POSTED",
    "Home",
    "create_home",
    "file_errors",
    "find_home",
    "read_roots",
    "write_atomically",
    "write_roots",
]

POSTED = "posted"
"""The name of the root of the notes that were sent to the server; no folder of the user's gets it."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder; it need not exist. `kind` is that of the store in use, a name of `kg.stores.STORES`."""

    folder: Path
    kind: str = "embedded"

    def of_kind(self, kind: str) -> Home:
        """Return the same home with another of its stores in use."""
        return replace(self, kind=kind)

    @property
    def store(self) -> Path:
        """Return the folder of the store in use."""
        return self.folder / store_folder(self.kind)

    @property
    def stores(self) -> tuple[Path, ...]:
        """Return the folders where stores may be kept, the one in use among them."""
        return (self.store, *(self.folder / name for name in store_folders()))

    @property
    def cache(self) -> Path:
        """Return the folder of what can be made again."""
        return self.folder / "cache"

    @property
    def ingest_cache(self) -> Path:
        """Return the file of what the last ingest into the store in use left; each store has its own."""
        return self.cache / ("ingest.sqlite" if self.kind == "embedded" else f"ingest-{self.kind}.sqlite")

    @property
    def search_index(self) -> Path:
        """Return the file of what a search reads of the notes and of the store in use; each store has its own."""
        return self.cache / ("search.sqlite" if self.kind == "embedded" else f"search-{self.kind}.sqlite")

    @property
    def mirror(self) -> Path:
        """Return the folder of the property graph that Cypher reads where the store is embedded, and of its names."""
        return self.folder / "mirror"

    @property
    def models(self) -> Path:
        """Return the folder of the models that were trained on this home's graph, each in a folder of its own."""
        return self.folder / "models"

    @property
    def settings(self) -> Path:
        """Return the file of settings."""
        return self.folder / "kg.toml"

    @property
    def roots(self) -> Path:
        """Return the file that lists the vaults."""
        return self.folder / "roots.json"

    @property
    def lock(self) -> Path:
        """Return the file that is locked."""
        return self.folder / "lock"

    @property
    def owner(self) -> Path:
        """Return the file that says who is writing."""
        return self.folder / "owner.json"

    @property
    def checkpoints(self) -> Path:
        """Return the folder of what readers may read while another process has the store."""
        return self.folder / "checkpoint"

    @property
    def server(self) -> Path:
        """Return the file that says where the running server answers."""
        return self.folder / "serve.json"

    @property
    def server_lock(self) -> Path:
        """Return the file that a server locks for its run."""
        return self.folder / "serve.lock"

    @property
    def token(self) -> Path:
        """Return the file with the secret of the server's clients."""
        return self.folder / "token"

    @property
    def posted(self) -> Path:
        """Return the folder of the notes that were sent to the server, a file each.

        It is hidden, so that a home inside a vault does not give them to that vault too.
        """
        return self.folder / ".posted" / "notes"

    @property
    def waiting(self) -> Path:
        """Return the folder of what was sent to the server to be read, and is not read yet."""
        return self.folder / ".posted" / "waiting"

    @property
    def audit(self) -> Path:
        """Return the file that lists what was changed through the server; only its owner can read it."""
        return self.folder / "audit.log"

    @property
    def refusals(self) -> Path:
        """Return the file that lists who asked for a change and had no token."""
        return self.folder / "refused.log"

    def exists(self) -> bool:
        """Tell whether the folder is there."""
        return self.folder.is_dir()

    def check_exists(self) -> None:
        """Raise ConfigError where there is no home yet, and say what makes one."""
        if not self.exists():
            raise ConfigError(f"There is no home in {self.folder}. Make one with `kg init` or `kg ingest PATH`.")

    def ontology(self) -> Path | None:
        """Return the user's ontology file, None when there is none.

        Raises:
            ConfigError: there is more than one.
        """
        found = sorted(self.folder.glob("ontology.*"))
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise ConfigError(f"{self.folder} holds several ontologies ({names}); keep one.")
        return found[0] if found else None


def find_home(option: Path | None, environment: str | None, current: Path) -> Home:
    """Return the home that a command means: `--home`, else KG_HOME, else `.kg` in the current folder."""
    return Home((current / (option or environment or ".kg")).absolute())


def create_home(home: Home) -> None:
    """Make the folder of a home, which nobody but its owner can enter; what is there stays as it is.

    Raises:
        StoreError: the folder cannot be made or written, and why.
    """
    with file_errors(home):
        home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.cache.mkdir(exist_ok=True)


@contextlib.contextmanager
def file_errors(home: Home) -> Iterator[None]:
    """Turn what the machine refuses inside a home into our error.

    Raises:
        StoreError: which path it was, and why.
    """
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StoreError(f"Cannot use the home {home.folder}: {error.strerror or error}{place}.") from error


# --- small files


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a small file so that readers see the old or the new content, also after a crash.

    Nobody but its owner can read it before it has its mode.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def read_roots(home: Home) -> dict[str, Path]:
    """Return the vaults by name, in the order in which they came; empty before the first ingest.

    What was sent to the server is the last of them, called `POSTED`; it is where the home is, and not recorded.

    Raises:
        ConfigError: roots.json is not what `write_roots` wrote.
    """
    roots = _recorded_roots(home)
    return roots if POSTED in roots or not home.posted.is_dir() else {**roots, POSTED: home.posted}


def _recorded_roots(home: Home) -> dict[str, Path]:
    try:
        roots = json.loads(home.roots.read_bytes())
        return {str(name): Path(path) for name, path in roots.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{home.roots} is damaged: {error}. It maps names to the absolute paths of vaults."
        ) from error
    except OSError as error:
        raise StoreError(f"Cannot read {home.roots}: {error.strerror}.") from error


def write_roots(home: Home, roots: Mapping[str, Path]) -> None:
    """Record the vaults."""
    recorded = {name: str(path) for name, path in roots.items() if path != home.posted}
    text = json.dumps(recorded, ensure_ascii=False, indent=2)
    with file_errors(home):
        write_atomically(home.roots, f"{text}\n".encode())
