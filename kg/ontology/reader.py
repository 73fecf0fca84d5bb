"""From ontology files to an `Ontology`: triples in, terms out. The user's file is never rewritten."""

from __future__ import annotations

import hashlib
import importlib.resources
import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph

from kg.errors import OntologyError
from kg.ontology.model import ClassTerm, Individual, Label, Ontology, PropertyTerm
from kg.rdf import KG, OWL, RDF, RDFS, SKOS, XSD, BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, parse

__all__ = ["SHIPPED", "load_ontology", "read_triples", "shipped_file"]

SHIPPED = "https://w3id.org/noemata"
"""The IRI of our own ontology; a user's file that imports it extends it."""

_OTHER_SYNTAXES = {
    "Prefix(": "OWL functional syntax",
    "Ontology(": "OWL functional syntax",
    "Prefix:": "Manchester syntax",
    "Ontology:": "Manchester syntax",
    "format-version:": "OBO format",
    "\\documentclass": "LaTeX",
}

Node = NamedNode | BlankNode
Facts = dict[Node, dict[NamedNode, list[Term]]]


def shipped_file(name: str) -> Path:
    """Return the path of a file of the shipped `ontology/` folder."""
    return Path(str(importlib.resources.files("ontology").joinpath(name)))


def _syntax(path: Path, content: bytes) -> RdfFormat:
    head = content.lstrip(b"\xef\xbb\xbf").lstrip()[:2000].decode("utf-8", "replace")
    for start, name in _OTHER_SYNTAXES.items():
        if head.startswith(start):
            raise OntologyError(str(path), f"this is {name}; in Protégé choose File > Save as… > Turtle or RDF/XML")
    if head.startswith("<") and re.match(r"<(\?xml|!DOCTYPE|!--|rdf:RDF|Ontology)", head):
        if re.search(r"<Ontology\b", head) and "rdf:RDF" not in head:
            raise OntologyError(str(path), "this is OWL/XML; in Protégé choose File > Save as… > Turtle or RDF/XML")
        return RdfFormat.RDF_XML
    by_suffix = {".nt": RdfFormat.N_TRIPLES, ".jsonld": RdfFormat.JSON_LD}
    return by_suffix.get(path.suffix.lower(), RdfFormat.TURTLE)


def read_triples(path: Path) -> list[Triple]:
    """Read an ontology file as triples (Turtle, RDF/XML, N-Triples or JSON-LD).

    Raises:
        OntologyError: the file is missing or in another syntax. RdfSyntaxError: with line and column.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OntologyError(str(path), f"the ontology file cannot be read: {error.strerror}") from error
    content = content.removeprefix(b"\xef\xbb\xbf")
    quads = parse(content, _syntax(path, content), str(path), base_iri=path.resolve().as_uri())
    own = f"f{hashlib.sha256(content).hexdigest()[:12]}"  # two files may use one label for different things
    return [Triple(_apart(q.subject, own), q.predicate, _apart(q.object, own)) for q in quads]


def _apart(term: Term, prefix: str) -> Any:
    return BlankNode(f"{prefix}{term.value}") if isinstance(term, BlankNode) else term


def load_ontology(path: Path | None = None) -> Ontology:
    """Return the shipped ontology, or a user's file that extends it or replaces its domain part.

    A file that has `owl:imports <https://w3id.org/noemata>` extends ours; else only our system terms
    (those marked `kg:system true`) are kept beside it. Other imports are looked up in the
    `catalog-v001.xml` beside the file; nothing is fetched. The shipped one is loaded once in a process.
    """
    return _shipped() if path is None else _load(path)


@cache
def _shipped() -> Ontology:
    return _load(None)


@cache
def _ours() -> tuple[Triple, ...]:
    return tuple(read_triples(shipped_file("kg.ttl")))


def _load(path: Path | None) -> Ontology:
    folder = shipped_file("kg.ttl").parent
    problems: list[str] = []
    triples: Iterable[Triple] = _ours()
    if path is not None:
        folder = path.resolve().parent
        theirs, extends = _with_imports(path, problems)
        triples = [*theirs, *(_ours() if extends else _system_part(_ours()))]
    canonical = _canonical_blank_nodes(triples)
    facts: Facts = defaultdict(lambda: defaultdict(list))
    for triple in canonical:
        facts[triple.subject][triple.predicate].append(triple.object)  # type: ignore[index]
    digest = hashlib.sha256("\n".join(sorted(map(str, canonical))).encode())
    classes = _classes(facts, folder, digest.update)
    return Ontology(
        classes=classes,
        properties=_properties(facts),
        individuals=_individuals(facts, classes),
        disjoint_pairs=frozenset(_disjoint_pairs(facts)),
        triples=tuple(canonical),
        digest=digest.hexdigest(),
        problems=tuple(problems),
    )


def _with_imports(path: Path, problems: list[str]) -> tuple[list[Triple], bool]:
    """Read a file and the files it imports; tell whether ours is among them."""
    triples: list[Triple] = []
    extends = False
    pending, seen = [path.resolve()], set()
    while pending:
        file = pending.pop()
        if file in seen:
            continue
        seen.add(file)
        own = read_triples(file)
        triples += own
        catalog = _catalog(file.parent)
        for triple in own:
            if triple.predicate != OWL["imports"] or not isinstance(triple.object, NamedNode):
                continue
            imported = triple.object.value
            if imported.rstrip("#/") == SHIPPED or imported.startswith(SHIPPED + "/"):
                extends = True
            elif imported in catalog:
                pending.append(catalog[imported])
            else:
                problems.append(f"{file}: the import <{imported}> is in no catalog-v001.xml beside it; it was left out")
    return triples, extends


def _catalog(folder: Path) -> dict[str, Path]:
    file = folder / "catalog-v001.xml"
    if not file.is_file():
        return {}
    try:
        root = ElementTree.fromstring(file.read_bytes())
    except ElementTree.ParseError as error:
        raise OntologyError(
            str(file), f"the catalog is not well-formed XML: {error}", line=error.position[0]
        ) from error
    rows = [(e.get("name"), e.get("uri")) for e in root.iter() if e.tag.endswith("}uri") or e.tag == "uri"]
    return {name: (folder / uri).resolve() for name, uri in rows if name and uri and "://" not in uri}


def _system_part(triples: Sequence[Triple]) -> list[Triple]:
    """Keep the triples of the terms marked `kg:system true`, without references to other terms of ours."""
    system: set[Term] = {
        t.subject
        for t in triples
        if t.predicate == KG["system"] and t.object == Literal("true", datatype=XSD["boolean"])
    }
    annotations: set[Term] = {t.subject for t in triples if t.object == OWL["AnnotationProperty"]}
    kept = system | annotations
    ours: set[Term] = {
        t.subject for t in triples if isinstance(t.subject, NamedNode) and t.subject.value.startswith(str(KG))
    }
    return [t for t in triples if t.subject in kept and (t.object not in ours or t.object in kept)]


def _canonical_blank_nodes(triples: Iterable[Triple]) -> list[Triple]:
    dataset = pyoxigraph.Dataset(pyoxigraph.Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted((quad.triple for quad in dataset), key=str)


def _texts(values: Iterable[Term]) -> tuple[Label, ...]:
    found = [Label(v.value, v.language or "") for v in values if isinstance(v, Literal)]
    return tuple(sorted(set(found), key=lambda label: (label.language, label.text)))


def _labels(facts: Facts, iri: Node) -> tuple[Label, ...]:
    row = facts[iri]
    preferred = _texts(row[RDFS["label"]] + row[SKOS["prefLabel"]])
    known = {(label.text, label.language) for label in preferred}
    other = (Label(x.text, x.language, preferred=False) for x in _texts(row[SKOS["altLabel"]]))
    return preferred + tuple(label for label in other if (label.text, label.language) not in known)


def _named(values: Iterable[Term]) -> tuple[NamedNode, ...]:
    return tuple(sorted({v for v in values if isinstance(v, NamedNode)}, key=lambda iri: iri.value))


def _flag(facts: Facts, iri: Node, name: str, default: bool) -> bool:
    values = [value.value for value in facts[iri][KG[name]] if isinstance(value, Literal)]
    return default if not values else values[0] in ("true", "1")


def _minimum(facts: Facts, iri: Node) -> float | None:
    values = [v for v in facts[iri][KG["minConfidence"]] if isinstance(v, Literal)]
    if not values:
        return None
    try:
        return float(values[0].value)
    except ValueError as error:
        name = iri.value if isinstance(iri, NamedNode) else str(iri)
        raise OntologyError("ontology", f"kg:minConfidence {values[0].value!r} is no number", name) from error


def _subjects(facts: Facts, *types: NamedNode) -> list[NamedNode]:
    wanted = set(types)
    found = [s for s in facts if isinstance(s, NamedNode) and wanted.intersection(facts[s][RDF["type"]])]
    return sorted(found, key=lambda iri: iri.value)


def _classes(facts: Facts, folder: Path, update_digest: object) -> dict[NamedNode, ClassTerm]:
    return {
        iri: ClassTerm(
            iri=iri,
            labels=_labels(facts, iri),
            parents=_parents(facts, iri),
            ner_labels=tuple(label.text for label in _texts(facts[iri][KG["nerLabel"]])),
            gazetteer=tuple(_gazetteer(facts, iri, folder, update_digest)),
            min_confidence=_minimum(facts, iri),
            extract=_flag(facts, iri, "extract", True),
            system=_flag(facts, iri, "system", False),
        )
        for iri in _subjects(facts, OWL["Class"], RDFS["Class"])
    }


def _parents(facts: Facts, iri: NamedNode) -> tuple[NamedNode, ...]:
    """Return the named superclasses: of rdfs:subClassOf, of equivalent classes and of intersections."""
    parents = set(_named(facts[iri][RDFS["subClassOf"]])) | set(_named(facts[iri][OWL["equivalentClass"]]))
    for node in facts[iri][RDFS["subClassOf"]] + facts[iri][OWL["equivalentClass"]]:
        if isinstance(node, BlankNode):
            for members in facts[node][OWL["intersectionOf"]]:
                parents |= set(_named(_members(facts, members)))
    return tuple(sorted(parents - {iri, OWL["Thing"]}, key=lambda parent: parent.value))


def _gazetteer(facts: Facts, iri: NamedNode, folder: Path, update_digest: object) -> Iterator[str]:
    """Yield the names of the files that kg:gazetteer gives, relative to the ontology file."""
    for value in sorted(facts[iri][KG["gazetteer"]], key=str):
        name = value.value if isinstance(value, Literal | NamedNode) else ""
        file = Path(name.removeprefix("file://")) if name.startswith("file://") else folder / name
        shipped = shipped_file(name) if "://" not in name else file
        chosen = file if file.is_file() else shipped
        if not chosen.is_file():
            raise OntologyError(
                "ontology", f"the gazetteer file {name!r} is not there; it is looked up beside the ontology", iri.value
            )
        content = chosen.read_text("utf-8")
        update_digest(content.encode())  # type: ignore[operator]
        for line in content.splitlines():
            term = line.strip()
            if term and not term.startswith("#"):
                yield term


def _members(facts: Facts, head: Term) -> list[Term]:
    """Return the members of an RDF list.

    Raises:
        OntologyError: the list has no end, or comes back to itself.
    """
    members: list[Term] = []
    seen: set[Term] = set()
    while head != RDF["nil"]:
        row = facts.get(head) if isinstance(head, BlankNode | NamedNode) else None
        if row is None or head in seen or len(row[RDF["first"]]) != 1 or len(row[RDF["rest"]]) != 1:
            raise OntologyError("ontology", "an RDF list is broken: each node needs one rdf:first and one rdf:rest")
        seen.add(head)
        members.append(row[RDF["first"]][0])
        head = row[RDF["rest"]][0]
    return members


def _alternatives(facts: Facts, values: list[Term]) -> tuple[frozenset[NamedNode], ...]:
    """Return one set of alternatives for each domain or range axiom; owl:Thing says nothing."""
    axioms = []
    for value in values:
        if isinstance(value, NamedNode):
            axioms.append(frozenset((value,)))
        elif isinstance(value, BlankNode) and facts[value][OWL["unionOf"]]:
            axioms.append(frozenset(_named(_members(facts, facts[value][OWL["unionOf"]][0]))))
    return tuple(sorted((a for a in axioms if a and OWL["Thing"] not in a), key=lambda a: sorted(x.value for x in a)))


_VALUE_KINDS = {
    "date": "date", "dateTime": "date", "dateTimeStamp": "date", "gYear": "date", "gYearMonth": "date",
    "integer": "number", "decimal": "number", "double": "number", "float": "number", "int": "number", "long": "number",
    "nonNegativeInteger": "number", "positiveInteger": "number", "anyURI": "url",
}  # fmt: skip


def _value_kind(facts: Facts, iri: NamedNode) -> str | None:
    hints = [v.value for v in facts[iri][KG["valueKind"]] if isinstance(v, Literal)]
    if hints:
        return hints[0]
    ranges = [v.value for v in facts[iri][RDFS["range"]] if isinstance(v, NamedNode) and v.value.startswith(str(XSD))]
    return _VALUE_KINDS.get(ranges[0].removeprefix(str(XSD)), "text") if ranges else None


def _is_data(facts: Facts, iri: NamedNode) -> bool:
    types = facts[iri][RDF["type"]]
    if OWL["ObjectProperty"] in types:
        return False
    ranges = facts[iri][RDFS["range"]]
    return OWL["DatatypeProperty"] in types or any(
        isinstance(r, NamedNode) and r.value.startswith(str(XSD)) for r in ranges
    )


def _properties(facts: Facts) -> dict[NamedNode, PropertyTerm]:
    inverses: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for iri in _subjects(facts, OWL["ObjectProperty"]):
        for other in _named(facts[iri][OWL["inverseOf"]]):
            inverses[iri].add(other)
            inverses[other].add(iri)
    found = {}
    for iri in _subjects(facts, OWL["ObjectProperty"], OWL["DatatypeProperty"], RDF["Property"]):
        row = facts[iri]
        is_data = _is_data(facts, iri)
        found[iri] = PropertyTerm(
            iri=iri,
            is_data=is_data,
            labels=_labels(facts, iri),
            parents=_named(row[RDFS["subPropertyOf"]]),
            inverses=tuple(sorted(inverses[iri], key=lambda other: other.value)),
            domains=_alternatives(facts, row[RDFS["domain"]]),
            ranges=_alternatives(facts, row[RDFS["range"]]),
            symmetric=OWL["SymmetricProperty"] in row[RDF["type"]],
            value_kind=_value_kind(facts, iri) if is_data else None,
            triggers=_texts(row[KG["trigger"]]),
            patterns=_texts(row[KG["pattern"]]),
            not_patterns=_texts(row[KG["notPattern"]]),
            examples=_texts(row[KG["example"]]),
            counter_examples=_texts(row[KG["counterExample"]]),
            min_confidence=_minimum(facts, iri),
            extract=_flag(facts, iri, "extract", True),
            system=_flag(facts, iri, "system", False),
        )
    return found


def _individuals(facts: Facts, classes: dict[NamedNode, ClassTerm]) -> dict[NamedNode, Individual]:
    found = {}
    for iri in sorted((s for s in facts if isinstance(s, NamedNode)), key=lambda s: s.value):
        types = [c for c in _named(facts[iri][RDF["type"]]) if c in classes]
        labels = _labels(facts, iri)
        if types and labels and iri not in classes:
            found[iri] = Individual(iri, labels, types[0])
    return found


def _disjoint_pairs(facts: Facts) -> Iterator[frozenset[NamedNode]]:
    for subject, row in list(facts.items()):
        for other in row[OWL["disjointWith"]]:
            if isinstance(subject, NamedNode) and isinstance(other, NamedNode):
                yield frozenset((subject, other))
        groups = row[OWL["members"]] if OWL["AllDisjointClasses"] in row[RDF["type"]] else []
        for group in [*groups, *row[OWL["disjointUnionOf"]]]:
            members = _named(_members(facts, group))
            yield from (frozenset((a, b)) for i, a in enumerate(members) for b in members[i + 1 :])
