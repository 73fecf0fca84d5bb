"""What an ingest did: counts, one line a file, and what could not be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

from kg.model import Failure

__all__ = ["FileOutcome", "IngestReport", "Outcome"]

Outcome = OneOf["added", "updated", "unchanged", "removed", "failed"]

_OUTCOMES: tuple[Outcome, ...] = ("added", "updated", "unchanged", "removed", "failed")


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What happened to one note; `reason` says why it failed or why it was read again."""

    path: str
    outcome: Outcome
    reason: str = ""


@dataclass
class IngestReport:
    """The result of one ingest. Statements, quads, refusals and words are those of the notes read in this run."""

    files: list[FileOutcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    statements: int = 0
    quads: int = 0
    quarantined: int = 0
    words: int = 0
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """Return how many notes had each outcome."""
        found = Counter(file.outcome for file in self.files)
        return {outcome: found.get(outcome, 0) for outcome in _OUTCOMES}

    def to_json(self) -> dict[str, Any]:
        """Return the report in the shape of `kg ingest --json`."""
        return {
            "notes": self.counts(),
            "statements": self.statements,
            "quads": self.quads,
            "quarantined": self.quarantined,
            "words": self.words,
            "seconds": round(self.seconds, 3),
            "failures": [
                {"path": f.path, "reason": f"line {f.line}: {f.reason}" if f.line else f.reason, "line": f.line}
                for f in self.failures
            ],
            "notices": self.notices,
        }
