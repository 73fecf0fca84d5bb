"""`kg embed models`: what can be trained, and what the home has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from kg.cli.embed_options import figures
from kg.cli.session import Session, command
from kg.embeddings import TrainedModel, load_model
from kg.embeddings.catalogue import EXTRA, MODELS, installed_engines
from kg.embeddings.errors import ModelCorruptError, ModelMismatchError
from kg.errors import MissingExtraError
from kg.graph import KnowledgeGraph
from kg.prediction import graph_triples, staleness
from kg.prediction.documents import trained_models

__all__ = ["models", "staleness_words"]


@command("models")
def models(session: Session) -> None:
    """List the models of the home, and those that can be trained.

    Of a model of the home: what it reached on triples that it had not learnt, and how far the graph has moved on since.
    """
    own = list(_of_home(session))
    kinds = {name: dataclasses.asdict(kind) for name, kind in MODELS.items()}
    engines = installed_engines()
    document = {"home": own, "engines": engines, "models": [{"name": name, **kind} for name, kind in kinds.items()]}
    session.answer(document, lambda: "\n".join(_lines(own, engines)))


def _of_home(session: Session) -> Iterator[dict[str, Any]]:
    names = trained_models(session.home)
    if not names:
        return
    with session.open() as graph:
        for name in names:
            folder = session.home.models / name
            try:
                model = load_model(folder)
                about = _about(model) | {"staleness": _staleness(graph, model)}
            except (ModelCorruptError, ModelMismatchError) as error:
                about = {"problem": str(error)}
            yield {"name": name, "folder": str(folder), **about}


def _about(model: TrainedModel) -> dict[str, Any]:
    return {
        "model": model.settings.model,
        "engine": model.engine,
        "dim": model.settings.dim,
        "entities": len(model.entities),
        "relations": len(model.relations),
        "metrics": {name: figures(metrics) for name, metrics in model.metrics.items()},
        "remark": model.remark,
    }


def _staleness(graph: KnowledgeGraph, model: TrainedModel) -> dict[str, Any]:
    return dataclasses.asdict(staleness(model, graph_triples(graph, model.entities, model.relations)))


def _lines(own: list[dict[str, Any]], engines: Mapping[str, bool]) -> Iterator[str]:
    if own:
        yield "In this home:"
    for about in own:
        if "problem" in about:
            yield f"  {about['name']:<12} {about['problem']}"
            continue
        counts = ", ".join(f"{about[name]:,} {name}" for name in ("entities", "relations"))
        yield f"  {about['name']:<12} {about['model']} ({about['engine']}, {about['dim']} numbers), {counts}"
        for name, found in about["metrics"].items():
            yield f"  {'':<12} {name}: MRR {found['mrr']:.3f}, Hits@10 {found['hits@10']:.3f}"
        yield f"  {'':<12} {staleness_words(about['staleness'])}"
    if own:
        yield ""
    yield "To be trained (`kg embed train --model NAME`), by the engine that has it first:"
    for name, kind in MODELS.items():
        yield f"  {name:<12} {kind.engines[0]:<8} {kind.score} ({kind.source})"
    missing = [engine for engine, is_installed in engines.items() if not is_installed]
    if missing:
        yield ""
        yield str(MissingExtraError(EXTRA, f"Training by {' or '.join(missing)}"))


def staleness_words(found: dict[str, Any]) -> str:
    """Say how far a graph has moved on since a model was trained."""
    parts = [("new_entities", "new things"), ("new_triples", "new statements"), ("gone_triples", "statements gone")]
    told = ", ".join(f"{found[name]:,} {words}" for name, words in parts if found[name])
    if not told:
        return "as the graph is now"
    return f"since then {told}{'; it is stale: train it anew' if found['is_stale'] else ''}"
