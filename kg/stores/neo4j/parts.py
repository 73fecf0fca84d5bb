"""One part of a statement: patterns, each with the way it is stored, joined by nodes."""

from __future__ import annotations

from dataclasses import dataclass

from kg.property_graph import AbsentGraph, Value
from kg.property_graph.names import Names, anonymous_id, identifier, node_key
from kg.rdf import BlankNode, Literal, NamedNode, Triple
from kg.slices import Pattern, PatternTerm, Values, Variable
from kg.stores.neo4j.conditions import Parameters, graph_condition, holds_any, is_within, seek, sought_values
from kg.stores.neo4j.vocabulary import Vocabulary, any_of
from kg.stores.neo4j.ways import Way

__all__ = ["Column", "Stored", "write_part"]

_NO_LIMIT = 2**62
"""A LIMIT makes the planner begin with what stands before it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A pattern, one way in which it may be stored, and whether its matches are fetched or only restrict others.

    `joins`: of a reference, whether there must be a node of the IRI; an IRI that is only named has none.
    `is_optional`: of what a node holds; it is fetched if it is there, and need not be.
    `is_aside`: it must be there, but is not joined, so that its matches do not multiply those of others.
    """

    pattern: Pattern
    way: Way
    is_wanted: bool
    joins: bool = False
    is_aside: bool = False
    is_optional: bool = False

    @property
    def nodes(self) -> tuple[PatternTerm, ...]:
        """Return the ends that are nodes of the database when it is stored so."""
        if self.way.kind == "relationship":
            return self.pattern.subject, self.pattern.object
        if self.joins:
            return self.pattern.subject, self.pattern.object
        return (self.pattern.subject,)


@dataclass(frozen=True, slots=True)
class Column:
    """What a value of a row holds.

    A relationship: [key of its start, type, key of its end, `_g`]. A node: [key, values of `keys`, labels, `_rdf`];
    where `keys` is None all properties by their names, with `_rdf` among them.
    """

    is_relationship: bool
    keys: tuple[str, ...] | None = ()
    expression: str = ""


def write_part(
    number: int,
    stored: tuple[Stored, ...],
    values: tuple[Values, ...],
    names: Names,
    used: Vocabulary,
    absent: AbsentGraph,
    parameters: Parameters,
) -> tuple[str, tuple[Column, ...]]:
    """Return the text of a part and its columns."""
    return _Part(stored, values, names, used, absent, parameters).write(number)


class _Part:
    def __init__(
        self,
        stored: tuple[Stored, ...],
        values: tuple[Values, ...],
        names: Names,
        used: Vocabulary,
        absent: AbsentGraph,
        parameters: Parameters,
    ) -> None:
        self._stored, self._values, self._names, self._used = stored, values, names, used
        self._absent, self._parameters = absent, parameters
        self._clauses: list[str] = []
        self._nodes: dict[PatternTerm, str] = {
            term: f"n{number}"
            for number, term in enumerate(dict.fromkeys(n for s in stored if not s.is_aside for n in s.nodes))
        }
        self._placed: list[PatternTerm] = []
        self._sought: set[Stored] = set()
        self._columns: list[Column] = []

    def write(self, number: int) -> tuple[str, tuple[Column, ...]]:
        self._place_anchors()
        links = [each for each in self._stored if len(each.nodes) == 2 and not each.is_aside]
        while links or len(self._placed) < len(self._nodes):
            link = min(links, key=self._distance, default=None)
            if link is None:
                self._place(next(term for term in self._nodes if term not in self._placed))
                continue
            links.remove(link)
            if link.way.kind == "reference":
                self._follow(link)
            else:
                self._walk(link)
        self._require([each for each in self._stored if len(each.nodes) == 2 and each.is_aside])
        self._add_node_columns()
        shown = ", ".join(column.expression for column in self._columns)
        return "\n".join(self._clauses) + f"\nRETURN {number} AS k, [{shown}] AS v", tuple(self._columns)

    def _distance(self, link: Stored) -> int:
        return 2 - sum(node in self._placed for node in link.nodes) + (link.way.kind == "reference")

    # --- where to begin

    def _place_anchors(self) -> None:
        """Place what the database finds by an index: constants, else a variable with few values, else a literal."""
        for term in self._nodes:
            if not isinstance(term, Variable):
                self._place(term)
        if not self._placed:
            known = [v for v in self._values if v.iris and v.variable in self._nodes]
            if known:
                self._place(min(known, key=lambda each: len(each.iris)).variable)
        if not self._placed:
            self._place_sought()
        if self._placed:
            self._clauses.append(f"WITH {', '.join(self._nodes[term] for term in self._placed)}")

    def _place_sought(self) -> None:
        """Place a node by a value that an index finds."""
        for each in self._stored:
            is_property = each.way.kind in ("property", "reference") and len(each.nodes) == 1
            if not is_property or each.is_aside or each.is_optional or self._used.has_anonymous:
                continue
            values = self._sought_in(each)
            is_indexed = self._used.indexed.issuperset(each.way.names)
            if is_indexed and values and all(isinstance(value, str) for value in values):
                node = self._nodes[each.pattern.subject]
                found = [seek(node, key, values, self._parameters) for key in each.way.names]
                self._clauses.append(f"MATCH ({node}:Resource) WHERE {_either(found)}")
                self._clauses.append(f"WITH {node} LIMIT {_NO_LIMIT}")
                self._sought.add(each)
                self._placed.append(each.pattern.subject)
                if rest := self._conditions(each.pattern.subject, True):
                    self._clauses.append(f"WITH {node} WHERE {' AND '.join(rest)}")
                return

    # --- clauses

    def _place(self, term: PatternTerm) -> None:
        node = self._nodes[term]
        label = self._label_of(term)
        found, is_resource = self._identity(term)
        shown = ":Resource" if is_resource else f":{any_of(label)}" if label else ""
        self._clauses.append(f"MATCH ({node}{shown}){_where(found + self._conditions(term, is_resource))}")
        self._placed.append(term)

    def _label_of(self, term: PatternTerm) -> tuple[str, ...]:
        return next(
            (
                s.way.names
                for s in self._stored
                if s.way.kind == "label" and s.pattern.subject == term and not s.is_optional
            ),
            (),
        )

    def _walk(self, link: Stored) -> None:
        number, conditions = len(self._clauses), []
        for term in dict.fromkeys(link.nodes):
            if term not in self._placed:
                self._placed.append(term)
                found, is_resource = self._identity(term)
                conditions += [f"{self._nodes[term]}:Resource"] * is_resource + found
                conditions += self._conditions(term, is_resource)
        start, end = (self._nodes[term] for term in link.nodes)
        self._clauses.append(self._match(link, number, conditions))
        if link.is_wanted:
            key = self._used.key
            self._columns.append(Column(True, (), f"[{key(start)}, type(r{number}), {key(end)}, r{number}._g]"))

    def _match(self, link: Stored, number: int, conditions: list[str]) -> str:
        start, end = (self._nodes[term] for term in link.nodes)
        in_graph = graph_condition(link.pattern, self._names, self._absent, self._parameters, f"r{number}._g")
        types = f":{'|'.join(map(identifier, link.way.names))}" if link.way.names else ""
        return f"MATCH ({start})-[r{number}{types}]->({end}){_where([*conditions, *filter(None, [in_graph])])}"

    def _require(self, links: list[Stored]) -> None:
        """Keep what has a match of each of some patterns that stand aside."""
        if not links:
            return
        kept, conditions = self._all_placed(), []
        for link in links:
            self._nodes[link.pattern.subject] = f"n{len(self._nodes)}"
            of_subject = self._conditions(link.pattern.subject, False)
            conditions.append(f"EXISTS {{ {self._match(link, len(self._clauses), of_subject)} }}")
        self._clauses.append(f"WITH {kept} WHERE {' AND '.join(conditions)}")

    def _follow(self, link: Stored) -> None:
        """Join a property that names an IRI with the node of that IRI, which stands in the property's note."""
        subject, end = (self._nodes[term] for term in link.nodes)
        start = self._parameters.add([f"{key}\t<" for key in link.way.names])
        notes = f"[x IN [] + {subject}._rdf WHERE any(k IN {start} WHERE x STARTS WITH k) | split(x, '\\t')[1]]"
        subject_term, end_term = link.nodes
        if subject_term not in self._placed:
            self._place(subject_term)
        if end_term in self._placed:
            kept = self._all_placed()
            self._clauses.append(f"WITH {kept} WHERE {end}.iri STARTS WITH '_#' OR ('<' + {end}.iri + '>') IN {notes}")
            return
        token = f"t{len(self._clauses)}"
        self._clauses.append(f"UNWIND {notes} AS {token}")
        conditions = [
            f"({end}.iri = substring({token}, 1, size({token}) - 2) OR {end}.iri STARTS WITH '_#')",
            *self._identity(end_term)[0],
            *self._conditions(end_term, True),
        ]
        self._clauses.append(f"MATCH ({end}:Resource){_where(conditions)}")
        self._placed.append(end_term)

    def _all_placed(self) -> str:
        relationships = [f"r{n}" for n, clause in enumerate(self._clauses) if f"[r{n}" in clause]
        return ", ".join([*(self._nodes[term] for term in self._placed), *relationships])

    # --- what must hold of a node

    def _identity(self, term: PatternTerm) -> tuple[list[str], bool]:
        """Return the conditions of who a node is, and whether it then has `:Resource`."""
        given: list[tuple[PatternTerm, ...]] = [v.iris for v in self._values if v.variable == term and v.iris]
        if not isinstance(term, Variable):
            given = [(term,)]
        conditions, is_resource = [], False
        node = self._nodes[term]
        for terms in given:
            resources = [each for each in terms if isinstance(each, NamedNode | BlankNode)]
            keys = [node_key(each) for each in resources]
            ids = [id_ for id_ in map(anonymous_id, keys) if id_ is not None]
            is_one = not isinstance(term, Variable) and len(keys) == 1
            sign, key = ("=", keys[0]) if is_one else ("IN", keys)
            found = f"{node}.iri {sign} {self._parameters.add(key)}"
            if ids:
                found = f"(({node}:Resource AND {found}) OR elementId({node}) IN {self._parameters.add(ids)})"
            else:
                is_resource = True
            conditions.append(found)
        return conditions, is_resource

    def _conditions(self, term: PatternTerm, is_resource: bool) -> list[str]:
        """Return all that must hold of a node but who it is."""
        node = self._nodes[term]
        conditions = [] if is_resource else [self._used.meaning_something(node)]
        for each in self._stored:
            if each.pattern.subject != term or each.way.kind == "relationship":
                continue
            if each.is_optional or each in self._sought:
                continue
            if each.way.kind == "label" and each.way.names:
                conditions.append(f"{node}:{any_of(each.way.names)}")
            elif each.way.kind in ("property", "reference"):
                conditions.append(_either([self._property(each, node, key) for key in each.way.names]))
            elif each.way.kind == "node" and (values := self._sought_in(each)):
                given = self._parameters.add(values)
                conditions.append(f"any(k IN keys({node}) WHERE any(x IN [] + {node}[k] WHERE x IN {given}))")
            conditions.append(
                graph_condition(each.pattern, self._names, self._absent, self._parameters, f"{node}._rdf")
            )
        return list(dict.fromkeys(filter(None, conditions)))

    def _property(self, each: Stored, node: str, key: str) -> str:
        if isinstance(each.pattern.object, Variable) and each.way.kind == "property":
            bounds = [v for v in self._values if v.variable == each.pattern.object and not v.iris]
            return is_within(node, key, bounds, self._parameters)
        return holds_any(node, key, self._sought_in(each), self._parameters)

    def _sought_in(self, each: Stored) -> list[Value] | None:
        object_ = each.pattern.object
        if isinstance(object_, Literal | Triple | NamedNode):
            return sought_values(object_, self._names)
        given = next((v.iris for v in self._values if v.variable == object_ and v.iris), None)
        if given is None or each.way.kind != "reference":
            return None
        return [value for iri in given if isinstance(iri, NamedNode) for value in sought_values(iri, self._names) or ()]

    # --- what is fetched

    def _add_node_columns(self) -> None:
        for term, node in self._nodes.items():
            of_node = (each for each in self._stored if each.is_wanted and each.pattern.subject == term)
            wanted = [each for each in of_node if each.way.kind != "relationship"]
            if not wanted:
                continue
            labels = f"labels({node})" if any(s.way.kind in ("label", "node") for s in wanted) else "[]"
            key = self._used.key(node)
            if any(s.way.kind == "node" for s in wanted):
                self._columns.append(Column(False, None, f"[{key}, properties({node}), {labels}, null]"))
                continue
            keys = tuple(dict.fromkeys(name for s in wanted if s.way.kind != "label" for name in s.way.names))
            held = ", ".join(f"{node}.{identifier(name)}" for name in keys)
            self._columns.append(Column(False, keys, f"[{key}, [{held}], {labels}, {node}._rdf]"))


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _either(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(f'({each})' for each in conditions)})"
