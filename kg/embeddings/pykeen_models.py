"""PyKEEN's models as they are made of settings, of stored tensors, and of the tensors of our own models."""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import os
import shutil
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kg.embeddings.errors import ModelMismatchError, TrainingError
from kg.embeddings.model import Scores, TrainedModel
from kg.embeddings.pykeen_recipes import NEEDS_TRIPLES, UNFIT, recipe_of
from kg.embeddings.scoring.families import FAMILIES
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.triples import Ids

__all__ = [
    "LiveScorer",
    "PykeenScorer",
    "factory_of",
    "known_models",
    "make_model",
    "prepare",
    "tensors_of",
    "to_pykeen",
]


@functools.cache
def prepare() -> None:
    """Have PyKEEN keep its folders away from the user's home, where it makes them as soon as it is imported."""
    if "PYSTOW_HOME" not in os.environ:
        folder = tempfile.mkdtemp(prefix="noemata-pykeen-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["PYSTOW_HOME"] = folder


def known_models() -> tuple[str, ...]:
    """Return the names of the models that are trained from triples alone."""
    prepare()
    from pykeen.models import model_resolver

    return tuple(sorted(set(model_resolver.lookup_dict) - UNFIT))


def factory_of(rows: Ids, entities: int, relations: int, inverse: bool) -> Any:
    """Return triples as PyKEEN takes them, with our ids."""
    prepare()
    from pykeen.triples import CoreTriplesFactory

    mapped = torch.from_numpy(rows.astype(np.int64))
    return CoreTriplesFactory.create(mapped, entities, relations, create_inverse_triples=inverse)


def make_model(settings: TrainingSettings, factory: Any) -> Any:
    """Return a model of PyKEEN's with its first vectors. All settings are filled in.

    Raises:
        TrainingError: the model does not take a setting, or not this value of it.
    """
    prepare()
    from pykeen.models import model_resolver
    from pykeen.nn.init import xavier_normal_

    recipe = recipe_of(settings.model)
    if settings.dim is None or settings.dim % recipe.numbers:
        raise TrainingError("dim", settings.dim, f"{settings.model} needs a multiple of {recipe.numbers}")
    arguments: dict[str, Any] = dict(recipe.arguments)
    arguments |= dict.fromkeys(recipe.small, xavier_normal_)
    if recipe.norm is None and settings.regularization:
        raise TrainingError("regularization", settings.regularization, f"PyKEEN's {settings.model} takes none")
    if recipe.norm is not None and not settings.regularization:
        arguments["regularizer"] = None
    elif recipe.norm is not None:
        norm = {"weight": settings.regularization, "p": 3.0, "normalize": False}
        arguments |= {"regularizer": "powersum", "regularizer_kwargs": norm}
        if settings.model == "distmult":  # its argument is for relations alone
            arguments["entity_representations_kwargs"] = {"regularizer": "powersum", "regularizer_kwargs": norm}
    if settings.dropout:
        raise TrainingError("dropout", settings.dropout, "PyKEEN's models have their own")
    arguments["embedding_dim"] = settings.dim // recipe.numbers
    with contextlib.redirect_stderr(io.StringIO()):  # some show a bar of progress
        return model_resolver.make(
            settings.model,
            triples_factory=factory,
            loss=recipe.loss,
            random_seed=settings.seed % 2**32,
            **arguments,
        )


class LiveScorer:
    """Answers queries with a model that is in memory."""

    def __init__(self, model: Any, entities: int) -> None:
        self._model, self._entities = model, entities

    def __len__(self) -> int:
        return self._entities

    def score_tails(self, heads: Any, relations: Any) -> Scores:
        """Score every entity as tail of (head, relation, ?): (n,), (n,) -> (n, entities) float32."""
        return self._answer(self._model.predict_t, heads, relations)

    def score_heads(self, relations: Any, tails: Any) -> Scores:
        """Score every entity as head of (?, relation, tail): (n,), (n,) -> (n, entities) float32."""
        return self._answer(self._model.predict_h, relations, tails)

    @torch.inference_mode()
    def _answer(self, predict: Any, left: Any, right: Any) -> Scores:
        queries = torch.from_numpy(np.stack([np.asarray(left), np.asarray(right)], axis=1).astype(np.int64))
        scores: Scores = predict(queries).float().cpu().numpy()
        return scores


class PykeenScorer(LiveScorer):
    """Answers queries with a stored model."""

    def __init__(self, trained: TrainedModel) -> None:
        settings, recipe = trained.settings, recipe_of(trained.settings.model)
        rows = np.array(trained.tensors[_TRIPLES]) if settings.model in NEEDS_TRIPLES else np.zeros((1, 3), np.int32)
        factory = factory_of(rows, len(trained.entities), len(trained.relations), recipe.inverse)
        model = make_model(settings, factory)
        tensors = {name: array for name, array in trained.tensors.items() if name != _TRIPLES}
        _load(model, tensors)
        super().__init__(model, len(trained.entities))


_TRIPLES = "training_triples"


def tensors_of(model: Any, settings: TrainingSettings, rows: Ids) -> dict[str, NDArray[Any]]:
    """Copy what a model has learnt, with the triples where it cannot be made without them."""
    tensors = {name: np.array(tensor.detach().cpu().numpy()) for name, tensor in model.state_dict().items()}
    return {**tensors, _TRIPLES: rows} if settings.model in NEEDS_TRIPLES else tensors


def to_pykeen(trained: TrainedModel) -> Any:
    """Put the vectors of a model of ours into one of PyKEEN's, which gives the same scores.

    It is that of the same name, but CP for SimplE: PyKEEN's SimplE of 1.11.1 has the same vector of an entity as head
    and as tail in each of its two products, so it is a DistMult; what the paper has is a CP with exchanged halves.

    Raises:
        TrainingError: PyKEEN has no such model.
    """
    family, settings = trained.settings.model, trained.settings
    if trained.engine != "1vsall" or family not in FAMILIES:
        raise TrainingError("model", family, f"{', '.join(FAMILIES)} of the engine 1vsall can be put into PyKEEN's")
    factory = factory_of(np.zeros((1, 3), np.int32), len(trained.entities), len(trained.relations), inverse=True)
    plain = TrainingSettings(model="cp" if family == "simple" else family, dim=settings.dim, regularization=0.0)
    model = make_model(plain, factory)
    _load(model, _PUT[family](trained.tensors, len(trained.relations)))
    return model


def _load(model: Any, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Load tensors into a model that has exactly these, of these shapes."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: array.shape for name, array in tensors.items()}
    if expected != found:
        name = next(name for name in {**expected, **found} if expected.get(name) != found.get(name))
        source = type(model).__name__
        raise ModelMismatchError(source, f"tensor {name!r}", str(expected.get(name)), str(found.get(name)))
    model.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in tensors.items()})
    model.eval()


def _interleaved(table: NDArray[Any]) -> NDArray[Any]:
    """Turn rows of real parts, then imaginary parts, into rows of complex numbers."""
    return np.stack(np.hsplit(table, 2), axis=-1).reshape(len(table), -1)


def _alternating(table: NDArray[Any], relations: int) -> NDArray[Any]:
    """Put the inverse of each relation behind it, where PyKEEN has it; ours stand behind all of them."""
    return np.stack([table[:relations], table[relations:]], axis=1).reshape(len(table), -1)


_ENTITY = "entity_representations.{}._embeddings.weight"
_RELATION = "relation_representations.{}._embeddings.weight"


def _put_complex(tensors: Mapping[str, NDArray[Any]], relations: int) -> dict[str, NDArray[Any]]:
    relation = _interleaved(_alternating(tensors["relations"], relations))
    return {_ENTITY.format(0): _interleaved(tensors["entities"]), _RELATION.format(0): relation}


def _put_distmult(tensors: Mapping[str, NDArray[Any]], relations: int) -> dict[str, NDArray[Any]]:
    relation = _alternating(tensors["relations"], relations)
    return {_ENTITY.format(0): tensors["entities"], _RELATION.format(0): relation}


def _put_cp(tensors: Mapping[str, NDArray[Any]], relations: int) -> dict[str, NDArray[Any]]:
    entities = {_ENTITY.format(0): tensors["heads"], _ENTITY.format(1): tensors["tails"]}
    return {**entities, _RELATION.format(0): _alternating(tensors["relations"], relations)}


def _put_simple(tensors: Mapping[str, NDArray[Any]], relations: int) -> dict[str, NDArray[Any]]:
    """<h_head, p, t_tail> + <h_tail, p', t_head>, halved: tails have their halves exchanged."""
    heads = tensors["entities"]
    tails = np.hstack(np.hsplit(heads, 2)[::-1])
    return _put_cp({"heads": heads, "tails": tails, "relations": tensors["relations"] / 2}, relations)


_PUT = {"complex": _put_complex, "cp": _put_cp, "distmult": _put_distmult, "simple": _put_simple}
