"""What the server tells of a statement when it is done: counters, notifications, the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.records import Notification, Plan, Summary

__all__ = ["fill"]

_COUNTERS = (
    "nodes_created", "nodes_deleted", "relationships_created", "relationships_deleted", "properties_set",
    "labels_added", "labels_removed", "indexes_added", "indexes_removed", "constraints_added", "constraints_removed",
)  # fmt: skip
_MEASURED = ("dbHits", "rows", "pageCacheHits", "pageCacheMisses", "pageCacheHitRatio", "time")


def fill(summary: Summary, told: Any) -> None:
    """Complete a summary by what the driver has of it."""
    summary.kind = told.query_type or summary.kind
    for name in _COUNTERS:
        if count := getattr(told.counters, name):
            first, *rest = name.split("_")
            summary.counters[first + "".join(map(str.capitalize, rest))] = count
    summary.notifications.extend(_notifications(told.metadata))
    plan = told.profile or told.plan
    summary.plan = _plan(plan) if plan else None


def _plan(told: Mapping[str, Any]) -> Plan:
    arguments = {**told.get("args", {}), **{name: told[name] for name in _MEASURED if name in told}}
    children = tuple(map(_plan, told.get("children", ())))
    return Plan(told.get("operatorType", ""), arguments, tuple(told.get("identifiers", ())), children)


def _notifications(metadata: Mapping[str, Any]) -> list[Notification]:
    """Return the notifications: older servers send them as such, newer ones as GQL statuses with the same in them."""
    found = []
    for told in metadata.get("notifications") or metadata.get("statuses") or ():
        more = told.get("diagnostic_record") or {}
        code = told.get("code") or told.get("neo4j_code")
        if not code:
            continue  # the status of the statement itself
        place = told.get("position") or more.get("_position") or {}
        found.append(
            Notification(
                code,
                told.get("title", ""),
                told.get("description", ""),
                told.get("severity") or more.get("_severity", ""),
                told.get("category") or more.get("_classification", ""),
                (place["offset"], place["line"], place["column"]) if len(place) == 3 else None,
            )
        )
    return found
