"""How good vectors of new entities are that are solved from their own triples, beside a training that had them.

    KG_BENCH=../shared/bench python benchmarks/fold_in.py [--sets umls,codex-s] [--models complex,cp] [--seeds 2,3]

All triples of a set are taken together. A seed chooses 5 % of the entities to be new and a fifth of their triples to
be asked for. One model is trained without the new entities, which are folded in by the other four fifths; another is
trained on all but what is asked. Both are asked for the same triples, filtered by everything. `answered` are queries
whose right answer is a new entity, `asking` those that a new entity asks. `among_first`: which part of the first ten
answers to queries of old entities, known ones left out, are new entities; were they scored too high, it would be more
than with the trained model. `nothing_known` is the same with vectors of new entities that are the mean of all others.
Settings are those of `benchmarks/embeddings.py`, with fixed epochs; the seeds are not those that chose the weights of
`kg/embeddings/folding.py` (0 of all sets, 1 of UMLS). Milliseconds are CPU time, of all new entities at once.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from embeddings import CHOSEN, SETS, folder_of

from kg.embeddings import TrainedModel, TrainingData, TrainingSettings, Triples, encode, engine_for, rank, scorer_of
from kg.embeddings.folding import fold_in
from kg.embeddings.grouping import both_directions
from kg.embeddings.triples import NamedTriple, read_triples

EPOCHS = {"umls": 40, "kinships": 40, "codex-s": 30}
HIDDEN, ASKED = 0.05, 0.2
QUERIES = 1500


def main() -> None:
    """Print a line for each set, model and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--models", default="complex")
    parser.add_argument("--seeds", default="2,3")
    arguments = parser.parse_args()
    for name in arguments.sets.split(","):
        for model in arguments.models.split(","):
            for seed in arguments.seeds.split(","):
                for line in measured(name, model, int(seed)):
                    print(json.dumps(line), flush=True)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A set without its new entities, with them, and what is asked of them."""

    before: Triples
    after: Triples
    asked: Triples


def measured(name: str, model: str, seed: int) -> Iterator[dict[str, object]]:
    """Train twice, fold in once, and yield what they come to."""
    parts = hidden(name, seed)
    if parts is None:
        return
    settings = TrainingSettings(
        model=model, engine="1vsall", epochs=EPOCHS[name], threads=1, device="cpu", seed=seed,
        **CHOSEN.get(name, {}).get(model, {}),
    )  # fmt: skip
    before, after = (engine_for(settings).train(settings, TrainingData(part)) for part in (parts.before, parts.after))
    fold_in(before, parts.after)  # what is loaded at first use
    began = time.process_time()
    folded = fold_in(before, parts.after)
    milliseconds = 1000 * (time.process_time() - began)
    new = len(parts.after.entities) - len(parts.before.entities)
    line: dict[str, object] = {
        "benchmark": "fold_in", "set": name, "model": model, "seed": seed, "entities": len(parts.before.entities),
        "new": new, "asked": len(parts.asked), "ms_an_entity": round(milliseconds / new, 1),
    }  # fmt: skip
    found = {"folded": folded, "trained": after, "nothing_known": without_knowledge(folded, new)}
    for key, each in found.items():
        line[key] = {**figures(each, parts), "among_first": round(among_first(each, parts), 4)}
    reached, trained = figures(folded, parts), figures(after, parts)
    line["reached"] = {key: round(value / trained[key], 3) for key, value in reached.items()}
    yield line


def hidden(name: str, seed: int) -> Parts | None:
    """Choose what is new and what is asked; None where the set is not here."""
    folder = folder_of(name)
    if folder is None:
        return None
    files = [folder / f"{part}.txt" for part in ("train", "valid", "test")]
    rows = sorted({triple for file in files if file.exists() for triple in read_triples(file)})
    generator = np.random.default_rng(seed)
    entities = sorted({end for head, _, tail in rows for end in (head, tail)})
    chosen = generator.choice(len(entities), max(1, round(HIDDEN * len(entities))), replace=False)
    new = {entities[place] for place in chosen}
    old = [row for row in rows if row[0] not in new and row[2] not in new]
    known = {relation for _, relation, _ in old}
    theirs: list[NamedTriple] = [row for row in rows if (row[0] in new or row[2] in new) and row[1] in known]
    is_asked = generator.random(len(theirs)) < ASKED
    before = Triples.from_names(old)
    told = [row for row, asked in zip(theirs, is_asked, strict=True) if not asked]
    after = Triples.from_names([*old, *told], before.entities, before.relations)
    held_out = [row for row, asked in zip(theirs, is_asked, strict=True) if asked]
    return Parts(before, after, encode(held_out, after.entities, after.relations).triples)


def figures(model: TrainedModel, parts: Parts) -> dict[str, float]:
    """Return the MRR of what is asked: of both sides, of new entities as answers, and of what they ask."""
    ranks, old = rank(scorer_of(model), parts.asked, parts.after), len(parts.before.entities)
    new_heads, new_tails = parts.asked.heads >= old, parts.asked.tails >= old
    answered = np.concatenate([ranks.heads[new_heads], ranks.tails[new_tails]])
    asking = np.concatenate([ranks.heads[~new_heads], ranks.tails[~new_tails]])
    both = np.concatenate([ranks.heads, ranks.tails])
    named = {"mrr": both, "answered": answered, "asking": asking}
    return {key: round(float((1 / own).mean()), 4) for key, own in named.items()}


def among_first(model: TrainedModel, parts: Parts) -> float:
    """Return how many of the first ten unknown answers to old entities' queries are new entities."""
    everything = both_directions(parts.after.having(np.concatenate([parts.after.array, parts.asked.array])))
    old, relations, scorer = len(parts.before.entities), len(model.relations), scorer_of(model)
    queries = np.flatnonzero(everything.anchors < old)
    if len(queries) > QUERIES:
        queries = np.random.default_rng(0).choice(queries, QUERIES, replace=False)
    found = 0
    for query in queries.tolist():
        anchor, relation = everything.anchors[[query]], everything.relations[[query]]
        is_tail = relation[0] < relations
        scores = scorer.score_tails(anchor, relation) if is_tail else scorer.score_heads(relation - relations, anchor)
        own = scores[0].copy()
        own[everything.targets[everything.offsets[query] : everything.offsets[query + 1]]] = -np.inf
        found += int((np.argpartition(-own, 10)[:10] >= old).sum())
    return found / (10 * len(queries))


def without_knowledge(folded: TrainedModel, new: int) -> TrainedModel:
    """Return a model in which new entities have the mean vector."""
    tensors = {}
    for name, table in folded.tensors.items():
        tensors[name] = np.array(table)
        if name != "relations":
            tensors[name][-new:] = table[:-new].mean(axis=0)
    return dataclasses.replace(folded, tensors=tensors)


if __name__ == "__main__":
    main()
