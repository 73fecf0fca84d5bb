"""What a home keeps beside its store to spare work: one SQLite file, which may be deleted at any time."""

from kg.cache.ingest import IngestCache, copy_cache, words_of
from kg.cache.notes import NoteShelf
from kg.cache.texts import NoteTexts

__all__ = ["IngestCache", "NoteShelf", "NoteTexts", "copy_cache", "words_of"]
