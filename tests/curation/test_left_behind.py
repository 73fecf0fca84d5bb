"""What another run left behind is made right by the next: a kill, an older store, other rules, a lost cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.curation import (
    Accept,
    Author,
    CurationSettings,
    Curator,
    Merge,
    Rename,
    Request,
    Retype,
    Split,
)
from kg.curation.ontology_graph import ontology_change, ontology_quads
from kg.errors import InputError
from kg.graph import commit
from kg.ingest import forget
from kg.model import Change
from kg.ontology import Ontology, load_ontology
from kg.rdf import KG, RDF, RDFS, XSD, Literal, NamedNode, Quad
from kg.resolution import ResolutionSettings
from tests.ingest.homes import BASE, MINTER, Home, differences, fresh, write
from tests.ingest.test_histories import Fuse, InterruptedRunError, MayHappen

pytestmark = pytest.mark.model

BY = Author("ada", "2026-01-31T12:00:00Z")
NOTES = {
    "Ada.md": b"---\ntype: person\naliases: [Ada Lovelace]\n---\n# Ada\n\nAda works for Acme Robotics.\n",
    "Countess.md": b"---\ntype: person\n---\n# The Countess\n\nThe Countess works for Acme Robotics.\n",
    "Work.md": b"# Work\n\nThe Countess uses Oxigraph. Oxigraph is written in Rust.\n",
}
ADA, COUNTESS = (NamedNode(f"{BASE}note/{name}.md#it") for name in ("Ada", "Countess"))
OUTSIDE = NamedNode("http://example.org/ada")
ROBOT = NamedNode("https://example.org/machines#Robot")
MACHINES = f"""
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://example.org/machines> a owl:Ontology ; owl:imports <https://w3id.org/noemata> .
<{ROBOT.value}> a owl:Class ; rdfs:label "robot"@en ; rdfs:subClassOf <{KG["Person"].value}> .
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home of those notes."""
    write(tmp_path / "vault", NOTES)
    made = fresh(tmp_path / "vault")
    yield made
    made.close()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    """The shipped ontology, and a class more."""
    file = tmp_path_factory.mktemp("ontology") / "machines.ttl"
    file.write_text(MACHINES)
    return load_ontology(file)


def expect_as_from_scratch(home: Home, *written: Quad) -> None:
    """Compare with a home that has the log and what was written, and then reads the files."""
    home.check()
    other = Home(*home.paths)
    if written:
        commit(other.graph, Change(written))
    other.curator().merge_log(home.curator().log())
    other.ingest()
    found, wanted = home.dump(), other.dump()
    other.close()
    if found != wanted:
        pytest.fail(differences(wanted, found))


@pytest.mark.parametrize(
    ("request_", "next_"), [(Merge(ADA, COUNTESS), "decide"), (Retype(ADA, KG["Company"]), "ingest")]
)
def test_a_decision_that_ends_at_any_write_is_completed(
    request_: Request, next_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.curation.curator.QUADS_A_COMMIT", 1)
    write(tmp_path / "vault", NOTES)
    writes, ended = 0, False
    while not ended:
        home = fresh(tmp_path / "vault")
        with MayHappen(), Fuse(home, writes) as fuse:
            home.curator().decide([request_], BY)
        ended = fuse.left >= 0
        if next_ == "ingest":
            home.ingest()
        else:
            home.curator().decide([Rename(COUNTESS, "Lovelace")], BY)
        expect_as_from_scratch(home)
        home.close()
        writes += 1
    assert writes > 4


def test_requests_are_looked_up_in_what_a_killed_decision_meant(home: Home) -> None:
    with pytest.raises(InterruptedRunError), Fuse(home, 2):  # the log has it, and nothing is settled yet
        home.curator().decide([Merge(ADA, COUNTESS)], BY)
    assert len(home.curator().log()) == 1
    (split,) = home.curator().decide([Split(ADA)], BY)
    assert {ADA, COUNTESS} == set(split.target.members)  # type: ignore[union-attr]


def test_requests_are_looked_up_in_what_other_settings_come_to(home: Home) -> None:
    home.curator().decide([Merge(ADA, COUNTESS)], BY)
    other = CurationSettings(resolution=ResolutionSettings(merge=0.99))
    with pytest.raises(InputError, match="already"):
        Curator(home.graph, home.cache, other).decide([Merge(ADA, COUNTESS)], BY)


def test_contrary_classes_are_known_under_other_settings_too(home: Home) -> None:
    home.curator().decide([Retype(ADA, KG["Company"])], BY)
    with pytest.raises(InputError, match="retype"):
        Curator(home.graph, home.cache, CurationSettings(0.3)).decide([Merge(ADA, COUNTESS)], BY)


def test_an_older_store_is_brought_up_to_date_where_a_name_means_something_else(tmp_path: Path) -> None:
    """The file of a note that mentions a name is the same when the name comes to mean something else."""
    vault, folder = tmp_path / "vault", tmp_path / "home"
    write(vault, NOTES)
    home = Home(vault, folder=folder)
    home.ingest()
    home.close()
    shutil.copytree(folder / "store", tmp_path / "older")
    write(vault, {"Stores/Oxigraph.md": b"# Oxigraph\n\nIt keeps quads.\n"})
    home = Home(vault, folder=folder)
    home.ingest()
    home.close()
    shutil.rmtree(folder / "store")
    (tmp_path / "older").rename(folder / "store")
    home = Home(vault, folder=folder)
    home.ingest()
    expect_as_from_scratch(home)
    home.close()


def test_a_class_that_the_ontology_lost_is_decided_of_nothing(machines: Ontology, tmp_path: Path) -> None:
    write(tmp_path / "vault", NOTES)
    home = Home(tmp_path / "vault", folder=tmp_path / "home", with_ontology=machines)
    home.ingest()
    home.curator().decide([Retype(ADA, ROBOT)], BY)
    assert set(home.store.match(ADA, RDF["type"], ROBOT))
    assert home.curator().unapplied() == ()
    home.close()
    home = Home(tmp_path / "vault", folder=tmp_path / "home")
    home.ingest()
    assert not set(home.store.match(ADA, RDF["type"], ROBOT))
    assert len(home.curator().unapplied()) == 1
    expect_as_from_scratch(home)
    home.close()


def test_a_decision_under_an_ontology_that_no_ingest_has_seen(machines: Ontology, tmp_path: Path) -> None:
    """Also when the former ontology comes back, as if the other had never been."""
    write(tmp_path / "vault", NOTES)
    folder = tmp_path / "home"
    home = Home(tmp_path / "vault", folder=folder)
    home.ingest()
    home.close()
    home = Home(tmp_path / "vault", folder=folder, with_ontology=machines)
    home.curator().decide([Rename(ADA, "Augusta")], BY)
    home.check()
    assert ontology_change(home.graph, ontology_quads(home.graph)) == Change()
    home.close()
    home = Home(tmp_path / "vault", folder=folder)
    home.ingest()
    expect_as_from_scratch(home)
    home.close()


def test_what_no_note_speaks_of_can_be_merged_and_renamed_and_lasts(home: Home) -> None:
    user = MINTER.graph("user")
    written = (
        Quad(OUTSIDE, RDFS["label"], Literal("Ada K."), user),
        Quad(OUTSIDE, KG["knows"], COUNTESS, user),
    )
    commit(home.graph, Change(written))
    with pytest.raises(InputError, match="no note speaks of"):
        home.curator().decide([Retype(OUTSIDE, KG["Person"])], BY)
    home.curator().decide([Merge(ADA, OUTSIDE)], BY)
    home.curator().decide([Rename(OUTSIDE, "Augusta")], BY)
    assert home.curator().unapplied() == ()
    with pytest.raises(InputError, match="already"):
        home.curator().decide([Merge(ADA, OUTSIDE)], BY)
    expect_as_from_scratch(home, *written)
    before = home.dump()
    for settings in (CurationSettings(resolution=ResolutionSettings(merge=0.99)), CurationSettings()):
        Curator(home.graph, home.cache, settings).bring_up_to_date()
    assert home.dump() == before
    commit(home.graph, Change(remove=written))
    assert len(home.curator().unapplied()) == 2


def test_without_the_cache_a_decision_changes_nothing_but_the_log_until_the_notes_are_read(home: Home) -> None:
    home.curator().decide([Merge(ADA, COUNTESS)], BY)
    decisions = MINTER.graph("decisions")
    before = [line for line in home.dump().splitlines() if decisions.value not in line]
    home.lose_cache()
    home.curator().decide([Rename(ADA, "Augusta")], BY)
    assert [line for line in home.dump().splitlines() if decisions.value not in line] == before
    home.ingest()
    expect_as_from_scratch(home)


def test_a_decision_completes_the_names_of_a_killed_ingest(home: Home) -> None:
    names = MINTER.graph("names")
    wrong = [Quad(q.subject, q.predicate, Literal("?"), names) for q in home.store.match(ADA, KG["name"], None, names)]
    right = list(home.store.match(ADA, KG["name"], None, names))
    mark = Quad(names, KG["namesPending"], Literal("true", datatype=XSD["boolean"]), names)
    home.store.commit(Change((*wrong, mark), tuple(right)))
    home.curator().decide([Rename(COUNTESS, "Lovelace")], BY)
    assert mark not in set(home.store.match(names))
    expect_as_from_scratch(home)


def test_many_short_names_are_looked_up_in_one_reading(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [
        quad.subject.value.rpartition("#")[2]
        for quad in home.store.match(None, RDF["type"], KG["Evidence"])
        if isinstance(quad.subject, NamedNode)
    ]
    asked: list[object] = []
    match = home.store.match
    monkeypatch.setattr(home.store, "match", lambda *terms, **named: asked.append(terms[1:3]) or match(*terms, **named))
    home.curator().decide([Accept(each) for each in ids], BY)
    assert len(ids) > 3 and asked.count((RDF["type"], KG["Evidence"])) == 1


def test_a_folder_is_forgotten_in_one_commit(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[Change] = []
    commit_ = home.store.commit
    monkeypatch.setattr(home.store, "commit", lambda change: commits.append(change) or commit_(change))
    removed, missing = forget(home.curator(), ["Ada.md", "Work.md", "None.md"])
    assert (removed, missing) == (["Ada.md", "Work.md"], ["None.md"])
    assert sum(any(quad.graph_name.value.startswith(f"{BASE}note/") for quad in c.remove) for c in commits) == 1  # type: ignore[union-attr]
    home.check()
    home.ingest()
    expect_as_from_scratch(home)


def test_what_the_ontology_defines_is_not_retyped(tmp_path: Path) -> None:
    """Nor what it is one with: the ontology would go on to say the other class of it."""
    file = tmp_path / "people.ttl"
    file.write_text(MACHINES + f'<{OUTSIDE.value}> a <{KG["Person"].value}> ; rdfs:label "Ada Byron"@en .\n')
    write(tmp_path / "vault", NOTES)
    home = fresh(tmp_path / "vault", with_ontology=load_ontology(file))
    home.curator().decide([Merge(ADA, OUTSIDE)], BY)
    for iri in (ADA, OUTSIDE):
        with pytest.raises(InputError, match="ontology"):
            home.curator().decide([Retype(iri, KG["Company"])], BY)
    home.close()
