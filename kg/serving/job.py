"""One ingest of a server, as it is at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from typing import Literal as OneOf

from kg.errors import InputError, KgError

__all__ = ["STATES", "Job", "JobEndedError", "State"]

State = OneOf["waiting", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = get_args(State)
_OPEN = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """One ingest, as it is at a moment; `version` counts the changes. Times are in ISO 8601, UTC."""

    id: str
    notes: int
    removed: int
    refresh: bool
    by: str
    created: str
    state: State = "waiting"
    started: str | None = None
    ended: str | None = None
    together: int = 1
    """How many jobs are read at once; progress and report are those of all of them."""
    done: int = 0
    total: int = 0
    waits_for: str | None = None
    """Which other process has the store, or why it or the home cannot be had now."""
    report: Mapping[str, Any] | None = None
    error: KgError | None = None
    version: int = 0

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more will happen to it."""
        return self.state not in _OPEN


class JobEndedError(InputError):
    """What a job was to do is done already."""

    def __init__(self, job: Job) -> None:
        self.id, self.state = job.id, job.state
        super().__init__(f"The job {job.id} is {job.state}: nothing of it is left to cancel.")
