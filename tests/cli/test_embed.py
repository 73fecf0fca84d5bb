"""`kg embed` on files of triples: training, evaluation, prediction, and what goes wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from kg.embeddings import (
    CheckpointFolder,
    Epoch,
    TrainingData,
    TrainingSettings,
    Triples,
    encode,
    engine_for,
    load_model,
    read_triples,
)
from tests.cli.embedding import QUICK, train, write_triples
from tests.conftest import RunKg
from tests.embeddings.small import family_tree


def lines(path: Path) -> list[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in path.read_text("utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def ranks(answers: Iterator[dict[str, Any]], known: set[tuple[str, ...]]) -> Iterator[float]:
    """Rank the answers by hand: realistic, without what else is known to be right."""
    for answer in answers:
        side = "tail" if "head" in answer else "head"
        right = answer["right"]

        def triple(entity: str, side: str = side, answer: dict[str, Any] = answer) -> tuple[str, ...]:
            whole = {**answer, side: entity}
            return whole["head"], whole["relation"], whole["tail"]

        scores = {found["entity"]: found["score"] for found in answer["predictions"]}
        others = [score for name, score in scores.items() if name != right and triple(name) not in known]
        own = scores[right]
        yield 1 + sum(score > own for score in others) + 0.5 * sum(score == own for score in others)


def test_a_model_is_trained_evaluated_and_asked(kg: RunKg, tmp_path: Path) -> None:
    run, model = train(kg, tmp_path, "--json")
    assert run.code == 0, run.messages
    assert {"model": "complex", "engine": "1vsall", "relations": 3}.items() <= run.json.items()
    assert 0 < run.json["metrics"]["validation"]["mrr"] <= 1
    assert sorted(path.suffix for path in model.iterdir()) == [".json", ".safetensors"]  # no checkpoint is left

    learnt, valid, test = write_triples(tmp_path)
    run = kg("embed", "evaluate", model, "--triples", test, "--relations")
    figures = run.json
    assert run.code == 0
    assert (figures["triples"], figures["unknown"]) == (5, 0)
    assert set(figures["relations"]) <= {"generation", "parentOf", "siblingOf"}

    asked = lines(test)
    queries = [{"head": h, "relation": r, "right": t} for h, r, t in asked]
    queries += [{"relation": r, "tail": t, "right": h} for h, r, t in asked]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    run = kg("embed", "predict", model, "--queries", tmp_path / "queries.jsonl", "-k", 0)
    answers = [json.loads(line) for line in run.text.splitlines()]
    assert [{key: value for key, value in answer.items() if key != "predictions"} for answer in answers] == queries
    names = sorted({name for head, _, tail in lines(learnt) for name in (head, tail)})
    for answer in answers:
        scores = [found["score"] for found in answer["predictions"]]
        assert scores == sorted(scores, reverse=True)
        assert sorted(found["entity"] for found in answer["predictions"]) == names
    known = {*lines(learnt), *lines(valid), *asked}
    found = list(ranks(iter(answers), known))
    assert figures["mrr"] == pytest.approx(sum(1 / rank for rank in found) / len(found))
    assert figures["hits@1"] == pytest.approx(sum(rank <= 1 for rank in found) / len(found))
    unfiltered = list(ranks(iter(answers), set()))
    assert sum(unfiltered) > sum(found)  # what is known does count where it is not left out


def test_the_best_predictions_and_new_ones(kg: RunKg, tmp_path: Path) -> None:
    _, model = train(kg, tmp_path)
    query = json.dumps({"head": "p1.0", "relation": "parentOf"})
    best, two, new = (
        kg("embed", "predict", model, "--queries", "-", *more, stdin=f"\n{query}\r\n\n").json["predictions"]
        for more in ((), ("-k", 2), ("-k", 0, "--new"))
    )
    assert len(best) == 10
    assert two == best[:2]
    assert {"p2.0", "p2.1"} & {found["entity"] for found in two}
    assert {"p2.0", "p2.1"}.isdisjoint(found["entity"] for found in new)


def test_validation_triples_that_are_learnt_are_told(kg: RunKg, tmp_path: Path) -> None:
    run, _ = train(kg, tmp_path)
    assert "looks better" not in run.messages
    learnt, valid, _ = write_triples(tmp_path)
    learnt.write_text(learnt.read_text() + valid.read_text().splitlines()[0] + "\n")
    run = kg("embed", "train", "--triples", learnt, "--valid", valid, "--out", tmp_path / "other", *QUICK)
    assert (run.code, f"1 triples of {valid} are in {learnt} too" in run.messages) == (0, True), run.messages


def test_a_query_that_cannot_be_answered_has_an_error_in_its_place(kg: RunKg, tmp_path: Path) -> None:
    _, model = train(kg, tmp_path)
    wrong = {
        '{"head": "nobody", "relation": "parentOf"}': "The entity 'nobody' was not among the training triples",
        '{"head": "p1.0", "relation": "loves"}': "The relation 'loves' was not among the training triples",
        '{"head": "p1.0", "relation": "parentOf", "tail": "p2.0"}': "either a head or a tail",
        '{"head": "p1.0"}': "either a head or a tail",
        '{"head": 7, "relation": "parentOf"}': "line 5: 'head' must be a text",
        "[1]": "line 6: is no JSON object",
        "nonsense": "line 7: is not JSON",
        '{"head": "\\ud800", "relation": "parentOf"}': "was not among the training triples",
        "[" * 100_000: "line 9: has brackets in brackets",
        '{"head": "p1.0", "relation": "parentOf", "id": 1}': "",
    }
    run = kg("embed", "predict", model, "--queries", "-", stdin="\n".join(wrong))
    answers = [json.loads(line) for line in run.text.splitlines()]
    assert run.code == 2
    for answer, told in zip(answers, wrong.values(), strict=True):
        assert told in answer.get("error", {}).get("detail", "")
        assert bool(told) == (answer["predictions"] == [])
    assert answers[-1]["id"] == 1


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--learning-rate", "1e6"), "diverged"),
        (("--device", "cuda:7"), "GPU"),
        (("--device", "toaster"), "it is auto, cpu, cuda, cuda:0 or mps"),
        (("--model", "complx"), "Did you mean 'complex'?"),
        (("--engine", "none"), "No embedding engine is called 'none'. Known: 1vsall, pykeen."),
        (("--dim", "15"), "even number"),
        (("--epochs", "0"), "at least 1"),
        (("--threads", "100000"), "to 256"),
        (("--resume", "--name", "x"), "two places"),
    ],
)
def test_what_cannot_be_trained_leaves_the_old_model(
    kg: RunKg, tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    _, model = train(kg, tmp_path)
    before = contents(model)
    run, _ = train(kg, tmp_path, *flags)
    assert run.code == 2
    assert told in run.messages
    assert {name: content for name, content in contents(model).items() if "checkpoint" not in name} == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_where_one_was_asked_for(kg: RunKg, tmp_path: Path) -> None:
    run, model = train(kg, tmp_path, "--device", "cuda", "--json")
    assert (run.code, run.json["error"]["type"]) == (2, "TrainingError")
    assert "torch sees no GPU here" in run.json["error"]["detail"]
    assert not (model / "model.json").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "there are no triples to learn from"),
        ("a\tlikes\n", "train.tsv:1: head, relation and tail with tabs between are needed; there are 2 columns"),
        ("a\tlikes\tb\na\t\tb\n", "train.tsv:2: the relation is empty"),
        ("a\tlikes\ta\n", "there is one entity only"),
        ("a\tlikes\tb\nb\tlikes\tc\n", "all 2 statements are of one relation, 'likes'"),
        ("a\tlikes\tb\nb\thates\tc\n", "too few can be held back"),
    ],
)
def test_triples_that_nothing_can_be_learnt_from(kg: RunKg, tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "train.tsv"
    file.write_text(content)
    valid = ("--valid", file) if "only" in told else ()
    run = kg("embed", "train", "--triples", file, *valid, "--out", tmp_path / "model", *QUICK)
    assert run.code == 2
    assert told in run.messages
    assert str(file) in run.messages
    assert not (tmp_path / "model" / "model.json").exists()


def test_one_relation_is_enough_with_a_file_to_validate_on(kg: RunKg, tmp_path: Path) -> None:
    learnt, valid = tmp_path / "train.tsv", tmp_path / "valid.tsv"
    learnt.write_text("".join(f"n{i}\tnext\tn{i + 1}\n" for i in range(9)))
    valid.write_text("n0\tnext\tn2\nn0\tnext\tnowhere\n")
    run = kg("embed", "train", "--triples", learnt, "--valid", valid, "--out", tmp_path / "model", *QUICK)
    assert run.code == 0
    assert f"1 of 2 triples of {valid} are left out" in run.messages


def test_without_validation_a_part_is_set_aside(kg: RunKg, tmp_path: Path) -> None:
    learnt = tmp_path / "all.tsv"
    learnt.write_text("".join("\t".join(triple) + "\n" for triple in family_tree(7)))
    run = kg("embed", "train", "--triples", learnt, "--out", tmp_path / "model", *QUICK, "--json")
    assert run.code == 0, run.messages
    assert {"validation", "test"} <= set(run.json["metrics"])
    assert load_model(tmp_path / "model").calibration is not None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("train", "--triples", "train.tsv"), "--triples needs --out DIR"),
        (("train", "--valid", "valid.tsv"), "--valid needs --triples"),
        (("predict", "model", "--queries", "train.tsv", "--publish"), "goes with -k and --new alone"),
        (("predict", "model", "--new"), "--new goes with --queries"),
        (("evaluate", "model"), "Missing option '--triples'"),
    ],
)
def test_flags_that_do_not_go_together(
    kg: RunKg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    write_triples(tmp_path)
    monkeypatch.chdir(tmp_path)
    run = kg("embed", *words)
    assert run.code == 2
    assert told in run.messages


def test_a_model_that_is_not_there(kg: RunKg, tmp_path: Path) -> None:
    _, _, test = write_triples(tmp_path)
    assert kg("embed", "evaluate", tmp_path / "none", "--triples", test).code == 1
    assert "There is no home" in kg("embed", "predict").messages
    kg("init")
    assert kg("embed", "predict").code == 1


def test_triples_of_another_graph(kg: RunKg, tmp_path: Path) -> None:
    _, model = train(kg, tmp_path)
    other = tmp_path / "other.tsv"
    other.write_text("Ada\tworksFor\tAcme\n")
    run = kg("embed", "evaluate", model, "--triples", other, "--json")
    assert run.code == 2
    assert "it was trained on another graph" in run.json["error"]["detail"]
    other.write_text("Ada\tworksFor\tAcme\np1.0\tparentOf\tp2.0\n")
    run = kg("embed", "evaluate", model, "--triples", other)
    assert (run.json["triples"], run.json["unknown"]) == (1, 1)
    assert "1 of 2 triples are left out" in run.messages


class _StoppedError(Exception):
    pass


def interrupt(folder: Path, seed: int = 3, at: int = 10) -> None:
    """Leave behind what a run leaves that is stopped after some epochs."""
    learnt, valid, _ = write_triples(folder)
    triples = Triples.from_names(read_triples(learnt))
    validation = encode(read_triples(valid), triples.entities, triples.relations).triples
    settings = TrainingSettings(dim=16, epochs=20, threads=1, device="cpu", seed=seed)

    def stop(epoch: Epoch) -> None:
        if epoch.number == at:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        engine_for(settings).train(
            settings, TrainingData(triples, validation), stop, CheckpointFolder(folder / "stopped")
        )


def test_a_run_is_taken_up_again(kg: RunKg, tmp_path: Path) -> None:
    _, whole = train(kg, tmp_path, "--seed", 3, out="whole")
    interrupt(tmp_path)
    run, resumed = train(kg, tmp_path, "--seed", 3, "--resume", out="stopped")
    assert run.code == 0
    first, second = (next(folder.glob("model-*.safetensors")).read_bytes() for folder in (whole, resumed))
    assert first == second
    run, _ = train(kg, tmp_path, "--resume", out="stopped")
    assert (run.code, "No run was interrupted" in run.messages) == (0, True)


def test_another_run_is_not_taken_up(kg: RunKg, tmp_path: Path) -> None:
    train(kg, tmp_path, out="stopped")
    before = contents(tmp_path / "stopped")
    interrupt(tmp_path)
    run, model = train(kg, tmp_path, "--seed", 4, "--resume", out="stopped")
    assert run.code == 2
    assert "checkpoint's run (settings and triples)" in run.messages
    assert before.items() <= contents(model).items()
    run, _ = train(kg, tmp_path, "--seed", 4, out="stopped")  # without --resume training begins anew
    assert run.code == 0


def test_without_torch_training_says_what_is_missing_and_asking_goes_on(
    kg: RunKg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model = train(kg, tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("kg.embeddings.scoring.one_vs_all")]:
        monkeypatch.delitem(sys.modules, name)
    run, _ = train(kg, tmp_path, out="other")
    assert (run.code, "noemata[embed]" in run.messages) == (2, True)
    _, _, test = write_triples(tmp_path)
    assert kg("embed", "evaluate", model, "--triples", test).code == 0
    query = json.dumps({"head": "p1.0", "relation": "parentOf"})
    assert kg("embed", "predict", model, "--queries", "-", stdin=query).code == 0


def test_what_a_search_found_is_trained_with(kg: RunKg, tmp_path: Path) -> None:
    learnt, valid, _ = write_triples(tmp_path)
    file = tmp_path / "best.json"
    flags = ("--triples", learnt, "--valid", valid, *QUICK, "--trials", 2)
    run = kg("embed", "tune", *flags, "--out", file)
    assert run.code == 0, run.messages
    assert f"kg embed train --settings {file}" in run.text
    again = kg("embed", "tune", *flags, "--json").json
    assert json.loads(file.read_text()) == again["best"]
    run = kg(
        "embed", "train", "--triples", learnt, "--valid", valid, "--settings", file, "--out", tmp_path / "m", "--json"
    )
    assert run.code == 0
    assert run.json["metrics"]["validation"]["mrr"] == pytest.approx(again["mrr"])
    file.write_text('{"dim": "many"}')
    run = kg("embed", "train", "--triples", learnt, "--settings", file, "--out", tmp_path / "m")
    assert (run.code, "of the wrong kind" in run.messages) == (2, True)
    file.write_text('{"width": 7}')
    run = kg("embed", "train", "--triples", learnt, "--settings", file, "--out", tmp_path / "m")
    assert (run.code, "width" in run.messages) == (2, True)


def test_a_map_and_a_curve_are_drawn(kg: RunKg, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    _, model = train(kg, tmp_path)
    run = kg("embed", "plot", model, "--out", tmp_path / "map.html", "--json")
    assert run.code == 0
    page = (tmp_path / "map.html").read_text("utf-8")
    assert run.json == {"file": str(tmp_path / "map.html"), "bytes": len(page.encode()), "points": 36}
    assert all(told in page for told in ("p1.0", "parentOf", "On validation triples", "loss"))
    assert "http://" not in page.replace("http://www.w3.org/", "")
    kg("embed", "plot", model, "--out", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "map.html").read_bytes()
    assert kg("embed", "plot", model, "--out", tmp_path / "map.png", "--points", 5).code == 0
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    run = kg("embed", "plot", model, "--out", tmp_path / "map.jpg")
    assert (run.code, ".png" in run.messages) == (2, True)


def test_models_that_can_be_trained_are_listed_without_a_home(kg: RunKg) -> None:
    document = kg("embed", "models", "--json").json
    assert document["home"] == []
    assert {"name": "complex", "engines": ["1vsall", "pykeen"]}.items() <= document["models"][3].items()
    assert document["engines"] == {"1vsall": True, "pykeen": True}
    shown = kg("embed", "models").text
    assert "rotate" in shown and "pip install" not in shown


def test_without_the_extra_models_say_that_training_needs_it(kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("torch", "pykeen"):
        monkeypatch.setitem(sys.modules, library, None)
    assert kg("embed", "models", "--json").json["engines"] == {"1vsall": False, "pykeen": False}
    assert "Training by 1vsall or pykeen needs the extra 'embed': pip install" in kg("embed", "models").text
