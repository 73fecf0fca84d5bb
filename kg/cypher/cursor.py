"""A place in the tokens of a statement: what stands there, and the errors that name it."""

from __future__ import annotations

from typing import NoReturn

from kg.cypher.syntax import Variable
from kg.cypher.tokens import Token, syntax_error, tokenise
from kg.errors import QuerySyntaxError

__all__ = ["Cursor"]

NAMES = ("word", "quoted")


class Cursor:
    """The tokens of a text and the one that is next; the parsers of the grammar's parts extend it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenise(text)
        self.keys = [token.key for token in self.tokens] + ["", "", "", ""]
        self.index = 0
        self._closers: dict[int, int] | None = None

    # --- looking

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    @property
    def at(self) -> int:
        """Where the next token begins."""
        return self.tokens[self.index].start

    def is_next(self, *keys: str) -> bool:
        """Say whether these keywords or marks are next, in this order."""
        return self.keys[self.index : self.index + len(keys)] == list(keys)

    def is_end(self) -> bool:
        """Say whether the text ends here."""
        return self.tokens[self.index].kind == "end"

    def is_any(self, *keys: str) -> bool:
        """Say whether one of these keywords or marks is next."""
        return self.keys[self.index] in keys

    def is_name(self, offset: int = 0) -> bool:
        """Say whether a name is next, or some tokens further on; every keyword can be one."""
        index = self.index + offset
        return index < len(self.tokens) and self.tokens[index].kind in NAMES

    def closing_brackets(self) -> dict[int, int]:
        """Return for each opening bracket's index among the tokens that of its closing one."""
        if self._closers is None:
            self._closers, opened = {}, []
            for index, key in enumerate(self.keys):
                if key in ("(", "[", "{"):
                    opened.append(index)
                elif key in (")", "]", "}"):
                    self._closers[opened.pop()] = index
        return self._closers

    # --- moving

    def advance(self) -> Token:
        """Return the next token and go behind it."""
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def skip(self, *keys: str) -> bool:
        """Go behind these keywords or marks if they are next, all of them in this order; say whether they were."""
        end = self.index + len(keys)
        if self.keys[self.index : end] != list(keys):
            return False
        self.index = end
        return True

    def skip_any(self, *keys: str) -> str | None:
        """Go behind the first of these keywords or marks that is next, and return it."""
        key = self.keys[self.index]
        if key in keys:
            self.index += 1
            return key
        return None

    def expect(self, *keys: str, after: str = "") -> Token:
        """Go behind these keywords or marks and return the last of them.

        Raises:
            QuerySyntaxError: something else is next.
        """
        for key in keys:
            if self.keys[self.index] != key:
                self.refuse(f"{key}{f' {after}' if after else ''}")
            self.index += 1
        return self.tokens[self.index - 1]

    def name(self, what: str = "a name") -> str:
        """Return the name that is next and go behind it."""
        token = self.tokens[self.index]
        if token.kind not in NAMES:
            self.refuse(what)
        self.index += 1
        return str(token.value)

    def variable(self) -> Variable:
        """Return the variable that is next and go behind it."""
        at = self.at
        return Variable(self.name("a variable"), at=at)

    # --- errors

    def error(self, reason: str, at: int | None = None) -> QuerySyntaxError:
        """Return an error at a place, else at the next token."""
        return syntax_error(self.text, self.at if at is None else at, reason)

    def refuse(self, expected: str) -> NoReturn:
        """Say what is expected instead of the next token.

        Raises:
            QuerySyntaxError: always.
        """
        token = self.token
        found = "the end of the text" if token.kind == "end" else repr(token.text)
        raise self.error(f"here {expected} is expected, not {found}")

    def since(self, start: int) -> str:
        """Return the text from a position to the end of the last token."""
        return self.text[start : self.tokens[self.index - 1].end]
