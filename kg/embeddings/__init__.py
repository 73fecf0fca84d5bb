"""Embeddings of a graph: vectors of entities and relations, learnt from triples, which tell what is likely to be true.

Nothing here knows a store: triples come in as names (`triples`), a model is trained by an engine, written to a folder
(`storage`) and answers by a scorer. Engines and scorers are imported when they are asked for: training needs torch,
answering with a model of `1vsall` numpy alone.
"""

from __future__ import annotations

from kg.embeddings.answering import Answers, best_answers
from kg.embeddings.evaluation import Candidates, Evaluation, Ranks, evaluate, measure, observed_candidates, rank
from kg.embeddings.model import (
    Checkpoint,
    Checkpoints,
    Engine,
    Epoch,
    Metrics,
    Progress,
    Scorer,
    TrainedModel,
    TrainingData,
    no_progress,
)
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.splitting import Overlap, Split, overlaps, split
from kg.embeddings.storage import CheckpointFolder, load_model, save_model
from kg.embeddings.triples import Encoded, NamedTriple, Triples, Vocabulary, encode, read_triples
from kg.errors import MissingExtraError
from kg.registry import Registry

__all__ = [
    "ENGINES",
    "SCORERS",
    "Answers",
    "Candidates",
    "Checkpoint",
    "CheckpointFolder",
    "Checkpoints",
    "Encoded",
    "Engine",
    "Epoch",
    "Evaluation",
    "Metrics",
    "NamedTriple",
    "Overlap",
    "Progress",
    "Ranks",
    "Scorer",
    "Split",
    "TrainedModel",
    "TrainingData",
    "TrainingSettings",
    "Triples",
    "Vocabulary",
    "best_answers",
    "encode",
    "engine_for",
    "evaluate",
    "load_model",
    "measure",
    "no_progress",
    "observed_candidates",
    "overlaps",
    "rank",
    "read_triples",
    "save_model",
    "scorer_of",
    "split",
]

ENGINES = Registry(
    "embedding_engine",
    {"1vsall": "kg.embeddings.scoring.one_vs_all:OneVsAll", "pykeen": "kg.embeddings.pykeen_engine:PykeenEngine"},
)
"""What trains: classes that are made without arguments and are an `Engine`."""

SCORERS = Registry(
    "embedding_scorer",
    {
        "1vsall": "kg.embeddings.scoring.factorised:FactorisedScorer",
        "pykeen": "kg.embeddings.pykeen_engine:PykeenScorer",
    },
)
"""What answers, by the name of the engine that trained: classes made of a `TrainedModel` that are a `Scorer`."""


def engine_for(settings: TrainingSettings) -> Engine:
    """Return the engine of the settings; `auto` is ours for the models that it has, else PyKEEN.

    Raises:
        MissingExtraError: torch or PyKEEN is not installed.
        UnknownNameError: no engine has that name.
    """
    names = ("1vsall", "pykeen") if settings.engine == "auto" else (settings.engine,)
    engine: Engine
    for name in names:
        try:
            engine = ENGINES.load(name)()
        except ModuleNotFoundError as error:
            raise MissingExtraError("embed", "Training embeddings") from error
        if settings.model in engine.models():
            break
    return engine


def scorer_of(model: TrainedModel) -> Scorer:
    """Return what answers queries with a model.

    Raises:
        MissingExtraError: it is a model of PyKEEN, which is not installed.
    """
    try:
        scorer: Scorer = SCORERS.load(model.engine)(model)
    except ModuleNotFoundError as error:
        raise MissingExtraError("embed", f"The model {model.settings.model!r}") from error
    return scorer
