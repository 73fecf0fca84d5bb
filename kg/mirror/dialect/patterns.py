"""Patterns for kglite: labels and types it knows in place, everything else as conditions after WHERE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kg.cypher.syntax import (
    AnyLabel,
    Binary,
    Comparison,
    DynamicLabel,
    Expression,
    GroupPattern,
    Hops,
    Label,
    LabelExpression,
    Labels,
    MapLiteral,
    NodePattern,
    NotLabel,
    Parameter,
    PathPattern,
    PatternPart,
    Property,
    RelationshipPattern,
    Variable,
)
from kg.mirror.dialect.operators import boolean
from kg.mirror.dialect.text import RAISE, Naming, Piece, Scope, name
from kg.mirror.dialect.types import NODE, NULL, PATH, RELATIONSHIP, Type, describe, list_of, refuse, without_null

__all__ = ["Translate", "WrittenPatterns", "label_test", "labels_test", "write_patterns"]

Translate = Callable[[Expression, Scope], Piece]

_EVERY = "Resource"
_MOST_HOPS = 2_000_000_000
_BIND = "MATCH both ends first, then ask for the path between them."


@dataclass(slots=True)
class WrittenPatterns:
    """Patterns as text, what must hold besides, and the variables after them.

    Attributes:
        pairs: the ends of shortest paths, which Neo4j does not look for between a node and itself.
    """

    text: str
    conditions: list[str]
    scope: dict[str, Piece]
    pairs: list[tuple[str, str]] = field(default_factory=list)


def write_patterns(
    parts: tuple[PatternPart, ...],
    scope: Scope,
    naming: Naming,
    translate: Translate,
    where: Expression | None = None,
    *,
    is_test: bool = False,
) -> WrittenPatterns:
    """Return the patterns of one MATCH, or of one expression.

    Args:
        where: tells which nodes it finds by their IRI.
        is_test: in EXISTS, which takes no names of paths.
    """
    writing = _Writing(dict(scope), naming, translate, is_test, found=set(_found_by_iri(where)))
    texts = [writing.part(part) for part in parts]
    return WrittenPatterns(", ".join(texts), writing.conditions(), writing.scope, writing.pairs)


@dataclass(slots=True)
class _Writing:
    scope: dict[str, Piece]
    naming: Naming
    translate: Translate
    is_test: bool
    found: set[str]
    pairs: list[tuple[str, str]] = field(default_factory=list)
    _asked: list[Callable[[], str]] = field(default_factory=list)
    _new: set[str] = field(default_factory=set)

    def conditions(self) -> list[str]:
        """Return what must hold, when all variables of the patterns are known."""
        return [ask() for ask in self._asked]

    def part(self, part: PatternPart) -> str:
        if part.selector is not None and part.selector.kind != "ALL":
            raise refuse(f"{part.selector.kind} before a pattern", "Use shortestPath() between two matched nodes.")
        if part.function is not None:
            return self._shortest(part)
        text = self._path(part.pattern)
        if part.variable is not None:
            return f"{self._bind(part.variable, PATH)} = {text}"
        walked = [each for each in part.pattern.elements if isinstance(each, RelationshipPattern)]
        lists = [each.variable for each in walked if each.variable is not None and each.length is not None]
        if lists and self.is_test:
            for variable in lists:
                self.scope[variable.name] = Piece(RAISE, list_of(RELATIONSHIP))
        elif lists:
            return f"{self.naming.fresh()} = {text}"  # else the list is that of kglite's way, which may lead back
        return text

    def _shortest(self, part: PatternPart) -> str:
        elements = part.pattern.elements
        if len(elements) != 3 or not isinstance(elements[1], RelationshipPattern):
            raise refuse(f"{part.function}() of more than one relationship")
        first, between, last = elements
        assert isinstance(first, NodePattern)
        assert isinstance(last, NodePattern)
        assert isinstance(between, RelationshipPattern)
        for end in (first, last):
            if end.variable is None or end.variable.name not in self.scope or end.labels or end.properties or end.where:
                raise refuse(f"{part.function}() between nodes that are not matched before", _BIND)
        if between.length is None or (between.length.least or 1) > 1 or between.variable or between.properties:
            raise refuse(
                f"{part.function}() of anything but -[:TYPE*]-", "Give no variable, properties or least length."
            )
        if between.length.least == 0:
            raise refuse(f"{part.function}() of length zero")
        self.pairs.append((self._known(first.variable), self._known(last.variable)))
        text = f"{part.function}({self._path(part.pattern)})"
        return text if part.variable is None else f"{self._bind(part.variable, PATH)} = {text}"

    def _known(self, variable: Variable | None) -> str:
        assert variable is not None
        return self.scope[variable.name].text

    def _path(self, path: PathPattern) -> str:
        return "".join(self._element(element) for element in path.elements)

    def _element(self, element: NodePattern | RelationshipPattern | GroupPattern) -> str:
        if isinstance(element, NodePattern):
            return self._node(element)
        if isinstance(element, RelationshipPattern):
            return self._relationship(element)
        raise refuse("a path pattern in parentheses", "Use -[:TYPE*1..5]-> for repeated relationships.")

    def _bind(self, variable: Variable, type_: Type) -> str:
        known = self.scope.get(variable.name)
        if known is None:
            self._new.add(variable.name)
            known = self.scope[variable.name] = Piece(name(variable.name), type_, is_cheap=True)
        elif not (known.type & type_) or without_null(known.type) - type_ or known.is_transient:
            raise refuse(f"matching {variable.name}, which is {describe(known.type)}")
        return known.text

    def _node(self, node: NodePattern) -> str:
        inline = _inline_labels(node.labels)
        variable = node.variable
        if variable is None and (inline is None or node.properties is not None or node.where is not None):
            variable = self.naming.made_up()
        text = "" if variable is None else self._bind(variable, NODE)
        if inline is None and node.labels is not None and variable is not None:
            labels, held = node.labels, self.scope[variable.name]
            self._asked.append(lambda: labels_test(labels, held, self.naming))
        self._ask(variable, node.properties, node.where)
        keys = [key for key, _ in self._entries(node.properties)]
        if "iri" in keys or (variable is not None and variable.name in self.found):
            text += f":{name(_EVERY)}"  # the label of all nodes, by which kglite has an index of IRIs
        return f"({text}{inline or ''})"

    def _relationship(self, relationship: RelationshipPattern) -> str:
        length = relationship.length
        if relationship.quantifier is not None:
            if relationship.variable is not None or relationship.where is not None:
                raise refuse("a quantified relationship with a variable", "Use -[r:TYPE*1..5]-> instead.")
            length = relationship.quantifier
            if length.least is None:
                length = Hops(0, length.most)
        inline = _inline_types(relationship.types)
        variable = relationship.variable
        asks = relationship.properties is not None or relationship.where is not None or inline is None
        if length is not None and asks:
            raise refuse(
                "conditions on the relationships of a path of variable length",
                "Use all(r IN relationships(p) WHERE …).",
            )
        if variable is None and asks:
            variable = self.naming.made_up()
        text = ""
        if variable is not None:
            if length is not None and variable.name in self.scope:
                raise refuse(f"matching the list {variable.name} again", "Match a new one, and compare their nodes.")
            text = self._bind(variable, RELATIONSHIP if length is None else list_of(RELATIONSHIP))
            if inline is None and relationship.types is not None:
                types, held = relationship.types, self.scope[variable.name]
                self._asked.append(lambda: labels_test(types, held, self.naming))
        self._ask(variable, relationship.properties, relationship.where)
        inner = f"{text}{inline or ''}{self._hops(length)}"
        left, right = (
            ("<-", "-")
            if relationship.direction == "left"
            else ("-", "->" if relationship.direction == "right" else "-")
        )
        return f"{left}[{inner}]{right}"

    def _hops(self, length: Hops | None) -> str:
        """Return the bounds, always both: without an upper one kglite stops after ten."""
        if length is None:
            return ""
        least = 1 if length.least is None else length.least
        most = max(self.naming.relationships, least, 1) if length.most is None else length.most
        if most > _MOST_HOPS:
            raise refuse(f"a path of up to {most} relationships", "Leave the upper bound out.")
        if least > most:
            raise refuse(f"the length *{least}..{most}", "The least must not be more than the most.")
        return f"*{least}..{most}"

    def _ask(
        self, variable: Variable | None, properties: MapLiteral | Parameter | None, where: Expression | None
    ) -> None:
        if variable is None:
            return
        for key, value in self._entries(properties):
            asked = Comparison(Property(variable, key), (("=", value),))
            self._asked.append(lambda asked=asked: self.translate(asked, self.scope).text)  # type: ignore[misc]
        if where is not None:
            self._asked.append(lambda: boolean(self.translate(where, self.scope), "WHERE").text)

    def _entries(self, properties: MapLiteral | Parameter | None) -> tuple[tuple[str, Expression], ...]:
        if properties is None:
            return ()
        if isinstance(properties, MapLiteral):
            return properties.entries
        raise refuse(f"the map ${properties.name} in a pattern", f"Write each key: {{id: ${properties.name}.id}}.")


def _found_by_iri(where: Expression | None) -> Iterator[str]:
    """Yield the variables whose IRI a condition fixes."""
    if isinstance(where, Binary) and where.operator == "AND":
        yield from _found_by_iri(where.left)
        yield from _found_by_iri(where.right)
    sides: tuple[Expression, ...] = ()
    if isinstance(where, Comparison) and len(where.rest) == 1 and where.rest[0][0] == "=":
        sides = (where.first, where.rest[0][1])
    elif isinstance(where, Binary) and where.operator == "IN":
        sides = (where.left,)
    for side in sides:
        if isinstance(side, Property) and side.key == "iri" and isinstance(side.of, Variable):
            yield side.of.name


# --- labels and types


def _inline_labels(labels: LabelExpression | None) -> str | None:
    """Return the labels as a pattern of kglite has them; None where it has no such form."""
    if labels is None:
        return ""
    if isinstance(labels, Label):
        return f":{name(labels.name)}"
    if isinstance(labels, Labels) and labels.operator == "&":
        names = [operand.name for operand in labels.operands if isinstance(operand, Label)]
        if len(names) == len(labels.operands):
            return "".join(f":{name(label)}" for label in names)
    return None


def _inline_types(types: LabelExpression | None) -> str | None:
    if types is None:
        return ""
    if isinstance(types, Label):
        return f":{name(types.name)}"
    if isinstance(types, Labels) and types.operator == "|":
        names = [operand.name for operand in types.operands if isinstance(operand, Label)]
        if len(names) == len(types.operands):
            return ":" + "|".join(map(name, names))
    return None


def labels_test(labels: LabelExpression, of: Piece, naming: Naming) -> str:
    """Return the condition that a node has such labels, or a relationship such a type."""
    if isinstance(labels, Label):
        return label_test(labels.name, of)
    if isinstance(labels, AnyLabel):
        return f"({_of_type(of)} IS NOT NULL)" if of.type & RELATIONSHIP else f"(size(labels({of.text})) > 0)"
    if isinstance(labels, NotLabel):
        return f"(NOT {labels_test(labels.operand, of, naming)})"
    if isinstance(labels, DynamicLabel):
        return _dynamic_test(labels, of, naming)
    joined = {"&": " AND ", "|": " OR "}[labels.operator]
    return f"({joined.join(labels_test(operand, of, naming) for operand in labels.operands)})"


def _of_type(of: Piece) -> str:
    return f"type({of.text})"


def label_test(label: str, of: Piece) -> str:
    """Return the condition that a node has a label, or a relationship this type."""
    quoted = "'" + label.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if of.type & RELATIONSHIP:
        return f"({_of_type(of)} = {quoted})"
    if of.text.startswith("`") and not of.is_transient:
        return f"{of.text}:{name(label)}"
    return f"({quoted} IN labels({of.text}))"


def _dynamic_test(dynamic: DynamicLabel, of: Piece, naming: Naming) -> str:
    if not isinstance(dynamic.value, Parameter):
        raise refuse("a dynamic label that is no parameter", "Write $($label), and give the label as parameter.")
    held = naming.parameters.get(dynamic.value.name)
    labels = held if isinstance(held, list) else [held]
    if not labels or not all(isinstance(label, str) for label in labels):
        raise refuse(f"the dynamic label ${dynamic.value.name}, which is no string")
    joined = " OR " if dynamic.is_any else " AND "
    return f"({joined.join(label_test(str(label), of) for label in labels)})"


def optional(scope: dict[str, Piece], before: Scope) -> dict[str, Piece]:
    """Return the variables after an OPTIONAL MATCH, of which the new ones may be null."""
    return {
        key: piece if key in before else Piece(piece.text, piece.type | NULL, is_cheap=True)
        for key, piece in scope.items()
    }
