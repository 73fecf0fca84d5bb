"""What a request needs: the store's owner, the readers, the settings and the token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, current_app, request

from kg.limits import Limits
from kg.query.computed_patterns import is_computed

if TYPE_CHECKING:  # named in types only: the page must not cost what the readers import
    from kg.config import Config
    from kg.home import Home
    from kg.query.library import SavedQuery
    from kg.serving.cypher import CypherDesk
    from kg.serving.jobs import Jobs
    from kg.serving.owner import StoreOwner
    from kg.serving.pool import Question, ReaderPool

__all__ = ["Service", "attach", "current", "has_client_left", "service_of"]

_KEY = "noemata"


@dataclass(frozen=True, slots=True)
class Service:
    """One served home; whoever makes it also closes its parts. `queries` returns the saved queries as they are now."""

    owner: StoreOwner
    pool: ReaderPool
    config: Config
    home: Home
    token: str
    queries: Callable[[], Mapping[str, SavedQuery]]
    cypher: CypherDesk | None = None
    """None where no Cypher is answered."""
    suggesting: ReaderPool | None = None
    """Readers that keep what recommends and predicts; None where those of queries do it."""

    jobs: Jobs | None = None
    """The line of ingests; None where no notes are read."""

    @property
    def suggesting_pool(self) -> ReaderPool:
        """Return the readers that recommend and predict."""
        return self.suggesting or self.pool

    def pool_of(self, question: Question) -> ReaderPool:
        """Return the readers of a question: those that keep what is searched, where it searches."""
        searches = is_computed(question.text, question.prefixes)
        return self.suggesting_pool if searches else self.pool

    def limits(self, asked: float | None = None) -> Limits:
        """Return the limits in force: the settings', where 0 means none, and the seconds asked for if they are less."""
        settings = self.config.serve
        seconds = [each for each in (settings.timeout_seconds or None, asked) if each is not None]
        return Limits(min(seconds, default=None), settings.max_rows or None)


def attach(app: Flask, service: Service) -> None:
    """Make a service the one of an app's requests."""
    app.extensions[_KEY] = service


def has_client_left() -> Callable[[], bool]:
    """Return what tells, in any thread, whether the request's client has closed its connection."""
    found: Callable[[], bool] = request.environ.get("waitress.client_disconnected", bool)
    return found


def service_of(app: Flask) -> Service:
    """Return the service of an app."""
    service = app.extensions[_KEY]
    assert isinstance(service, Service)
    return service


def current() -> Service:
    """Return the service of the request that is answered."""
    return service_of(current_app)
