"""Checking patterns: what they bind, and what CREATE and MERGE can make."""

from __future__ import annotations

from kg.cypher.expression_checking import ExpressionChecker, Scope
from kg.cypher.functions import base, list_of
from kg.cypher.syntax import (
    DynamicLabel,
    GroupPattern,
    Label,
    LabelExpression,
    Labels,
    MapLiteral,
    NodePattern,
    Parameter,
    PathPattern,
    PatternPart,
    RelationshipPattern,
    Variable,
)

__all__ = ["PatternChecker"]


class PatternChecker(ExpressionChecker):
    """Checks patterns; the queries in their conditions are checked by whoever extends it."""

    # --- patterns that are looked for

    def matched(self, parts: tuple[PatternPart, ...], scope: Scope) -> Scope:
        """Check the patterns of MATCH and return all that is bound after it."""
        bound = dict(scope)
        for part in parts:
            self._bind_path(part.pattern, bound, scope)
            self._bind_path_variable(part.variable, bound)
            if part.selector is not None and isinstance(part.selector.count, Parameter):
                self.parameter(part.selector.count)
        for part in parts:
            self._check_path(part.pattern, bound)
        return bound

    def predicate_pattern(self, part: PatternPart, scope: Scope) -> None:
        """Check a pattern where a value is wanted: it binds nothing."""
        bound = dict(scope)
        self._bind_path(part.pattern, bound, scope)
        if part.function is None:
            for name in bound.keys() - scope.keys():
                self.fail(f"variable {name} is not defined here; a pattern as a condition binds none", part.at)
        self._check_path(part.pattern, bound)

    def local_pattern(self, path: Variable | None, pattern: PathPattern, scope: Scope) -> Scope:
        """Check the pattern of a comprehension and return all that is bound in it."""
        bound = dict(scope)
        self._bind_path(pattern, bound, scope)
        if path is not None:
            bound[path.name] = "Path"
        self._check_path(pattern, bound)
        return bound

    def _bind_path_variable(self, variable: Variable | None, bound: Scope) -> None:
        if variable is not None:
            self.bind(variable, "Path", bound)

    def bind(self, variable: Variable, kind: str | None, bound: Scope) -> None:
        """Bind a variable that must be new."""
        if variable.name in bound:
            self.fail(f"variable {variable.name} is bound already", variable.at)
        bound[variable.name] = kind

    def _bind_path(self, pattern: PathPattern, bound: Scope, before: Scope) -> None:
        relationships: set[str] = set()
        for element in pattern.elements:
            quantifier = None if isinstance(element, NodePattern) else element.quantifier
            if quantifier is not None and quantifier.most == 0:
                self.fail("a quantifier lets a path be repeated at least once", quantifier.at)
            if isinstance(element, GroupPattern):
                self._bind_group(element, bound, before)
            elif element.variable is None:
                continue
            elif isinstance(element, NodePattern):
                self._bind_as(element.variable, "Node", bound)
            else:
                if element.variable.name in relationships:
                    reason = f"relationship {element.variable.name} stands twice in one path, which meets each once"
                    self.fail(reason, element.variable.at)
                relationships.add(element.variable.name)
                is_list = element.length is not None or element.quantifier is not None
                self._bind_as(element.variable, "List<Relationship>" if is_list else "Relationship", bound)

    def _bind_as(self, variable: Variable, kind: str, bound: Scope) -> None:
        known = bound.setdefault(variable.name, kind)
        if known is None or known == kind or (known == "List" and base(kind) == "List"):
            return
        self.fail(f"variable {variable.name} is of type {known}; here it would be of type {kind}", variable.at)

    def _bind_group(self, group: GroupPattern, bound: Scope, before: Scope) -> None:
        if group.quantifier is None:
            self._bind_path(group.pattern, bound, before)
            self._bind_path_variable(group.path, bound)
            return
        for name, kind in self._inside(group, before).items():
            if name in bound:
                self.fail(f"variable {name} stands in a quantified path and outside of it", group.at)
            bound[name] = list_of(kind)

    def _inside(self, group: GroupPattern, before: Scope) -> Scope:
        """Return what a quantified path binds for each repetition."""
        inner: Scope = {}
        self._bind_path(group.pattern, inner, before)
        self._bind_path_variable(group.path, inner)
        return inner

    def _check_path(self, pattern: PathPattern, bound: Scope) -> None:
        """Check the labels, properties and conditions in a path."""
        for element in pattern.elements:
            if isinstance(element, GroupPattern):
                inner = bound if element.quantifier is None else {**bound, **self._inside(element, bound)}
                self._check_path(element.pattern, inner)
                if element.where is not None:
                    self.condition(element.where, inner)
                continue
            self.labels(element.labels if isinstance(element, NodePattern) else element.types, bound)
            if isinstance(element.properties, Parameter):
                advice = f"write out its entries, as in {{key: ${element.properties.name}.key}}"
                self.fail(f"a parameter cannot be all the properties of a pattern here; {advice}", element.at)
            if element.properties is not None:
                self.expression(element.properties, bound)
            if element.where is not None:
                repeated = isinstance(element, RelationshipPattern) and element.quantifier is not None
                inner = {**bound, element.variable.name: "Relationship"} if repeated and element.variable else bound
                self.condition(element.where, inner)

    # --- patterns that are made

    def made(self, part: PatternPart, scope: Scope, clause: str) -> Scope:
        """Check a pattern of CREATE or MERGE and return all that is bound after it."""
        if part.function is not None or part.selector is not None:
            self.fail(f"{clause} makes a path; it looks for none by shortestPath() or a selector", part.at)
        bound = dict(scope)
        is_alone = len(part.pattern.elements) == 1
        for element in part.pattern.elements:
            if isinstance(element, GroupPattern):
                self.fail(f"{clause} makes nodes and relationships one by one, no paths in parentheses", element.at)
            if element.where is not None:
                self.fail(f"{clause} has no conditions; they belong in MATCH", element.at)
            if isinstance(element, NodePattern):
                self._made_node(element, bound, is_alone, clause)
            else:
                self._made_relationship(element, bound, clause)
            self._made_properties(element.properties, bound, clause)
        self._bind_path_variable(part.variable, bound)
        return bound

    def _made_node(self, node: NodePattern, bound: Scope, is_alone: bool, clause: str) -> None:
        self._check_plain_labels(node.labels, bound, clause)
        if node.variable is None:
            return
        if node.variable.name not in bound:
            bound[node.variable.name] = "Node"
        elif is_alone or node.labels is not None or node.properties is not None:
            advice = f"{clause} can use it as an end of a relationship, without labels and properties"
            self.fail(f"variable {node.variable.name} is bound already; {advice}", node.variable.at)
        else:
            self._bind_as(node.variable, "Node", bound)

    def _check_plain_labels(self, labels: LabelExpression | None, bound: Scope, clause: str) -> None:
        if labels is None:
            return
        operands = labels.operands if isinstance(labels, Labels) and labels.operator == "&" else (labels,)
        for label in operands:
            if not isinstance(label, Label | DynamicLabel):
                self.fail(f"{clause} gives labels; |, ! and % say none", label.at)
        self.labels(labels, bound)
        for label in operands:
            if isinstance(label, DynamicLabel):
                self.expression(label.value, bound)

    def _made_relationship(self, relationship: RelationshipPattern, bound: Scope, clause: str) -> None:
        at = relationship.at
        if not isinstance(relationship.types, Label | DynamicLabel):
            self.fail(f"{clause} gives a relationship exactly one type, as in -[:TYPE]->", at)
        if isinstance(relationship.types, DynamicLabel):
            self.expression(relationship.types.value, bound)
        if relationship.length is not None or relationship.quantifier is not None:
            self.fail(f"{clause} makes one relationship, none of variable length", at)
        if relationship.direction == "either" and clause == "CREATE":
            self.fail("CREATE gives a relationship a direction: --> or <--", at)
        if relationship.variable is not None:
            self.bind(relationship.variable, "Relationship", bound)

    def _made_properties(self, properties: MapLiteral | Parameter | None, bound: Scope, clause: str) -> None:
        if isinstance(properties, Parameter) and clause == "MERGE":
            advice = f"write out its entries, as in {{key: ${properties.name}.key}}"
            self.fail(f"a parameter cannot be all the properties in MERGE; {advice}", properties.at)
        if properties is not None:
            self.expression(properties, bound)
