"""`kg embed` on a home: a model of its graph, what it says is likely, and the way to review."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")

from kg.home.locks import open_lock, try_lock
from tests.cli.embedding import QUICK, TRAIN, make_home, train
from tests.conftest import RunKg


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("companies"))


@pytest.fixture
def trained(made: Path, home: Path) -> Path:
    """The home of the test, with a graph and a model of it."""
    shutil.copytree(made, home)
    return home


def test_from_a_graph_to_decisions(kg: RunKg, trained: Path, tmp_path: Path) -> None:
    (about,) = kg("embed", "models", "--json").json["home"]
    assert about["folder"] == str(trained / "models" / "default")
    assert {"validation", "test", "test, types"} == set(about["metrics"])
    assert about["staleness"]["share"] == 0
    assert "as the graph is now" in kg("embed", "models").text

    document = kg("embed", "predict", "--least", 0, "-k", 12, "--relation", "uses", "--explain", "--json").json
    found = document["predictions"]
    assert not document["staleness"]["is_stale"]
    assert [each["probability"] for each in found] == sorted((each["probability"] for each in found), reverse=True)
    assert {each["predicate"] for each in found} == {"https://w3id.org/noemata#uses"}
    assert all("/tool" in each["object"] and each["reason"] for each in found)
    assert any(each["text"] == "Person 3 4 · uses · Tool 3" for each in found)
    stated = kg("sparql", "SELECT ?s ?o { ?s kg:uses ?o }", "--json").json["results"]["bindings"]
    known = {(row["s"]["value"], row["o"]["value"]) for row in stated}
    assert known.isdisjoint((each["subject"], each["object"]) for each in found)

    run = kg("embed", "predict", "--about", "Person 3 4", "--relation", "uses", "--least", 0, "--publish", "--json")
    assert run.json["published"] == len(run.json["predictions"]) > 1
    queue = kg("review", "--kind", "prediction", "--json").json["items"]
    assert len(queue) == run.json["published"]
    assert kg("sparql", "ASK { ?s kg:uses ?o FILTER(?s = <https://example.org/person3x4>) }", "--json").json == {
        "head": {},
        "boolean": False,
    }
    accepted, rejected = queue[0], queue[1]
    assert kg("decide", "accept", accepted["id"], "--author", "ada").code == 0
    assert kg("decide", "reject", rejected["id"], "--author", "ada").code == 0
    again = kg("embed", "predict", "--about", "Person 3 4", "--relation", "uses", "--least", 0, "--publish", "--json")
    ends = {each["object"] for each in again.json["predictions"]}
    assert {accepted["object"], rejected["object"]}.isdisjoint(ends)
    waiting = {item["id"] for item in kg("review", "--kind", "prediction", "--json").json["items"]}
    assert {accepted["id"], rejected["id"]}.isdisjoint(waiting)


def test_models_of_a_home_say_when_they_are_stale(kg: RunKg, trained: Path, tmp_path: Path) -> None:
    (trained / "models" / "default").rename(trained / "models" / "small")
    run = kg("embed", "predict")
    assert (run.code, "No trained model 'default'" in run.messages) == (1, True)
    new = "\n".join(f"<https://example.org/new{i}> kg:worksFor <https://example.org/company1> ." for i in range(20))
    assert kg("update", f"INSERT DATA {{ {new} }}").code == 0
    (about,) = kg("embed", "models", "--json").json["home"]
    assert about["staleness"]["new_entities"] == 20
    assert about["staleness"]["is_stale"]
    run = kg("embed", "predict", "small", "--least", 1)
    assert (run.code, "The model is stale: since then 20 new things" in run.messages) == (0, True)

    before = json.loads((trained / "models" / "small" / "model.json").read_text())["entities"]
    assert kg(*TRAIN, "--name", "small").code == 0
    after = json.loads((trained / "models" / "small" / "model.json").read_text())["entities"]
    assert after[: len(before)] == before  # what had an id keeps it
    assert len(after) == len(before) + 20
    (trained / "models" / "small" / "model.json").write_text("{")
    (about,) = kg("embed", "models", "--json").json["home"]
    assert "model.json" in about["problem"]


def test_a_model_of_another_graph_is_not_asked(kg: RunKg, trained: Path, tmp_path: Path) -> None:
    _, other = train(kg, tmp_path)
    for given in (other, "other"):
        if given == "other":
            other.rename(trained / "models" / "other")
        run = kg("embed", "predict", given, "--json")
        assert (run.code, run.json["error"]["type"]) == (2, "ModelMismatchError")
        assert "another one" in run.json["error"]["detail"]
    problems = [about.get("problem", "") for about in kg("embed", "models", "--json").json["home"]]
    assert [bool(problem) for problem in problems] == [False, True]


@pytest.mark.parametrize(
    ("triples", "told"),
    [
        ("", "there are no statements between two things to learn from"),
        (":a kg:knows :b . :b kg:knows :c . :c kg:knows :d", "all 3 statements are of one relation"),
        (":a kg:knows :b . :b kg:worksFor :c", "too few can be held back"),
    ],
)
def test_a_graph_that_nothing_can_be_learnt_from(kg: RunKg, trained: Path, triples: str, told: str) -> None:
    before = {path.name: path.read_bytes() for path in (trained / "models" / "default").iterdir()}
    data = triples.replace(":a ", "<https://example.org/a> ")
    for name in "abcd":
        data = data.replace(f" :{name}", f" <https://example.org/{name}>").replace(
            f". :{name}", f". <https://x.org/{name}>"
        )
    assert kg("update", f"DROP ALL; INSERT DATA {{ {data} }}").code == 0
    run = kg(*TRAIN)
    assert (run.code, told in run.messages) == (2, True), run.messages
    assert str(trained) in run.messages
    assert {path.name: path.read_bytes() for path in (trained / "models" / "default").iterdir()} == before
    run = kg("embed", "predict")
    assert (run.code, "another one" in run.messages) == (2, True)


def test_names_that_mean_nothing(kg: RunKg, trained: Path) -> None:
    run = kg(*TRAIN, "--name", "a/b")
    assert (run.code, "is a path" in run.messages) == (2, True)
    run = kg("embed", "predict", "--about", "Persn 3 4")
    assert (run.code, "person 3 4" in run.messages.lower()) == (1, True)
    run = kg("embed", "predict", "--relation", "work for")
    assert (run.code, "works for" in run.messages) == (1, True)
    run = kg("embed", "predict", "--least", "nan")
    assert (run.code, "--least" in run.messages) == (2, True)


def test_a_relation_is_found_by_the_name_of_its_inverse(kg: RunKg, trained: Path) -> None:
    asked = [kg("embed", "predict", "--relation", name, "-k", 3, "--least", 0) for name in ("worksFor", "employs")]
    assert asked[0].code == 0 and asked[0].text.count("works for") == 3
    assert asked[1].text == asked[0].text


def test_two_trainings_do_not_write_one_model(kg: RunKg, trained: Path) -> None:
    folder = trained / "models" / "default"
    with open_lock(folder / "training.lock") as lock:
        assert try_lock(lock, exclusive=True)
        run = kg(*TRAIN)
        assert (run.code, "in use by another `kg embed train`" in run.messages) == (4, True), run.messages
    assert kg(*TRAIN).code == 0
    assert not (folder / "training.lock").exists()
    assert kg(*TRAIN, "--device", "cuda:7", "--name", "new").code == 2
    assert not (trained / "models" / "new").exists()


def test_a_map_of_a_home_has_names_and_classes(kg: RunKg, trained: Path, tmp_path: Path) -> None:
    run = kg("embed", "plot", "--out", tmp_path / "map.html")
    assert run.code == 0, run.messages
    page = (tmp_path / "map.html").read_text("utf-8")
    assert all(told in page for told in ("Person 3 4", "Company 2", "company"))


def test_without_a_home_there_is_nothing_to_learn(kg: RunKg) -> None:
    run = kg("embed", "train", *QUICK)
    assert (run.code, "There is no home" in run.messages) == (2, True)
