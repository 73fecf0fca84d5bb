"""Entity resolution: which entities are one, from their names, classes and stated neighbours alone.

`Resolver` holds a changing set of entities; `resolve` is one run over all of them. Nothing here reads a
store or a note: profiles come in, clusters and pairs for review go out.
"""

from kg.resolution.clusters import Cluster
from kg.resolution.profile import Neighbour, Origin, Profile
from kg.resolution.resolver import Decided, Resolution, ResolutionSettings, Resolver, Review, resolve
from kg.resolution.scoring import Part, Score, Scorer, Similarity

__all__ = [
    "Cluster",
    "Decided",
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
    "Similarity",
    "resolve",
]
