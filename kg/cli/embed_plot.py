"""`kg embed plot`: a map of what a model has learnt, and how it learnt it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from kg.cli.embed_options import figures, model_folder
from kg.cli.session import Session, command
from kg.embeddings import TrainedModel, load_model
from kg.embeddings.mapping import Method, entity_vectors, laid_out
from kg.explain.reading import classes_of, name_of
from kg.graph import KnowledgeGraph
from kg.home import write_atomically
from kg.pictures import Lines, Page, Picture, Point, Scatter, Series, check_suffix, draw
from kg.rdf import NamedNode, local_name

__all__ = ["plot"]


@command("plot")
@click.argument("model", required=False, metavar="[DIR|NAME]")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("embedding.html"),
    show_default=True,
    metavar="FILE",
    help="Ends in .html, .png or .svg; an .html needs nothing else and no network.",
)
@click.option("--method", type=click.Choice(["pca", "tsne"]), default="pca", show_default=True, help="Of the map.")
@click.option(
    "--points", type=click.IntRange(1), default=500, show_default=True, metavar="N", help="Things on the map."
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, metavar="N", help="Of t-SNE.")
def plot(session: Session, model: str | None, out: Path, method: Method, points: int, seed: int) -> None:
    """Draw a map of what a model has learnt, and its training curve.

    On the map those that are alike stand together; it shows what has most statements, coloured by class, or, in a model
    of files, by the relation that it has most often.
    """
    check_suffix(out.suffix)
    folder = model_folder(session, model)
    trained = load_model(folder)
    chosen = _most_connected(trained, points)
    places = laid_out(entity_vectors(trained)[chosen], method, seed)
    is_of_home = folder.parent == session.home.models and session.home.exists()
    with session.open() if is_of_home else nullcontext() as graph:
        described = list(_described(trained, chosen, graph))
    degrees = _degrees(trained)
    shown = tuple(
        Point(float(x), float(y), label, group, f"{degrees[entity]:,} statements", float(degrees[entity]))
        for (x, y), (label, group), entity in zip(places, described, chosen, strict=True)
    )
    pictures: list[Picture] = [Scatter("What is alike stands together", shown, has_axes=False)]
    pictures += _curves(trained)
    title = f"{trained.settings.model}: {len(trained.entities):,} things, {len(trained.relations):,} relations"
    drawing = draw(Page(title, tuple(pictures), tuple(_remarks(trained, len(chosen)))), out.suffix)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, drawing.content)
    for notice in drawing.notices:
        session.say(notice)
    session.answer({"file": str(out), "bytes": len(drawing.content), "points": len(shown)}, f"{out} is written.")


def _degrees(model: TrainedModel) -> NDArray[np.int64]:
    true = model.true()
    return np.bincount(np.concatenate([true.heads, true.tails]), minlength=len(model.entities))


def _most_connected(model: TrainedModel, points: int) -> NDArray[np.int64]:
    """Return the entities with most statements, by id."""
    degrees = _degrees(model)
    return np.sort(np.lexsort((np.arange(len(degrees)), -degrees))[:points])


def _described(
    model: TrainedModel, chosen: NDArray[np.int64], graph: KnowledgeGraph | None
) -> Iterator[tuple[str, str]]:
    """Yield the name and the group of entities: of their class, else of the relation that they have most often."""
    if graph is not None:
        for entity in chosen:
            iri = NamedNode(model.entities.names[entity])
            yield name_of(graph, iri), next(iter(classes_of(graph, iri)), "")
        return
    true = model.true()
    counts = np.zeros((len(model.entities), 2 * len(model.relations)), np.int32)
    np.add.at(counts, (true.heads, true.relation_ids), 1)
    np.add.at(counts, (true.tails, true.relation_ids + len(model.relations)), 1)
    for entity in chosen:
        most = int(counts[entity].argmax())
        of = _short(model.relations.names[most % len(model.relations)])
        group = of if most < len(model.relations) else f"← {of}"
        yield _short(model.entities.names[entity]), group if counts[entity].any() else ""


def _short(name: str) -> str:
    try:
        return local_name(NamedNode(name)) or name
    except ValueError:
        return name


def _curves(model: TrainedModel) -> Iterator[Lines]:
    history = model.history
    if not history:
        return
    evaluated = [epoch for epoch in history if epoch.validation]
    if evaluated:
        series = tuple(
            Series(name, tuple((float(epoch.number), value) for epoch, value in values))
            for name, values in (
                ("MRR", [(e, e.validation.mrr) for e in evaluated if e.validation]),
                ("Hits@10", [(e, e.validation.hits_at_10) for e in evaluated if e.validation]),
            )
        )
        yield Lines("On validation triples", series, "epoch", "")
    loss = Series("loss", tuple((float(epoch.number), epoch.loss) for epoch in history))
    yield Lines("While learning", (loss,), "epoch", "loss")


def _remarks(model: TrainedModel, shown: int) -> Iterator[str]:
    if shown < len(model.entities):
        yield f"The map has the {shown:,} things with most statements, of {len(model.entities):,}."
    for name, metrics in model.metrics.items():
        yield f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in figures(metrics).items()) + "."
    if model.remark:
        yield model.remark
