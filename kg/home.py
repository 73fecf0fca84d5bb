"""The home folder: what lies in it, and who may open its store.

```
HOME/
├─ kg.toml       the settings
├─ ontology.*    the user's ontology, as it was given
├─ roots.json    the vaults: name to absolute path
├─ store/        the embedded store
├─ cache/        parses and indexes; may be deleted at any time
├─ lock          locked shared by readers and exclusively by a writer, for its run
├─ owner.json    the writer's pid and command, and the checkpoint it offers to readers
└─ checkpoint/   the store as it was when a long run began
```

Locks are the operating system's, so they end with their process however it ends; what a killed writer
left in `owner.json` and `checkpoint/` is ignored and swept by the next writer.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from kg.errors import ConfigError, StoreError, StoreLockedError

# On POSIX portalocker would make the same call of flock, and it takes 60 ms to import.
if sys.platform == "win32":
    import portalocker
else:
    import fcntl

__all__ = [
    "Home",
    "OpenStore",
    "Owner",
    "create_home",
    "find_home",
    "open_for_reading",
    "open_for_writing",
    "read_owner",
    "read_roots",
    "write_atomically",
    "write_roots",
]

_T = TypeVar("_T")
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder; it need not exist."""

    folder: Path

    @property
    def store(self) -> Path:
        """Return the folder of the embedded store."""
        return self.folder / "store"

    @property
    def cache(self) -> Path:
        """Return the folder of what can be made again."""
        return self.folder / "cache"

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
        """Return the folder of what readers may read while a long run writes."""
        return self.folder / "checkpoint"

    def exists(self) -> bool:
        """Tell whether the folder is there."""
        return self.folder.is_dir()

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
    """Make the folder of a home; what is there stays.

    Raises:
        StoreError: the folder cannot be made or written, and why.
    """
    with _file_errors(home):
        home.cache.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _file_errors(home: Home) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise StoreError(f"Cannot use the home {home.folder}: {error.strerror or error}{place}.") from error


# --- small files


def write_atomically(path: Path, data: bytes) -> None:
    """Write a small file so that readers see the old or the new content, also after a crash."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def read_roots(home: Home) -> dict[str, Path]:
    """Return the vaults by name, in the order in which they came; empty before the first ingest.

    Raises:
        ConfigError: roots.json is not what `write_roots` wrote.
    """
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
    text = json.dumps({name: str(path) for name, path in roots.items()}, ensure_ascii=False, indent=2)
    with _file_errors(home):
        write_atomically(home.roots, f"{text}\n".encode())


# --- who owns the store


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that writes; `checkpoint` is what others may read meanwhile, a name in `checkpoint/`."""

    pid: int
    command: str
    checkpoint: str | None = None

    def __str__(self) -> str:
        return f"`{self.command}` (pid {self.pid})"


@dataclass(frozen=True, slots=True)
class OpenStore:
    """Where the store to open lies, and what the reader should be told about it."""

    path: Path
    notice: str | None = None


def read_owner(home: Home) -> Owner | None:
    """Return the living process that writes, or None."""
    try:
        record = json.loads(home.owner.read_bytes())
        owner = Owner(int(record["pid"]), str(record["command"]), record.get("checkpoint"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # there is none, or it is half of one that a crash left
    return owner if _is_alive(owner.pid) else None


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it; the lock alone decides there
    else:
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (ProcessLookupError, OverflowError):
            return False
        return True


@contextlib.contextmanager
def open_for_writing(home: Home, command: str, pid: int, wait: float = 10.0, long: bool = False) -> Iterator[OpenStore]:
    """Own the store for the run of a command; nobody else has it open meanwhile. Makes the home when absent.

    Args:
        command: how others are told who it is: "kg ingest notes".
        wait: seconds to wait for those who have it.
        long: let others read the store as it is now while this runs; without a store they wait.

    Raises:
        StoreLockedError: somebody still has it, and who. StoreError: the folder cannot be written, and why.
    """
    create_home(home)
    with contextlib.ExitStack() as stack:
        with _file_errors(home):
            lock = stack.enter_context(_open_lock(home.lock))
            _until(home, wait, lambda: _try_lock(lock, exclusive=True) or None)
            _sweep(home)
            checkpoint = _make_checkpoint(home) if long and (home.store / "CURRENT").exists() else None
            record = {"pid": pid, "command": command, "checkpoint": checkpoint}
            write_atomically(home.owner, f"{json.dumps(record)}\n".encode())
        process = os.getpid()
        try:
            yield OpenStore(home.store)
        finally:
            if os.getpid() == process:  # and not a worker that was forked off and unwinds
                with contextlib.suppress(OSError):  # what stays behind is swept by the next writer
                    home.owner.unlink()
                    _sweep(home)


@contextlib.contextmanager
def open_for_reading(home: Home, wait: float = 10.0) -> Iterator[OpenStore]:
    """Share the store with other readers; while a long run writes, read what it left for that.

    Args:
        wait: seconds to wait for a short run to end.

    Raises:
        ConfigError: there is no home. StoreLockedError: a writer still has the store, and who.
    """
    if not home.exists():
        raise ConfigError(f"There is no home in {home.folder}. Make one with `kg init` or `kg ingest PATH`.")
    with contextlib.ExitStack() as stack:
        with _file_errors(home):
            lock = stack.enter_context(_open_lock(home.lock))

            def attempt() -> OpenStore | None:
                if _try_lock(lock, exclusive=False):
                    return OpenStore(home.store)
                return _open_checkpoint(home, stack)

            opened = _until(home, wait, attempt)
        yield opened


# --- locks


def _until(home: Home, wait: float, attempt: Callable[[], _T | None]) -> _T:
    """Return the first result of an attempt that is made again and again.

    Raises:
        StoreLockedError: there was none in this many seconds.
    """
    deadline = time.monotonic() + wait
    while True:
        result = attempt()
        if result is not None:
            return result
        if time.monotonic() >= deadline:
            owner = read_owner(home)
            raise StoreLockedError(str(home.store), str(owner) if owner else "a command that is reading it", wait)
        time.sleep(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))


def _open_lock(path: Path) -> IO[bytes]:
    """Open a lock file, made when absent; a home on a read-only disk is opened as it is."""
    try:
        file: IO[bytes] = open(path, "a+b")  # noqa: SIM115 (the caller closes it)
    except OSError:
        file = open(path, "rb")  # noqa: SIM115
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=file.close)  # else a worker that outlives its parent would keep the lock
    return file


def _try_lock(file: IO[bytes], exclusive: bool) -> bool:
    """Lock a file until it is closed, if that can be done at once."""
    if sys.platform == "win32":
        mode = portalocker.LockFlags.EXCLUSIVE if exclusive else portalocker.LockFlags.SHARED
        try:
            portalocker.lock(file, mode | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.AlreadyLocked:
            return False
    else:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


# --- checkpoints: a folder with the files of the store, and a lock beside it that its readers share


def _make_checkpoint(home: Home) -> str:
    """Copy the closed store, by hard links where a file never changes, and return the copy's name."""
    home.checkpoints.mkdir(exist_ok=True)
    descriptor, lock = tempfile.mkstemp(dir=home.checkpoints, suffix=".lock")
    os.close(descriptor)
    folder = Path(lock).with_suffix("")
    folder.mkdir()
    for file in home.store.iterdir():
        if file.name == "LOCK" or file.name.startswith(("LOG", "bulk-")):
            continue
        copy = folder / file.name
        if file.suffix == ".sst":
            try:
                os.link(file, copy)
                continue
            except OSError:
                pass  # another file system, or one without links
        shutil.copyfile(file, copy)
    return folder.name


def _open_checkpoint(home: Home, stack: contextlib.ExitStack) -> OpenStore | None:
    """Open what a living long run offers; None where there is nothing, or it was taken away just now."""
    owner = read_owner(home)
    if owner is None or owner.checkpoint is None:
        return None
    folder = home.checkpoints / owner.checkpoint
    try:
        lock = open(folder.with_suffix(".lock"), "rb")  # noqa: SIM115 (the stack closes it)
    except FileNotFoundError:
        return None
    if not _try_lock(lock, exclusive=False) or not folder.is_dir():
        lock.close()
        return None
    stack.enter_context(lock)
    return OpenStore(folder, f"{owner} is running; this answer is from before it began.")


def _sweep(home: Home) -> None:
    """Remove the checkpoints that nobody reads; the caller owns the store."""
    if not home.checkpoints.is_dir():
        return
    kept = set()
    for path in home.checkpoints.glob("*.lock"):
        with open(path, "rb") as lock:
            if not _try_lock(lock, exclusive=True):
                kept.add(path.stem)
                continue
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.unlink(missing_ok=True)
    for path in home.checkpoints.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
    if not kept:
        with contextlib.suppress(OSError):
            home.checkpoints.rmdir()
