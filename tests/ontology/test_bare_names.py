from __future__ import annotations

from kg.ontology import ClassTerm, Ontology, PropertyTerm, bare_names, load_ontology
from kg.rdf import FOAF, KG, NamedNode

MINE, OTHER = "http://example.org/mine#", "http://example.org/other/"


def ontology(classes: list[NamedNode], properties: list[NamedNode]) -> Ontology:
    return Ontology(
        {iri: ClassTerm(iri) for iri in classes},
        {iri: PropertyTerm(iri, is_data=True) for iri in properties},
        {},
        frozenset(),
        (),
        "",
    )


def test_the_shipped_terms_are_bare() -> None:
    names = bare_names(load_ontology())
    assert (
        names["Person"] == KG["Person"] and names["worksFor"] == KG["worksFor"] and names["Evidence"] == KG["Evidence"]
    )
    assert names["name"] == KG["name"]


def test_on_a_clash_the_users_term_is_bare() -> None:
    mine = NamedNode(f"{MINE}Person")
    assert bare_names(ontology([KG["Person"], mine], [KG["name"]])) == {"Person": mine, "name": KG["name"]}


def test_of_two_of_the_users_terms_the_first_is_bare_whatever_the_order() -> None:
    one, two = NamedNode(f"{MINE}size"), NamedNode(f"{OTHER}size")
    assert bare_names(ontology([], [two, one])) == bare_names(ontology([], [one, two])) == {"size": one}


def test_well_known_vocabularies_keep_their_prefix() -> None:
    assert bare_names(ontology([FOAF["Person"]], [FOAF["name"]])) == {}


def test_names_of_the_system_and_empty_ones_are_nobodys() -> None:
    iris = [NamedNode(f"{MINE}{name}") for name in ("Resource", "iri", "_Home", "", "Ähre")]
    assert bare_names(ontology(iris, [])) == {"Ähre": NamedNode(f"{MINE}Ähre")}
