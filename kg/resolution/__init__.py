"""Entity resolution: which entities are one, from their names, classes and stated neighbours alone.

`Resolver` holds a changing set of entities; `resolve` is one run over all of them. Nothing here reads a
store or a note: profiles come in, clusters and pairs for review go out.
"""

from kg.resolution.answer import Resolution, ResolutionSettings, Review, Settled
from kg.resolution.clusters import Cluster
from kg.resolution.decided import Decided
from kg.resolution.profile import Neighbour, Origin, Profile
from kg.resolution.resolver import Resolver, resolve
from kg.resolution.scoring import Part, Score, Scorer, Similarity
from kg.resolution.shelf import MemoryShelf, Shelf
from kg.resolution.sqlite_shelf import SqliteShelf, setting_digest

__all__ = [
    "Cluster",
    "Decided",
    "MemoryShelf",
    "Neighbour",
    "Origin",
    "Part",
    "Profile",
    "Resolution",
    "ResolutionSettings",
    "Resolver",
    "Review",
    "Score",
    "Scorer",
    "Settled",
    "Shelf",
    "Similarity",
    "SqliteShelf",
    "resolve",
    "setting_digest",
]
