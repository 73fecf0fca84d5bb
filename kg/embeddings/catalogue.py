"""What models there are, and what each is: known without importing an engine, which takes seconds.

A test compares the table with what the engines can train.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["EXTRA", "MODELS", "ModelKind", "installed_engines"]

EXTRA = "embed"
"""What has to be installed to train."""
_NEEDED = {"1vsall": "torch", "pykeen": "pykeen"}


@dataclass(frozen=True, slots=True)
class ModelKind:
    """A model that can be trained.

    Attributes:
        engines: those that have it; `auto` takes the first.
        score: what its score is, in a few words.
        source: where it comes from.
    """

    engines: tuple[str, ...]
    score: str
    source: str


_BOTH, _PYKEEN = ("1vsall", "pykeen"), ("pykeen",)

MODELS: Mapping[str, ModelKind] = {
    "autosf": ModelKind(_PYKEEN, "sum of products of parts of vectors", "Zhang et al. 2020"),
    "boxe": ModelKind(_PYKEEN, "distance to boxes", "Abboud et al. 2020"),
    "compgcn": ModelKind(_PYKEEN, "product, vectors made by a graph network", "Vashishth et al. 2020"),
    "complex": ModelKind(_BOTH, "product of complex numbers", "Trouillon et al. 2016"),
    "conve": ModelKind(_PYKEEN, "convolution over head and relation", "Dettmers et al. 2018"),
    "convkb": ModelKind(_PYKEEN, "convolution over the triple", "Nguyen et al. 2018"),
    "cp": ModelKind(_BOTH, "product, two vectors of an entity", "Lacroix et al. 2018"),
    "crosse": ModelKind(_PYKEEN, "product, head and relation crossed", "Zhang et al. 2019"),
    "distma": ModelKind(_PYKEEN, "sum of three products", "Shi et al. 2019"),
    "distmult": ModelKind(_BOTH, "product, the same in both directions", "Yang et al. 2015"),
    "ermlp": ModelKind(_PYKEEN, "network over the triple", "Dong et al. 2014"),
    "ermlpe": ModelKind(_PYKEEN, "network over head and relation", "Sharifzadeh et al. 2019"),
    "hole": ModelKind(_PYKEEN, "circular correlation", "Nickel et al. 2016"),
    "kg2e": ModelKind(_PYKEEN, "divergence of normal distributions", "He et al. 2015"),
    "mure": ModelKind(_PYKEEN, "distance after scaling and moving", "Balažević et al. 2019"),
    "nodepiece": ModelKind(_PYKEEN, "product, vectors made of the relations around", "Galkin et al. 2022"),
    "ntn": ModelKind(_PYKEEN, "network of bilinear products", "Socher et al. 2013"),
    "pairre": ModelKind(_PYKEEN, "distance after scaling both ends", "Chao et al. 2021"),
    "proje": ModelKind(_PYKEEN, "network over head and relation", "Shi and Weninger 2017"),
    "quate": ModelKind(_PYKEEN, "product of quaternions", "Zhang et al. 2019"),
    "rescal": ModelKind(_PYKEEN, "bilinear product, a matrix of a relation", "Nickel et al. 2011"),
    "rgcn": ModelKind(_PYKEEN, "product, vectors made by a graph network", "Schlichtkrull et al. 2018"),
    "rotate": ModelKind(_PYKEEN, "distance after a rotation", "Sun et al. 2019"),
    "se": ModelKind(_PYKEEN, "distance after two projections", "Bordes et al. 2011"),
    "simple": ModelKind(_BOTH, "two products, two vectors of an entity", "Kazemi and Poole 2018"),
    "toruse": ModelKind(_PYKEEN, "distance after moving, on a torus", "Ebisu and Ichise 2018"),
    "transd": ModelKind(_PYKEEN, "distance after moving, projected for each pair", "Ji et al. 2015"),
    "transe": ModelKind(_PYKEEN, "distance after moving", "Bordes et al. 2013"),
    "transf": ModelKind(_PYKEEN, "product after moving", "Feng et al. 2016"),
    "transh": ModelKind(_PYKEEN, "distance after moving, on a plane", "Wang et al. 2014"),
    "transr": ModelKind(_PYKEEN, "distance after moving, in a space of the relation", "Lin et al. 2015"),
    "tucker": ModelKind(_PYKEEN, "product with a core tensor", "Balažević et al. 2019"),
    "um": ModelKind(_PYKEEN, "distance, without relations", "Bordes et al. 2014"),
}
"""The models by their names, by code point."""


def installed_engines() -> dict[str, bool]:
    """Return for each of our engines whether its library is installed; nothing is imported for it."""
    return {name: importlib.util.find_spec(library) is not None for name, library in _NEEDED.items()}
