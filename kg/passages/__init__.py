"""Passages: the parts of a note's text that are searched, compared and shown.

Nothing here knows a store, a file or a language model: a text goes in, positions in that text come out.
"""

from kg.passages.splitting import Passage, passages
from kg.passages.visible import visible

__all__ = ["Passage", "passages", "visible"]
