"""`GRAPH ?g { … }` as the standard defines it: the group in each named graph, joined with the name (Query, 18.6).

Oxigraph 0.5.13 gives every triple pattern of the group a fourth place, `?g`. That is the same answer as long as
`?g` does nothing else in the group, and each of its parts has the name of its graph. Where that is not so, the
query is written otherwise; never one branch a graph, so the number of graphs does not matter:

- A group without a triple pattern before its first OPTIONAL, MINUS or EXISTS gets `GRAPH ?g {}`, which has one
  solution for each graph.
- Where the group itself names `?g`, it is another variable there, which is compared with the name at the end. In
  an EXISTS it stays, if it may be bound outside: then it is the name (`substitute`, 18.6).
- For MINUS a variable must be shared, and `?g` is none. So BOUND tells whether another one is; where none can be,
  nothing is removed.
- A subquery selects and groups by `?g` too, and is LATERAL where it has LIMIT or OFFSET. Without GROUP BY an
  aggregate has a value even in a graph without solutions.

W3C tests `graph-variable-scope`, `graph-optional`, `graph-minus`, `agg-empty-group-count-graph` and `bindings/graph`;
when Oxigraph passes them, this module can go.

Two defects stay: a zero-length path (`*`, `?`) of a term that is not in the graph has no solution, with a name for
the graph too; and a path with `+` or `*` between two bound terms has one for each way, if the graph is not bound.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kg.errors import UnsupportedQueryError
from kg.query.groups import Element, Group, Names, Select, names_in, opens_annotation, read_group
from kg.sparql.tokens import Token, close_of, tokenise

__all__ = ["MAX_COPIES", "answered_by_graph"]

MAX_COPIES = 200
"""How many groups are written twice, in one query: nested ones double each time."""

_IN_ORDER = ("optional", "minus", "lateral")
"""What looks at the solutions before it."""


def answered_by_graph(text: str) -> str:
    """Return a query in which every `GRAPH ?g` is one that Oxigraph answers as the standard says.

    Args:
        text: a query that parses. It comes back as it is if nothing has to change.

    Raises:
        UnsupportedQueryError: more than `MAX_COPIES` groups would have to be written twice.
        QueryDepthError: what is written is nested too deeply.
    """
    writer = _Writer(text)
    written = writer.whole()
    if not writer.is_changed:
        return text
    tokenise(written)
    return written


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a token stands: the name of the graphs around it, what variables and labels are called there.

    `outer` are the variables outside the EXISTS around it, if one is.
    """

    graph: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    outer: Names | None = None


class _Writer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens = tokenise(text)
        self._used = {token.text for token in self._tokens if token.kind == "blank"} | names_in(self._tokens)
        self._copies = 0
        triples = zip(self._tokens, self._tokens[1:], self._tokens[2:], strict=False)
        self._counts_rows = any(a.is_mark("(") and b.is_word("DISTINCT") and c.is_mark("*") for a, b, c in triples)
        self._group = functools.cache(functools.partial(read_group, tokens))
        self.is_changed = False

    def whole(self) -> str:
        return self._span(0, len(self._tokens), _Place()) + self._text[self._tokens[-1].end :]

    def _fresh(self, stem: str) -> str:
        name = next(name for n in itertools.count() if (name := f"{stem}_{n}") not in self._used)
        self._used.add(name)
        return name

    def _changed(self, text: str) -> str:
        self.is_changed = True
        return text

    def _span(self, begin: int, end: int, place: _Place) -> str:
        """Write tokens with the space before each."""
        parts = []
        index = begin
        while index < end:
            token = self._tokens[index]
            parts.append(self._text[self._tokens[index - 1].end if index else 0 : token.start])
            if token.is_word("VALUES"):
                opens = next(i for i in range(index, end) if self._tokens[i].is_mark("{"))
                stop = close_of(self._tokens, opens) + 1
                parts.append(self._plain(index, stop, place))
            elif token.is_word("GRAPH") and self._tokens[index + 2].is_mark("{"):
                write, stop = self._graph(index, place), self._group(index + 2).closes + 1
                parts.append(write)
            elif token.is_mark("{") and not opens_annotation(self._tokens, index):
                stop = self._group(index).closes + 1
                if self._tokens[index - 1].is_word("EXISTS"):
                    outside = names_in(self._tokens[:index]) | names_in(self._tokens[stop:])
                    parts.append(self._braces(self._group(index), replace(place, outer=outside)))
                else:
                    parts.append(self._braces(self._group(index), place))
            else:
                stop = index + 1
                parts.append(self._token(token, place))
            index = stop
        return "".join(parts)

    def _plain(self, begin: int, end: int, place: _Place) -> str:
        """Write tokens that hold no group, without the space before the first."""
        spaces = (self._text[self._tokens[i - 1].end : self._tokens[i].start] for i in range(begin + 1, end))
        return "".join(
            space + self._token(token, place)
            for space, token in zip(("", *spaces), self._tokens[begin:end], strict=True)
        )

    def _token(self, token: Token, place: _Place) -> str:
        if token.kind == "variable":
            name = token.text[1:]
            return f"?{place.renamed[name]}" if name in place.renamed else token.text
        return place.renamed.get(token.text, token.text) if token.kind == "blank" else token.text

    def _graph(self, index: int, place: _Place) -> str:
        """Write a GRAPH from that word to its brace."""
        known, variable = len(self._used), self._tokens[index + 1]
        written = self._joined_graph(index, place)
        if len(self._used) == known or not self._counts_rows or variable.kind != "variable" or place.outer is not None:
            return written
        called = place.renamed.get(variable.text[1:], variable.text[1:])
        return self._hidden(written, self._group(index + 2), called, place)

    def _joined_graph(self, index: int, place: _Place) -> str:
        name, group = self._tokens[index + 1], self._group(index + 2)
        if name.kind != "variable":
            return self._plain(index, index + 2, place) + " " + self._braces(group, replace(place, graph=None))
        variable = name.text[1:]
        called = place.renamed.get(variable, variable)
        head = self._plain(index, index + 2, place) + self._text[name.end : self._tokens[index + 2].start]
        is_outer = place.outer is not None and variable in place.outer
        if is_outer or self._is_joined(group, variable):
            return head + self._braces(group, replace(place, graph=called), is_root=True)
        own = self._fresh(variable)
        inside = _Place(called, {**place.renamed, variable: own}, place.outer)
        written = self._changed(head) + self._braces(group, inside, is_root=True)
        if variable not in group.possible:
            return written
        return f"{{ {written} FILTER(!BOUND(?{own}) || sameTerm(?{own}, ?{called})) }}"

    def _hidden(self, written: str, group: Group, called: str, place: _Place) -> str:
        """Write a GRAPH without the variables of ours that were put in it."""
        names = {place.renamed.get(name, name) for name in group.possible} | {called, place.graph or called}
        return f"{{ SELECT {' '.join(f'?{name}' for name in sorted(names))} {{ {written} }} }}"

    def _is_joined(self, group: Group, variable: str) -> bool:
        """Tell whether all that names a variable in a group can have the name of the graph beforehand.

        That holds if it is in no part or in triple patterns of the group itself, which bind it; then also in
        expressions of FILTER and of a later BIND.
        """
        in_tokens = functools.partial(self._mentions, variable=variable)
        if not in_tokens(group.opens, group.closes):
            return True
        is_bound = False
        for element in group.elements:
            if in_tokens(element.first, element.end):
                is_bound = is_bound or element.kind == "triples"
                if element.kind not in ("triples", "filter", "bind") or variable in element.possible - element.certain:
                    return False
                if element.kind == "bind" and not is_bound:
                    return False
        return is_bound

    def _mentions(self, begin: int, end: int, variable: str) -> bool:
        return any(t.kind == "variable" and t.text[1:] == variable for t in self._tokens[begin:end])

    def _braces(self, group: Group, place: _Place, is_root: bool = False) -> str:
        """Write a group with its braces."""
        if group.select is not None:
            return self._subquery(group, group.select, place)
        parts = ["{"]
        if place.graph is not None and self._needs_name(group, is_root):
            parts.append(self._changed(f" GRAPH ?{place.graph} {{}} "))
        possible = certain = names_in(())
        end = group.opens + 1
        for element in group.elements:
            parts.append(self._span(end, element.first, place))
            if element.kind == "minus" and place.graph is not None:
                parts.append(" " + self._minus(element, possible, certain, place))
            else:
                parts.append(self._span(element.first, element.end, place))
                possible |= element.possible
                certain |= element.certain if element.kind != "optional" else names_in(())
            end = element.end
        return "".join(parts) + self._span(end, group.closes + 1, place)

    def _needs_name(self, group: Group, is_root: bool) -> bool:
        """Tell whether a part of a group needs the name of its graph before a triple pattern has bound it."""
        is_bound, is_needed = False, is_root and bool(group.elements)
        for element in group.elements:
            has_exists = any(token.is_word("EXISTS") for token in self._tokens[element.first : element.end])
            if element.kind == "filter":
                is_needed = is_needed or has_exists
            elif not is_bound and (element.kind in _IN_ORDER or (element.kind == "bind" and has_exists)):
                return True
            is_bound = is_bound or _binds(element)
        return is_needed and not is_bound

    def _minus(self, element: Element, possible: Names, certain: Names, place: _Place) -> str:
        """Write a MINUS after what binds some variables.

        It removes a solution for one with which it agrees and shares a bound variable (Query, 18.5).
        """
        (group,) = element.groups
        shared = sorted(n for n in possible & group.possible if place.renamed.get(n, n) != place.graph)
        always = [name for name in shared if name in certain]
        if any(name in group.certain for name in always):
            return self._span(element.first, element.end, place).lstrip()
        if not shared:
            return self._changed("FILTER(true)")
        parts: list[str] = []
        for names in ([always] if always else []) + [[name] for name in shared if name not in certain]:
            called = [place.renamed.get(name, name) for name in names]
            removed = self._copy(group, place) if parts else self._changed(self._braces(group, place))
            condition = f"FILTER({' || '.join(f'BOUND(?{name})' for name in called)})"
            if names == always:
                parts.append(f"MINUS {{ {removed} {condition} }}")
                continue
            mark = self._fresh("is_bound")
            parts.append(f"BIND(BOUND(?{called[0]}) AS ?{mark})")
            parts.append(f"MINUS {{ {removed} {condition} BIND(true AS ?{mark}) }}")
        return " ".join(parts)

    def _copy(self, group: Group, place: _Place, is_root: bool = False) -> str:
        """Write a group once more; a blank node label belongs to one group."""
        self._copies += 1
        if self._copies > MAX_COPIES:
            token = self._tokens[group.opens]
            what = f"GRAPH with a variable around MINUS or aggregates nested so deeply (line {token.line}, "
            advice = "Name the graph, or put GRAPH into the inner groups."
            raise UnsupportedQueryError("SPARQL", f"{what}column {token.column})", advice)
        labels = {token.text for token in self._tokens[group.opens : group.closes] if token.kind == "blank"}
        fresh = {label: self._fresh(label) for label in sorted(labels)}
        return self._braces(group, replace(place, renamed={**place.renamed, **fresh}), is_root)

    def _subquery(self, group: Group, select: Select, place: _Place) -> str:
        where, graph = select.where, place.graph
        if graph is not None and graph not in (place.renamed.get(name, name) for name in group.possible):
            # What it does not select is its own, also where it has the name of the graphs.
            hidden = [n for n in names_in(self._tokens[group.opens : group.closes]) if place.renamed.get(n, n) == graph]
            place = replace(place, renamed={**place.renamed, **{name: self._fresh(name) for name in hidden}})
        start = self._tokens[group.opens].end
        head = self._text[start : self._tokens[group.opens + 1].start] + self._plain(
            group.opens + 1, select.columns, place
        )
        columns = self._columns(group, select, place)
        begin = self._text[self._tokens[where.opens - 1].end : self._tokens[where.opens].start]
        if graph is None:
            tail = self._span(where.closes + 1, group.closes, place)
            end = self._text[self._tokens[group.closes - 1].end : self._tokens[group.closes].start]
            return f"{{{head}{columns}{begin}{self._braces(where, place)}{tail}{end}}}"
        self._changed("")
        selected = [place.renamed.get(name, name) for name in group.possible]
        name = "" if graph in selected else f" ?{graph}"
        pattern = self._braces(where, place, is_root=True)
        tail = self._tail(group, select, place, graph)
        by_graph = f"{head}{name}{columns}{begin}{pattern}{tail}"
        written = f"{{ GRAPH ?{graph} {{}} LATERAL {{{by_graph} }} }}" if select.is_cut else f"{{{by_graph} }}"
        if select.grouping is not None or not select.has_aggregates:
            return written
        answered = f"MINUS {{ SELECT ?{graph} {self._copy(where, place, is_root=True)} }}"
        nothing = f"{{{head}{columns} {{ FILTER(false) }}{self._span(where.closes + 1, group.closes, place)} }}"
        return f"{{ {written} UNION {{ {{ GRAPH ?{graph} {{}} {answered} }} {nothing} }} }}"

    def _columns(self, group: Group, select: Select, place: _Place) -> str:
        """Write what a subquery selects; for `*` the variables by name, for ours are not among them."""
        names = sorted(place.renamed.get(name, name) for name in select.where.possible)
        if not select.is_star or not (names or place.graph):
            return self._span(select.columns, select.where.opens, place)
        rest = self._span(select.columns + 1, select.where.opens, place)
        return "".join(f" ?{name}" for name in names) + rest

    def _tail(self, group: Group, select: Select, place: _Place, graph: str) -> str:
        """Write what follows the pattern of a subquery, grouped by the graph too."""
        begin, end = select.where.closes + 1, group.closes
        if select.grouping is not None:
            before = self._span(begin, select.grouping, place)
            return f"{before} ?{graph}{self._span(select.grouping, end, place)}"
        grouping = f" GROUP BY ?{graph}" if select.has_aggregates else ""
        return grouping + self._span(begin, end, place)


def _binds(element: Element) -> bool:
    """Tell whether every solution of an element has matched a triple pattern of the graphs around it."""
    if element.kind == "union":
        return all(group.select is not None or any(map(_binds, group.elements)) for group in element.groups)
    return element.kind == "triples"
