"""Neo4j's code for each of our errors, as its HTTP interfaces name them.

An error that came from a Neo4j server keeps the code which that server gave. Neo4j has no code of its own for an
answer with too many rows; `Terminated` says best that a limit ended the statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kg.errors import (
    AccessError,
    ClientGoneError,
    ForbiddenQueryError,
    InputError,
    KgError,
    LimitError,
    NotFoundError,
    ParameterError,
    QueryCrashError,
    QueryError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    ServerBusyError,
    ServerStoppingError,
    StoreChangingError,
    StoreError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreUnreachableError,
    UnsupportedQueryError,
)

__all__ = ["NOT_FOUND", "UNAUTHORIZED", "code_of", "describe_error"]

NOT_FOUND = "Neo.ClientError.Database.DatabaseNotFound"
"""There is no database of that name."""
UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized"
"""The token is missing or wrong."""

_TERMINATED = "Neo.ClientError.Transaction.Terminated"
_ACCESS_MODE = "Neo.ClientError.Statement.AccessMode"
_UNSUPPORTED = "Neo.ClientError.Statement.UnsupportedOperationError"
_UNAVAILABLE = "Neo.TransientError.General.DatabaseUnavailable"
_CODES: Mapping[type[KgError], str] = {
    KgError: "Neo.DatabaseError.General.UnknownError",
    AccessError: UNAUTHORIZED,
    ClientGoneError: _TERMINATED,
    InputError: "Neo.ClientError.Request.Invalid",
    LimitError: _TERMINATED,
    NotFoundError: "Neo.ClientError.Statement.EntityNotFound",
    ParameterError: "Neo.ClientError.Statement.ParameterMissing",
    QueryCrashError: "Neo.DatabaseError.Statement.ExecutionFailed",
    QueryError: "Neo.ClientError.Statement.ArgumentError",
    QueryMemoryError: "Neo.ClientError.General.TransactionOutOfMemoryError",
    QuerySyntaxError: "Neo.ClientError.Statement.SyntaxError",
    QueryTimeoutError: "Neo.ClientError.Transaction.TransactionTimedOut",
    ServerBusyError: "Neo.TransientError.Request.NoThreadsAvailable",
    ServerStoppingError: _UNAVAILABLE,
    StoreChangingError: "Neo.TransientError.Transaction.Outdated",
    StoreLockedError: "Neo.TransientError.Transaction.LockAcquisitionTimeout",
    StoreReadOnlyError: _ACCESS_MODE,
    StoreUnreachableError: _UNAVAILABLE,
    UnsupportedQueryError: _UNSUPPORTED,
}
"""One that is not named here has the code of its base class."""
_CODE = re.compile(r"Neo\.(?:ClientError|DatabaseError|TransientError)\.\w+\.\w+")


def code_of(error: KgError) -> str:
    """Return the code of an error: the Neo4j server's own, else the one that fits its class."""
    if error.code is not None and _CODE.fullmatch(error.code):
        return error.code
    named = _CODE.search(str(error)) if isinstance(error, StoreError) else None
    if named is not None:
        return named[0]
    if isinstance(error, ForbiddenQueryError):
        return _ACCESS_MODE if error.kind in ("write", "schema") else _UNSUPPORTED
    return next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)


def describe_error(error: KgError) -> dict[str, str]:
    """Return an error as Neo4j's HTTP interfaces write it: its code and its message."""
    return {"code": code_of(error), "message": str(error)}
