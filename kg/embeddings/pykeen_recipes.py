"""How PyKEEN's models are trained where the settings say nothing: what measurements and the papers say is sound.

PyKEEN's own defaults are those of each paper's code, and some do not learn at all: ComplEx with vectors drawn from a
normal distribution has an MRR of .063 on UMLS after 40 epochs, and of .89 with `xavier_normal_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["NEEDS_TRIPLES", "UNFIT", "Recipe", "recipe_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train a model.

    Attributes:
        loop: `lcwa` compares the right entity with all others, `slcwa` with `negatives` drawn ones.
        inverse: whether relations are learnt in both directions, and heads asked for by the inverse one.
        numbers: how many real numbers one number of the model has; PyKEEN's dimension is `dim` over this.
        small: initialisers that are to be `xavier_normal_` instead of what the model has.
        norm: whether the model takes a regulariser, which is N3 then, with this weight; None where it takes none.
        arguments: further ones of the model.
    """

    loop: str
    loss: str
    inverse: bool
    dim: int = 256
    numbers: int = 1
    optimizer: str = "adam"
    learning_rate: float = 0.01
    batch: int = 256
    negatives: int = 0
    norm: float | None = None
    small: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)


_BOTH = ("entity_initializer", "relation_initializer")


def _product(**values: Any) -> Recipe:
    """Return a recipe for a score that is one product: all entities at once, cross-entropy, Adagrad, N3."""
    common = {"optimizer": "adagrad", "learning_rate": 0.1, "small": _BOTH}
    return Recipe(loop="lcwa", loss="crossentropy", inverse=True, **{**common, **values})


def _network(**values: Any) -> Recipe:
    """Return a recipe for a score by a network: all entities at once, cross-entropy, Adam."""
    return Recipe(loop="lcwa", loss="crossentropy", inverse=True, **{"dim": 128, "learning_rate": 0.003, **values})


def _distance(**values: Any) -> Recipe:
    """Return a recipe for a score that is a distance: drawn entities, self-adversarial (Sun et al. 2019)."""
    common = {"loop": "slcwa", "loss": "nssa", "inverse": False, "batch": 512, "negatives": 32}
    return Recipe(**{**common, **values})


_RECIPES: Mapping[str, Recipe] = {
    "autosf": _product(small=()),
    "boxe": _distance(),
    "compgcn": _distance(dim=64, inverse=True),
    "complex": _product(numbers=2, dim=512, norm=0.005),
    "conve": _network(dim=200),
    "cp": _product(arguments={"rank": 1}),
    "crosse": _network(),
    "distma": _distance(small=_BOTH),
    # Entities of length 1, the model's own habit, keep the scores too close to each other for cross-entropy.
    "distmult": _product(norm=0.005, arguments={"entity_constrainer": None}),
    "ermlp": _network(dim=64),
    "ermlpe": _network(),
    "hole": _product(small=()),
    "kg2e": _distance(dim=64),
    "nodepiece": _distance(dim=64, inverse=True, arguments={"num_tokens": 5}),
    "ntn": _distance(dim=32),
    "proje": _network(),
    "quate": _network(dim=256, numbers=4),
    "rescal": _network(dim=64, small=_BOTH),
    "rotate": _distance(numbers=2, learning_rate=0.05),
    "se": _distance(dim=64),
    "simple": _product(numbers=2, norm=0.005),
    "toruse": _distance(small=_BOTH),
    "transd": _distance(dim=64),
    "transf": _distance(small=_BOTH),
    "transr": _distance(dim=64),
    "tucker": _network(dim=64, learning_rate=0.01),
}

NEEDS_TRIPLES = frozenset({"compgcn", "nodepiece", "rgcn"})
"""Models that are made of the training triples too, so those are stored with them."""

UNFIT = frozenset({
    "complexliteral", "cooccurrencefiltered", "distmultliteral", "distmultliteralgated", "fixed", "inductivenodepiece",
    "inductivenodepiecegnn",
})  # fmt: skip
"""Models that need numbers beside triples, another graph to answer about, or another model; and one for tests."""


def recipe_of(model: str) -> Recipe:
    """Return how a model is trained; one that is not in the table as a distance."""
    return _RECIPES.get(model, _distance(dim=128))
