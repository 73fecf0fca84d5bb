"""The statements of a Cypher file, which are separated by semicolons."""

from __future__ import annotations

from dataclasses import dataclass

from kg.cypher.tokens import place_of, tokenise

__all__ = ["Piece", "split_statements"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a text: what is read of it, and the line it begins in, from 1.

    Before `text` stand as many line ends and spaces as in the whole, so that places in errors are those of the file.
    """

    text: str
    line: int

    @property
    def statement(self) -> str:
        """Return the statement alone."""
        return self.text.strip()


def split_statements(text: str) -> list[Piece]:
    """Return the statements of a text, without empty ones; comments before a statement belong to it.

    Raises:
        QuerySyntaxError: the text cannot be read up to its end, with line and column.
    """
    pieces: list[Piece] = []
    start = 0
    first: int | None = None  # where the first token of the statement is
    for token in tokenise(text):
        if token.key == ";" or token.kind == "end":
            if first is not None:
                line, column = place_of(text, start)
                before = "\n" * (line - 1) + " " * (column - 1)
                pieces.append(Piece(before + text[start : token.start].rstrip(), place_of(text, first)[0]))
            start, first = token.end, None
        elif first is None:
            first = token.start
    return pieces
