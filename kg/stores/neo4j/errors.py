"""Neo4j's errors, and those of its driver, as ours: what is wrong, where, and what would be right."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

from kg.errors import (
    ForbiddenQueryError,
    KgError,
    LimitError,
    QueryError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    StoreError,
    StoreUnreachableError,
)
from kg.stores import ServerAddress

__all__ = [
    "ADDRESSES",
    "CHANGED_MEANWHILE",
    "MEMORY",
    "UnknownMarkError",
    "is_of_others",
    "of_statements",
    "translated",
]

ADDRESSES = "An address is like bolt://127.0.0.1:7687, or neo4j+s://host with TLS."
MEMORY = frozenset({
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError", "Neo.TransientError.General.OutOfMemoryError",
    "Neo.DatabaseError.General.OutOfMemoryError",
})  # fmt: skip
_TAKEN = "Neo.ClientError.Schema.ConstraintValidationFailed"
CHANGED_MEANWHILE = frozenset({_TAKEN, "Neo.ClientError.Statement.EntityNotFound"})
"""What a write meets when others make or delete the same nodes between its look and its leap."""

_TIMED_OUT = frozenset({
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.TransientError.Transaction.TransactionTimedOut",
})  # fmt: skip
_STOPPED = frozenset({
    "Neo.ClientError.Transaction.LockClientStopped", "Neo.TransientError.Transaction.LockClientStopped",
    "Neo.ClientError.Transaction.Terminated", "Neo.TransientError.Transaction.Terminated",
    "Neo.TransientError.Transaction.LockAcquisitionTimeout", "Neo.ClientError.Transaction.LockAcquisitionTimeout",
})  # fmt: skip
_UNKNOWN_BOOKMARK = frozenset({
    "Neo.ClientError.Transaction.InvalidBookmark", "Neo.ClientError.Transaction.InvalidBookmarkMixture",
    "Neo.TransientError.Transaction.BookmarkTimeout",
})  # fmt: skip
_HELD = (
    "Another transaction keeps what is to be written locked, and nothing was changed. Look for it with SHOW "
    "TRANSACTIONS, end it (`:rollback` where it was begun, or TERMINATE TRANSACTION), and try again."
)
_ADVICE = {
    **dict.fromkeys(_TIMED_OUT, "Raise db.transaction.timeout in neo4j.conf, or ask for less."),
    **dict.fromkeys(_STOPPED, _HELD),
    "Neo.TransientError.Transaction.DeadlockDetected": "Others write the same nodes all the time, and nothing was "
    "changed. Try again.",
    **dict.fromkeys(
        MEMORY,
        "Nothing was changed. Raise dbms.memory.transaction.total.max in neo4j.conf (or the heap), write less "
        "at once, or load into an empty database with `kg import --bulk`.",
    ),
}
_CONSTRAINED = re.compile(r"label `([^`]+)` and property `([^`]+)`")
_OURS = frozenset({("Resource", "iri"), ("_Home", "only"), ("_Prefix", "prefix"), ("_Term", "name"), ("_Batch", "id")})
_PLACE = re.compile(r" \(line (\d+), column (\d+) \(offset: \d+\)\)")
_LIMIT = re.compile(r"limit (\d+)(?:\.\d+)? ([KMG])iB")
_ASKED_WRONGLY = ("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.", "Neo.ClientError.Schema.")
_MOST_SAID = 5000
"""Characters of a reason, which may repeat a value of millions."""
_TOO_LONG = re.compile(r"too large to index.*name='([^']*)'.*schema=(\S*\(.*?\)),")


class UnknownMarkError(StoreError):
    """The database has never been where it was seen: its data was put back or replaced."""


def is_of_others(error: Exception) -> bool:
    """Tell whether a constraint that was broken is none of the system's own: it will be broken again."""
    found = _CONSTRAINED.search(_reason(error))
    return _code(error) == _TAKEN and found is not None and (found[1], found[2]) not in _OURS


def _code(error: Exception) -> str:
    return getattr(error, "code", None) or ""


def _reason(error: Exception) -> str:
    # The driver's own errors have a text that says nothing as their message.
    said = str((_code(error) and getattr(error, "message", None)) or error).strip().split("\n")[0].rstrip(".:")
    return said if len(said) <= _MOST_SAID else f"{said[:_MOST_SAID]} …"


def translated(
    error: Exception, address: ServerAddress, timeout: float | None = None, is_read: bool = False
) -> KgError:
    """Return our error for one of the driver's.

    Args:
        timeout: the limit in seconds of the read that failed, None where it had none of ours.
    """
    import neo4j.exceptions as theirs

    uri, code, reason = address.uri, _code(error), _reason(error)
    if code in _TIMED_OUT and timeout:
        return QueryTimeoutError(timeout)
    if code in MEMORY and is_read:
        return LimitError(
            f"Neo4j at {uri}: {reason} ({code}). Ask for less at once, or raise dbms.memory.transaction.total.max in "
            "neo4j.conf (or the heap)."
        )
    if code in _UNKNOWN_BOOKMARK:
        return UnknownMarkError(f"Neo4j at {uri}: {reason} ({code}). Its data was put back or replaced. Try again.")
    if (long := _TOO_LONG.search(reason)) is not None:
        return StoreError(
            f"Neo4j at {uri}: a text is too long for the index {long[1]!r} on {long[2]}, and nothing was changed. "
            f"DROP INDEX {long[1]}; a FULLTEXT index takes long texts."
        )
    if code == _TAKEN:
        advice = (
            "A constraint that people have made forbids it: find it with SHOW CONSTRAINTS, and drop it or mend the data"
            if is_of_others(error)
            else "Two nodes claim to be one resource"
        )
        return StoreError(f"Neo4j at {uri}: {reason} ({code}). {advice}.")
    if code == "Neo.ClientError.Security.Forbidden":
        return StoreError(
            f"Neo4j at {uri}: {reason} ({code}). Let the user {address.username!r} do this, or connect as another."
        )
    if code in _ADVICE:
        return StoreError(f"Neo4j at {uri}: {reason} ({code}). {_ADVICE[code]}")
    if code == "Neo.ClientError.Database.DatabaseNotFound":
        missing = f"there is no database {address.database!r}"
        return StoreUnreachableError(uri, missing, "Community edition has 'neo4j' only.")
    if isinstance(error, theirs.AuthError) or code.startswith("Neo.ClientError.Security."):
        return StoreUnreachableError(
            uri, f"the login of {address.username!r} is refused ({reason})", "Set NEO4J_USERNAME and NEO4J_PASSWORD."
        )
    if isinstance(error, theirs.ConfigurationError):
        return StoreUnreachableError(uri, reason, ADDRESSES)
    if isinstance(error, theirs.IncompleteCommit):
        return StoreUnreachableError(
            uri, "the connection broke during a commit, which may have happened or not", "Look, then try again."
        )
    is_silent = isinstance(error, theirs.ServiceUnavailable | theirs.SessionExpired | theirs.ConnectionPoolError)
    if is_silent or code.startswith("Neo.TransientError.Database."):
        named = "That address is what NEO4J_URI or neo4j.uri names: start the server there, or name another."
        advice = "Start it with `kg neo4j up`." if address.is_ours else named
        return StoreUnreachableError(uri, f"it does not answer ({reason})", advice)
    return StoreError(f"Neo4j at {uri}: {reason} ({code or type(error).__name__}).")


@contextlib.contextmanager
def of_statements(address: ServerAddress, seconds: float | None, is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Raise as ours what the driver raises for somebody else's statement; `code` is the server's.

    Args:
        is_stopped: whether we have had the server end it, or waited no longer, because its `seconds` were over.
    """
    import neo4j.exceptions as theirs

    try:
        yield
    except (theirs.Neo4jError, theirs.DriverError) as error:
        found = _of_statement(error, address, seconds, is_stopped())
        found.code = _code(error) or None
        raise found from error


def _of_statement(error: Exception, address: ServerAddress, seconds: float | None, is_stopped: bool) -> KgError:
    import neo4j.exceptions as theirs

    code, reason = _code(error), _reason(error)
    is_hung_up = isinstance(error, theirs.ServiceUnavailable | theirs.SessionExpired)
    is_lost = isinstance(error, theirs.IncompleteCommit)
    if code in _TIMED_OUT or (is_stopped and (code in _STOPPED or is_hung_up) and not is_lost):
        return QueryTimeoutError(seconds or 0.0)
    if code in MEMORY:
        limit = _LIMIT.search(reason)
        size = {"K": 1 / 1024, "M": 1, "G": 1024}
        return QueryMemoryError(round(int(limit[1]) * size[limit[2]]) if limit else None)
    if code == "Neo.ClientError.Statement.SyntaxError":
        place = _PLACE.search(reason)
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        return QuerySyntaxError("Cypher", _PLACE.sub("", reason), line or None, column or None)
    if code == "Neo.ClientError.Statement.AccessMode":
        return ForbiddenQueryError("Cypher", "write", "a statement that writes", "This is for reading.")
    if code.startswith(_ASKED_WRONGLY):
        return QueryError(f"{reason}.")
    return translated(error, address, seconds)
