"""Keeping the graph what notes, ontology and decisions say: views of notes, resolution, and decisions as they come."""

from kg.curation.curator import CurationSettings, Curator
from kg.curation.raw import RawNote
from kg.curation.requests import (
    Accept,
    Author,
    Merge,
    Reject,
    RejectWord,
    Rename,
    Request,
    Retype,
    Split,
    Undo,
)
from kg.curation.view import NoteView

__all__ = [
    "Accept",
    "Author",
    "CurationSettings",
    "Curator",
    "Merge",
    "NoteView",
    "RawNote",
    "Reject",
    "RejectWord",
    "Rename",
    "Request",
    "Retype",
    "Split",
    "Undo",
]
