"""`kg embed evaluate` and `kg embed predict`: what a model is worth, and what it says is likely."""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Literal as OneOf

import click
import numpy as np

from kg.cli.embed_likely import answer_likely
from kg.cli.embed_options import figures, named_model
from kg.cli.json_lines import json_line
from kg.cli.session import Session, command
from kg.embeddings import (
    Scorer,
    TrainedModel,
    best_answers,
    encode,
    evaluate,
    observed_candidates,
    read_triples,
    scorer_of,
)
from kg.embeddings.errors import NotTrainedError, TriplesError
from kg.embeddings.grouping import Grouped, both_directions
from kg.errors import InputError, KgError

__all__ = ["evaluate_model", "predict"]

_ANSWERED = 10
"""Predictions of a query where -k says nothing."""
_BATCH = 256
"""Queries answered at once; the answers do not depend on it."""


@command("evaluate")
@click.argument("model", required=False, metavar="[DIR|NAME]")
@click.option(
    "--triples",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="What the model should know without having learnt it: lines `head relation tail`, tabs between.",
)
@click.option("--relations", is_flag=True, help="Also the figures of each relation.")
def evaluate_model(session: Session, model: str | None, triples: Path, relations: bool) -> None:
    """Say how high a model ranks what is true.

    The answer is JSON. Each triple is asked for by its tail and by its head; other answers that are known, from
    training, validation and this file, are left out ("filtered"), and of equal scores half count as better
    ("realistic"). `constrained_mrr` is among entities that the relation has at that end in the training triples.
    """
    trained = named_model(session, model)
    asked = encode(read_triples(triples), trained.entities, trained.relations)
    total = len(asked.triples) + len(asked.unknown)
    if not total:
        raise TriplesError(str(triples), "there are no triples in it")
    if not len(asked.triples):
        reason = "the model knows the names of none of its triples; it was trained on another graph"
        raise TriplesError(str(triples), reason)
    if asked.unknown:
        session.say(f"{len(asked.unknown):,} of {total:,} triples are left out: the model does not know their names.")
    true = trained.true()
    learnt = true.having(trained.triples["training"]) if "training" in trained.triples else true
    if not len(learnt):
        session.say("The model does not say what it has learnt from, so that is not left out of the ranks.")
    found = evaluate(scorer_of(trained), asked.triples, true, observed_candidates(learnt) if len(learnt) else None)
    document: dict[str, Any] = {
        **figures(found.both),
        "triples": len(asked.triples),
        "unknown": len(asked.unknown),
        "mean_rank": found.both.mean_rank,
        "constrained_mrr": found.constrained and found.constrained.mrr,
        "head": figures(found.head),
        "tail": figures(found.tail),
    }
    if relations:
        document["relations"] = {
            name: {**figures(own), "triples": own.ranks // 2} for name, own in sorted(found.relations.items())
        }
    session.answer(document, lambda: json.dumps(document, ensure_ascii=False, indent=2))


@command("predict")
@click.argument("model", required=False, metavar="[DIR|NAME]")
@click.option("--queries", metavar="FILE", help='Answer lines {"head", "relation"} or {"relation", "tail"}; -: stdin.')
@click.option("-k", type=click.IntRange(0), metavar="N", help="Predictions; 0: all. Default 10 a query, else 100.")
@click.option("--new", is_flag=True, help="With --queries: leave out what the model has learnt.")
@click.option("--about", metavar="IRI|PATH|NAME", help="Only statements about this thing, or a note and its thing.")
@click.option("--relation", metavar="NAME", help="Only of this property: its label, local name or IRI.")
@click.option("--least", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="The least probability.")
@click.option("--explain", is_flag=True, help="Say what speaks for each.")
@click.option("--publish", is_flag=True, help="Put them into the review queue, in place of earlier ones.")
@click.pass_context
def predict(
    context: click.Context,
    session: Session,
    model: str | None,
    queries: str | None,
    k: int | None,
    new: bool,
    about: str | None,
    relation: str | None,
    least: float,
    explain: bool,
    publish: bool,
) -> None:
    """Say what is likely and not known yet.

    Without --queries: statements that are missing in the home's graph, by probability; what is known, refused by the
    ontology or was decided is left out. With --publish they wait in `kg review --kind prediction`; a model never adds
    a statement by itself.

    With --queries the answer is a JSON line for each line, {"head", "relation", "predictions": [{"entity", "score"}]},
    best first, of all entities and unfiltered. A line that cannot be answered has an error in its place, and the exit
    code is then 2.
    """
    if math.isnan(least):
        raise click.UsageError("--least is a number from 0 to 1.")
    if queries is None:
        if new:
            raise click.UsageError("--new goes with --queries; else what is known is always left out.")
        answer_likely(session, model, about, relation, 100 if k is None else k, least, explain, publish)
        return
    if about or relation or explain or publish:
        raise click.UsageError("--queries goes with -k and --new alone.")
    answering = _Answering(named_model(session, model), _ANSWERED if k is None else k, new)
    failed = False
    with click.open_file(queries, "rb") if queries != "-" else sys.stdin.buffer as lines:
        for answer in answering.answer(lines):
            failed = failed or "error" in answer
            click.echo(json_line(answer))
    if failed:
        context.exit(2)


@dataclass(frozen=True, slots=True)
class _Query:
    """A line: what it says, and whether its tails are asked for; or what is wrong with it."""

    line: dict[str, Any]
    is_tail_asked: bool = True
    anchor: int = 0
    relation: int = 0
    error: KgError | None = None


class _Answering:
    """Answers lines with a model."""

    def __init__(self, model: TrainedModel, k: int, new: bool) -> None:
        self._model, self._k = model, k
        self._scorer: Scorer = scorer_of(model)
        self._known: Grouped | None = both_directions(model.true()) if new else None

    def answer(self, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Yield the answer to each line that is not empty, in order. Lazy."""
        numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        while batch := [self._query(number, line) for number, line in itertools.islice(numbered, _BATCH)]:
            found = {True: self._best(batch, True), False: self._best(batch, False)}
            for query in batch:
                if query.error is not None:
                    error = {"type": type(query.error).__name__, "detail": str(query.error)}
                    yield {**query.line, "error": error, "predictions": []}
                else:
                    yield {**query.line, "predictions": next(found[query.is_tail_asked])}

    def _query(self, number: int, line: bytes) -> _Query:
        value: Any = None
        try:
            value = json.loads(line.decode("utf-8-sig"))
            if not isinstance(value, dict):
                raise InputError(f"line {number}: is no JSON object")
            is_tail_asked, anchor = _asked(number, value)
            return _Query(
                value,
                is_tail_asked,
                self._model.entities.id(anchor),
                self._model.relations.id(value["relation"]),
            )
        except ValueError as error:
            return _Query({}, error=InputError(f"line {number}: is not JSON: {error}"))
        except RecursionError:
            return _Query({}, error=InputError(f"line {number}: has brackets in brackets, too deep for a query"))
        except (InputError, NotTrainedError) as error:
            return _Query(value if isinstance(value, dict) else {}, error=error)

    def _best(self, batch: Sequence[_Query], is_tail_asked: bool) -> Iterator[list[dict[str, Any]]]:
        chosen = [query for query in batch if query.error is None and query.is_tail_asked == is_tail_asked]
        anchors = np.array([query.anchor for query in chosen], np.int64)
        relations = np.array([query.relation for query in chosen], np.int64)
        names = self._model.entities.names
        side: OneOf["head", "tail"] = "tail" if is_tail_asked else "head"
        for best in best_answers(self._scorer, side, anchors, relations, self._k, self._known):
            pairs = zip(best.entities.tolist(), best.scores.tolist(), strict=True)
            yield [{"entity": names[entity], "score": score} for entity, score in pairs]


def _asked(number: int, value: dict[str, Any]) -> tuple[bool, str]:
    """Return whether tails are asked for, and the entity that is given.

    Raises:
        InputError: the line asks for nothing, or for both ends.
    """
    right = 'as in {"head": "…", "relation": "…"} or {"relation": "…", "tail": "…"}'
    given = [name for name in ("head", "tail") if name in value]
    if len(given) != 1 or "relation" not in value:
        raise InputError(f"line {number}: a query has a relation and either a head or a tail, {right}")
    for name in (*given, "relation"):
        if not isinstance(value[name], str):
            raise InputError(f"line {number}: {name!r} must be a text, {right}")
    return given == ["head"], value[given[0]]
