"""How likely a count is by chance alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["log_chances"]

_NEGLIGIBLE = -28.0
"""The logarithm of a part of a sum that no longer changes it."""


def log_chances(
    counts: NDArray[np.int64], all_: NDArray[np.int64], ones: NDArray[np.int64], others: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the logarithm of how likely two independent sets have so many members in common, or more: (n,).

    Args:
        counts: (n,) members that both have. all_: (n,) of how many. ones, others: (n,) the sizes of the two sets.

    Source: Fisher's exact test, one side; the upper tail of the hypergeometric distribution.
    """
    import numpy as np
    from scipy.special import gammaln

    def choices(total: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = gammaln(total + 1) - gammaln(chosen + 1) - gammaln(total - chosen + 1)
        return found

    first = choices(ones, counts) + choices(all_ - ones, others - counts) - choices(all_, others)
    term, total, k = np.zeros(len(counts)), np.zeros(len(counts)), counts.astype(np.float64)
    # Logarithms, for below what is expected the terms rise beyond every number before they fall.
    with np.errstate(divide="ignore"):
        while (term - total).max(initial=-np.inf) > _NEGLIGIBLE:  # each term follows from the one before
            rises = np.maximum(ones - k, 0) * np.maximum(others - k, 0)
            term = term + np.log(rises) - np.log((k + 1) * np.maximum(all_ - ones - others + k + 1, 1))
            total = np.logaddexp(total, term)
            k += 1
    tail: NDArray[np.float64] = np.minimum(first + total, 0.0)
    return tail
