"""Bringing the index of searches up to date where that takes longer than one search may."""

from __future__ import annotations

import logging
import threading

from kg.config import Config
from kg.errors import KgError, ServerStoppingError
from kg.home import Home
from kg.limits import UNLIMITED
from kg.search.asked import Filters
from kg.search.file import has_index
from kg.serving.frames import SearchRequest
from kg.serving.owner import StoreOwner
from kg.serving.pool import ReaderPool

__all__ = ["IndexKeeper"]

_logger = logging.getLogger(__name__)


class IndexKeeper:
    """Has a reader bring the index up to date, for as long as that takes. Safe for threads.

    A search does the same, but is ended when its time is over, and what it has done of it is lost: of a large graph
    whose index is not there, or far behind, every search would end so.

    Args:
        home: of the kind of the store in use.
        pool: the readers that search.
    """

    def __init__(self, home: Home, config: Config, owner: StoreOwner, pool: ReaderPool) -> None:
        self._home, self._owner, self._pool = home, owner, pool
        self._request = SearchRequest(home, config, "index", 0, Filters(), {}, None, None, False)
        self._running = threading.Lock()

    @property
    def is_missing(self) -> bool:
        """Tell whether there is no index, or only one of another version."""
        return not has_index(self._home.search_index)

    def follow(self) -> None:
        """Bring the index up to date; return at once where that goes on already. What fails is in the log."""
        if not self._running.acquire(blocking=False):
            return
        try:
            self._pool.ask_document(self._request, self._owner.ontology, UNLIMITED).close()
        except ServerStoppingError:
            pass
        except KgError as error:
            _logger.error("the search index could not be brought up to date; `kg reindex` may: %s", error)
        finally:
            self._running.release()

    def follow_beside(self) -> None:
        """Bring the index up to date in a thread of its own."""
        if not self._running.locked():
            threading.Thread(target=self.follow, name="search index", daemon=True).start()
