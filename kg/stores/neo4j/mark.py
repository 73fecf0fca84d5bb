"""Where in a database's history something was read or written.

A bookmark names the last transaction that the server has committed, which others may still see half applied
(DESIGN §5). A session that begins with a bookmark waits until that transaction is fully applied.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

__all__ = ["Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where in the database's history something was read or written: equal marks, nothing committed between.

    Transactions are counted anew from a backup that was put back, so `run` tells when the database was started.
    """

    bookmarks: frozenset[str] = frozenset()
    run: str = ""

    @property
    def transaction(self) -> int | None:
        """Return the id of the last transaction, which counts up by one a transaction; None when not understood."""
        decoded_bookmark = self._decoded()
        return decoded_bookmark[1] if decoded_bookmark else None

    def _decoded(self) -> tuple[bytes, int] | None:
        """Return the database and the transaction of a bookmark, as 5.26 writes it: [uuid], id, [] in PackStream."""
        if len(self.bookmarks) != 1:
            return None
        (bookmark,) = self.bookmarks
        try:
            data = base64.b64decode(bookmark.removeprefix("FB:") + "==")
        except ValueError:
            return None
        if not bookmark.startswith("FB:") or data[:3] != b"\x91\xcc\x10" or data[-1:] != b"\x90":
            return None
        number = data[19:-1]
        width = {0xC8: 2, 0xC9: 3, 0xCA: 5, 0xCB: 9}.get(number[0], 1) if number else 0
        if len(number) != width or not width:
            return None
        return data[3:19], int.from_bytes(number[1:] if width > 1 else number, "big", signed=True)

    def latest(self, other: Mark) -> Mark:
        """Return the later of two marks of one database, or both together."""
        mine, others = self._decoded(), other._decoded()
        if mine and others and mine[0] == others[0]:
            return self if mine[1] >= others[1] else other
        return other if mine and others else Mark(self.bookmarks | other.bookmarks)
