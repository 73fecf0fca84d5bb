"""Which items occur together in so many rows at least: a search level by level over columns of bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FrequentSets", "Itemset", "frequent_sets"]

Itemset = tuple[int, ...]
"""Items in ascending order."""

_MOST_SETS = 200_000
"""Sets of one size that are kept."""
_MOST_WORK = 4_000_000_000
"""Bytes that are compared for sets of one size: some seconds."""


@dataclass(frozen=True, slots=True)
class FrequentSets:
    """Sets of items with the number of rows that have all of them.

    Attributes:
        least: what each count is at least; more than was asked for where there were too many pairs.
        size: up to so many items all sets are there; fewer than was asked for where there were too many.
    """

    counts: Mapping[Itemset, int]
    least: int
    size: int


def frequent_sets(
    rows: Sequence[Sequence[int]], items: int, least: int, size: int, most: int = _MOST_SETS, work: int = _MOST_WORK
) -> FrequentSets:
    """Return all sets of up to `size` items, 2 or more, that `least` rows have, 1 or more.

    Args:
        rows: items from 0 to `items` - 1, each once a row.

    Source: Apriori, Agrawal and Srikant 1994, with columns of bits in the place of rows.
    """
    import numpy as np

    found = Counter(item for row in rows for item in row)
    counts: dict[Itemset, int] = {(item,): found[item] for item in sorted(found) if found[item] >= least}
    pairs = _pairs(rows, items, least, {item for (item,) in counts})
    if len(pairs) > most:
        least = sorted(pairs.values(), reverse=True)[most] + 1
        counts = {one: count for one, count in counts.items() if count >= least}
        pairs = {pair: count for pair, count in pairs.items() if count >= least}
    counts |= pairs
    bits = _columns(
        rows, items, np.array([item for (item,) in [key for key in counts if len(key) == 1]], dtype=np.int64)
    )
    level = sorted(pairs)
    for length in range(3, size + 1):
        groups = list(_groups(level))
        candidates = sum(len(lasts) * (len(lasts) - 1) // 2 for _, lasts in groups)
        if candidates * ((len(rows) + 7) // 8) > work:
            return FrequentSets(counts, least, length - 1)
        longer: dict[Itemset, int] = {}
        for prefix, lasts in groups:
            longer.update(_joined(prefix, lasts, bits, least))
            if len(longer) > most:
                return FrequentSets(counts, least, length - 1)
        counts |= longer
        level = list(longer)
    return FrequentSets(counts, least, size)


def _pairs(rows: Sequence[Sequence[int]], items: int, least: int, frequent: set[int]) -> dict[Itemset, int]:
    """Count the pairs by a product of sparse matrices."""
    import numpy as np
    from scipy import sparse

    kept = [[item for item in row if item in frequent] for row in rows]
    ends = np.cumsum([0, *map(len, kept)])
    columns = np.array([item for row in kept for item in row], dtype=np.int32)
    table = sparse.csr_matrix((np.ones(len(columns), dtype=np.int32), columns, ends), shape=(len(rows), items))
    product = sparse.triu(table.T @ table, k=1).tocoo()
    enough = product.data >= least
    triples = zip(
        product.row[enough].tolist(), product.col[enough].tolist(), product.data[enough].tolist(), strict=True
    )
    return {(one, other): count for one, other, count in sorted(triples)}


def _columns(rows: Sequence[Sequence[int]], items: int, kept: NDArray[np.int64]) -> dict[int, NDArray[np.uint8]]:
    """Return the rows of each item that is kept, a bit for a row."""
    import numpy as np

    where: dict[int, list[int]] = {item: [] for item in kept.tolist()}
    for number, row in enumerate(rows):
        for item in row:
            if item in where:
                where[item].append(number)
    columns = {}
    for item, numbers in where.items():
        flags = np.zeros(len(rows), dtype=bool)
        flags[numbers] = True
        columns[item] = np.packbits(flags)
    return columns


def _groups(level: Sequence[Itemset]) -> Iterator[tuple[Itemset, list[int]]]:
    """Yield the sets that differ in their last item only; `level` is in order."""
    prefix: Itemset = ()
    lasts: list[int] = []
    for each in level:
        if each[:-1] != prefix:
            if len(lasts) > 1:
                yield prefix, lasts
            prefix, lasts = each[:-1], []
        lasts.append(each[-1])
    if len(lasts) > 1:
        yield prefix, lasts


def _joined(
    prefix: Itemset, lasts: Sequence[int], bits: Mapping[int, NDArray[np.uint8]], least: int
) -> Iterator[tuple[Itemset, int]]:
    """Yield the sets of a prefix and two of the items that follow it, with their counts, in order."""
    import numpy as np

    common = np.bitwise_and.reduce([bits[item] for item in prefix])
    table = np.stack([bits[item] for item in lasts]) & common
    for place in range(len(lasts) - 1):
        counts = np.bitwise_count(table[place + 1 :] & table[place]).sum(axis=1, dtype=np.int64)
        for offset in np.flatnonzero(counts >= least).tolist():
            yield (*prefix, lasts[place], lasts[place + 1 + offset]), int(counts[offset])
