"""Reading clauses and queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal as OneOf

from kg.cypher.expression_parsing import ExpressionParser
from kg.cypher.syntax import (
    Clause,
    Expression,
    Finish,
    Item,
    LoadCsv,
    Match,
    ProcedureCall,
    Projection,
    Query,
    Return,
    SingleQuery,
    SortKey,
    SubqueryCall,
    Union,
    Unwind,
    Use,
    Variable,
    With,
)
from kg.errors import UnsupportedQueryError

__all__ = ["ClauseParser"]

_NEWER = ("LET", "FILTER", "WHEN", "NEXT")


class ClauseParser(ExpressionParser):
    """Reads queries; the clauses that write are read by whoever extends it."""

    def writing_clause(self) -> Clause | None:
        """Read a clause that writes; None if none is next."""
        raise NotImplementedError

    # --- queries

    def query(self) -> Query:
        """Read single queries with UNION between them."""
        at = self.at
        queries = [self.single_query()]
        kinds: list[bool] = []
        while self.is_next("UNION"):
            place = self.advance().start
            kinds.append(self.skip("ALL"))
            if not kinds[-1]:
                self.skip("DISTINCT")
            if kinds[-1] != kinds[0]:
                raise self.error("UNION and UNION ALL cannot be mixed in one query", place)
            queries.append(self.single_query())
        return queries[0] if len(queries) == 1 else Union(tuple(queries), kinds[0], at=at)

    def single_query(self) -> SingleQuery:
        """Read clauses up to where none follows."""
        at = self.at
        clauses: list[Clause] = []
        while (clause := self.clause()) is not None:
            clauses.append(clause)
        if not clauses:
            self.refuse("a clause, as MATCH, CREATE or RETURN,")
        return SingleQuery(tuple(clauses), at=at)

    def braced_query(self) -> Query:
        """Read a query, or a bare pattern, in braces."""
        self.expect("{")
        query = self._pattern_query() if self._is_pattern() else self.query()
        self.expect("}")
        return query

    def _is_pattern(self) -> bool:
        """Tell whether a bare pattern is next, and no clause."""
        return (
            self.is_any("(", "SHORTESTPATH", "ALLSHORTESTPATHS", "ANY", "ALL", "SHORTEST", "REPEATABLE", "DIFFERENT")
            or (self.is_name() and self.keys[self.index + 1] == "=")
        )  # fmt: skip

    def _pattern_query(self) -> SingleQuery:
        at = self.at
        return SingleQuery((self._match(at, is_optional=False),), at=at)

    # --- clauses

    def clause(self) -> Clause | None:
        """Read a clause; None if none is next.

        Raises:
            UnsupportedQueryError: a clause of Cypher 25.
        """
        key = self.keys[self.index]
        read = _READERS.get(key)
        if read is not None:
            return read(self)
        if key in _NEWER and (self.is_name(1) or (self.token.kind == "word" and self.is_any("WHEN"))):
            raise UnsupportedQueryError("Cypher", f"{key}, a clause of Cypher 25,", "This is Cypher 5.")
        return self.writing_clause()

    def _match_clause(self) -> Clause:
        at = self.advance().start
        return self._match(at, is_optional=False)

    def _optional(self) -> Clause:
        at = self.advance().start
        if self.is_next("CALL"):
            return self._call_clause(at, is_optional=True)
        self.expect("MATCH", after="or CALL after OPTIONAL")
        return self._match(at, is_optional=True)

    def _match(self, at: int, is_optional: bool) -> Match:
        """Read what follows MATCH, or a bare pattern."""
        mode: OneOf["REPEATABLE ELEMENTS", "DIFFERENT RELATIONSHIPS"] | None = None
        if self.is_next("REPEATABLE") and self.keys[self.index + 1] in ("ELEMENT", "ELEMENTS"):
            self.index += 2
            self.skip("BINDINGS")
            mode = "REPEATABLE ELEMENTS"
        elif self.is_next("DIFFERENT") and self.keys[self.index + 1] in ("RELATIONSHIP", "RELATIONSHIPS"):
            self.index += 2
            self.skip("BINDINGS")
            mode = "DIFFERENT RELATIONSHIPS"
        patterns = self.patterns()
        while self.skip("USING"):
            self._hint()
        return Match(patterns, self.where(), is_optional, mode, at=at)

    def _hint(self) -> None:
        """Pass over a hint for the planner; it changes no answer."""
        if self.skip("JOIN", "ON"):
            self.variable()
            while self.skip(","):
                self.variable()
            return
        if not self.skip("SCAN"):
            self.skip_any("TEXT", "RANGE", "POINT", "BTREE")
            self.expect("INDEX", after="SCAN or JOIN ON after USING")
            if self.keys[self.index + 1] != ":":
                self.skip("SEEK")
        self.variable()
        self.expect(":")
        self.name("a label")
        if self.skip("("):
            self.name("the key of a property")
            while self.skip(","):
                self.name("the key of a property")
            self.expect(")")

    def _unwind(self) -> Unwind:
        at = self.advance().start
        source = self.expression()
        self.expect("AS", after="and a variable")
        return Unwind(source, self.variable(), at=at)

    def _with(self) -> With:
        at = self.advance().start
        return With(self.projection(), self.where(), at=at)

    def _return(self) -> Return:
        at = self.advance().start
        return Return(self.projection(), at=at)

    def _finish(self) -> Finish:
        return Finish(at=self.advance().start)

    def _order_alone(self) -> With:
        """Read ORDER BY, SKIP or LIMIT without WITH, which is one with a star."""
        at = self.at
        order, skip, limit = self._order(), self._skip(), self._limit()
        return With(Projection((), True, False, order, skip, limit, at=at), at=at)

    def projection(self) -> Projection:
        """Read what follows WITH or RETURN."""
        at = self.at
        is_distinct = self.is_next("DISTINCT") and self._is_keyword()
        if is_distinct:
            self.advance()
        has_all = self.skip("*")
        items: list[Item] = []
        while self.skip(",") if items or has_all else True:
            items.append(self._item())
        return Projection(tuple(items), has_all, is_distinct, self._order(), self._skip(), self._limit(), at=at)

    def _is_keyword(self) -> bool:
        """Tell whether a word is followed by something, and so is no name of something."""
        return self.keys[self.index + 1] not in (",", "AS", ".", ";", "}") and self.tokens[self.index + 1].kind != "end"

    def _item(self) -> Item:
        at = self.at
        expression = self.expression()
        text = expression.name if isinstance(expression, Variable) else self.since(at)
        alias = self.name("a name after AS") if self.skip("AS") else None
        return Item(expression, alias, text, at=at)

    def _order(self) -> tuple[SortKey, ...]:
        if not self.skip("ORDER"):
            return ()
        self.expect("BY", after="after ORDER")
        keys = [self._sort_key()]
        while self.skip(","):
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> SortKey:
        at = self.at
        expression = self.expression()
        direction = self.skip_any("ASC", "ASCENDING", "DESC", "DESCENDING") or "ASC"
        return SortKey(expression, direction.startswith("DESC"), at=at)

    def _skip(self) -> Expression | None:
        return self.expression() if self.skip_any("SKIP", "OFFSET") else None

    def _limit(self) -> Expression | None:
        return self.expression() if self.skip("LIMIT") else None

    def _use(self) -> Use:
        at = self.advance().start
        self.skip("GRAPH")
        start = self.at
        self.postfixes(self.value())
        return Use(self.since(start), at=at)

    def _load_csv(self) -> LoadCsv:
        at = self.expect("LOAD", "CSV").start
        has_headers = self.skip("WITH", "HEADERS")
        self.expect("FROM")
        source = self.expression()
        self.expect("AS", after="and a variable")
        variable = self.variable()
        if self.skip("FIELDTERMINATOR") and self.advance().kind != "string":
            raise self.error("after FIELDTERMINATOR a string is expected", self.tokens[self.index - 1].start)
        return LoadCsv(source, variable, has_headers, at=at)

    # --- CALL

    def _call_plain(self) -> Clause:
        return self._call_clause(self.at, is_optional=False)

    def _call_clause(self, at: int, is_optional: bool) -> Clause:
        self.expect("CALL")
        if self.is_any("{", "("):
            return self._subquery_call(at, is_optional)
        parts = [self.name("a procedure, { or (")]
        while self.skip("."):
            parts.append(self.name("the next part of the procedure's name"))
        arguments: tuple[Expression, ...] | None = None
        if self.skip("("):
            arguments = () if self.is_next(")") else self.expressions()
            self.expect(")")
        yields: tuple[tuple[str, Variable], ...] | OneOf["*"] | None = None
        where = None
        if self.skip("YIELD"):
            yields = "*" if self.skip("*") else () if self.skip("-") else self._yields()
            where = self.where()
        end = self.tokens[self.index - 1].end
        return ProcedureCall(".".join(parts), arguments, yields, where, is_optional, at=at, end=end)

    def _yields(self) -> tuple[tuple[str, Variable], ...]:
        found: list[tuple[str, Variable]] = []
        while not found or self.skip(","):
            at = self.at
            name = self.name("a field of the procedure")
            found.append((name, self.variable() if self.skip("AS") else Variable(name, at=at)))
        return tuple(found)

    def _subquery_call(self, at: int, is_optional: bool) -> SubqueryCall:
        imports: tuple[Variable, ...] | OneOf["*"] | None = None
        if self.skip("("):
            if self.skip("*"):
                imports = "*"
            else:
                found: list[Variable] = []
                while not self.is_next(")") and (not found or self.skip(",")):
                    found.append(self.variable())
                imports = tuple(found)
            self.expect(")")
        self.expect("{")
        query = self.query()
        self.expect("}")
        return SubqueryCall(query, imports, is_optional, self._in_transactions(), at=at)

    def _in_transactions(self) -> bool:
        if not self.is_next("IN"):
            return False
        self.advance()
        if not self.skip("CONCURRENT") and not self.is_next("TRANSACTIONS"):
            self.expression()
            self.skip("CONCURRENT")
        self.expect("TRANSACTIONS")
        while self.is_any("OF", "ON", "REPORT"):
            if self.skip("OF"):
                self.expression()
                if not self.skip_any("ROW", "ROWS"):
                    self.refuse("ROWS")
            elif self.skip("REPORT", "STATUS"):
                self.expect("AS")
                self.variable()
            else:
                self.expect("ON", "ERROR")
                if not self.skip_any("CONTINUE", "BREAK", "FAIL"):
                    self.refuse("CONTINUE, BREAK or FAIL")
        return True


_READERS: dict[str, Callable[[ClauseParser], Clause]] = {
    "MATCH": ClauseParser._match_clause,
    "OPTIONAL": ClauseParser._optional,
    "UNWIND": ClauseParser._unwind,
    "WITH": ClauseParser._with,
    "RETURN": ClauseParser._return,
    "FINISH": ClauseParser._finish,
    "ORDER": ClauseParser._order_alone,
    "SKIP": ClauseParser._order_alone,
    "OFFSET": ClauseParser._order_alone,
    "LIMIT": ClauseParser._order_alone,
    "USE": ClauseParser._use,
    "LOAD": ClauseParser._load_csv,
    "CALL": ClauseParser._call_plain,
}
