"""What is kept of an answer for a client that reads more slowly than a reader writes.

A reader and a thread are held until the whole answer has been handed over. So the rest of an answer is kept
for its client, in files beyond the first part, and both are free again. What is kept is bounded, of one
answer and of all together. Beyond that an answer waits for its client, but not for long where others wait:
then it is broken off, and the log says so.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel

__all__ = ["FILE_BYTES", "HELD_BYTES", "SpoolingChannel"]

_logger = logging.getLogger(__name__)

HELD_BYTES = 4 * 1024 * 1024
"""Bytes of one answer that wait for its client in any case; files are no larger."""
FILE_BYTES = 1024 * 1024
"""Bytes of one answer from which they go into files, which have no name."""
_SPOOLED_BYTES = 64 * 1024 * 1024
"""Of one answer."""
_ALL_SPOOLED_BYTES = 512 * 1024 * 1024
"""Of all answers together; of the next, only `HELD_BYTES` are kept."""
_PATIENCE_SECONDS = 10.0
"""How long an answer waits for its client, all its pauses together, while others wait for a thread or a reader."""
_LOOK_SECONDS = 0.5


class SpoolingChannel(HTTPChannel):
    """A connection whose answers are kept for it within bounds."""

    server: Any
    outbuf_lock: Any
    _flush_exception: Any  # types-waitress leaves out these two
    _flush_some: Any
    waited = 0.0
    """Seconds that the answer which is sent now has waited for its client."""

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Wait, in the thread of a request, until there is room for more of its answer."""
        while self.connected and not self._has_room():
            with self.outbuf_lock:
                self._flush_exception(self._flush_some, do_close=False)
                if self._has_room():
                    return
                self.server.pull_trigger()
                began = time.monotonic()
                self.outbuf_lock.wait(_LOOK_SECONDS)
                self.waited += time.monotonic() - began
            if self.waited > _PATIENCE_SECONDS and self.server.is_crowded:
                self._give_up()

    def _has_room(self) -> bool:
        size = self.total_outbufs_len
        if size <= HELD_BYTES:
            return True
        return size <= _SPOOLED_BYTES and self.server.spooled_bytes() <= _ALL_SPOOLED_BYTES

    def _give_up(self) -> None:
        _logger.warning("answer broken off: its client has kept it for %.0f s, and others wait", self.waited)
        self.will_close = True
        self.server.pull_trigger()
        raise ClientDisconnected
