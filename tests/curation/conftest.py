"""A vault of real notes, shared with the tests of ingest."""

from tests.ingest.conftest import notes, plain

__all__ = ["notes", "plain"]
