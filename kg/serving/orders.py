"""The files in which what a server has taken waits, until it is done."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from kg.errors import StoreError
from kg.home.folder import Home, file_errors
from kg.ingest.orders import Order, read_order, write_order
from kg.ingest.posted import drop_posted, keep_posted, posted_name

__all__ = ["NotNowError", "Orders"]

_logger = logging.getLogger(__name__)

_SUFFIX = ".order"


class NotNowError(Exception):
    """The home cannot be used now, and why: as long as its disk is full nothing is read, and nothing is lost."""


class Orders:
    """The orders of a home, by the ids of their jobs. Not safe for threads, but for `write`."""

    def __init__(self, home: Home) -> None:
        self._folder, self._home = home.waiting, home
        self._placed: dict[str, Sequence[str]] = {}  # files of those whose notes are where every ingest finds them
        self._undeleted: set[str] = set()

    def names(self) -> list[str]:
        """Return the ids of all that wait, in order."""
        return sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}"))

    def read(self, name: str) -> Order:
        """Return an order.

        Raises:
            StoreError: it is no order, or gone. OSError: it cannot be read now.
        """
        return read_order(self._folder / f"{name}{_SUFFIX}")

    def write(self, name: str, order: Order) -> None:
        """Keep an order.

        Raises:
            StoreError: it cannot be written.
        """
        with file_errors(self._home):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_order(self._folder / f"{name}{_SUFFIX}", order)

    def place(self, name: str) -> None:
        """Put what was sent with an order where every ingest finds it, unless it is there already.

        Raises:
            NotNowError: the home cannot be read or written. StoreError: it is no order, or gone.
        """
        if name in self._placed:
            return
        try:
            order = self.read(name)
        except OSError as error:
            raise NotNowError(str(error)) from error
        names = [posted_name(each) for each in (*order.notes, *order.remove)]
        try:
            keep_posted(self._home, order.notes)
            drop_posted(self._home, names[len(order.notes) :])
        except StoreError as error:
            raise NotNowError(str(error)) from error
        self._placed[name] = names

    def files(self, names: Iterable[str]) -> list[str]:
        """Return the files of `Home.posted` that some orders, which are placed, are about."""
        return list(dict.fromkeys(file for name in names for file in self._placed[name]))

    def delete(self, names: Iterable[str]) -> None:
        """Delete orders that are done; one that cannot be deleted is tried again at the next call."""
        self._undeleted.update(names)
        for name in sorted(self._undeleted):
            self._placed.pop(name, None)
            try:
                (self._folder / f"{name}{_SUFFIX}").unlink(missing_ok=True)
                self._undeleted.discard(name)
            except OSError as error:  # a server that starts before it is gone does the job again
                _logger.error("the job %s has ended, and its file stays: %s", name, error)
