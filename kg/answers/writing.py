"""Meanings as SPARQL that anybody can run again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kg.answers.fitting import Fitter, Fitting
from kg.answers.meaning import Condition, Holds, IsA, Meaning, Moment, Named, Slot, Variable
from kg.answers.words import has_chinese, plurals
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.rdf import KG, OWL, PREFIXES, RDF, RDFS, Literal, NamedNode, Term

__all__ = ["Paths", "Written", "has_narrower", "paths_of", "write"]

_TRANSITIVE = OWL["TransitiveProperty"]
_SIGNS = re.compile(r"[\\.^$*+?|()\[\]{}-]")
"""What means something else than itself in a pattern of SPARQL."""


@dataclass(frozen=True, slots=True)
class Written:
    """A query, and one that gives everything its variables stand for: `variables` by the slots of the meaning."""

    query: str
    bindings: str
    variables: Mapping[Slot, str]


@dataclass(frozen=True, slots=True)
class Paths:
    """The properties that say a relation, in either direction."""

    forward: tuple[NamedNode, ...]
    backward: tuple[NamedNode, ...]
    is_transitive: bool


def paths_of(ontology: Ontology, predicate: NamedNode) -> Paths:
    """Return a property with all below it, and what is inverse to any of them."""
    terms = ontology.properties
    below = {predicate}
    while more := {each.iri for each in terms.values() if below & set(each.parents)} - below:
        below |= more
    inverse = {iri for each in below if each in terms for iri in terms[each].inverses}
    inverse |= {each.iri for each in terms.values() if below & set(each.inverses)}
    inverse |= {each for each in below if each in terms and terms[each].symmetric}
    while more := {each.iri for each in terms.values() if inverse & set(each.parents)} - inverse:
        inverse |= more
    is_transitive = any(
        t.subject == predicate and t.predicate == RDF["type"] and t.object == _TRANSITIVE for t in ontology.triples
    )
    ordered = (tuple(sorted(found, key=lambda each: each.value)) for found in (below, inverse))
    forward, backward = ordered
    return Paths((predicate, *(each for each in forward if each != predicate)), backward, is_transitive)


def write(
    graph: KnowledgeGraph,
    fitter: Fitter,
    fitting: Fitting,
    narrow: frozenset[str],
    without: frozenset[Term] = frozenset(),
    language: str = "en",
) -> Written:
    """Return the query of a meaning.

    Args:
        narrow: the names of narrower classes that the graph itself distinguishes; see `has_narrower`.
        without: what is no answer, although it meets the conditions.
        language: that of the labels of classes, where these are the answer.
    """
    return _Writer(graph, fitter, fitting, narrow, without, language).write()


class _Writer:
    def __init__(
        self,
        graph: KnowledgeGraph,
        fitter: Fitter,
        fitting: Fitting,
        narrow: frozenset[str],
        without: frozenset[Term],
        language: str,
    ) -> None:
        self._language = language
        self._without = sorted(str(term) for term in without)
        self._graph = graph
        self._ontology = graph.ontology
        self._fitter = fitter
        self._fitting = fitting
        self._meaning = fitting.meaning
        self._narrow = narrow
        self._prefixes: set[str] = set()
        self._variables: dict[Slot, str] = {}
        self._dates = 0
        target = self._meaning.target
        if isinstance(target, Variable):
            self._variables[target] = "?answer"

    def write(self) -> Written:
        meaning = self._meaning
        if meaning.form == "kind":
            return self._write_kind()
        body = list(self._body(meaning))
        bindings = self._with_prefixes(["SELECT * WHERE {", *body, "}"])
        lines = {
            "which": ["SELECT DISTINCT ?answer ?name WHERE {", *body, *self._name(), "}", "ORDER BY ?name ?answer"],
            "count": ["SELECT (COUNT(DISTINCT ?answer) AS ?count) WHERE {", *body, "}"],
            "whether": ["ASK {", *body, "}"],
        }
        if meaning.form in ("first", "last") and meaning.order is not None:
            date = self._variable(meaning.order)
            end = f"{'MIN' if meaning.form == 'first' else 'MAX'}(STR({date}))"
            lines[meaning.form] = [
                f"SELECT DISTINCT ?answer ?name {date} WHERE {{",
                *body,
                f"  {{ SELECT ({end} AS ?end) WHERE {{",
                *(f"  {line}" for line in body),
                "  } }",
                f"  FILTER(STR({date}) = ?end)",
                *self._name(),
                "}",
                "ORDER BY ?name ?answer",
            ]
        return Written(self._with_prefixes(lines[meaning.form]), bindings, dict(self._variables))

    def _write_kind(self) -> Written:
        """What is X: its narrowest classes, by their labels."""
        assert isinstance(self._meaning.target, Named)
        candidate = self._fitting.things[self._meaning.target]
        things = [self._iri(iri) for iri in (candidate.iri, *candidate.doubles)]
        thing = things[0] if len(things) == 1 else "?thing"
        body = [*([f"  VALUES ?thing {{ {' '.join(things)} }}"] if len(things) > 1 else []),
                f"  {thing} a ?answer .",
                f"  ?answer a {self._iri(OWL['Class'])} ; {self._iri(RDFS['label'])} ?name .",
                f'  FILTER(?answer != {self._iri(KG["Entity"])} && LANG(?name) = "{self._language}")',
                "  FILTER NOT EXISTS {",
                f"    {thing} a ?narrower .",
                f"    ?narrower {self._iri(RDFS['subClassOf'])}+ ?answer FILTER(?narrower != ?answer)",
                "  }"]  # fmt: skip
        query = ["SELECT DISTINCT ?answer ?name WHERE {", *body, "}", "ORDER BY ?name ?answer"]
        return Written(self._with_prefixes(query), self._with_prefixes(["SELECT * WHERE {", *body, "}"]), {})

    def _name(self) -> list[str]:
        return [f"  OPTIONAL {{ ?answer {self._iri(KG['name'])} ?name }}"]

    def _body(self, meaning: Meaning) -> Iterator[str]:
        conditions = [each for each in meaning.conditions if not self._is_needless(each)]
        relations = [each for each in conditions if isinstance(each, Holds)]
        lines = [self._holds(each) for each in relations]
        classes = [line for each in conditions if isinstance(each, IsA) for line in self._is_a(each)]
        yield from self._values()
        for group in lines:
            yield from group
        yield from classes
        if self._without:
            yield f"  FILTER(?answer NOT IN ({', '.join(self._without)}))"

    def _is_needless(self, condition: Condition) -> bool:
        if not isinstance(condition, IsA) or not isinstance(condition.term, Variable):
            return False
        if condition.word in self._narrow:
            return False
        return self._fitter.is_implied_by(condition, self._meaning.conditions)

    # --- terms

    def _values(self) -> Iterator[str]:
        for named, candidate in self._fitting.things.items():
            if len(candidate.members) > 1 and named in self._variables:
                members = " ".join(self._iri(each) for each in candidate.members)
                yield f"  VALUES {self._variables[named]} {{ {members} }}"

    def _variable(self, slot: Slot) -> str:
        if slot not in self._variables:
            number = sum(isinstance(each, Variable) for each in self._variables) + 1
            self._variables[slot] = f"?thing{number}"
        return self._variables[slot]

    def _term(self, slot: Slot | None) -> str:
        if isinstance(slot, Variable):
            return self._variable(slot)
        assert isinstance(slot, Named)
        candidate = self._fitting.things[slot]
        if len(candidate.members) == 1:
            return self._iri(candidate.iri)
        if slot not in self._variables:
            number = sum(isinstance(each, Named) for each in self._variables) + 1
            self._variables[slot] = f"?named{number}"
        return self._variables[slot]

    def _iri(self, iri: NamedNode) -> str:
        for prefix, start in sorted(PREFIXES.items()):
            local = iri.value.removeprefix(str(start))
            if local != iri.value and local.isidentifier() and local.isascii():
                self._prefixes.add(prefix)
                return f"{prefix}:{local}"
        return str(iri)

    # --- conditions

    def _holds(self, each: Holds) -> list[str]:
        path = self._path(each)
        if self._is_of_notes(each):  # `which papers are tagged with X`: their notes are
            path = f"^{self._iri(KG['describes'])}?/({path})"
        if isinstance(each.object, Moment):
            self._dates += 1
            date = f"?date{self._dates}"
            return [f"  {self._term(each.subject)} {path} {date} .", f"  FILTER({_compared(date, each.object)})"]
        return [f"  {self._term(each.subject)} {path} {self._term(each.object)} ."]

    def _path(self, each: Holds) -> str:
        paths = paths_of(self._ontology, each.relation.predicate)
        parts = [self._iri(iri) for iri in paths.forward] + [f"^{self._iri(iri)}" for iri in paths.backward]
        path = "|".join(parts)
        is_open = each.object == self._meaning.target or isinstance(each.object, Variable)
        if paths.is_transitive and not is_open:
            return f"({path})+"
        return f"({path})" if len(parts) > 1 else path

    def _is_of_notes(self, each: Holds) -> bool:
        """Tell whether a property of documents is asked of things of another class, which notes describe."""
        predicate = each.relation.predicate
        term = self._ontology.properties.get(predicate)
        if (
            term is None
            or not term.system
            or not any(KG["Document"] in own for own in self._ontology.domains(predicate))
        ):
            return False
        conditions = (other for other in self._meaning.conditions if isinstance(other, IsA))
        classes = {other.class_iri for other in conditions if other.term == each.subject}
        return not classes <= {KG["Note"], KG["Document"]}

    def _is_a(self, each: IsA) -> Iterator[str]:
        term = self._term(each.term)
        class_iri = self._iri(each.class_iri)
        is_inner = isinstance(each.term, Variable) and each.term != self._meaning.target
        if is_inner:  # `the company that made X` may be something of which nobody has said what it is
            entity = self._iri(KG["Entity"])
            yield f"  FILTER(EXISTS {{ {term} a {class_iri} }}"
            yield f"    || NOT EXISTS {{ {term} a ?other FILTER(?other != {entity}) }})"
        else:
            yield f"  {term} a {class_iri} ."
        if each.word in self._narrow:
            yield f"  FILTER({_narrower(term, each.word, self._iri(self._graph.minter.tag(each.word)), self._iri)})"

    def _with_prefixes(self, lines: list[str]) -> str:
        prefixes = [f"PREFIX {name}: <{PREFIXES[name]}>" for name in sorted(self._prefixes)]
        return "\n".join([*prefixes, *lines])


def _compared(date: str, moment: Moment) -> str:
    if moment.side == "is":
        return f"LCASE(STR({date})) = {Literal(moment.text)}"
    text = f"SUBSTR(STR({date}), 1, {len(moment.text)})"
    signs = {"in": "=", "before": "<", "after": ">", "since": ">="}
    compared = f'{text} {signs[moment.side]} "{moment.text}"'
    if moment.until:
        compared = f'{compared} && SUBSTR(STR({date}), 1, {len(moment.until)}) <= "{moment.until}"'
        if len(moment.until) > len("2019"):  # nor that it is no later than May of it
            compared += f' && (STR({date}) = "{moment.until}" || !STRSTARTS("{moment.until}", STR({date})))'
        return compared
    if moment.side == "before" and len(moment.text) > len("2019"):  # `2019` is not known to be before May of 2019
        return f'{compared} && !STRSTARTS("{moment.text}", STR({date}))'
    return compared


def _narrower(term: str, word: str, tag: str, iri: object) -> str:
    """Say that a sentence, or a tag of its note, calls a thing by the name of something narrower than its class."""
    assert callable(iri)
    sentence = f"{iri(RDF['subject'])} {term} ; {iri(RDF['predicate'])} {iri(RDF['type'])} ; {iri(KG['quote'])} ?said"
    has_word = f"CONTAINS(LCASE(?said), {Literal(word.lower())})"
    if not has_chinese(word):  # `man` is in `manager`
        several = "|".join(_SIGNS.sub(r"\\\g<0>", each) for each in plurals(word.lower()))
        has_word += f" && REGEX(LCASE(?said), {Literal(f'(^|[^a-z])({several})([^a-z]|$)')})"
    tagged = f"?note {iri(KG['describes'])} {term} ; {iri(KG['taggedWith'])} {tag}"
    return f"EXISTS {{ ?saying {sentence} FILTER({has_word}) }} || EXISTS {{ {tagged} }}"


def has_narrower(graph: KnowledgeGraph, class_iri: NamedNode, word: str) -> str:
    """Return a query that tells whether the graph calls anything of a class by a narrower name."""
    tag = str(graph.minter.tag(word))
    return f"ASK {{ ?thing a {class_iri} . FILTER({_narrower('?thing', word, tag, str)}) }}"
