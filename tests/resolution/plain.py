"""Entity resolution in one run over all pairs, as it is meant, with none of the ways to do less."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from kg.rdf import NamedNode
from kg.resolution import Cluster, Decided, Profile, Resolution, ResolutionSettings, Review, Scorer
from kg.resolution.blocking import block_keys
from kg.resolution.clusters import Edge, join, keeper_of
from kg.resolution.reading import Reading


def plain_resolution(
    profiles: Iterable[Profile], scorer: Scorer, settings: ResolutionSettings, decided: Decided
) -> Resolution:
    """Resolve entities from scratch."""
    by_iri = {profile.iri: profile for profile in profiles}
    order = sorted(by_iri, key=lambda iri: iri.value)

    def apart(a: NamedNode, b: NamedNode) -> bool:
        return frozenset((a, b)) in decided.apart or any(a != b and {a, b} <= group for group in decided.groups)

    def read(iri: NamedNode) -> Reading:
        own = by_iri[iri]
        names = {*own.names, *own.aliases}
        others = [o for o in by_iri if frozenset((o, iri)) in decided.same and o != iri and not apart(o, iri)]
        more = {name for other in others for name in (*by_iri[other].names, *by_iri[other].aliases)} - names
        return scorer.read(replace(own, aliases=(*own.aliases, *sorted(more))))

    readings = {iri: read(iri) for iri in order}
    blocks: dict[object, set[NamedNode]] = defaultdict(set)
    for iri, reading in readings.items():
        for key in block_keys(reading):
            blocks[key].add(iri)
            for end in sorted(reading.ends, key=lambda end: end.value)[:16]:
                blocks[key, end].add(iri)
    small = [block for block in blocks.values() if len(block) <= settings.block_size]

    scores = {}
    for number, a in enumerate(order):
        for b in order[number + 1 :]:
            if any({a, b} <= block for block in small):
                scores[a, b] = scorer.score(readings[a], readings[b])
    conflicts = {
        (a, b): "decided" if apart(a, b) else scorer.conflict(readings[a], readings[b]) for a in order for b in order
    }
    is_accepted = {pair: found.log_odds >= _log_odds(settings.merge) for pair, found in scores.items()}
    edges = [
        Edge(a, b, scores[a, b].log_odds if (a, b) in scores else 0.0, frozenset((a, b)) in decided.same)
        for a in order
        for b in order
        if a.value < b.value and (is_accepted.get((a, b)) or frozenset((a, b)) in decided.same)
    ]
    groups, refusals = join(order, edges, lambda a, b: conflicts[a, b], lambda a, b: "decided" if apart(a, b) else None)
    cluster_of = {}
    for group in groups:
        keeper = keeper_of(by_iri[iri] for iri in group)
        for chosen, other in decided.keepers:
            keeper = chosen if {chosen, other} <= group else keeper
        cluster_of.update(dict.fromkeys(group, Cluster(keeper, tuple(sorted(group, key=lambda iri: iri.value)))))
    refused = {(refusal.edge.left, refusal.edge.right): refusal for refusal in refusals}

    waiting: dict[frozenset[NamedNode], Review] = {}
    for (a, b), found in sorted(scores.items(), key=lambda item: (-item[1].log_odds, item[0][0].value, item[0][1].value)):
        ours, theirs = cluster_of[a], cluster_of[b]
        if found.log_odds < _log_odds(settings.review) or ours == theirs:
            continue
        if any(apart(x, y) for x in ours.members for y in theirs.members):
            continue
        refusal, reason = refused.get((a, b)), conflicts[a, b]
        about = (a, b) if reason else refusal.apart if refusal else None
        review = Review(a, b, found.confidence, reason or (refusal.reason if refusal else ""), about)
        waiting.setdefault(frozenset((ours.keeper, theirs.keeper)), review)
    clusters = {c.members[0]: c for c in cluster_of.values() if len(c.members) > 1}
    return Resolution(
        tuple(clusters[first] for first in sorted(clusters, key=lambda iri: iri.value)),
        tuple(waiting.values()),
        {iri: c.keeper for iri, c in cluster_of.items() if c.keeper != iri},
    )


def _log_odds(confidence: float) -> float:
    return math.log(confidence / (1.0 - confidence))
