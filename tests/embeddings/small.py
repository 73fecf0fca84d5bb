"""Small sets of triples for the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kg.embeddings import NamedTriple, TrainedModel, TrainingData, TrainingSettings, Triples, encode
from kg.embeddings.model import Tensors


def family_tree(generations: int = 5) -> list[NamedTriple]:
    """A binary tree: who is parent of whom, who is sibling of whom, who is of what generation."""
    triples: list[NamedTriple] = []
    for generation in range(generations):
        for number in range(2**generation):
            person = f"p{generation}.{number}"
            triples.append((person, "generation", f"g{generation}"))
            if generation:
                triples.append((f"p{generation - 1}.{number // 2}", "parentOf", person))
                triples.append((person, "siblingOf", f"p{generation}.{number ^ 1}"))
    return triples


def data(validation: Sequence[int] = (), generations: int = 5) -> TrainingData:
    """The tree, with the triples at some places as validation."""
    triples = family_tree(generations)
    held_out = [triples[place] for place in validation]
    training = Triples.from_names(triple for triple in triples if triple not in held_out)
    asked = encode(held_out, training.entities, training.relations).triples if held_out else None
    return TrainingData(training, asked)


def random_triples(entities: int, relations: int, count: int, seed: int = 0) -> Triples:
    """Triples drawn at random, among names e0, e1, …, r0, …."""
    generator = np.random.default_rng(seed)
    drawn = (generator.integers(size, size=count) for size in (entities, relations, entities))
    rows = [(f"e{head}", f"r{relation}", f"e{tail}") for head, relation, tail in zip(*drawn, strict=True)]
    return Triples.from_names(rows)


def model_of(triples: Triples, tensors: Tensors, model: str, dim: int) -> TrainedModel:
    """A model of our engine with given tensors."""
    settings = TrainingSettings(model=model, dim=dim)
    return TrainedModel(
        "1vsall", settings, triples.entities, triples.relations, tensors, triples.digest(), history=(), best=0
    )
