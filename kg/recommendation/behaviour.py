"""What users did, as three sources: notes that the same people read, notes that go with each other whatever else was
read, and notes that lie near in what all readers like.

All add up what each note of a history says of a candidate, so their reasons are exact: the notes that contributed
most. A user is looked up in nothing that was learnt: what counts is the history that comes with the question, so who
is new, and what was read a minute ago, is known at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from kg.errors import MissingExtraError
from kg.events import Event
from kg.recommendation.model import Reason, Scores, Seeds
from kg.recommendation.network import Network

__all__ = ["Factors", "Linear", "Neighbours", "affinities", "history_weights"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_VIEWED, _SAVED = 1.0, 2.0
_MIDDLE, _PER_STAR = 3.0, 0.5
"""A rating is worth 0 at 1 and 2 at 5: as much as a note that was saved."""
_BLOCK = 1024
"""Notes whose neighbours are worked out at a time: their similarities to all others are dense."""
_FEWEST = 2
"""Users who must share two notes, before that is more than one person's taste."""
_NAMED = 3
_MOST_LINEAR = 3000
"""Notes of which it is worked out what each says of each other: those that most users know. That many take 3 s."""


def affinities(network: Network, events: Iterable[Event]) -> dict[int, float]:
    """Return how much one user likes each item of what they did, from 0 to 2, in the order in which it was last done.

    Viewing counts 1 and saving 2; who rates a note has judged it, and the last judgement counts alone.
    """
    found: dict[int, float] = {}
    rated: set[int] = set()
    for event in events:
        item = network.item(event.item)
        if item is None:
            continue
        if event.rating is not None:
            value = _VIEWED + (event.rating - _MIDDLE) * _PER_STAR
            rated.add(item)
        elif item in rated:
            value = found[item]
        else:
            value = max(found.get(item, 0.0), _SAVED if event.action == "saved" else _VIEWED)
        found.pop(item, None)
        found[item] = value
    return found


def history_weights(network: Network, seeds: Seeds, half: float) -> dict[int, float]:
    """Return what each item that is known of a question weighs; empty where none is.

    Of a user's own history an item that `half` others came after weighs half of the last one. Where something else than
    that history is asked for, it counts alone.
    """
    if not seeds.is_of_history:
        items = ((int(network.item_of_node[node]), weight) for node, weight in seeds.weights.items())
        return {item: weight for item, weight in items if item >= 0}
    aged = enumerate(reversed(affinities(network, seeds.history).items()))
    return {item: value * 0.5 ** (age / half) for age, (item, value) in aged if value > 0}


class Neighbours:
    """Item-kNN: what people read who read the same, by cosine over users, shrunk where few have both.

    Args:
        events: of all users, in any order.
        shrinkage: as many users at which a similarity counts half.
        nearest: neighbours that are kept of each item.
        half: see `history_weights`.

    Source: Sarwar et al. 2001; the shrinkage as in Bell and Koren 2007, section 4.
    """

    name: Final = "neighbours"

    def __init__(
        self, network: Network, events: Iterable[Event], shrinkage: float = 10.0, nearest: int = 50, half: float = 3.0
    ) -> None:
        self._network, self._half = network, half
        self._similar = _neighbours(_matrix(network, events), shrinkage, nearest)

    def score(self, seeds: Seeds) -> Scores:
        """Score items as the sum of what each known item says of them; see `Source`."""
        weights = history_weights(self._network, seeds, self._half)
        found = np.zeros(len(self._network.items), dtype=np.float32)
        if weights:
            rows = np.fromiter(weights, dtype=np.int64)
            values = np.fromiter(weights.values(), dtype=np.float32)
            found += self._similar[rows].T @ values
        return found

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return one reason, which names the items that contributed most."""
        weights = history_weights(self._network, seeds, self._half)
        column = self._similar[:, [item]].toarray()[:, 0]
        shares = {each: float(column[each]) * weight for each, weight in weights.items()}
        titles = _most(self._network, shares)
        return [Reason(self.name, f"Others who read {titles} read it too")] if titles else []


class Linear:
    """A linear model of items by items: what each that is known says of another, beside all others that are known.

    Notes that fewer than two users know say nothing, and nothing is said of them.

    Args:
        events: of all users, in any order.
        regularisation: the greater, the more it is like counting who knows both.
        half: see `history_weights`.

    Source: Steck 2019, "Embarrassingly shallow autoencoders for sparse data" (EASE), equation 8.
    """

    name: Final = "linear"

    def __init__(
        self, network: Network, events: Iterable[Event], regularisation: float = 600.0, half: float = 4.0
    ) -> None:
        self._network, self._half = network, half
        known = _matrix(network, events).astype(np.bool_).astype(np.float64)
        users = np.asarray(known.sum(axis=0)).ravel()
        chosen = np.flatnonzero(users >= _FEWEST)
        chosen = np.sort(chosen[np.argsort(-users[chosen], kind="stable")[:_MOST_LINEAR]])
        self._items = chosen
        self._place = np.full(len(network.items), -1, dtype=np.int64)
        self._place[chosen] = np.arange(len(chosen))
        own = known.tocsc()[:, chosen]
        gram = (own.T @ own).toarray() + regularisation * np.eye(len(chosen))
        inverse = np.linalg.inv(gram)
        self._says = (inverse / -np.diag(inverse)).astype(np.float32)
        np.fill_diagonal(self._says, 0)

    def score(self, seeds: Seeds) -> Scores:
        """Score items as the sum of what each known item says of them, where that is above 0; see `Source`."""
        found = np.zeros(len(self._network.items), dtype=np.float32)
        rows, values = self._known(seeds)
        if len(rows):
            found[self._items] = np.maximum(values @ self._says[rows], np.float32(0))
        return found

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return one reason, which names the items that contributed most."""
        rows, values = self._known(seeds)
        column = self._place[item]
        if column < 0:
            return []
        parts = values * self._says[rows, column]
        titles = _most(self._network, dict(zip(self._items[rows].tolist(), parts.tolist(), strict=True)))
        return [Reason(self.name, f"Read together with {titles}")] if titles else []

    def _known(self, seeds: Seeds) -> tuple[Ints, Floats]:
        """Return the rows of the known items, as far as they have one, and what each weighs."""
        weights = history_weights(self._network, seeds, self._half)
        items = np.fromiter(weights, dtype=np.int64, count=len(weights))
        values = np.fromiter(weights.values(), dtype=np.float32, count=len(weights))
        has_row = self._place[items] >= 0
        return self._place[items[has_row]], values[has_row]


class Factors:
    """Implicit ALS: items as vectors, near to each other when the same kind of people read them.

    A user's vector is solved from the history that comes with the question.

    Args:
        events: of all users, in any order.
        dimensions: of the vectors, at most as many as there are items and users.
        confidence: what an affinity of 1 adds to the weight of an observation.
        half: see `history_weights`.

    Raises:
        MissingExtraError: implicit is not installed.

    Source: Hu, Koren and Volinsky 2008, section 4 for the vectors, section 5 for the reasons.
    """

    name: Final = "factors"

    def __init__(
        self,
        network: Network,
        events: Iterable[Event],
        dimensions: int = 64,
        regularisation: float = 30.0,
        confidence: float = 10.0,
        iterations: int = 15,
        half: float = 4.0,
        seed: int = 0,
    ) -> None:
        self._network, self._half, self._confidence = network, half, confidence
        self._regularisation = regularisation
        matrix = _matrix(network, events)
        is_known = np.diff(matrix.tocsc().indptr) > 0
        if matrix.shape[0] < _FEWEST or not is_known.any():
            self._vectors = np.zeros((len(network.items), 1), dtype=np.float32)
        else:
            size = min(dimensions, *matrix.shape)
            self._vectors = _factorised(matrix, size, regularisation, confidence, iterations, seed)
            self._vectors[~is_known] = 0  # of what nobody read nothing was learnt
        self._gram = self._vectors.T @ self._vectors + regularisation * np.eye(self._vectors.shape[1], dtype=np.float32)

    def score(self, seeds: Seeds) -> Scores:
        """Score items by how much who has this history would like them; see `Source`."""
        rows, values, solved = self._solved(seeds)
        if not len(rows):
            return np.zeros(len(self._network.items), dtype=np.float32)
        user = solved @ (self._vectors[rows].T @ (1.0 + values))
        found: Scores = np.maximum(self._vectors @ user, np.float32(0))
        return found

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return one reason, which names the items that contributed most."""
        rows, values, solved = self._solved(seeds)
        if not len(rows):
            return []
        parts = (self._vectors[rows] @ (solved @ self._vectors[item])) * (1.0 + values)
        titles = _most(self._network, dict(zip(rows.tolist(), parts.tolist(), strict=True)))
        return [Reason(self.name, f"Liked by those with a taste for {titles}")] if titles else []

    def _solved(self, seeds: Seeds) -> tuple[Ints, Floats, Floats]:
        """Return the known items, their confidences, and the inverse that a user with them is solved with."""
        weights = history_weights(self._network, seeds, self._half)
        rows = np.fromiter(weights, dtype=np.int64)
        values = np.fromiter((self._confidence * weight for weight in weights.values()), dtype=np.float32)
        known = self._vectors[rows]
        gram = self._gram + (known.T * values) @ known
        return rows, values, np.linalg.inv(gram.astype(np.float64)).astype(np.float32)


def _matrix(network: Network, events: Iterable[Event]) -> scipy.sparse.csr_array[Any]:
    """Return (users, items) float32: how much each user, in order of name, likes what they know."""
    by_user: dict[str, list[Event]] = {}
    for event in events:
        by_user.setdefault(event.user, []).append(event)
    rows, columns, values = list[int](), list[int](), list[float]()
    for row, user in enumerate(sorted(by_user)):
        for item, value in affinities(network, sorted(by_user[user], key=lambda event: event.time)).items():
            if value > 0:
                rows.append(row)
                columns.append(item)
                values.append(value)
    shape = (len(by_user), len(network.items))
    return scipy.sparse.csr_array((np.array(values, dtype=np.float32), (rows, columns)), shape=shape)


def _neighbours(matrix: scipy.sparse.csr_array[Any], shrinkage: float, nearest: int) -> scipy.sparse.csr_array[Any]:
    """Return (items, items) float32: how alike two items are, of each item to its nearest ones, 0 to itself."""
    norms = np.sqrt(np.asarray((matrix * matrix).sum(axis=0)).ravel())
    scaled = matrix @ scipy.sparse.diags_array(1.0 / np.maximum(norms, 1e-12)).astype(np.float32)
    scaled, counted = scaled.tocsc(), matrix.tocsc()
    counted.data = np.ones_like(counted.data)
    blocks = []
    for start in range(0, matrix.shape[1], _BLOCK):
        block = slice(start, start + _BLOCK)
        both = (counted[:, block].T @ counted).toarray()
        alike = (scaled[:, block].T @ scaled).toarray() * (both / np.maximum(both + shrinkage, 1))
        alike[both < _FEWEST] = 0
        alike[np.arange(alike.shape[0]), np.arange(start, start + alike.shape[0])] = 0
        blocks.append(scipy.sparse.csr_array(_largest(alike, nearest)))
    if not blocks:
        return scipy.sparse.csr_array((matrix.shape[1], matrix.shape[1]), dtype=np.float32)
    return scipy.sparse.csr_array(scipy.sparse.vstack(blocks, format="csr", dtype=np.float32))


def _largest(rows: Floats, number: int) -> Floats:
    """Return the rows with all but their largest numbers 0; of equal ones the first stay."""
    if rows.shape[1] <= number:
        return rows
    least = np.partition(rows, rows.shape[1] - number, axis=1)[:, [rows.shape[1] - number]]
    is_above, is_equal = rows > least, rows == least
    room = number - is_above.sum(axis=1, keepdims=True)
    return np.where(is_above | (is_equal & (np.cumsum(is_equal, axis=1) <= room)), rows, np.float32(0))


def _factorised(
    matrix: scipy.sparse.csr_array[Any],
    dimensions: int,
    regularisation: float,
    confidence: float,
    iterations: int,
    seed: int,
) -> Floats:
    """Return (items, dimensions) float32."""
    try:
        from implicit.cpu.als import AlternatingLeastSquares
    except ImportError as error:
        raise MissingExtraError("embed", "Recommending by factors of behaviour") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it asks for BLAS with one thread, which is not ours to set
        model = AlternatingLeastSquares(
            factors=dimensions,
            regularization=regularisation,
            iterations=iterations,
            num_threads=1,
            random_state=seed,
        )
        weighted = scipy.sparse.csr_matrix(matrix)
        weighted.data = 1.0 + confidence * weighted.data
        model.fit(weighted, show_progress=False)
    return np.array(model.item_factors, dtype=np.float32)


def _most(network: Network, shares: Mapping[int, float]) -> str:
    """Return the titles of the items with the largest shares above 0, the largest first, as words."""
    ordered = sorted((item for item, share in shares.items() if share > 0), key=lambda item: (-shares[item], item))
    return _joined([f"“{network.items[item].title}”" for item in ordered[:_NAMED]])


def _joined(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}" if titles else ""
