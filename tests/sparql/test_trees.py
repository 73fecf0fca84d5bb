"""Parsing keeps nothing of its callers alive."""

from __future__ import annotations

import gc
import weakref

import pytest

from kg.errors import QuerySyntaxError
from kg.sparql.trees import query_tree


class _Held:
    """What a caller has in a local variable."""


def _parse_holding(text: str) -> weakref.ref[_Held]:
    held = _Held()
    query_tree(text)
    return weakref.ref(held)


def test_the_frames_of_callers_are_not_kept() -> None:
    gc.collect()
    gc.disable()
    try:
        assert _parse_holding("SELECT * { ?s ?p 'a', 1.5e3, ex:b } LIMIT 3")() is None
    finally:
        gc.enable()


def _fail_holding(text: str) -> weakref.ref[_Held]:
    held = _Held()
    with pytest.raises(QuerySyntaxError, match="Expected"):
        query_tree(text)
    return weakref.ref(held)


def test_the_frames_of_callers_are_not_kept_by_an_error() -> None:
    gc.collect()
    gc.disable()
    try:
        assert _fail_holding("SELECT * { ?s ?p")() is None
    finally:
        gc.enable()
