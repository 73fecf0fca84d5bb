"""What the home's graph lacks, as a model has it: shown, or put into the review queue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kg.cli.embed_models import staleness_words
from kg.cli.embed_options import DEFAULT, named_model
from kg.cli.session import Session
from kg.graph import commit
from kg.prediction import graph_triples, likely_statements, publish, staleness
from kg.prediction.documents import check_graph, find_relation, find_things, likely_document
from kg.prediction.explaining import Explainer
from kg.prediction.newer import name_vectors, with_entities, with_newer

__all__ = ["answer_likely"]


def answer_likely(
    session: Session,
    given: str | None,
    about: str | None,
    relation: str | None,
    k: int,
    least: float,
    is_explained: bool,
    is_published: bool,
) -> None:
    """Answer with the statements that the home's graph probably lacks.

    Raises:
        NotFoundError: there is no model, nothing is called so, or the model has no such relation.
        ModelMismatchError: the model is of another graph, or has no calibration.
    """
    model = named_model(session, given)
    with session.open(write=is_published) as graph:
        found = graph_triples(graph, model.entities, model.relations)
        state = staleness(model, found)
        check_graph(given or DEFAULT, model, state)
        things = () if about is None else find_things(graph, about)
        predicate = None if relation is None else find_relation(graph, found, relation)
        found = with_entities(graph, found, things)
        folded = with_newer(graph, model, found, name_vectors(session.home, session.config().vectors))
        statements = likely_statements(graph, model, found, things, predicate, k, least, folded)
        explainer = Explainer(graph, model)
        reasons = {each: explainer.explain(each) for each in statements if is_explained or is_published}
        if is_published:
            commit(graph, publish(graph, statements, model, things, predicate, lambda each: reasons[each].text))
        document = likely_document(graph, statements, reasons, state)
    if state.is_stale:
        session.say(f"The model is stale: {staleness_words(document['staleness'])}")
    nothing = f"Nothing that is not known has a probability of {least:g} or more."
    lines = list(_lines(document)) or [nothing]
    if is_published:
        document["published"] = len(statements)
        lines.append(f"{len(statements):,} wait in `kg review --kind prediction`.")
    session.answer(document, "\n".join(lines))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for each in document["predictions"]:
        yield f"{each['probability']:.2f}  {each['text']}"
        if each.get("reason"):
            yield f"      {each['reason']}"
