"""Decisions of people: an append-only log, what of it is in force, and what that comes to.

A log is kept as RDF in a graph of its own and exchanged as JSON Lines. `compile_ruling` turns it into effects by key;
`NoteRules` judges the claims of a note by the effects of its keys. Nothing here reads a note or knows a store.

What turns the log into effects is in `kg.decisions.compiling`: it needs the resolver, which readers of a log do not.
"""

from kg.decisions.fitting import unapplied
from kg.decisions.keys import claim_keys, likeness_of, note_key, passage_of, word_key
from kg.decisions.lines import read_lines, write_lines
from kg.decisions.log import Conflict, Draft, Log, Merged, union
from kg.decisions.model import (
    Author,
    Decision,
    Kind,
    Likeness,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Target,
    Typing,
    Undoing,
    Word,
)
from kg.decisions.quads import decision_quads, log_quads, read_log
from kg.decisions.ruling import ClaimRule, NoteRules, adjusted

__all__ = [
    "Author",
    "ClaimRule",
    "Conflict",
    "Decision",
    "Draft",
    "Kind",
    "Likeness",
    "Log",
    "Merged",
    "Merging",
    "Naming",
    "NoteRules",
    "Pair",
    "Passage",
    "Prediction",
    "Splitting",
    "Target",
    "Typing",
    "Undoing",
    "Word",
    "adjusted",
    "claim_keys",
    "decision_quads",
    "likeness_of",
    "log_quads",
    "note_key",
    "passage_of",
    "read_lines",
    "read_log",
    "unapplied",
    "union",
    "word_key",
    "write_lines",
]
