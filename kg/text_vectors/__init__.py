"""Text vectors: models of language that turn texts into vectors; texts about the same thing lie near each other.

Nothing here knows a store or a home. A model is found by name, in `[vectors] model` of the settings, and is
imported when it first reads a text; a `VectorCache` keeps what it has read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kg.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["TEXT_VECTOR_MODELS", "TextVectors", "open_model"]


class TextVectors(Protocol):
    """A model of text vectors."""

    @property
    def name(self) -> str:
        """Return the name and the version of the model: equal names give equal vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Return how many numbers a vector has."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of some texts: (texts, dimensions) float32, each of length 1, in their order.

        The vector of a text does not depend on the other texts. One of an empty text has no meaning.
        """
        ...


TEXT_VECTOR_MODELS = Registry(
    "text_vector_model", {"use-multilingual": "kg.text_vectors.universal:UniversalSentenceEncoder"}
)
"""What encodes: classes that are made with a number of threads and are `TextVectors`."""


def open_model(name: str, threads: int) -> TextVectors:
    """Return a model by its name; it is loaded when it first encodes.

    Args:
        threads: how many it may use, at least 1.

    Raises:
        UnknownNameError: no model has that name.
    """
    model: TextVectors = TEXT_VECTOR_MODELS.load(name)(threads)
    return model
