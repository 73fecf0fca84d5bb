"""`kg event learn`: what each source of recommendations should count, as users' later reading shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.cli.session import Session, command
from kg.errors import InputError
from kg.events import read_events

if TYPE_CHECKING:
    from kg.recommendation.learning import Learnt

__all__ = ["learn_weights"]


@command("learn")
def learn_weights(session: Session) -> None:
    """Learn from what users did how much each source of recommendations should count.

    The last notes of each user are hidden and asked back. The weights that rank them highest take the place of those of
    the settings, if they are better for users that they were not learnt from; else those of the settings come back.
    """
    from kg.recommendation.learning import FEWEST, hold_out, learn, lessons_of, write_learnt  # numpy and scipy, 1 s
    from kg.recommendation.opening import open_recommender
    from kg.recommendation.reading import read_network
    from kg.recommendation.recommending import source_weights

    config = session.config()
    home = session.home.of_kind(config.home.store)
    with session.open() as graph:
        training, held = hold_out(read_network(graph), read_events(graph))
        recommender = open_recommender(graph, home, config, events=training)
        start = {
            name: weight
            for name, weight in source_weights(config.recommend).items()
            if name in recommender.sources and weight > 0
        }
        lessons = lessons_of(recommender, held, list(start)) if len(held) >= FEWEST else []
    if len(lessons) < FEWEST:
        raise InputError(
            f"There are {max(len(lessons), len(held)):,} notes of users to learn from, and {FEWEST} are needed: the "
            "last fifth of what each user with 4 notes or more did. Nothing was changed."
        )
    learnt = learn(lessons, list(start), start)
    write_learnt(home, learnt)
    measured = {"before": learnt.before, "after": learnt.after}
    document = {"weights": learnt.weights, "lessons": learnt.lessons, "ndcg@10": measured}
    session.answer(document, _words(learnt))


def _words(learnt: Learnt) -> str:
    measured = f"nDCG@10 {learnt.before:.4f} with the weights of the settings, {learnt.after:.4f} with learnt ones"
    lines = [f"{learnt.lessons:,} notes asked back: {measured}, on users that these were not learnt from."]
    if learnt.weights is None:
        return "\n".join([*lines, "Those of the settings stay."])
    return "\n".join([*lines, *(f"    {name:12} {weight:.2f}" for name, weight in sorted(learnt.weights.items()))])
