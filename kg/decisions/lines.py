"""A log as JSON Lines: how homes exchange decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kg.decisions.fields import Json, from_json, to_json
from kg.decisions.log import Log
from kg.decisions.model import Decision
from kg.errors import InputError, KgError
from kg.rdf import NamedNode

__all__ = ["read_lines", "write_lines"]

_VERSION = 1


def write_lines(log: Log) -> Iterator[str]:
    """Yield a header that says base and version, then a line for each decision, in order; without line ends."""
    yield _line({"noemata": "decisions", "version": _VERSION, "base": log.base})
    for iri, decision in log.items():
        yield _line({"id": iri.value, **to_json(decision, lambda term: term.value)})


def _line(row: object) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def read_lines(content: bytes, name: str, base: str) -> Log:
    """Read a log as one of a home; IRIs under the log's own base become IRIs under the home's.

    A decision that names something of this home, which is elsewhere there, has another name here; what refers to it in
    later lines does so by that. Empty lines are skipped. It is read whole or not at all.

    Args:
        name: how an error message calls the log, usually its path.

    Raises:
        InputError: a line is no decision, or is not what its name was made of; the message has its number, from 1.
    """
    rows: list[tuple[int, Json]] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            rows.append((number, _row(line, name, number)))
    if not rows or rows[0][1].get("noemata") != "decisions":
        raise InputError(f'{name}: a log of decisions begins with {{"noemata": "decisions", "version": 1, "base": …}}')
    reader = _Reader(_base_of(rows[0][1], name), base)
    decisions = []
    for number, row in rows[1:]:
        try:
            decisions.append(reader.read(row))
        except KgError as error:
            raise InputError(f"{name}, line {number}: {error}") from error
    return Log(base, decisions)


def _row(line: bytes, name: str, number: int) -> Json:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}, line {number}: no JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{name}, line {number}: a line is a JSON object")
    return row


def _base_of(header: Json, name: str) -> str:
    if header.get("version") != _VERSION:
        raise InputError(f"{name}, line 1: version {header.get('version')!r} of the log; this release reads {_VERSION}")
    base = header.get("base")
    if not isinstance(base, str) or not base.endswith("/"):
        raise InputError(f"{name}, line 1: base is {base!r}: it must be an IRI that ends in /")
    return base


class _Reader:
    """Reads decisions made under one base as decisions under another."""

    def __init__(self, theirs: str, ours: str) -> None:
        self._theirs, self._ours = Log(theirs), Log(ours)
        self._renamed: dict[str, NamedNode] = {}  # decisions whose names differ by more than the base

    def read(self, row: Json) -> Decision:
        """Read a decision and check that nobody changed it since it was made.

        Raises:
            InputError: somebody did, or it is none.
        """
        said = {key: value for key, value in row.items() if key != "id"}
        decision = from_json(said, self._here)
        identifier, name = row.get("id"), self._ours.iri(decision)
        if identifier is None or (isinstance(identifier, str) and self._here(identifier) == name):
            return decision
        made = self._theirs.iri(from_json(said, NamedNode))
        if identifier != made.value:
            reason = f"id is {_line(identifier)}, but what it says is {made.value}"
            raise InputError(f"{reason}: leave the id of a changed line out")
        self._renamed[made.value] = name
        return decision

    def _here(self, text: str) -> NamedNode:
        if text in self._renamed:
            return self._renamed[text]
        theirs, ours = self._theirs.base, self._ours.base
        return NamedNode(f"{ours}{text[len(theirs) :]}" if text.startswith(theirs) else text)
