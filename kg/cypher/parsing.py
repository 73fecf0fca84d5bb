"""Reading a whole statement: what stands before it, clauses that write, and commands that are no query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal as OneOf
from typing import cast

from kg.cypher.clause_parsing import ClauseParser
from kg.cypher.syntax import (
    Clause,
    Command,
    Create,
    Delete,
    DynamicLabel,
    Foreach,
    Index,
    Label,
    Merge,
    Property,
    Remove,
    Set,
    SetItem,
    SetLabels,
    SetProperties,
    SetProperty,
    Statement,
    Syntax,
    Variable,
)
from kg.cypher.tokens import syntax_error
from kg.cypher.walking import children
from kg.errors import UnsupportedQueryError

__all__ = ["MAX_HEIGHT", "parse"]

MAX_HEIGHT = 150
"""How high a tree may be: a chain of operators, as `a + b + c …`, is as high as it is long."""

_TOO_DEEP = (
    f"the statement is nested or chained more than {MAX_HEIGHT} levels deep; for many values use IN or a parameter"
)
_COMMANDS: dict[str, OneOf["show", "schema", "administration", "transaction"]] = {
    "SHOW": "show", "TERMINATE": "administration", "DROP": "schema", "ALTER": "administration",
    "GRANT": "administration", "DENY": "administration", "REVOKE": "administration", "RENAME": "administration",
    "START": "administration", "STOP": "administration", "ENABLE": "administration", "DRYRUN": "administration",
    "DEALLOCATE": "administration", "REALLOCATE": "administration", "BEGIN": "transaction", "COMMIT": "transaction",
    "ROLLBACK": "transaction",
}  # fmt: skip
_SCHEMA = ("INDEX", "CONSTRAINT", "RANGE", "TEXT", "POINT", "VECTOR", "FULLTEXT", "LOOKUP", "BTREE", "UNIQUE")
_ADMINISTRATION = ("DATABASE", "USER", "ROLE", "ALIAS", "COMPOSITE", "IMMUTABLE", "PRIVILEGE", "SERVER")


def parse(text: str) -> Statement:
    """Return the tree of a statement.

    Raises:
        QuerySyntaxError: with the line and column of what is wrong.
        UnsupportedQueryError: another version than Cypher 5 is asked for, or a clause of one is used.
    """
    parser = _StatementParser(text)
    try:
        statement = parser.statement()
    except RecursionError as error:
        raise syntax_error(text, parser.at, _TOO_DEEP) from error
    if len(parser.tokens) > MAX_HEIGHT:  # what is shorter cannot be higher
        _check_height(text, statement)
    return statement


def _check_height(text: str, statement: Statement) -> None:
    level: list[Syntax] = [statement]
    for _ in range(MAX_HEIGHT):
        level = [child for node in level for child in children(node)]
        if not level:
            return
    raise syntax_error(text, level[0].at, _TOO_DEEP)


class _StatementParser(ClauseParser):
    """Reads statements."""

    def statement(self) -> Statement:
        """Read a statement to the end of the text."""
        at = self.at
        mode: OneOf["EXPLAIN", "PROFILE"] | None = None
        while self.is_any("EXPLAIN", "PROFILE", "CYPHER"):
            token = self.advance()
            if token.key == "CYPHER":
                self._options()
            elif mode is not None:
                raise self.error(f"{mode} stands here already", token.start)
            else:
                mode = cast(OneOf["EXPLAIN", "PROFILE"], token.key)
        if self.is_end():
            raise self.error("the statement is empty")
        body = self._command() or self.query()
        if self.skip(";") and not self.is_end():
            raise self.error("a second statement begins here; send one at a time")
        if not self.is_end():
            self.refuse("a clause or the end of the text")
        return Statement(body, mode, at=at)

    def _options(self) -> None:
        """Read what follows CYPHER: the version, and options for the planner, which change no answer."""
        token = self.token
        if token.kind == "number":
            self.advance()
            if token.text != "5":
                raise UnsupportedQueryError("Cypher", f"CYPHER {token.text}", "This is Cypher 5.")
        while self.is_name() and self.keys[self.index + 1] == "=":
            self.index += 2
            self.advance()

    # --- commands

    def _command(self) -> Command | None:
        start = self.index
        while self.skip("USE"):
            self.postfixes(self.value())
        kind = self._command_kind()
        if kind is None:
            self.index = start
            return None
        at = self.tokens[start].start
        while not self.is_end() and not self.is_next(";"):
            self.advance()
        return Command(kind, self.since(at), at=at)

    def _command_kind(self) -> OneOf["show", "schema", "administration", "transaction"] | None:
        key, after = self.keys[self.index], self.keys[self.index + 1]
        if key == "DROP" and after in _ADMINISTRATION:
            return "administration"
        if key == "CREATE" and self.is_name(1) and self.keys[self.index + 2] != "=":
            if after == "OR":
                after = self.keys[self.index + 3]
            if after in _SCHEMA:
                return "schema"
            if after in _ADMINISTRATION:
                return "administration"
        return _COMMANDS.get(key)

    # --- clauses that write

    def writing_clause(self) -> Clause | None:
        """Read a clause that writes; None if none is next."""
        read = _WRITERS.get(self.keys[self.index])
        return None if read is None else read(self)

    def _create(self) -> Create:
        at = self.advance().start
        return Create(self.patterns(), at=at)

    def _merge(self) -> Merge:
        at = self.advance().start
        pattern = self.pattern_part()
        actions: dict[str, list[SetItem]] = {"CREATE": [], "MATCH": []}
        while self.skip("ON"):
            event = self.skip_any("CREATE", "MATCH")
            if event is None:
                self.refuse("CREATE or MATCH after ON")
            self.expect("SET")
            actions[event] += self._set_items()
        return Merge(pattern, tuple(actions["CREATE"]), tuple(actions["MATCH"]), at=at)

    def _set(self) -> Set:
        at = self.advance().start
        return Set(tuple(self._set_items()), at=at)

    def _set_items(self) -> list[SetItem]:
        items = [self._set_item()]
        while self.skip(","):
            items.append(self._set_item())
        return items

    def _set_item(self) -> SetItem:
        at = self.at
        target = self.postfixes(self.value(), has_labels=False)
        if isinstance(target, Variable):
            if self.is_any(":", "IS"):
                return self._labels_of(target, at)
            operator = self.skip_any("=", "+=")
            if operator is None:
                self.refuse("=, += or a label")
            return SetProperties(target, self.expression(), operator == "+=", at=at)
        if not isinstance(target, Property | Index):
            raise self.error("SET changes a property or the labels of something, as in SET n.key = 1", at)
        self.expect("=")
        return SetProperty(target, self.expression(), at=at)

    def _labels_of(self, variable: Variable, at: int) -> SetLabels:
        self.skip_any(":", "IS")
        labels: list[Label | DynamicLabel] = [self.plain_label()]
        while self.skip_any(":", "&"):
            labels.append(self.plain_label())
        return SetLabels(variable, tuple(labels), at=at)

    def _remove(self) -> Remove:
        at = self.advance().start
        items: list[Property | Index | SetLabels] = []
        while not items or self.skip(","):
            place = self.at
            target = self.postfixes(self.value(), has_labels=False)
            if isinstance(target, Variable):
                if not self.is_any(":", "IS"):
                    self.refuse("a label or a property to remove")
                items.append(self._labels_of(target, place))
            elif isinstance(target, Property | Index):
                items.append(target)
            else:
                raise self.error("REMOVE takes away a property or labels, as in REMOVE n.key, n:Label", place)
        return Remove(tuple(items), at=at)

    def _delete(self) -> Delete:
        at = self.at
        is_detaching = self.advance().key == "DETACH"
        if self.tokens[self.index - 1].key != "DELETE":
            self.expect("DELETE")
        return Delete(self.expressions(), is_detaching, at=at)

    def _foreach(self) -> Foreach:
        at = self.advance().start
        self.expect("(")
        variable, source = self.each()
        self.expect("|")
        clauses: list[Clause] = []
        while (clause := self.clause()) is not None:
            if not isinstance(clause, Create | Merge | Set | Remove | Delete | Foreach):
                raise self.error("FOREACH can hold no other clauses than those that write", clause.at)
            clauses.append(clause)
        if not clauses:
            self.refuse("a clause that writes")
        self.expect(")")
        return Foreach(variable, source, tuple(clauses), at=at)


_WRITERS: dict[str, Callable[[_StatementParser], Clause]] = {
    "CREATE": _StatementParser._create,
    "INSERT": _StatementParser._create,
    "MERGE": _StatementParser._merge,
    "SET": _StatementParser._set,
    "REMOVE": _StatementParser._remove,
    "DELETE": _StatementParser._delete,
    "DETACH": _StatementParser._delete,
    "NODETACH": _StatementParser._delete,
    "FOREACH": _StatementParser._foreach,
}
