"""A model of a graph: how good it is on what was held back, what its scores are worth, and then all there is learnt.

Part of the triples is held back. A first run learns the others, as long as that gets better; on what was held back it
is evaluated and its margins are calibrated. A second run then learns all triples, for as many epochs as the first one
was best after: what was held back is a tenth of all that is known, and often all that is known of something. The
figures and the probabilities are those of the first run.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from kg.embeddings import (
    Candidates,
    Checkpoints,
    Metrics,
    Progress,
    Scorer,
    Split,
    TrainedModel,
    TrainingData,
    TrainingSettings,
    Triples,
    engine_for,
    evaluate,
    no_progress,
    observed_candidates,
    scorer_of,
    split,
)
from kg.embeddings.calibration import Calibration, calibrate
from kg.embeddings.errors import TriplesError
from kg.embeddings.evaluation import sample
from kg.embeddings.margins import Margins
from kg.embeddings.triples import Ids
from kg.prediction.graph_triples import GraphTriples
from kg.rdf import local_name

__all__ = ["train_on_graph"]

_HELD_BACK = 0.05
"""What part of the triples is validation, and what part test."""
_FEWEST = 5
"""Triples that have to be held back to see by when to stop."""
_CALIBRATED = 2000
"""Held-back triples that margins are calibrated on; of more, so many are drawn."""
_OTHERS = 20
"""Answers beside each of them, on each side, that fit as well and look likeliest."""
_SOURCE = "the graph"


def train_on_graph(
    found: GraphTriples,
    settings: TrainingSettings,
    progress: Progress = no_progress,
    checkpoints: Checkpoints | None = None,
) -> TrainedModel:
    """Train a model on the triples of a graph; see the module.

    Args:
        progress: called after each epoch of both runs, in which epochs count from 1.
        checkpoints: of the first run. A run that is taken up again ends with the same vectors.

    Returns:
        the model of all triples, with `metrics` of "validation", "test" and "test, types" (among entities that fit
        the relation), a `calibration`, and a `remark` that says how the figures came about.

    Raises:
        TriplesError: there is nothing to learn, one relation only, or too little to hold any back.
        TrainingError, DivergedError, ModelMismatchError: as of `Engine.train`.
        MissingExtraError: torch or PyKEEN is not installed.
    """
    parts = _parts(found, settings.seed)
    engine = engine_for(settings)
    known = _entailed_only(found)
    first = engine.train(settings, TrainingData(parts.training, parts.validation, known), progress, checkpoints)
    scorer = scorer_of(first)
    candidates = found.candidates or observed_candidates(found.triples)
    margins = Margins(scorer, parts.training, found.known)
    calibration = _calibration(margins, sample(parts.validation, _CALIBRATED, settings.seed), candidates)
    metrics = {**first.metrics, **_tested(scorer, parts.test, found.known, candidates)}
    again = dataclasses.replace(first.settings, epochs=first.best)
    last = engine.train(again, TrainingData(found.triples, known=known), progress)
    return dataclasses.replace(
        last,
        settings=dataclasses.replace(again, epochs=settings.epochs),
        history=first.history,
        metrics=metrics,
        calibration=calibration,
        remark=_remark(parts, first.best),
    )


def _parts(found: GraphTriples, seed: int) -> Split:
    triples = found.triples
    if not len(triples):
        raise TriplesError(_SOURCE, f"it has no statements between entities to learn from{_left_out(found)}")
    relations = np.unique(triples.relation_ids)
    if len(relations) < 2:
        name = local_name(triples.relations.names[int(relations[0])])
        raise TriplesError(
            _SOURCE,
            f"all {len(triples)} statements are of one relation, {name!r}; a model learns how relations go together,"
            " and needs two at least",
        )
    few = TriplesError(
        _SOURCE,
        f"of its {len(triples)} statements too few can be held back to see by how good a model is: nearly each is the"
        " only one of an entity or a relation. Add notes that speak of the same things",
    )
    try:
        parts = split(triples, _HELD_BACK, _HELD_BACK, seed)
    except TriplesError as error:
        raise few from error
    if min(len(parts.validation), len(parts.test)) < _FEWEST:
        raise few
    return parts


def _entailed_only(found: GraphTriples) -> Triples | None:
    """Return what is known and is not learnt; None if there is nothing."""
    rows = found.known.array
    learnt = {tuple(row) for row in found.triples.array.tolist()}
    others = np.array([tuple(row) not in learnt for row in rows.tolist()], dtype=np.bool_)
    return found.known.having(rows[others]) if others.any() else None


def _left_out(found: GraphTriples) -> str:
    if not found.left_out:
        return ""
    return " (left out: " + ", ".join(f"{count} {reason}" for reason, count in found.left_out.items()) + ")"


def _tested(scorer: Scorer, test: Triples, known: Triples, candidates: Candidates) -> dict[str, Metrics]:
    result = evaluate(scorer, test, known, candidates)
    assert result.constrained is not None
    return {"test": result.both, "test, types": result.constrained}


def _remark(parts: Split, epochs: int) -> str:
    held = f"{len(parts.validation)} validation and {len(parts.test)} test triples"
    return (
        f"The figures and the probabilities are of a run on {len(parts.training)} triples that held back {held}; the"
        f" vectors are then trained on all of them, for the {epochs} epochs after which that run was best."
    )


# --- what margins are worth


def _calibration(margins: Margins, held_back: Triples, candidates: Candidates) -> Calibration | None:
    """Calibrate on triples that were held back and on what fits as well and is not known."""
    others = [_likeliest(margins, held_back, side, candidates) for side in (0, 1)]
    false = np.unique(np.concatenate(others), axis=0)
    rows = np.concatenate([held_back.array, false])
    is_true = np.arange(len(rows)) < len(held_back)
    return calibrate(margins.of(rows), rows[:, 1], is_true, held_back.relations.names)


def _likeliest(margins: Margins, held_back: Triples, side: int, candidates: Candidates) -> Ids:
    """Return the likeliest triples, as rows, that share a query of one side with a triple that was held back."""
    queries = np.unique(held_back.array[:, [1, 2 * side]], axis=0)
    fitting = candidates.heads if side else candidates.tails
    rows: list[Ids] = [np.zeros((0, 3), np.int32)]
    for part in margins.steps(len(queries)):
        found = margins.answers(side, queries[part, 1], queries[part, 0])
        for (relation, anchor), values in zip(queries[part].tolist(), found, strict=True):
            open_ = np.flatnonzero(margins.unknown(side, anchor, relation, fitting[relation]))
            best = open_[np.argsort(-values[open_], kind="stable")[:_OTHERS]]
            row = np.empty((len(best), 3), np.int32)
            row[:, 2 * side], row[:, 1], row[:, 2 - 2 * side] = anchor, relation, best
            rows.append(row)
    return np.concatenate(rows)
