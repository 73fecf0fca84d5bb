"""What recommendations are asked for, as nodes with weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kg.errors import NotFoundError
from kg.iri import normalise_name
from kg.rdf import NamedNode
from kg.recommendation.model import Event, Seeds
from kg.recommendation.network import Network

__all__ = ["Target", "seeds_of"]

Target = NamedNode | Sequence[NamedNode]
"""A note, what a note describes, an entity or a tag; or several of them, as the topics that somebody chose."""

_ACTIONS = {"viewed": 1.0, "saved": 2.0}
_DISLIKED = 2.0
"""Ratings up to this say that a user wants no more of the kind."""
_FORGETTING = 0.9
"""What an earlier item counts beside the next one."""


def seeds_of(network: Network, target: Target | None, user: str | None, events: Iterable[Event], latest: int) -> Seeds:
    """Return what is asked for: the target, and without one the latest items of the user.

    Args:
        events: of all users, oldest first. A user is the same whatever the case of the name.
        latest: how many items of a user.

    Raises:
        NotFoundError: the network does not have a target.
    """
    name = None if user is None else normalise_name(user)
    history = tuple(event for event in events if name is not None and normalise_name(event.user) == name)
    if target is None:
        return Seeds(_of_history(network, history, latest), user, history, is_of_history=True)
    targets = (target,) if isinstance(target, NamedNode) else tuple(target)
    weights: dict[int, float] = {}
    for iri in targets:
        node = network.node(iri)
        if node is None:
            raise NotFoundError("note, entity or tag that anything is said of", iri.value)
        weights[node] = 1.0
        item = int(network.item_of_node[node])
        if item >= 0:
            weights[int(network.node_of_item[item])] = 1.0
            described = int(network.described_of_item[item])
            if described >= 0:
                weights[described] = 1.0
    return Seeds(weights, user, history)


def _of_history(network: Network, history: Sequence[Event], latest: int) -> dict[int, float]:
    """Return the latest items of a user with weights: what was saved or rated high counts more, what is old less."""
    weights: dict[int, float] = {}
    disliked: set[int] = set()
    strength = 1.0
    for event in reversed(history):
        item = network.item(event.item)
        if item is None:
            continue
        node = int(network.node_of_item[item])
        if node in weights or node in disliked:
            continue
        value = _ACTIONS.get(event.action, 1.0)
        if event.action == "rated" and event.rating is not None:
            if event.rating <= _DISLIKED:
                disliked.add(node)
                continue
            value = event.rating / 2
        weights[node] = value * strength
        strength *= _FORGETTING
        if len(weights) >= latest:
            break
    return weights
