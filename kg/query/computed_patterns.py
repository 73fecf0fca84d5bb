"""The computed patterns of a SPARQL request: where they stand, what they are given, and which variables they bind.

Read from the tokens of a request that parses. A pattern is `subject predicate "what"` or
`subject predicate [ options ]`; the blank node of the options may have a label too, and be described in the same block:
so other programs write it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from kg.errors import KgError, QuerySyntaxError, UnsupportedQueryError
from kg.query.computed import COMPUTED, Given, Shape
from kg.query.computed_options import Options, read_options, term_of
from kg.query.corrections import star_of
from kg.query.groups import Element, names_in, opens_annotation, read_group
from kg.query.names import meanings
from kg.query.triples_blocks import Node, Pair, Statement, plain, read_block
from kg.rdf import NamedNode
from kg.sparql.tokens import Token, prologue_end, tokenise, unescape

__all__ = ["Block", "Pattern", "find_blocks", "is_computed", "names_computed", "refuse_unanswered"]

_IN_TEMPLATE = "It finds things and writes nothing: name it in WHERE."
_SHORT = "The pattern of CONSTRUCT WHERE and DELETE WHERE is what is written too: write the form with two groups."
_IN_GRAPH = "It searches the home, not one graph: write it outside of the group."
_IN_PATH = "It is no step of a path: give what it finds a variable, and go on from that."
_AS_SUBJECT = "It finds notes and entities: its subject is a variable, an IRI or []."
_HIDDEN = "kg_found_"
_NAMED = re.compile(r"search|similarTo|predicted|\\u", re.IGNORECASE)
_LONGEST_LOOKED_AT = 100_000


@dataclass(frozen=True, slots=True)
class Pattern:
    """One computed pattern.

    Args:
        wanted: column and variable, in the order in which the variables are written.
        fixed: what a column has to be.
        has_hits: whether two hits that are alike are two rows: of `[ options ]`, where each hit is a blank node. Of
            `subject predicate "what"` there is one triple.
        place: line and column, in parentheses.
    """

    shape: Shape
    given: Mapping[str, Given]
    wanted: tuple[tuple[str, str], ...]
    fixed: Mapping[str, NamedNode]
    has_hits: bool
    place: str


@dataclass(frozen=True, slots=True)
class Block:
    """Triples with computed patterns among them: tokens `[first, end)`.

    Args:
        rest: the other triples as text.
        last: the index of the token behind which the rows go, so that no blank node is in two blocks.
    """

    first: int
    end: int
    rest: str
    last: int
    patterns: tuple[Pattern, ...]


def names_computed(tokens: Sequence[Token], prefixes: Mapping[str, str]) -> bool:
    """Tell whether a request names a computed predicate, in whatever place."""
    return bool(_asked(tokens, prefixes))


def is_computed(text: str, prefixes: Mapping[str, str]) -> bool:
    """Tell whether a query names a computed predicate; of a very long one, and of one that is none, it is not told."""
    if len(text) > _LONGEST_LOOKED_AT or _NAMED.search(text) is None:
        return False
    try:
        return names_computed(tokenise(unescape(text)), prefixes)
    except KgError:
        return False


def find_blocks(tokens: Sequence[Token], prefixes: Mapping[str, str], columns: Sequence[str] = ()) -> tuple[Block, ...]:
    """Return the blocks of a query, or of one operation of an update, that have computed patterns.

    What stands in SERVICE is the other endpoint's, and is left alone.

    Args:
        tokens: its declarations, and itself.
        columns: what takes the place of the star, where the query itself selects all.

    Raises:
        UnsupportedQueryError: a computed predicate stands where nothing can be computed.
        QuerySyntaxError: what it is given is not what it takes.
    """
    asked = _asked(tokens, prefixes)
    return _Finder(tokens, prefixes, asked, star_of(tokens) if columns else None).blocks() if asked else ()


def _asked(tokens: Sequence[Token], prefixes: Mapping[str, str]) -> dict[int, Shape]:
    return {
        each.index: COMPUTED[each.iri]
        for each in meanings(tokens, prefixes)
        if each.iri is not None and each.iri in COMPUTED and not each.is_declared
    }


def _place(token: Token) -> str:
    """Return where a token stands, in parentheses."""
    return f"(line {token.line}, column {token.column})"


def refuse_unanswered(pattern: Pattern) -> UnsupportedQueryError:
    """Return the error of a request that nobody is there to compute anything for."""
    advice = "It is computed by a search of the home, and this is run without one."
    return UnsupportedQueryError("SPARQL", f"{pattern.shape.predicate} {pattern.place}", advice)


class _Finder:
    """Finds the computed patterns of one request."""

    def __init__(
        self, tokens: Sequence[Token], prefixes: Mapping[str, str], asked: Mapping[int, Shape], star: int | None
    ) -> None:
        self._star = star  # that is written out
        self._tokens, self._prefixes, self._asked = tokens, prefixes, asked
        self._prologue = " ".join(token.text for token in tokens[: prologue_end(tokens)])
        self._iris = {each.index: each.iri for each in meanings(tokens, prefixes) if each.iri is not None}
        self._names = names_in(tokens)

    def blocks(self) -> tuple[Block, ...]:
        braces = _braces_around(self._tokens, set(self._asked))
        found: dict[int, tuple[Element, int]] = {}
        for index in self._asked:
            around = braces[index]
            if any(self._is_after(brace, "SERVICE", "SILENT") for brace in around):
                continue
            self._check_around(index, around)
            element, last = self._element(index, around)
            found[element.first] = element, last
        blocks = []
        for element, last in found.values():
            reader = _BlockReader(self, element, last)
            blocks.append(reader.read())
        return tuple(blocks)

    # --- where it stands

    def _is_after(self, brace: int, *words: str) -> bool:
        """Tell whether a word stands before a brace and one name or variable: `GRAPH ?g {`."""
        return brace > 1 and self._tokens[brace - 2].is_word(*words)

    def _check_around(self, index: int, around: Sequence[int]) -> None:
        for brace in around:
            before = self._tokens[max(brace - 1, 0)]
            if before.is_word("CONSTRUCT", "INSERT", "DELETE", "DATA"):
                self.refuse(index, "in a template", _IN_TEMPLATE)
            if before.is_word("WHERE") and self._is_after(brace, "CONSTRUCT", "DELETE"):
                self.refuse(index, "in a short form", _SHORT)
            if self._is_after(brace, "GRAPH"):
                self.refuse(index, "within GRAPH", _IN_GRAPH)

    def _element(self, index: int, around: Sequence[int]) -> tuple[Element, int]:
        """Return the triples that a token is among, and the last token of the triples with filters between."""
        if not around or self._is_values(around[-1]):
            self.refuse_value(index)
        group = read_group(self._tokens, around[-1])
        for number, element in enumerate(group.elements):
            if element.kind == "triples" and element.first <= index < element.end:
                last = element
                for after in group.elements[number + 1 :]:
                    if after.kind not in ("triples", "filter"):
                        break
                    last = after if after.kind == "triples" else last
                return element, last.end - 1
        self.refuse_value(index)

    def _is_values(self, brace: int) -> bool:
        index = brace - 1
        while index > 0 and (self._tokens[index].kind == "variable" or self._tokens[index].text in ("(", ")")):
            index -= 1
        return self._tokens[index].is_word("VALUES")

    # --- for the blocks

    def token(self, index: int) -> Token:
        return self._tokens[index]

    @property
    def tokens(self) -> Sequence[Token]:
        return self._tokens

    def shape(self, pair: Pair) -> Shape | None:
        return self._asked.get(pair.first) if pair.end == pair.first + 1 else None

    def asked_in(self, element: Element) -> list[int]:
        return [index for index in self._asked if element.first <= index < element.end]

    def options(self, index: int, shape: Shape, node: Node, pairs: Sequence[Pair]) -> Options:
        place = _place(self._tokens[index])
        return read_options(shape, node, pairs, self._tokens, self._iris, self._prologue, self._prefixes, place)

    def iri(self, node: Node) -> NamedNode | None:
        """Return the IRI that a subject is, None if it is none."""
        if node.kind != "term" or self._tokens[node.first].kind not in ("iri", "name"):
            return None
        term = term_of(node, self._tokens, self._prologue, self._prefixes)
        return term if isinstance(term, NamedNode) else None

    def hidden(self, index: int, number: int) -> str:
        """Return a variable for a blank node; what selects all variables would show it.

        Raises:
            UnsupportedQueryError: something does.
        """
        for place, (before, token) in enumerate(itertools.pairwise(self._tokens), 1):
            is_star = token.is_mark("*") and before.is_word("SELECT", "DISTINCT", "REDUCED", "DESCRIBE")
            if is_star and place != self._star:
                self.refuse(index, "of a blank node, beside *", "Write a variable for the node, or name the columns.")
        name = f"{_HIDDEN}{number}"
        while name in self._names:
            name += "_"
        return name

    def refuse(self, index: int, where: str, advice: str) -> NoReturn:
        """Say that a computed predicate stands where nothing can be computed."""
        name = self._asked[index].predicate
        raise UnsupportedQueryError("SPARQL", f"{name} {_place(self._tokens[index])} {where}", advice)

    def refuse_value(self, index: int) -> NoReturn:
        """Say that a computed predicate is no value."""
        self.refuse(index, "as a value", f"It is the predicate of a pattern: {self._asked[index].example['SPARQL']}")


class _BlockReader:
    """Takes the computed patterns out of one block."""

    def __init__(self, finder: _Finder, element: Element, last: int) -> None:
        self._finder, self._element, self._last = finder, element, last
        self._statements = read_block(finder.tokens, element.first, element.end)
        self._patterns: list[tuple[int, Pattern]] = []
        self._taken: set[int] = set()  # the first tokens of verbs
        self._named: dict[int, str] = {}  # variables of blank nodes, by their first tokens
        self._told: set[str] = set()  # labels of blank nodes that are options

    def read(self) -> Block:
        for statement in self._statements:
            self._visit(statement.subject, statement.pairs)
            for node in statement.nodes():
                self._visit(node, node.pairs)
        self._check_all()
        patterns = tuple(pattern for _, pattern in sorted(self._patterns, key=lambda each: each[0]))
        return Block(self._element.first, self._element.end, self._rest(), self._last, patterns)

    def _visit(self, subject: Node, pairs: Sequence[Pair]) -> None:
        for pair in pairs:
            shape = self._finder.shape(pair)
            if shape is None or pair.first in self._taken:
                continue
            self._taken.add(pair.first)
            for node, end in pair.objects:
                if end > node.end:
                    self._finder.refuse(pair.first, "with an annotation", "No triple says it.")
                self._patterns.append((node.first, self._pattern(shape, pair.first, subject, node)))

    def _pattern(self, shape: Shape, index: int, subject: Node, node: Node) -> Pattern:
        options = self._finder.options(index, shape, node, self._pairs_of(node))
        given, wanted = dict(options.given), list(options.wanted)
        fixed: dict[str, NamedNode] = {}
        iri = self._finder.iri(subject)
        if iri is not None:
            (given if shape.subject in shape.takes else fixed)[shape.subject] = iri
        else:
            wanted.insert(0, (shape.subject, self._variable(index, subject)))
        names = [name for _, name in wanted]
        for name in names:
            if names.count(name) > 1:
                token = self._finder.token(index)
                reason = f"?{name} stands for two things of one {shape.predicate}; write two variables"
                raise QuerySyntaxError("SPARQL", reason, token.line, token.column)
        return Pattern(shape, given, tuple(wanted), fixed, options.are_hits, _place(self._finder.token(index)))

    def _variable(self, index: int, subject: Node) -> str:
        """Return the variable that the subject is, or stands for it in what is left of the block."""
        first = self._finder.token(subject.first)
        if subject.kind == "brackets":
            if subject.first not in self._named:
                self._named[subject.first] = self._finder.hidden(index, subject.first)
            return self._named[subject.first]
        if subject.kind != "term" or first.kind != "variable":
            advice = "Write a variable for it." if first.kind == "blank" else _AS_SUBJECT
            self._finder.refuse(index, f"of {plain(self._finder.tokens, subject.first, subject.end)}", advice)
        return first.text[1:]

    def _pairs_of(self, node: Node) -> tuple[Pair, ...]:
        """Return what is said of the options, in their brackets or under their label."""
        token = self._finder.token(node.first)
        if node.kind != "term" or token.kind != "blank":
            return node.pairs
        self._told.add(token.text)
        found = (each for each in self._statements if self._label(each.subject) == token.text)
        return tuple(pair for statement in found for pair in statement.pairs)

    def _label(self, node: Node) -> str | None:
        token = self._finder.token(node.first)
        return token.text if node.kind == "term" and token.kind == "blank" else None

    def _is_told(self, statement: Statement) -> bool:
        return self._label(statement.subject) in self._told

    def _check_all(self) -> None:
        """Refuse what was not read as a pattern: a step of a path, a subject or an object."""
        pairs = [pair for each in self._statements for pair in _all_pairs(each)]
        read = {pair.first for pair in pairs if pair.first in self._taken}
        for index in self._finder.asked_in(self._element):
            if index not in read:
                if any(pair.first <= index < pair.end for pair in pairs):
                    self._finder.refuse(index, "in a path", _IN_PATH)
                self._finder.refuse_value(index)

    # --- what is left

    def _rest(self) -> str:
        """Write the other triples; a blank node that got a variable is described after its statement."""
        texts: list[str] = []
        waiting: list[_Described] = [(each.subject, each.pairs) for each in self._statements if not self._is_told(each)]
        while waiting:
            subject, pairs = waiting.pop(0)
            more: list[_Described] = []
            written = subject if isinstance(subject, str) else self._node(subject, more)
            said = self._pairs(pairs, more)
            if said or written.startswith(("[", "(")):
                texts.append(f"{written} {said}".rstrip())
            waiting[:0] = more
        return " . ".join(texts)

    def _node(self, node: Node, more: list[_Described]) -> str:
        if node.kind == "list":
            return f"( {' '.join(self._node(each, more) for each in node.members)} )"
        if node.kind == "term":
            if self._label(node) in self._told:
                token = self._finder.token(node.first)
                reason = f"{token.text} stands for options of a search, of which nothing else is said; write two labels"
                raise QuerySyntaxError("SPARQL", reason, token.line, token.column)
            return plain(self._finder.tokens, node.first, node.end)
        name = self._named.get(node.first)
        if name is None:
            return f"[ {self._pairs(node.pairs, more)} ]"
        more.append((f"?{name}", node.pairs))
        return f"?{name}"

    def _pairs(self, pairs: Sequence[Pair], more: list[_Described]) -> str:
        said = []
        for pair in pairs:
            if pair.first not in self._taken:
                objects = []
                for node, end in pair.objects:
                    written, annotation = self._node(node, more), plain(self._finder.tokens, node.end, end)
                    objects.append(f"{written} {annotation}".rstrip())
                said.append(f"{plain(self._finder.tokens, pair.first, pair.end)} {', '.join(objects)}")
        return " ; ".join(said)


_Described = tuple[Node | str, Sequence[Pair]]
"""A node, or the variable that stands for one, and what is said of it."""


def _all_pairs(statement: Statement) -> Iterator[Pair]:
    yield from statement.pairs
    for node in statement.nodes():
        yield from node.pairs


def _braces_around(tokens: Sequence[Token], wanted: set[int]) -> dict[int, tuple[int, ...]]:
    """Return the braces around some tokens, the outermost first; those of annotations apart."""
    found, opened = {}, list[int]()
    for index, token in enumerate(tokens):
        if token.is_mark("{"):
            opened.append(-1 if opens_annotation(tokens, index) else index)
        elif token.is_mark("}"):
            opened.pop()
        elif index in wanted:
            found[index] = tuple(brace for brace in opened if brace >= 0)
    return found
