"""Hypothesis strategies for syntax trees of Cypher, in the forms that the parser makes."""

from __future__ import annotations

from hypothesis import strategies as st

from kg.cypher import syntax as s

__all__ = ["expressions", "names", "statements"]

names = st.one_of(
    st.sampled_from("a b n r p match return end all in is where distinct null count shortestPath not inf case".split()),
    st.sampled_from(["a b", "ä", "`", "\\u0041", "a\\", "1", "a$b", "nö tick`s", "😀", "from", "both"]),
)
variables = st.builds(s.Variable, names)
parameters = st.builds(s.Parameter, st.one_of(names, st.sampled_from(["0", "17"])))
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
literals = st.builds(
    s.Literal,
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), text,
        st.sampled_from(["\\", "'", '"', "\\u0041", "\\\\u", "\n\r\t\b\f", "//", "/*", "`"]),
    ),
)  # fmt: skip
labels = st.recursive(
    st.one_of(st.builds(s.Label, names), st.builds(s.AnyLabel), st.builds(s.DynamicLabel, literals, st.booleans())),
    lambda inner: st.one_of(
        st.builds(s.NotLabel, inner),
        st.builds(s.Labels, st.sampled_from("&|"), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
_bounds = st.one_of(st.none(), st.integers(0, 9))
hops = st.builds(s.Hops, _bounds, _bounds)


def several(inner: st.SearchStrategy, least: int = 1) -> st.SearchStrategy:
    return st.lists(inner, min_size=least, max_size=least + 2).map(tuple)


def maybe(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(st.none(), inner)


def maps(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(s.MapLiteral, several(st.tuples(names, inner), 0))


def nodes(inner: st.SearchStrategy) -> st.SearchStrategy:
    properties = maybe(st.one_of(maps(inner), parameters))
    return st.builds(s.NodePattern, maybe(variables), maybe(labels), properties, maybe(inner))


def relationships(inner: st.SearchStrategy) -> st.SearchStrategy:
    direction = st.sampled_from(["right", "left", "either"])
    properties = maybe(st.one_of(maps(inner), parameters))
    return st.builds(
        s.RelationshipPattern,
        direction,
        maybe(variables),
        maybe(labels),
        properties,
        maybe(inner),
        maybe(hops),
        maybe(hops),
    )


@st.composite
def paths(draw: st.DrawFn, inner: st.SearchStrategy, with_groups: bool = True, least: int = 0) -> s.PathPattern:
    """A node and relationships; before, between or behind nodes there may be groups."""
    elements: list = [draw(nodes(inner))]
    for _ in range(draw(st.integers(least, 2))):
        elements += [draw(relationships(inner)), draw(nodes(inner))]
    if with_groups and draw(st.booleans()):
        path = s.PathPattern((draw(nodes(inner)), draw(relationships(inner)), draw(nodes(inner))))
        group = s.GroupPattern(draw(maybe(variables)), path, draw(maybe(inner)), draw(maybe(hops)))
        elements.insert(0 if draw(st.booleans()) else len(elements), group)
    return s.PathPattern(tuple(elements))


def parts(inner: st.SearchStrategy) -> st.SearchStrategy:
    count = st.one_of(st.integers(1, 9), parameters)
    selectors = st.one_of(
        st.builds(s.Selector, st.sampled_from(["ALL", "ALL SHORTEST", "ANY"])),
        st.builds(s.Selector, st.sampled_from(["ANY", "SHORTEST", "SHORTEST GROUPS"]), count),
    )
    function = st.sampled_from([None, None, "shortestPath", "allShortestPaths"])
    return st.builds(s.PatternPart, paths(inner), maybe(variables), maybe(selectors), function)


def _larger(inner: st.SearchStrategy) -> st.SearchStrategy:
    operators = "OR|XOR|AND|+|-|*|/|%|^|IN|STARTS WITH|ENDS WITH|CONTAINS|=~".split("|")
    comparisons = st.tuples(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), inner)
    types = st.sampled_from(
        ["INTEGER", "LIST<STRING NOT NULL> NOT NULL", "ZONED DATETIME | ANY", "ANY<INTEGER | NULL>"]
    )
    projected = st.one_of(
        st.builds(s.ProjectedKey, names), st.builds(s.ProjectedAll), variables, st.tuples(names, inner)
    )
    predicates = st.builds(s.PatternPart, paths(inner, with_groups=False, least=1))
    calls = st.sampled_from(["f", "apoc.text.join", "count", "any", "exists", "trim", "reduce", "date", "a b.c", "all"])
    return st.one_of(
        st.builds(s.Property, inner, names),
        st.builds(s.Index, inner, inner),
        st.builds(s.Slice, inner, inner, maybe(inner)),
        st.builds(s.Slice, inner, st.none(), inner),
        st.builds(s.ListLiteral, several(inner, 0)),
        maps(inner),
        st.builds(s.MapProjection, variables, several(projected, 0)),
        st.builds(s.Unary, st.sampled_from(["NOT", "-", "+"]), inner),
        st.builds(s.Binary, st.sampled_from([*operators, "||"]), inner, inner),
        st.builds(s.Comparison, inner, several(comparisons)),
        st.builds(s.IsNull, inner, st.booleans()),
        st.builds(s.IsTyped, inner, types, st.booleans()),
        st.builds(s.IsNormalized, inner, st.sampled_from(["NFC", "NFKD"]), st.booleans()),
        st.builds(s.HasLabels, inner, labels),
        st.builds(s.FunctionCall, calls, several(inner), st.booleans()),
        st.builds(s.FunctionCall, calls, st.just(())),
        st.builds(s.CountAll),
        st.builds(s.Case, maybe(inner), several(st.tuples(inner, inner)), maybe(inner)),
        st.builds(s.ListComprehension, variables, inner, maybe(inner), maybe(inner)),
        st.builds(
            s.PatternComprehension, maybe(variables), paths(inner, with_groups=False, least=1), maybe(inner), inner
        ),
        # Without WHERE both refuse it, and `f(all(x IN y))` is read as `f(ALL (x IN y))`.
        st.builds(s.Quantified, st.sampled_from(["all", "any", "none", "single"]), variables, inner, inner),
        st.builds(s.Reduce, variables, inner, variables, inner, inner),
        st.builds(s.Subquery, st.sampled_from(["EXISTS", "COUNT", "COLLECT"]), queries(inner)),
        st.builds(s.PatternPredicate, predicates),
    )


def projections(inner: st.SearchStrategy) -> st.SearchStrategy:
    items = st.builds(s.Item, inner, maybe(names), st.just(""))
    order = several(st.builds(s.SortKey, inner, st.booleans()), 0)
    rest = (st.booleans(), order, maybe(inner), maybe(inner))
    return st.one_of(
        st.builds(s.Projection, several(items), st.booleans(), *rest),
        st.builds(s.Projection, several(items, 0), st.just(True), *rest),
    )


def queries(inner: st.SearchStrategy) -> st.SearchStrategy:
    target = st.one_of(st.builds(s.Property, inner, names), st.builds(s.Index, inner, inner))
    plain = st.one_of(st.builds(s.Label, names), st.builds(s.DynamicLabel, inner, st.booleans()))
    set_labels = st.builds(s.SetLabels, variables, several(plain))
    items = st.one_of(
        st.builds(s.SetProperty, target, inner),
        st.builds(s.SetProperties, variables, inner, st.booleans()),
        set_labels,
    )
    yields = st.one_of(st.none(), st.just("*"), st.just(()), several(st.tuples(names, variables)))
    writing = st.one_of(
        st.builds(s.Create, several(parts(inner))),
        st.builds(s.Merge, parts(inner), several(items, 0), several(items, 0)),
        st.builds(s.Set, several(items)),
        st.builds(s.Remove, several(st.one_of(target, set_labels))),
        st.builds(s.Delete, several(inner), st.booleans()),
    )
    modes = st.sampled_from([None, None, "REPEATABLE ELEMENTS", "DIFFERENT RELATIONSHIPS"])
    clauses = st.one_of(
        st.builds(s.Match, several(parts(inner)), maybe(inner), st.booleans(), modes),
        st.builds(s.Unwind, inner, variables),
        st.builds(s.With, projections(inner), maybe(inner)),
        st.builds(s.Return, projections(inner)),
        st.builds(s.Finish),
        st.builds(
            s.ProcedureCall, st.sampled_from(["f", "db.labels", "a b.match"]), maybe(several(inner, 0)), yields,
            maybe(inner), st.booleans(),
        ).filter(lambda call: call.where is None or call.yields is not None),
        st.builds(s.LoadCsv, inner, variables, st.booleans()),
        st.builds(s.Foreach, variables, inner, several(writing)),
        writing,
    )  # fmt: skip
    single = st.builds(s.SingleQuery, several(clauses))
    with_calls = st.builds(
        s.SingleQuery,
        st.builds(
            s.SubqueryCall,
            single,
            st.one_of(st.none(), st.just("*"), several(variables, 0)),
            st.booleans(),
            st.booleans(),
        ).map(lambda call: (call,)),
    )
    return st.one_of(single, with_calls, st.builds(s.Union, several(single, 2), st.booleans()))


expressions = st.recursive(st.one_of(literals, parameters, variables), _larger, max_leaves=6)
statements = st.builds(
    s.Statement,
    queries(st.one_of(literals, variables, st.builds(s.Property, variables, names))),
    st.sampled_from([None, "EXPLAIN", "PROFILE"]),
)
