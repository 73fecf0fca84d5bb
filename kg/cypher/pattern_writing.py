"""Writing patterns and labels."""

from __future__ import annotations

from kg.cypher.syntax import (
    AnyLabel,
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
    RelationshipPattern,
    Selector,
    Variable,
)
from kg.cypher.value_writing import key, name, parameter

__all__ = ["PatternWriter"]


class PatternWriter:
    """Writes patterns; the expressions in them are written by whoever extends it."""

    def expression(self, expression: Expression) -> str:
        """Return the text of an expression."""
        raise NotImplementedError

    def patterns(self, parts: tuple[PatternPart, ...]) -> str:
        """Return patterns with commas between them."""
        return ", ".join(self.pattern_part(part) for part in parts)

    def pattern_part(self, part: PatternPart) -> str:
        """Return a pattern of a clause."""
        path = self.path(part.pattern)
        if part.function is not None:
            path = f"{part.function}({path})"
        if part.selector is not None:
            path = f"{_selector(part.selector)} {path}"
        return path if part.variable is None else f"{name(part.variable.name)} = {path}"

    def path(self, path: PathPattern) -> str:
        """Return nodes, relationships and groups."""
        return "".join(self._element(element) for element in path.elements)

    def _element(self, element: NodePattern | RelationshipPattern | GroupPattern) -> str:
        if isinstance(element, GroupPattern):
            variable = "" if element.path is None else f"{name(element.path.name)} = "
            where = self.where(element.where)
            return f"({variable}{self.path(element.pattern)}{where}){_quantifier(element.quantifier)}"
        if isinstance(element, NodePattern):
            return f"({self._inside(element.variable, element.labels, '', element.properties, element.where)})"
        hops = "" if element.length is None else f"*{_length(element.length)}"
        inside = self._inside(element.variable, element.types, hops, element.properties, element.where)
        start = "<-" if element.direction == "left" else "-"
        end = "->" if element.direction == "right" else "-"
        return f"{start}{f'[{inside}]' if inside else ''}{end}{_quantifier(element.quantifier)}"

    def _inside(
        self,
        variable: Variable | None,
        labels: LabelExpression | None,
        hops: str,
        properties: MapLiteral | Parameter | None,
        where: Expression | None,
    ) -> str:
        """Return what stands in the brackets of a node or relationship."""
        text = "" if variable is None else name(variable.name)
        if labels is not None:
            text += ":" + self.labels(labels)
        text += hops
        if properties is not None:
            text += f" {self.expression(properties)}"
        return (text + self.where(where)).lstrip(" ")

    def where(self, condition: Expression | None) -> str:
        """Return WHERE and its condition behind a space, or nothing."""
        if condition is None:
            return ""
        written = self.expression(condition)
        # Of a comprehension the `|` that follows would be one of the types; and `(WHERE {})` is a node called WHERE.
        is_unclear = " :: " in written or written.startswith(("{", "$"))
        return f" WHERE ({written})" if is_unclear else f" WHERE {written}"

    def labels(self, labels: LabelExpression, is_operand: bool = False) -> str:
        """Return a label expression; as an operand in parentheses if it has operands itself."""
        if isinstance(labels, Labels):
            inner = (self.labels(operand, self._needs_parentheses(operand, labels)) for operand in labels.operands)
            text = labels.operator.join(inner)
            return f"({text})" if is_operand else text
        if isinstance(labels, NotLabel):
            return "!" + self.labels(labels.operand, is_operand=True)
        if isinstance(labels, AnyLabel):
            return "%"
        return self.plain_label(labels)

    def _needs_parentheses(self, operand: LabelExpression, around: Labels) -> bool:
        return isinstance(operand, Labels) and not (around.operator == "|" and operand.operator == "&")

    def plain_label(self, label: Label | DynamicLabel) -> str:
        """Return a label or `$(expression)`."""
        if isinstance(label, Label):
            return key(label.name)
        return f"${'any' if label.is_any else ''}({self.expression(label.value)})"


def _selector(selector: Selector) -> str:
    kind, _, groups = selector.kind.partition(" GROUPS")
    has_groups = selector.kind.endswith(" GROUPS")
    count = selector.count
    shown = "" if count is None else f" {parameter(count.name) if isinstance(count, Parameter) else count}"
    return f"{kind}{shown}{' GROUPS' if has_groups else groups}"


def _bounds(hops: Hops, between: str) -> str:
    least, most = ("" if bound is None else str(bound) for bound in (hops.least, hops.most))
    return least if least and least == most else f"{least}{between}{most}"


def _length(hops: Hops) -> str:
    return "" if hops.least is None and hops.most is None else _bounds(hops, "..")


def _quantifier(hops: Hops | None) -> str:
    if hops is None:
        return ""
    if hops.most is None and hops.least in (0, 1):
        return "+" if hops.least else "*"
    return "{" + _bounds(hops, ",") + "}"
