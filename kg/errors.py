"""Every error that Noemata raises on purpose.

```
KgError
├─ ConfigError            the installation or the settings are wrong
│  ├─ UnknownNameError    a name that no registry knows
│  └─ MissingExtraError   an optional package is not installed
├─ InputError             what the caller sent is wrong
│  ├─ NotAcceptableError  no format that the caller takes can hold the answer
│  ├─ NoteError           one note cannot be read
│  ├─ RdfSyntaxError      an RDF file does not parse
│  ├─ OntologyError       the ontology says something that cannot be used
│  └─ QueryError
│     ├─ QuerySyntaxError        the query does not parse
│     ├─ UnsupportedQueryError   the query asks for a feature that is not offered
│     ├─ ForbiddenQueryError     the query would do what may not be done with it
│     └─ ParameterError          a query parameter is missing or of the wrong kind
├─ NotFoundError          a note, entity or query does not exist
├─ LimitError             a limit was reached
│  ├─ QueryTimeoutError
│  ├─ QueryMemoryError
│  ├─ QueryDepthError
│  ├─ RequestTooLargeError
│  ├─ ResultTooLargeError
│  ├─ SliceTooLargeError
│  └─ ServerBusyError
├─ AccessError            the caller may not do this
├─ ClientGoneError        whoever asked has left
├─ RemoteError            another server may not be asked, or did not answer as it should
├─ StoreError             the store cannot serve
│  ├─ QueryCrashError     a query ended the process that ran it
│  ├─ ServerStoppingError the server is about to end
│  ├─ StoreLockedError    another process owns the store folder
│  ├─ StoreBoundError     the database belongs to another home, or to nobody
│  ├─ StoreChangingError  the data changes faster than it can be read
│  ├─ StoreUnreachableError  the database server does not answer
│  ├─ StoreReadOnlyError  a write to a store opened for reading
│  └─ StoreCorruptError   the files of the store cannot be read
└─ ExtractionError        one note could not be analysed
```

A message says what is wrong, which value, and what would be right. The parts are attributes too.
Exit codes and HTTP statuses are chosen at the edges (`kg/cli/__init__.py`, `api/problems.py`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "AccessError",
    "AmbiguousNameError",
    "ClientGoneError",
    "ConfigError",
    "ExtractionError",
    "ForbiddenQueryError",
    "InputError",
    "KgError",
    "LimitError",
    "MissingExtraError",
    "NotAcceptableError",
    "NotFoundError",
    "NoteError",
    "OntologyError",
    "ParameterError",
    "QueryCrashError",
    "QueryDepthError",
    "QueryError",
    "QueryMemoryError",
    "QuerySyntaxError",
    "QueryTimeoutError",
    "RdfSyntaxError",
    "RemoteError",
    "RequestTooLargeError",
    "ResultTooLargeError",
    "ServerBusyError",
    "ServerStoppingError",
    "SliceTooLargeError",
    "StoreBoundError",
    "StoreChangingError",
    "StoreCorruptError",
    "StoreError",
    "StoreLockedError",
    "StoreReadOnlyError",
    "StoreUnreachableError",
    "UnknownNameError",
    "UnsupportedQueryError",
]


def _place(source: str, line: int | None = None, column: int | None = None) -> str:
    """Write a position as `source:line:column`, leaving out what is not known."""
    parts = [source] + [str(number) for number in (line, column) if number is not None]
    return ":".join(parts)


class KgError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        code: what the database server that was asked calls the error; None where no server did.
    """

    code: str | None = None


class ConfigError(KgError):
    """The installation or a setting is wrong."""


class UnknownNameError(ConfigError):
    """A name was asked for that no registry holds."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        nearest = difflib.get_close_matches(name, self.known, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        others = f"Known: {', '.join(self.known)}." if self.known else "There is none."
        super().__init__(f"No {kind.replace('_', ' ')} is called {name!r}.{hint} {others}")


class MissingExtraError(ConfigError):
    """An optional part of the installation is needed and absent."""

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra, self.purpose = extra, purpose
        super().__init__(f"{purpose} needs the extra {extra!r}: pip install 'noemata[{extra}]'.")


class InputError(KgError):
    """What the caller sent is wrong."""


class NoteError(InputError):
    """A note cannot be read; the other notes are not affected."""

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        self.path, self.reason, self.line = path, reason, line
        super().__init__(f"{_place(path, line)}: {reason}")


class RdfSyntaxError(InputError):
    """An RDF document does not parse."""

    def __init__(self, source: str, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.source, self.reason, self.line, self.column = source, reason, line, column
        super().__init__(f"{_place(source, line, column)}: {reason}")


class OntologyError(InputError):
    """The ontology says something that cannot be used."""

    def __init__(self, source: str, reason: str, iri: str = "", line: int | None = None) -> None:
        self.source, self.reason, self.iri, self.line = source, reason, iri, line
        super().__init__(f"{_place(source, line)}: {f'<{iri}>: ' if iri else ''}{reason}")


class AmbiguousNameError(InputError):
    """Several things have the name that was given.

    Attributes:
        candidates: the IRIs of those things.
    """

    def __init__(self, name: str, candidates: Iterable[tuple[str, str]]) -> None:
        self.name, found = name, tuple(candidates)
        self.candidates = tuple(iri for iri, _ in found)
        shown = "".join(f"\n  <{iri}>  {called}" for iri, called in found)
        super().__init__(f"Several things are called {name!r}; write the IRI of one:{shown}")


class QueryError(InputError):
    """A query cannot be answered as it was sent."""


class QuerySyntaxError(QueryError):
    """A query does not parse."""

    def __init__(self, language: str, reason: str, line: int | None = None, column: int | None = None) -> None:
        self.language, self.reason, self.line, self.column = language, reason, line, column
        super().__init__(f"{_place(f'{language} query', line, column)}: {reason}")


class UnsupportedQueryError(QueryError):
    """A query uses a feature that is not offered; it was not run."""

    def __init__(self, language: str, feature: str, advice: str = "") -> None:
        self.language, self.feature, self.advice = language, feature, advice
        super().__init__(f"{language}: {feature} is not supported.{f' {advice}' if advice else ''}")


class ForbiddenQueryError(QueryError):
    """A query would do what may not be done with it; it was not run.

    Attributes:
        kind: of what it is: `write`, `schema`, `administration`, `procedure`, `function`, …
    """

    def __init__(self, language: str, kind: str, what: str, advice: str) -> None:
        self.language, self.kind, self.what, self.advice = language, kind, what, advice
        super().__init__(f"{language}: {what} is refused. {advice}")


class ParameterError(QueryError):
    """A parameter of a saved query is missing, unknown or of the wrong kind."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"Parameter {name!r}: {reason}")


class NotAcceptableError(InputError):
    """No format that the caller takes can hold the answer."""


class AccessError(KgError):
    """The caller may not do this; a token is missing or wrong."""


class ClientGoneError(KgError):
    """Whoever asked has left, so the work was stopped."""

    def __init__(self) -> None:
        super().__init__("The client closed the connection before it had its answer.")


class RemoteError(KgError):
    """Another server may not be asked, or did not answer as it should."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"{url}: {reason}")


class NotFoundError(KgError):
    """What was asked for does not exist.

    Args:
        known: the names that there are, of which the nearest is told. advice: what makes one, where none is near.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), advice: str = "") -> None:
        self.kind, self.name = kind, name
        nearest = difflib.get_close_matches(name, list(known), n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else f" {advice}".rstrip()
        super().__init__(f"No {kind} {name!r} in this home.{hint}")


class LimitError(KgError):
    """A limit was reached; the reply is not complete."""


class QueryTimeoutError(LimitError):
    """A query ran longer than it may."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"The query was stopped after {seconds:g} s, its limit. Narrow it, or raise the limit.")


class QueryMemoryError(LimitError):
    """A query took more memory than it may; None is a limit that the server has and does not tell."""

    def __init__(self, megabytes: int | None) -> None:
        self.megabytes = megabytes
        much = f"than {megabytes} MB" if megabytes is not None else "memory than the server has"
        super().__init__(f"The query was stopped: it took more {much}. Narrow it, or raise the limit.")


class QueryDepthError(LimitError):
    """A query is nested more deeply than is read."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        advice = "Take it apart; for a long list of values use IN or VALUES."
        super().__init__(
            f"The query is nested more than {depth} levels deep; eight links of a chain, as in a || b || c,"
            f" count as one. {advice}"
        )


class RequestTooLargeError(LimitError):
    """A request is larger than is read."""

    def __init__(self, megabytes: float) -> None:
        self.megabytes = megabytes
        advice = "Send it in parts, or raise serve.max_request_mb."
        super().__init__(f"The request is larger than {megabytes:g} MB. {advice}")


class ServerBusyError(LimitError):
    """All readers are taken; the request can be sent again."""

    def __init__(self, waited: float, why: str = "") -> None:
        self.waited = waited
        super().__init__(f"The server is busy: {why or f'no turn came in {waited:g} s'}. Try again soon.")


class ResultTooLargeError(LimitError):
    """An answer has more rows than may be returned."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__(f"The answer has more than {rows} rows. Add a LIMIT, or raise the limit with --limit.")


class SliceTooLargeError(LimitError):
    """A query needs more of the graph than may be fetched for one."""

    def __init__(self, quads: int, advice: str) -> None:
        self.quads = quads
        super().__init__(f"The query needs more than {quads:,} quads of the database. {advice}")


class StoreError(KgError):
    """The store cannot do what it was asked for."""


class QueryCrashError(StoreError):
    """A query ended the process that ran it, and nothing else."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        super().__init__(
            f"The query ended the process that ran it ({ending}): most likely it is nested too deeply, or needs more "
            "memory than there is. Make it simpler."
        )


class StoreLockedError(StoreError):
    """Another process owns the store folder."""

    def __init__(self, folder: str, owner: str, waited: float) -> None:
        self.folder, self.owner, self.waited = folder, owner, waited
        super().__init__(
            f"The store in {folder} is in use by {owner}; waited {waited:g} s. Try again when it has ended."
        )


class ServerStoppingError(StoreError):
    """The server is about to end; it takes no more requests."""

    def __init__(self) -> None:
        super().__init__("The server is stopping. Try again when it is back.")


class StoreReadOnlyError(StoreError):
    """A write was sent to a store opened for reading."""


class StoreUnreachableError(StoreError):
    """The database server does not answer, or does not let us in."""

    def __init__(self, uri: str, reason: str, advice: str) -> None:
        self.uri, self.reason = uri, reason
        super().__init__(f"Neo4j at {uri}: {reason}. {advice}")


class StoreBoundError(StoreError):
    """The database belongs to another home, or holds a graph that no home has adopted."""


class StoreChangingError(StoreError):
    """Others change the database faster than it can be read as it is at one moment."""


class StoreCorruptError(StoreError):
    """The files of the store cannot be read."""


class ExtractionError(KgError):
    """One note could not be analysed; it is reported and the run goes on."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")
