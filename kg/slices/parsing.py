"""The algebra of a query from rdflib's parse tree.

rdflib's own algebra is not used: it renames, reorders and simplifies with an eye on its evaluator, and its blank nodes
have random names. The group rules of SPARQL 1.1 Query, 18.2.2, are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as ParseSequence
from typing import Any

from kg.errors import QuerySyntaxError
from kg.rdf import Literal, NamedNode, canonical
from kg.slices import PatternTerm, Values, Variable
from kg.slices.algebra import (
    Algebra,
    Alternative,
    Bgp,
    Condition,
    Extend,
    Filter,
    Grouped,
    InGraph,
    Inverse,
    Join,
    LeftJoin,
    Minus,
    Negated,
    Path,
    Query,
    Repeated,
    Select,
    Sequence,
    Table,
    Union,
    in_scope,
    joined,
)
from kg.slices.shapes import UnreadableQueryError
from kg.sparql.trees import query_tree

__all__ = ["read_query"]

_WRAPPERS = (
    "ConditionalOrExpression",
    "ConditionalAndExpression",
    "RelationalExpression",
    "AdditiveExpression",
    "MultiplicativeExpression",
)
_MIRRORED = {"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def read_query(text: str, compared: Callable[[Literal], str | None]) -> Query:
    """Return the algebra of a query without a prologue.

    Args:
        compared: how a literal is compared: "order" (numbers, dates), "equality" (strings), None: not to be used.

    Raises:
        UnreadableQueryError: why.
    """
    try:
        tree = query_tree(text)[1]
    except QuerySyntaxError as error:
        raise UnreadableQueryError(f"rdflib does not read it: {error.reason}") from error
    return _Reader(compared).query(tree)


class _Reader:
    def __init__(self, compared: Callable[[Literal], str | None]) -> None:
        self._compared = compared
        self._blanks: dict[tuple[int, str], Variable] = {}
        self._blocks = 0

    # --- the query, and what SELECT adds to a pattern

    def query(self, tree: Any) -> Query:
        if tree.datasetClause:
            raise UnreadableQueryError("FROM in the text")
        described = tuple(self._term(term) for term in tree.var or ()) if tree.name == "DescribeQuery" else ()
        if tree.where is None:
            return Query(None, described=described)
        select, is_plain = self._select(tree)
        limit = _number(tree, "limit") if is_plain and tree.name == "SelectQuery" else None
        if limit is not None:
            limit += _number(tree, "offset") or 0
        if tree.name == "DescribeQuery":
            if not described:
                described = tuple(sorted(select.variables, key=str))
            return Query(select, described=described)
        if tree.name == "AskQuery" and is_plain:
            limit = 1
        return Query(select, limit)

    def _select(self, tree: Any) -> tuple[Select, bool]:
        """Read a query or a subquery. Also tell whether more data can only mean more solutions, in any order."""
        projection = tree.projection or ()
        where = tree.where
        pattern = self._group(where)
        is_plain = _is_monotone(pattern) and not tree.orderby and not tree.having and tree.groupby is None
        pattern, is_grouped = self._grouped(tree, pattern, projection)
        if tree.having:
            exists = tuple(self._exists(tree.having))
            pattern = Filter(pattern, Condition(exists))
        if tree.valuesClause:
            pattern = Join(pattern, self._table(tree.valuesClause))
        variables = frozenset(self._variable(each.var or each.evar) for each in projection) or in_scope(pattern)
        for each in projection:
            if each.evar is not None:
                condition = Condition(() if is_grouped else tuple(self._exists(each.expr)))
                is_plain = is_plain and not condition.exists
                pattern = Extend(pattern, self._variable(each.evar), condition)
        order = Condition(tuple(self._exists(tree.orderby)))
        is_cut = bool(tree.limitoffset)
        return Select(pattern, variables, order, is_cut), is_plain and not is_grouped

    def _grouped(self, tree: Any, pattern: Algebra, projection: Any) -> tuple[Algebra, bool]:
        keys: frozenset[Variable] | None = None
        if tree.groupby is not None:
            named = set()
            for each in tree.groupby.condition:
                condition = Condition(tuple(self._exists(each)))
                if getattr(each, "name", None) == "GroupAs" and each.var is not None:
                    pattern = Extend(pattern, self._variable(each.var), condition)
                    named.add(self._variable(each.var))
                elif (variable := self._as_variable(each)) is not None:
                    named.add(variable)
                elif condition.exists:
                    pattern = Filter(pattern, condition)
            keys = frozenset(named)
        elif not any(_has_aggregate(part) for part in (tree.having, tree.orderby, projection)):
            return pattern, False
        exists = tuple(found for part in (projection, tree.having) for found in self._exists(part))
        return Grouped(pattern, keys, Condition(exists)), True

    # --- group graph patterns

    def _group(self, tree: Any) -> Algebra:
        if tree.name == "SubSelect":
            return self._select(tree)[0]
        so_far: list[Algebra] = []
        filters: list[Any] = []
        triples: list[tuple[PatternTerm, Path, PatternTerm]] = []

        def close_block() -> None:
            if triples:
                so_far.append(Bgp(tuple(triples)))
                triples.clear()
            self._blocks += 1

        for part in tree.part or ():
            if part.name == "TriplesBlock":
                triples.extend(self._triples(part.triples))
                continue
            if part.name == "Filter":
                filters.append(part.expr)
                continue
            close_block()
            before = joined(so_far)
            match part.name:
                case "OptionalGraphPattern":
                    right, condition = self._optional(part.graph)
                    so_far = [LeftJoin(before, right, condition)]
                case "MinusGraphPattern":
                    so_far = [Minus(before, self._group(part.graph))]
                case "Bind":
                    so_far = [Extend(before, self._variable(part.var), Condition(tuple(self._exists(part.expr))))]
                case _:
                    so_far.append(self._part(part))
        close_block()
        pattern = joined(so_far)
        return Filter(pattern, self._condition(filters)) if filters else pattern

    def _optional(self, tree: Any) -> tuple[Algebra, Condition]:
        """Read a group, and apart from it the filters that are its own: they see what is before OPTIONAL too."""
        right = self._group(tree)
        if isinstance(right, Filter) and any(part.name == "Filter" for part in tree.part or ()):
            return right.pattern, right.condition
        return right, Condition()

    def _part(self, part: Any) -> Algebra:
        match part.name:
            case "GroupOrUnionGraphPattern":
                first, *others = [self._group(group) for group in part.graph]
                for other in others:
                    first = Union(first, other)
                return first
            case "GraphGraphPattern":
                name = self._term(part.term)
                assert isinstance(name, Variable | NamedNode)
                return InGraph(name, self._group(part.graph))
            case "InlineData":
                return self._table(part)
        raise UnreadableQueryError(part.name)

    def _table(self, tree: Any) -> Table:
        variables = [self._variable(each) for each in tree.var or ()]
        rows = [row if _is_list(row) else [row] for row in tree.value or ()]
        if any(len(row) != len(variables) for row in rows):
            raise UnreadableQueryError("VALUES with rows of different lengths")
        columns = {
            variable: [None if type(row[i]) is str else self._term(row[i]) for row in rows]
            for i, variable in enumerate(variables)
        }
        always = frozenset(variable for variable, column in columns.items() if rows and None not in column)
        values = tuple(v for name in variables if name in always for v in self._one_of(name, columns[name]))
        return Table(frozenset(variables), always, values)

    def _triples(self, blocks: Any) -> Iterator[tuple[PatternTerm, Path, PatternTerm]]:
        for block in blocks:
            terms = list(block)
            if len(terms) % 3:
                raise UnreadableQueryError("no triples")
            for i in range(0, len(terms), 3):
                yield self._term(terms[i]), self._path(terms[i + 1]), self._term(terms[i + 2])

    # --- terms and paths

    def _term(self, term: Any) -> PatternTerm:
        import rdflib

        if isinstance(term, rdflib.Variable):
            return Variable(str(term))
        if isinstance(term, rdflib.BNode):  # its scope is the block
            return self._blanks.setdefault((self._blocks, str(term)), Variable(f"_:{len(self._blanks)}"))
        if isinstance(term, rdflib.URIRef):
            return NamedNode(str(term))
        if isinstance(term, rdflib.Literal):
            if term.datatype is None:
                return Literal(str(term))
            read = canonical(Literal(str(term), datatype=NamedNode(str(term.datatype))))
            assert isinstance(read, Literal)
            return read
        if getattr(term, "name", None) == "literal" and not term.lang and not term.datatype:
            return Literal(str(term.string))
        raise UnreadableQueryError(f"a term: {term!r}")

    def _variable(self, term: Any) -> Variable:
        read = self._term(term)
        if not isinstance(read, Variable):
            raise UnreadableQueryError(f"no variable: {term!r}")
        return read

    def _path(self, tree: Any) -> Path:
        name = getattr(tree, "name", None)
        if name in ("PathAlternative", "PathSequence"):
            parts = tuple(self._path(part) for part in tree.part)
            if len(parts) == 1:
                return parts[0]
            return Alternative(parts) if name == "PathAlternative" else Sequence(parts)
        if name == "PathElt":
            inner = self._path(_only(tree.part))
            mod = tree.mod
            if not mod:
                return inner
            if mod not in ("*", "+", "?"):
                raise UnreadableQueryError(f"a path: {mod}")
            return Repeated(inner, mod != "+")
        if name == "PathEltOrInverse":
            return Inverse(self._path(_only(tree.part)))
        if name == "PathNegatedPropertySet":
            parts_ = tree.part if _is_list(tree.part) else [tree.part]
            is_backward = [getattr(part, "name", None) is not None for part in parts_]
            return Negated(not all(is_backward) or not is_backward, any(is_backward))
        term = self._term(tree)
        if not isinstance(term, NamedNode | Variable):
            raise UnreadableQueryError(f"a predicate: {term}")
        return term

    # --- expressions

    def _condition(self, expressions: list[Any]) -> Condition:
        exists = tuple(found for expression in expressions for found in self._exists(expression))
        values = tuple(v for each in expressions for part in _conjuncts(each) for v in self._values(part))
        return Condition(exists, values)

    def _exists(self, tree: Any) -> Iterator[Algebra]:
        if getattr(tree, "name", None) in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            self._blocks += 1
            yield self._group(tree.graph)
            self._blocks += 1
        else:
            for part in _parts(tree):
                yield from self._exists(part)

    def _as_variable(self, tree: Any) -> Variable | None:
        tree = _unwrapped(tree)
        import rdflib

        return Variable(str(tree)) if isinstance(tree, rdflib.Variable) else None

    def _values(self, tree: Any) -> Iterator[Values]:
        if getattr(tree, "name", None) != "RelationalExpression":
            return
        variable, operator = self._as_variable(tree.expr), tree.op
        if operator == "IN":
            others = [_unwrapped(each) for each in tree.other] if _is_list(tree.other) else []
            constants = [self._constant(each) for each in others]
            if variable is not None and constants and None not in constants:
                yield from self._one_of(variable, constants)
            return
        constant = self._constant(_unwrapped(tree.other))
        if variable is None:
            variable, constant = self._as_variable(tree.other), self._constant(_unwrapped(tree.expr))
            operator = _MIRRORED.get(operator)
        if variable is None or constant is None or operator not in _MIRRORED:
            return
        if operator == "=":
            yield from self._one_of(variable, [constant])
        elif isinstance(constant, Literal) and self._compared(constant) == "order":
            is_least = operator in (">", ">=")
            yield Values(variable, (), constant if is_least else None, None if is_least else constant)

    def _one_of(self, variable: Variable, terms: list[PatternTerm | None]) -> Iterator[Values]:
        """Say what a variable is that equals one of some constants."""
        iris = tuple(dict.fromkeys(term for term in terms if isinstance(term, NamedNode)))
        if len(iris) == len(set(terms)) and iris:
            yield Values(variable, iris)
        elif len(terms) == 1 and isinstance(terms[0], Literal) and self._compared(terms[0]) is not None:
            yield Values(variable, (), terms[0], terms[0])

    def _constant(self, tree: Any) -> PatternTerm | None:
        try:
            term = self._term(tree)
        except UnreadableQueryError:
            return None
        return None if isinstance(term, Variable) else term


def _is_list(tree: Any) -> bool:
    return isinstance(tree, ParseSequence) and not isinstance(tree, str)


def _only(tree: Any) -> Any:
    return tree[0] if _is_list(tree) and len(tree) == 1 else tree


def _unwrapped(tree: Any) -> Any:
    while getattr(tree, "name", None) in _WRAPPERS and not tree.other and not tree.op:
        tree = tree.expr
    return tree


def _conjuncts(tree: Any) -> Iterator[Any]:
    tree = _unwrapped(tree)
    if getattr(tree, "name", None) == "ConditionalAndExpression":
        for part in (tree.expr, *tree.other):
            yield from _conjuncts(part)
    else:
        yield tree


def _parts(tree: Any) -> Iterator[Any]:
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(tree, CompValue):
        yield from tree.values()
    elif _is_list(tree):
        yield from tree


def _has_aggregate(tree: Any) -> bool:
    name = getattr(tree, "name", None)
    if isinstance(name, str) and name.startswith("Aggregate_"):
        return True
    return name not in ("Builtin_EXISTS", "Builtin_NOTEXISTS") and any(map(_has_aggregate, _parts(tree)))


def _is_monotone(node: Algebra) -> bool:
    match node:
        case Bgp() | Table():
            return True
        case Join(left, right) | Union(left, right):
            return _is_monotone(left) and _is_monotone(right)
        case Filter(pattern, condition) | Extend(pattern, _, condition):
            return not condition.exists and _is_monotone(pattern)
        case InGraph(_, pattern):
            return _is_monotone(pattern)
        case Select(pattern, _, condition, is_cut):
            return not is_cut and not condition.exists and _is_monotone(pattern)
    return False


def _number(tree: Any, key: str) -> int | None:
    clauses = tree.limitoffset
    value = getattr(clauses, key) if clauses else None
    return None if value is None else int(value)
