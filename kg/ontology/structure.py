"""What is wrong with the terms of an ontology, whatever logic says: names, domains and ranges, circles, imports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from kg.ontology.axioms import RESERVED, shown
from kg.ontology.checked import Checked
from kg.ontology.findings import Finding
from kg.ontology.hints import extractable
from kg.ontology.model import PropertyTerm, normalise_label
from kg.rdf import KG, OWL, RDFS, SKOS, XSD, Literal, NamedNode, Term, local_name

__all__ = ["structure_findings"]


def structure_findings(checked: Checked) -> Iterator[Finding]:
    """Yield what is wrong with the terms, whatever logic says."""
    if checked.iri is None:
        what = "the file has no `<IRI> a owl:Ontology`; without it others cannot import it. Give it an IRI."
        yield Finding("info", "no-ontology-iri", "", what)
    for imported in checked.missing_imports:
        what = f"the import <{imported}> was not found and is left out; nothing is fetched. Put its file beside this"
        what += " one and name it in catalog-v001.xml (Protégé writes that file), or remove the import."
        yield Finding("warning", "import-missing", imported, what, checked.places.text(imported))
    yield from _missing_labels(checked)
    yield from _shared_labels(checked)
    for predicate, name in ((RDFS["subClassOf"], "subclass"), (RDFS["subPropertyOf"], "subproperty")):
        yield from _circles(checked, predicate, name)
    for prop in checked.ontology.properties.values() if checked.ontology else ():
        if prop.iri in checked.own_terms and extractable(prop) and not prop.iri.value.startswith(RESERVED):
            yield from _property_findings(checked, prop)


def _named_terms(checked: Checked) -> Iterator[tuple[str, NamedNode]]:
    """Yield the file's classes and properties in IRI order; what is deprecated needs nothing any more."""
    true = Literal("true", datatype=XSD["boolean"])
    kinds = {"class": checked.axioms.classes, "property": _properties(checked)}
    for kind, terms in kinds.items():
        for term in sorted(terms & checked.own_terms, key=str):
            deprecated = true in checked.axioms.row(term).get(OWL["deprecated"], ())
            if isinstance(term, NamedNode) and not term.value.startswith(RESERVED) and not deprecated:
                yield kind, term


def _properties(checked: Checked) -> set[Term]:
    return checked.axioms.properties["object"] | checked.axioms.properties["data"]


def _labels(checked: Checked, term: Term, *predicates: NamedNode) -> list[Literal]:
    row = checked.axioms.row(term)
    return [x for p in predicates for x in row.get(p, ()) if isinstance(x, Literal)]


def _missing_labels(checked: Checked) -> Iterator[Finding]:
    for kind, term in _named_terms(checked):
        labels = _labels(checked, term, RDFS["label"], SKOS["prefLabel"])
        languages = [language for language, _ in {(_language(x), x.value) for x in labels if x.value.strip()}]
        line = checked.places.term(term)
        if not languages:
            what = f"the {kind} {shown(term)} has no rdfs:label; its local name is used. Add one a language."
            yield Finding("warning", "no-label", term.value, what, line)
            continue
        for code, language in (("en", "English"), ("zh", "Chinese")):
            if code not in languages:
                what = f"{shown(term)} has no {language} label, so {language} notes name it by its other names only."
                yield Finding("info", f"no-label-{code}", term.value, what, line)
        twice = sorted({x for x in languages if languages.count(x) > 1})
        if twice:
            what = f"{shown(term)} has more than one label in {', '.join(twice)}; which is shown is not fixed."
            yield Finding("info", "two-labels", term.value, f"{what} Make the others skos:altLabel.", line)


def _shared_labels(checked: Checked) -> Iterator[Finding]:
    users: dict[tuple[str, str, str], dict[NamedNode, str]] = defaultdict(dict)
    for kind, terms in (("class", checked.axioms.classes), ("property", _properties(checked))):
        for term in sorted(terms, key=str):
            for label in _labels(checked, term, RDFS["label"], SKOS["prefLabel"], SKOS["altLabel"]):
                key = (kind, _language(label), normalise_label(label.value))
                if isinstance(term, NamedNode) and key[2]:
                    users[key][term] = label.value
    for (kind, language, _), names in users.items():
        own = [term for term in names if term in checked.own_terms]
        if own and len(names) > 1:
            others = " and ".join(shown(term) for term in names if term != own[0])
            text = names[own[0]]
            what = f"the label {text!r}@{language} of {shown(own[0])} is also that of {others}; which {kind} a note"
            what += " means is not clear. Give it to one of them."
            yield Finding("warning", "label-shared", own[0].value, what, checked.places.text(text, own[0]))


def _circles(checked: Checked, predicate: NamedNode, name: str) -> Iterator[Finding]:
    above: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    for s, o in checked.axioms.pairs(predicate):
        if isinstance(s, NamedNode) and isinstance(o, NamedNode):
            above[s].append(o)
    told: set[NamedNode] = set()
    for start in sorted(above, key=str):
        way = None if start in told else _way_back(start, above)
        own = [term for term in way or () if term in checked.own_terms]
        if way and own:
            told.update(way)
            chain = " → ".join(shown(term) for term in (*way, start))
            what = f"{chain} is a circle of {shown(predicate)}, so that all of them mean the same. Remove one step."
            yield Finding("error", f"{name}-circle", own[0].value, what, checked.places.term(own[0]))


def _property_findings(checked: Checked, prop: PropertyTerm) -> Iterator[Finding]:
    """Yield what extraction would like to know about a property."""
    iri, line = prop.iri, checked.places.term(prop.iri)
    for predicate, role in ((RDFS["domain"], "subject"), (RDFS["range"], "object")):
        if prop.is_data and predicate == RDFS["range"] and checked.axioms.row(iri).get(KG["valueKind"]):
            continue
        if not _says(checked, iri, predicate):
            what = f"{shown(iri)} has no {shown(predicate)}, so extraction admits anything as its {role}."
            advice = " Name a class, or kg:Entity if anything is meant."
            if prop.is_data and role == "object":
                advice = " Name a datatype, or say kg:valueKind."
            yield Finding("warning", f"no-{local_name(predicate)}", iri.value, what + advice, line)
    if not prop.triggers and not prop.patterns:
        names = ", ".join(repr(label.text) for label in prop.labels) or f"local name {local_name(iri)!r}"
        what = f"{shown(iri)} has no kg:trigger and no kg:pattern; it is looked for by its names: {names}."
        yield Finding("info", "default-patterns", iri.value, what, line)


def _says(checked: Checked, iri: NamedNode, predicate: NamedNode) -> bool:
    """Tell whether a property or one above it has a domain or range."""
    pending, seen = [iri], {iri}
    while pending:
        row = checked.axioms.row(pending.pop())
        if row.get(predicate):
            return True
        fresh = [p for p in row.get(RDFS["subPropertyOf"], ()) if isinstance(p, NamedNode) and p not in seen]
        seen.update(fresh)
        pending += fresh
    return False


def _language(label: Literal) -> str:
    """Return a label's main language; one without a tag counts as English, as extraction takes it."""
    return (label.language or "en").lower().split("-")[0]


def _way_back(start: NamedNode, above: Mapping[NamedNode, Sequence[NamedNode]]) -> list[NamedNode] | None:
    """Return the shortest circle through a term, beginning with it; None when there is none."""
    ways = {start: [start]}
    pending = [start]
    for term in pending:
        for parent in above.get(term, ()):
            if parent == start:
                return ways[term]
            if parent not in ways:
                ways[parent] = [*ways[term], parent]
                pending.append(parent)
    return None
