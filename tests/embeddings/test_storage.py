"""Models come back as they were written, mapped from their file, and are refused by name where they do not fit."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kg.embeddings import (
    Checkpoint,
    CheckpointFolder,
    Epoch,
    Metrics,
    TrainedModel,
    Triples,
    load_model,
    save_model,
    scorer_of,
)
from kg.embeddings.errors import ModelCorruptError, ModelMismatchError
from kg.embeddings.tensorfile import read_tensors, write_tensors
from tests.embeddings.small import family_tree, model_of

TRIPLES = Triples.from_names(family_tree(3))
HISTORY = (Epoch(1, 2, 0.5, 1.25), Epoch(2, 2, 0.25, 2.5, Metrics(0.5, 0.25, 0.5, 1.0, 3.5, 12)))


def model(seed: int = 0, dim: int = 8) -> TrainedModel:
    generator = np.random.default_rng(seed)
    tensors = {
        "entities": generator.standard_normal((len(TRIPLES.entities), dim), np.float32),
        "relations": generator.standard_normal((2 * len(TRIPLES.relations), dim), np.float32),
    }
    plain = model_of(TRIPLES, tensors, "complex", dim)
    metrics = {"validation": Metrics(0.5, 0.25, 0.5, 1.0, 3.5, 12)}
    return dataclasses.replace(plain, history=HISTORY, best=2, metrics=metrics, versions={"torch": "2.15.0"})


def tensors_path(folder: Path) -> Path:
    return next(folder.glob("model-*.safetensors"))


DTYPES = st.sampled_from(["bool", "u1", "i1", "i2", "i4", "i8", "u8", "f2", "f4", "f8"])


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5), arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, min_side=0)), max_size=4
    )
)
def test_arrays_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("tensors") / "x.safetensors"
    with path.open("wb") as file:
        write_tensors(file, tensors)
    found = read_tensors(path)
    assert set(found) == set(tensors)
    for name, array in tensors.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_the_file_is_what_the_format_says() -> None:
    file = io.BytesIO()
    write_tensors(file, {"b": np.array([[1.0, 2.0]], np.float32), "a": np.array(7, np.int64)})
    content = file.getvalue()
    length = int.from_bytes(content[:8], "little")
    assert json.loads(content[8 : 8 + length]) == {
        "a": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]},
        "b": {"dtype": "F32", "shape": [1, 2], "data_offsets": [8, 16]},
    }
    assert content[8 + length :] == np.array(7, "<i8").tobytes() + np.array([1, 2], "<f4").tobytes()
    assert (8 + length) % 64 == 0


def test_types_that_would_be_pickled_are_not_written() -> None:
    with pytest.raises(ValueError, match="not stored"):
        write_tensors(io.BytesIO(), {"a": np.array([object()])})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08",
        b"\xff" * 8 + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (4).to_bytes(8, "little") + b"nope",
        b"\x80\x04\x95pickle, not safetensors",
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelCorruptError, match=r"x\.safetensors"):
        read_tensors(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
        {"dtype": "PICKLE", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, entry: object) -> None:
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "x.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(ModelCorruptError, match="header is wrong"):
        read_tensors(path)


def test_a_model_comes_back_as_it_was(tmp_path: Path) -> None:
    written = model()
    save_model(written, tmp_path / "model")
    found = load_model(tmp_path / "model", graph=TRIPLES.digest())
    for field in dataclasses.fields(TrainedModel):
        if field.name != "tensors":
            assert getattr(found, field.name) == getattr(written, field.name), field.name
    assert {name: array.tolist() for name, array in found.tensors.items()} == {
        name: array.tolist() for name, array in written.tensors.items()
    }
    asked, relations = np.array([0, 3]), np.array([0, 1])
    first, second = scorer_of(found), scorer_of(written)
    assert np.array_equal(first.score_tails(asked, relations), second.score_tails(asked, relations))
    assert np.array_equal(first.score_heads(relations, asked), second.score_heads(relations, asked))


def test_arrays_are_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    save_model(model(), tmp_path)
    table = load_model(tmp_path).tensors["entities"]
    assert not table.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1
    assert table.ctypes.data % 64 == 0


def test_equal_models_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        save_model(model(), tmp_path / name)
    assert tensors_path(tmp_path / "first").read_bytes() == tensors_path(tmp_path / "second").read_bytes()


def test_a_new_model_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    save_model(model(1), tmp_path)
    before = load_model(tmp_path)
    values = before.tensors["entities"].copy()
    save_model(model(2), tmp_path)
    assert np.array_equal(before.tensors["entities"], values)  # whoever has it open goes on
    assert not np.array_equal(load_model(tmp_path).tensors["entities"], values)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_write_that_fails_leaves_the_old_model(tmp_path: Path) -> None:
    save_model(model(1), tmp_path)
    broken = dataclasses.replace(model(2), parameters={"no": object()})
    with pytest.raises(TypeError):
        save_model(broken, tmp_path)
    assert np.array_equal(load_model(tmp_path).tensors["entities"], model(1).tensors["entities"])
    save_model(model(3), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2  # what the failed one left is gone


def test_a_model_of_another_graph_is_refused(tmp_path: Path) -> None:
    save_model(model(), tmp_path)
    with pytest.raises(ModelMismatchError, match=f"its graph is {TRIPLES.digest()}, but 123 is needed") as raised:
        load_model(tmp_path, graph="123")
    assert raised.value.what == "graph"


def changed(folder: Path, **values: object) -> None:
    path = folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"version": 2}, "its version is 2, but 1 is needed"),
        ({"relations": ["parentOf"]}, "table 'relations'"),
        ({"entities": ["a", "b"]}, "table 'entities'"),
        ({"settings": {"model": "complex", "dim": 16}}, "table 'entities'"),
        ({"settings": {"model": "cp", "dim": 8}}, "table 'heads' is missing"),
        ({"settings": {"model": "other", "dim": 8}}, "its model is 'other'"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_named(tmp_path: Path, values: dict[str, object], says: str) -> None:
    save_model(model(), tmp_path)
    changed(tmp_path, **values)
    with pytest.raises(ModelMismatchError, match=says):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        {"noemata": "picture"},
        {"settings": {"modell": "complex"}},
        {"settings": {"model": "complex", "dim": -1}},
        {"entities": ["a", "a"]},
        {"history": [{"number": 1}]},
        {"tensors": {}},
        {"tensors": {"file": "none.safetensors"}},
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, values: dict[str, object]) -> None:
    save_model(model(), tmp_path)
    changed(tmp_path, **values)
    with pytest.raises(ModelCorruptError):
        load_model(tmp_path)


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    save_model(model(), tmp_path)
    path = tensors_path(tmp_path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ModelCorruptError, match="cut off"):
        load_model(tmp_path)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelCorruptError, match=r"there is no model\.json in it"):
        load_model(tmp_path / "nowhere")
    (tmp_path / "model.json").write_text("{", "utf-8")
    with pytest.raises(ModelCorruptError, match="cannot be read"):
        load_model(tmp_path)


def test_no_file_outside_the_folder_is_read(tmp_path: Path) -> None:
    save_model(model(), tmp_path / "model")
    outside = tmp_path / "outside.safetensors"
    outside.write_bytes(tensors_path(tmp_path / "model").read_bytes())
    changed(tmp_path / "model", tensors={"file": "../outside.safetensors"})
    with pytest.raises(ModelCorruptError):
        load_model(tmp_path / "model")


def test_a_checkpoint_is_of_one_run(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "run")
    assert folder.read("abc") is None
    folder.write(Checkpoint("abc", {"table:entities": np.ones(3, np.float32)}, HISTORY[:1]))
    folder.write(Checkpoint("abc", {"table:entities": np.full(3, 2, np.float32)}, HISTORY))
    found = folder.read("abc")
    assert found is not None
    assert found.history == HISTORY
    assert found.tensors["table:entities"].tolist() == [2, 2, 2]
    with pytest.raises(ModelMismatchError, match="run"):
        folder.read("other")
    folder.clear()
    assert folder.read("other") is None
    assert list((tmp_path / "run").iterdir()) == []


def test_a_checkpoint_and_a_model_share_a_folder(tmp_path: Path) -> None:
    save_model(model(), tmp_path)
    CheckpointFolder(tmp_path).write(Checkpoint("abc", {"x": np.ones(3)}, HISTORY))
    CheckpointFolder(tmp_path).clear()
    assert load_model(tmp_path).best == 2
