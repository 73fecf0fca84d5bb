"""Reading patterns, and the labels and types in them."""

from __future__ import annotations

import itertools
from typing import Literal as OneOf

from kg.cypher.cursor import Cursor
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

__all__ = ["PatternParser"]

_Direction = OneOf["right", "left", "either"]


class PatternParser(Cursor):
    """Reads patterns; expressions in them are read by whoever extends it."""

    is_bar_taken = False
    """Whether a `|` that follows belongs to a comprehension or to FOREACH: then it joins no labels."""

    def expression(self) -> Expression:
        """Read an expression."""
        raise NotImplementedError

    def map_literal(self) -> MapLiteral:
        """Read a map."""
        raise NotImplementedError

    # --- clauses' patterns

    def patterns(self) -> tuple[PatternPart, ...]:
        """Read patterns with commas between them."""
        parts = [self.pattern_part()]
        while self.skip(","):
            parts.append(self.pattern_part())
        return tuple(parts)

    def pattern_part(self) -> PatternPart:
        """Read `[variable =] [selector] path`, with or without `shortestPath()` around it."""
        at = self.at
        variable = None
        if self.is_name() and self.keys[self.index + 1] == "=":
            variable = self.variable()
            self.expect("=")
        selector = self._selector()
        if self.is_any("SHORTESTPATH", "ALLSHORTESTPATHS") and self.keys[self.index + 1] == "(":
            return self.shortest_path(variable, selector, at)
        if not self.is_next("("):
            self.refuse("a pattern, as in (a)-[:TYPE]->(b),")
        return PatternPart(self.path(), variable, selector, at=at)

    def shortest_path(self, variable: Variable | None, selector: Selector | None, at: int) -> PatternPart:
        """Read `shortestPath(…)` or `allShortestPaths(…)`."""
        function: OneOf["shortestPath", "allShortestPaths"] = (
            "shortestPath" if self.advance().key == "SHORTESTPATH" else "allShortestPaths"
        )
        self.expect("(")
        pattern = self.path()
        self.expect(")")
        return PatternPart(pattern, variable, selector, function, at=at)

    def _selector(self) -> Selector | None:
        at = self.at
        if self.is_any("SHORTESTPATH", "ALLSHORTESTPATHS", "("):
            return None
        if self.skip("ALL", "SHORTEST"):
            self.skip_any("PATH", "PATHS")
            return Selector("ALL SHORTEST", at=at)
        if self.skip("ANY", "SHORTEST"):
            self.skip_any("PATH", "PATHS")
            return Selector("SHORTEST", 1, at=at)
        if self.skip("SHORTEST"):
            count = self._count()
            self.skip_any("PATH", "PATHS")
            if self.skip_any("GROUP", "GROUPS"):
                return Selector("SHORTEST GROUPS", 1 if count is None else count, at=at)
            if count is None:
                self.refuse("a number, as in SHORTEST 1,")
            return Selector("SHORTEST", count, at=at)
        if self.skip("ANY"):
            count = self._count()
            self.skip_any("PATH", "PATHS")
            return Selector("ANY", count, at=at)
        if self.skip("ALL"):
            self.skip_any("PATH", "PATHS")
            return Selector("ALL", at=at)
        return None

    def _count(self) -> int | Parameter | None:
        token = self.token
        if token.kind == "number":
            return self._integer()
        if token.kind == "parameter":
            self.advance()
            return Parameter(str(token.value), at=token.start)
        return None

    def _integer(self) -> int:
        value = self.token.value
        if not isinstance(value, int):
            self.refuse("a whole number")
        self.advance()
        if value >= 2**63:
            raise self.error("this integer does not fit in 64 bits", self.tokens[self.index - 1].start)
        return value

    # --- paths

    def path(self) -> PathPattern:
        """Read nodes, relationships and groups up to where none follows."""
        at = self.at
        elements: list[NodePattern | RelationshipPattern | GroupPattern] = []
        while True:
            if self._is_group():
                elements.append(self.group())
            elif elements and isinstance(elements[-1], NodePattern):
                pass
            else:
                elements.append(self.node())
            if isinstance(elements[-1], NodePattern):
                while self._is_relationship():
                    elements += (self.relationship(), self.node())
                if not self._is_group():
                    break
            elif not self.is_next("("):
                if self._is_relationship():
                    self.refuse("a node between a path in parentheses and a relationship")
                break
        return PathPattern(tuple(elements), at=at)

    def _is_group(self) -> bool:
        """Tell whether a parenthesis opens a path and no node."""
        return self.is_next("(") and (
            self.keys[self.index + 1] == "(" or (self.is_name(1) and self.keys[self.index + 2] == "=")
        )

    def _is_relationship(self) -> bool:
        key = self.keys[self.index]
        return key == "-" or (key == "<" and self.keys[self.index + 1] == "-")

    def group(self) -> GroupPattern:
        """Read `(path = … WHERE …){1,3}`."""
        at = self.at
        self.expect("(")
        variable = None
        if self.is_name():
            variable = self.variable()
            self.expect("=")
        pattern = self.path()
        where = self.where()
        self.expect(")")
        return GroupPattern(variable, pattern, where, self._quantifier(), at=at)

    def where(self) -> Expression | None:
        """Read WHERE, if it is next."""
        return self.expression() if self.skip("WHERE") else None

    def node(self) -> NodePattern:
        """Read `(variable:Label {key: value} WHERE condition)`."""
        at = self.at
        self.expect("(")
        variable = self._bound_variable()
        labels = self._labels_of_pattern()
        properties = self._properties()
        where = self.where()
        self.expect(")")
        return NodePattern(variable, labels, properties, where, at=at)

    def _bound_variable(self) -> Variable | None:
        """Read the variable of a node or relationship; WHERE and IS are names if nothing follows that they begin."""
        if not self.is_name():
            return None
        ends = (")", "]", ":", "*", "WHERE", "IS")
        if self.is_any("WHERE", "IS") and self.keys[self.index + 1] not in ends and not self._has_properties_next():
            return None
        if (
            self.is_next("IS")
            and self.keys[self.index + 1] in ("WHERE", "IS")
            and self.keys[self.index + 2] in (*ends[:4], "{")
        ):
            return None  # (IS Where): a label that is called so
        return self.variable()

    def _has_properties_next(self) -> bool:
        """Say whether a map or parameter follows the next token, and behind it the end of the brackets or WHERE."""
        index = self.index + 1
        if self.keys[index] == "{":
            index = self.closing_brackets()[index]
        elif self.tokens[index].kind != "parameter":
            return False
        return self.keys[index + 1] in (")", "]", "WHERE")

    def _properties(self) -> MapLiteral | Parameter | None:
        if self.is_next("{"):
            return self.map_literal()
        token = self.token
        if token.kind == "parameter":
            self.advance()
            return Parameter(str(token.value), at=token.start)
        return None

    def relationship(self) -> RelationshipPattern:
        """Read `<-[variable:TYPE*1..3 {key: value} WHERE condition]-` and its kin, with the quantifier behind it."""
        at = self.at
        is_left = self.skip("<")
        self.expect("-")
        variable, types, length, properties, where = None, None, None, None, None
        if self.skip("["):
            variable = self._bound_variable()
            start = self.index
            types = self._labels_of_pattern(is_relationship=True)
            has_colon = ("|", ":") in itertools.pairwise(self.keys[start : self.index])
            length = self._length() if self.skip("*") else None
            properties = self._properties()
            where = self.where()
            if has_colon and (variable or length or properties):
                raise self.error("types are joined with |, not with |:, beside a variable, a length or properties", at)
            self.expect("]")
        self.expect("-")
        is_right = self.skip(">")
        direction: _Direction = "either" if is_left == is_right else "left" if is_left else "right"
        quantifier = self._quantifier()
        return RelationshipPattern(direction, variable, types, properties, where, length, quantifier, at=at)

    def _length(self) -> Hops:
        """Read what follows the `*` of a relationship."""
        at = self.at
        least = self._integer() if self.token.kind == "number" else None
        most = least
        if self.skip(".."):
            most = self._integer() if self.token.kind == "number" else None
        return Hops(least, most, at=at)

    def _quantifier(self) -> Hops | None:
        """Read `+`, `*`, `{2}` or `{1,3}`, if one is next."""
        at = self.at
        if self.skip("+"):
            return Hops(1, None, at=at)
        if self.skip("*"):
            return Hops(0, None, at=at)
        if not self.skip("{"):
            return None
        least = self._integer() if self.token.kind == "number" else None
        if least is None or self.is_next(","):
            self.expect(",")
            most = self._integer() if self.token.kind == "number" else None
        else:
            most = least
        self.expect("}")
        return Hops(least, most, at=at)

    # --- labels

    def _labels_of_pattern(self, is_relationship: bool = False) -> LabelExpression | None:
        if not self.skip_any(":", "IS"):
            return None
        was_taken, self.is_bar_taken = self.is_bar_taken, False
        labels = self.label_expression(is_relationship)
        self.is_bar_taken = was_taken
        return labels

    def label_expression(self, is_relationship: bool = False) -> LabelExpression:
        """Read what follows the colon: `A|B`, `A&!B`, `A:B`, and of a relationship `A|:B`."""
        at = self.at
        first = self._any_of_labels(is_relationship)
        if is_relationship or not self.is_next(":"):
            return first
        operands = [first]
        while self.skip(":"):
            operands.append(self._label())
        if any(isinstance(operand, Labels | NotLabel) for operand in operands) or self.is_any("&"):
            raise self.error("labels are joined with : or with & and |, not with both", at)
        if self.is_next("|") and not (self.is_bar_taken and self._is_last_bar()):
            raise self.error("labels are joined with : or with & and |, not with both")
        return Labels("&", tuple(operands), at=at)

    def _any_of_labels(self, is_relationship: bool) -> LabelExpression:
        at = self.at
        operands = [self._all_of_labels()]
        while self.is_next("|") and not (self.is_bar_taken and self._is_last_bar()):
            self.advance()
            if is_relationship:
                self.skip(":")
            operands.append(self._all_of_labels())
        return operands[0] if len(operands) == 1 else Labels("|", tuple(operands), at=at)

    def _is_last_bar(self) -> bool:
        """Tell whether no other bar follows in the brackets around: in Neo4j the last is the comprehension's."""
        closers = self.closing_brackets()
        index = self.index + 1
        while (key := self.keys[index]) not in ("|", ")", "]", "}") and index < len(self.tokens):
            index = closers.get(index, index) + 1
        return key != "|"

    def _all_of_labels(self) -> LabelExpression:
        at = self.at
        operands = [self._label()]
        while self.skip("&"):
            operands.append(self._label())
        return operands[0] if len(operands) == 1 else Labels("&", tuple(operands), at=at)

    def _label(self) -> LabelExpression:
        """Read one label with the `!` before it, or a label expression in parentheses."""
        negations = []
        while self.is_next("!"):
            negations.append(self.advance().start)
        at = self.at
        label: LabelExpression
        if self.skip("("):
            was_taken, self.is_bar_taken = self.is_bar_taken, False
            label = self._any_of_labels(is_relationship=False)
            self.is_bar_taken = was_taken
            self.expect(")")
        elif self.skip("%"):
            label = AnyLabel(at=at)
        else:
            label = self.plain_label()
        for place in reversed(negations):
            label = NotLabel(label, at=place)
        return label

    def plain_label(self) -> Label | DynamicLabel:
        """Read a name, or `$(expression)`."""
        token = self.token
        is_any = token.kind == "parameter" and token.text.upper() == "$ANY"
        if self.keys[self.index + 1] == "(" and (token.key == "$" or is_any or token.text.upper() == "$ALL"):
            self.advance()
            self.expect("(")
            value = self.expression()
            self.expect(")")
            return DynamicLabel(value, is_any, at=token.start)
        return Label(self.name("a label or relationship type"), at=token.start)
