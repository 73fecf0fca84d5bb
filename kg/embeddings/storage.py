"""Models and checkpoints in folders: a JSON file that says everything, and a file of arrays that it names.

The arrays are written first, under a name of their own, then the JSON file is replaced in one step: whoever reads
meanwhile, or finds what an interrupted write left behind, has the old model whole.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.embeddings.calibration import Calibration
from kg.embeddings.errors import ModelCorruptError, ModelMismatchError, TrainingError
from kg.embeddings.model import Checkpoint, Epoch, Metrics, Tensors, TrainedModel
from kg.embeddings.scoring.families import FAMILIES
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.tensorfile import read_tensors, write_tensors
from kg.embeddings.triples import Vocabulary

__all__ = ["CheckpointFolder", "load_model", "save_model"]

_VERSION = 1
_MODEL, _CHECKPOINT = "model", "checkpoint"
_TRIPLES = "triples:"
"""What the names of sets of triples begin with, among those of the arrays."""


def save_model(model: TrainedModel, folder: Path) -> None:
    """Write a model to a folder, which is made; a model that is there is replaced when the new one is whole."""
    document = {
        "engine": model.engine,
        "settings": model.settings.to_json(),
        "graph": model.graph,
        "best": model.best,
        "history": _history_json(model.history),
        "metrics": {name: dataclasses.asdict(metrics) for name, metrics in model.metrics.items()},
        "parameters": dict(model.parameters),
        "versions": dict(model.versions),
        "calibration": model.calibration and model.calibration.to_json(),
        "remark": model.remark,
        "entities": list(model.entities.names),
        "relations": list(model.relations.names),
    }
    triples = {f"{_TRIPLES}{name}": rows for name, rows in model.triples.items()}
    _write(folder, _MODEL, document, {**model.tensors, **triples})


def load_model(folder: Path, graph: str | None = None) -> TrainedModel:
    """Read a model; its arrays are mapped from the file, and stay readable if another model takes its place.

    Args:
        graph: the digest of the triples that it has to be of; None for any.

    Raises:
        ModelCorruptError: there is no model in the folder, or it cannot be read.
        ModelMismatchError: it is of another graph, of a newer version, or its parts do not fit each other.
    """
    source = str(folder)
    document, tensors = _read(folder, _MODEL)
    try:
        model = TrainedModel(
            engine=document["engine"],
            settings=TrainingSettings.from_json(document["settings"]),
            entities=Vocabulary("entity", document["entities"]),
            relations=Vocabulary("relation", document["relations"]),
            tensors={name: array for name, array in tensors.items() if not name.startswith(_TRIPLES)},
            graph=document["graph"],
            history=_history(document["history"]),
            best=document["best"],
            metrics={name: Metrics(**values) for name, values in document["metrics"].items()},
            parameters=document["parameters"],
            versions=document["versions"],
            calibration=_calibration(document),
            remark=document.get("remark", ""),
            triples={name.removeprefix(_TRIPLES): rows for name, rows in tensors.items() if name.startswith(_TRIPLES)},
        )
    except (KeyError, TypeError, ValueError, TrainingError) as error:
        raise ModelCorruptError(source, f"{_MODEL}.json is not as it was written: {error!r}") from error
    if graph is not None and model.graph != graph:
        raise ModelMismatchError(source, "graph", graph, model.graph)
    if model.engine == "1vsall":
        _check_tables(source, model)
    return model


class CheckpointFolder:
    """Keeps where a run is in a folder, beside a model or alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, run: str) -> Checkpoint | None:
        """Return what was written last, None if nothing was.

        Raises:
            ModelCorruptError: it cannot be read.
            ModelMismatchError: it is of a run with other settings or triples.
        """
        if not (self._folder / f"{_CHECKPOINT}.json").exists():
            return None
        document, tensors = _read(self._folder, _CHECKPOINT)
        try:
            checkpoint = Checkpoint(document["run"], tensors, _history(document["history"]))
        except (KeyError, TypeError) as error:
            reason = f"{_CHECKPOINT}.json is not as it was written: {error!r}"
            raise ModelCorruptError(str(self._folder), reason) from error
        if checkpoint.run != run:
            raise ModelMismatchError(str(self._folder), "checkpoint's run (settings and triples)", run, checkpoint.run)
        return checkpoint

    def write(self, checkpoint: Checkpoint) -> None:
        """Keep this instead of what was written before."""
        document = {"run": checkpoint.run, "history": _history_json(checkpoint.history)}
        _write(self._folder, _CHECKPOINT, document, checkpoint.tensors)

    def clear(self) -> None:
        """Forget it; what was written before is gone."""
        (self._folder / f"{_CHECKPOINT}.json").unlink(missing_ok=True)
        _sweep(self._folder, _CHECKPOINT, None)


def _write(folder: Path, kind: str, document: Mapping[str, Any], tensors: Tensors) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{kind}-", suffix=".safetensors", dir=folder)
    with os.fdopen(handle, "wb") as file:
        write_tensors(file, tensors)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    head = {"noemata": kind, "version": _VERSION, "tensors": {"file": Path(name).name, "bytes": size}}
    handle, temporary = tempfile.mkstemp(prefix=f"{kind}-", suffix=".json", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as text:
        json.dump({**head, **document}, text, ensure_ascii=False, indent=1)
        text.flush()
        os.fsync(text.fileno())
    os.replace(temporary, folder / f"{kind}.json")
    _sweep(folder, kind, Path(name).name)


def _sweep(folder: Path, kind: str, kept: str | None) -> None:
    """Remove arrays that no JSON file names any more; mappings of them stay valid."""
    for path in [*folder.glob(f"{kind}-*.safetensors"), *folder.glob(f"{kind}-*.json")]:
        if path.name != kept:
            with contextlib.suppress(PermissionError):  # Windows keeps what somebody maps; a later write removes it
                path.unlink(missing_ok=True)


def _read(folder: Path, kind: str) -> tuple[dict[str, Any], Tensors]:
    """Read both files. If another model is written between the two, read again."""
    source = str(folder)
    for attempt in range(3):
        try:
            document = json.loads((folder / f"{kind}.json").read_text("utf-8"))
            if not isinstance(document, dict) or document.get("noemata") != kind:
                raise ModelCorruptError(source, f"{kind}.json is no {kind} of Noemata")
            if document.get("version") != _VERSION:
                raise ModelMismatchError(source, "version", str(_VERSION), str(document.get("version")))
            place = folder / Path(document["tensors"]["file"]).name
            if not place.exists() and attempt < 2:
                continue
            return document, read_tensors(place)
        except FileNotFoundError as error:
            raise ModelCorruptError(source, f"there is no {kind}.json in it") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelCorruptError(source, f"{kind}.json cannot be read: {error}") from error
    raise AssertionError("unreachable")


def _check_tables(source: str, model: TrainedModel) -> None:
    """Compare the tables of a family with the names that they are of."""
    if model.settings.model not in FAMILIES:
        raise ModelMismatchError(source, "model", f"one of {', '.join(FAMILIES)}", repr(model.settings.model))
    rows = {"entity": len(model.entities), "relation": 2 * len(model.relations)}
    for name, kind in FAMILIES[model.settings.model].tables.items():
        expected = (rows[kind], model.settings.dim)
        found = model.tensors[name].shape if name in model.tensors else "missing"
        if found != expected:
            raise ModelMismatchError(source, f"table {name!r}", str(expected), str(found))


def _calibration(document: Mapping[str, Any]) -> Calibration | None:
    values = document.get("calibration")
    return None if values is None else Calibration.from_json(values)


def _history_json(history: tuple[Epoch, ...]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(epoch) for epoch in history]


def _history(values: list[dict[str, Any]]) -> tuple[Epoch, ...]:
    epochs = []
    for value in values:
        validation = value["validation"]
        epochs.append(Epoch(**{**value, "validation": validation and Metrics(**validation)}))
    return tuple(epochs)
