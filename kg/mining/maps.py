"""Clusters as discs on a plane: the closer, the more they have to do with each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from kg.mining.clusters import Cluster, Clustering
from kg.pictures import Caption, Page, Point, Scatter

__all__ = ["cluster_page", "packed"]

_GOLDEN = math.pi * (3 - math.sqrt(5))
"""The angle by which the seeds of a sunflower follow one another: no two stand in a line."""
_GAP = 1.5
_STEPS = 24
"""Places around a disc that are tried."""
_MOST_POINTS, _MOST_DISCS = 5_000, 200
Place = tuple[float, float]


def cluster_page(clustering: Clustering, title: str, most: int = _MOST_DISCS) -> Page:
    """Return the picture of a clustering: a point for each note, the most central in the middle of its disc.

    Only the largest clusters are shown, and of more than 5,000 notes the most central of each.
    """
    total = sum(len(cluster.notes) for cluster in clustering.clusters)
    clusters = clustering.clusters[:most]
    share = min(1.0, _MOST_POINTS / total) if total else 1.0
    shown = [cluster.notes[: math.ceil(share * len(cluster.notes))] for cluster in clusters]
    radii = [math.sqrt(len(notes)) + 0.5 for notes in shown]
    places = packed(radii, {(one - 1, other - 1): weight for (one, other), weight in clustering.linked.items()})
    called = Counter(cluster.name for cluster in clusters)
    points = [
        Point(x + dx, y + dy, note.title, _name(cluster, called), note.doc_id, -1.0)
        for cluster, notes, (x, y) in zip(clusters, shown, places, strict=True)
        for (note, _), (dx, dy) in zip(notes, sunflower(len(notes)), strict=True)
    ]
    captions = tuple(
        Caption(x, y, each.concepts[0].name if each.concepts else each.name, radius)
        for each, radius, (x, y) in zip(clusters, radii, places, strict=True)
    )
    remarks = [
        f"Clusters: {len(clustering.clusters):,}, of {total:,} notes. Notes that belong to none: "
        f"{len(clustering.apart):,}.",
        "A point is a note; the more central it is, the nearer it is to the middle of its cluster. Clusters that have "
        "much to do with each other are near.",
    ]
    if len(points) < total:
        remarks.append(
            f"Only {len(points):,} of the notes are shown: the most central of the {len(clusters):,} largest clusters."
        )
    return Page(title, (Scatter(title, tuple(points), has_axes=False, captions=captions),), tuple(remarks))


def _name(cluster: Cluster, called: Mapping[str, int]) -> str:
    """Return the name of a cluster, with its number where another is called so."""
    return f"{cluster.name} ({cluster.number})" if called[cluster.name] > 1 else cluster.name


def sunflower(count: int) -> list[Place]:
    """Return places in a disc of radius √count, evenly, from the middle outwards."""
    return [
        (math.sqrt(number + 0.5) * math.cos(number * _GOLDEN), math.sqrt(number + 0.5) * math.sin(number * _GOLDEN))
        for number in range(count)
    ]


def packed(radii: Sequence[float], linked: Mapping[tuple[int, int], float]) -> list[Place]:
    """Return the middles of discs that do not overlap, one after the other in the order given.

    Each touches one that is there and is put where it is nearest to those with which it is linked, and to the middle.
    """
    places: list[Place] = []
    for disc, radius in enumerate(radii):
        near = [(linked[other, disc], places[other]) for other in range(disc) if linked.get((other, disc), 0.0) > 0]
        strongest = max((pull for pull, _ in near), default=1.0)
        ranked: list[tuple[float, int, Place]] = []
        for other, (x, y) in enumerate(places):
            far = radii[other] + radius + _GAP
            for step in range(_STEPS):
                place = x + far * math.cos(math.tau * step / _STEPS), y + far * math.sin(math.tau * step / _STEPS)
                cost = 0.5 * math.hypot(*place) + sum(
                    pull / strongest * math.dist(place, there) for pull, there in near
                )
                ranked.append((round(cost, 9), len(ranked), place))
        free = (place for _, _, place in sorted(ranked) if _is_free(place, radius, places, radii))
        places.append(next(free, (0.0, 0.0)))
    return places


def _is_free(place: Place, radius: float, places: Sequence[Place], radii: Sequence[float]) -> bool:
    room = radius + _GAP - 1e-6
    return all(math.dist(place, there) >= other + room for there, other in zip(places, radii, strict=False))
