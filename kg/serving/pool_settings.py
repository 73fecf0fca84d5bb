"""On what terms readers answer."""

from __future__ import annotations

from dataclasses import dataclass

from kg.config import Config
from kg.home import Home
from kg.remote import RemoteAccess
from kg.stores import Opening

__all__ = ["PoolSettings"]


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many queries are answered at once, and on what terms; `memory_mb` 0 is no limit.

    `store` is the kind of the home's store, and `opening` how it is opened, but for the folder. `remote` says which
    servers SERVICE and LOAD may ask, `searched` the home that queries may search. A reader that has taken more than the
    part `resting` of its memory is not kept. One that nobody has needed for `idle_seconds` is ended, but for the last;
    where all readers of a pool together take too much memory, those that rest are ended before. `lowers` says whether
    one that works for long lets others go first: it cannot be kept then, nor what it has loaded.
    """

    readers: int
    queue_seconds: float
    memory_mb: int
    store: str
    opening: Opening
    remote: RemoteAccess | None = None
    resting: float = 0.25
    idle_seconds: float = 30.0
    lowers: bool = True
    searched: tuple[Home, Config] | None = None
