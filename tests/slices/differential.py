"""A random query on a slice and on the whole: one case for each seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from kg.errors import KgError
from kg.model import Change
from kg.query.corrections import ask
from kg.rdf import BlankNode, NamedNode, Quad, Term
from kg.results import Boolean, DatasetClause, ResultSet, Solutions
from kg.stores import Dataset, Store
from kg.stores.oxigraph import OxigraphStore
from tests.slices.queries import PREFIXES, Queries, random_dataset, random_quads
from tests.slices.sliced_store import SlicedStore

__all__ = ["Answer", "Case", "Tally", "answer", "case", "compare", "is_corrected", "read", "run", "stores", "tell"]

EXCLUDED = frozenset({NamedNode("http://e/g3")})
"""What a merged dataset leaves out of its default graph."""

Answer = Counter[frozenset[tuple[str, str]]] | bool | str


@dataclass(frozen=True)
class Case:
    """What is asked of what; `limit` is that of the query, whose rows are any then."""

    seed: int
    dataset: Dataset
    quads: tuple[Quad, ...]
    text: str
    clause: DatasetClause
    limit: int | None
    is_chosen_by_chance: bool


_DATASETS = 5
"""How many cases that follow one another ask the same, of other data: reading a query takes longest."""


def case(seed: int, with_from: bool = False) -> Case:
    """Return the case of a seed; `with_from`: its dataset is in the text too."""
    data = random.Random(f"data {seed}")
    dataset: Dataset = "merged" if data.random() < 0.4 else "separate"
    quads = tuple(random_quads(data, dataset))
    clause = random_dataset(data)
    clauses = [f"FROM {name}" for name in clause.default_graphs or ()]
    clauses += [f"FROM NAMED {name}" for name in clause.named_graphs or ()]
    queries = Queries(random.Random(seed // _DATASETS), " ".join(clauses) if with_from else "")
    text = queries.query()
    has_blank = any(isinstance(term, BlankNode) for quad in quads for term in (quad.subject, quad.object))
    by_chance = queries.has_cut_inside and has_blank
    return Case(seed, dataset, quads, text, clause, queries.limit, by_chance)


def answer(store: Store, asked: Case, corrected: bool = False) -> Answer:
    """Return an answer as a multiset, or the error's kind; `corrected`: through `kg.query.corrections`."""
    if corrected:
        return read(lambda: ask(store, asked.text, asked.clause, dict(PREFIXES)))
    return read(lambda: store.query(asked.text, asked.clause, dict(PREFIXES)))


def read(asking: Callable[[], ResultSet]) -> Answer:
    """Return what is answered as a multiset, or the error's kind."""
    try:
        found = asking()
        if isinstance(found, Boolean):
            return found.value
        if isinstance(found, Solutions):
            return Counter(_row(zip(found.variables, row, strict=True)) for row in found.rows)
        return Counter({frozenset({("t", str(triple))}): 1 for triple in found.triples})
    except KgError as error:
        return type(error).__name__
    except Exception as error:  # noqa: BLE001 - a defect is a difference with its seed, not the end of a long run
        return f"{type(error).__name__}: {error}"


def _row(cells: Iterable[tuple[str, Term | None]]) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(term)) for name, term in cells if term is not None)


def compare(asked: Case, whole: Answer, part: Answer, store: OxigraphStore, corrected: bool = False) -> bool:
    """Tell whether an answer of a slice is right, given that of the whole, which is in a store."""
    if whole == part:
        return True
    if asked.limit is None or isinstance(whole, bool | str) or isinstance(part, bool | str):
        return False
    unlimited: Any = answer(store, replace(asked, text=asked.text.rpartition(" LIMIT ")[0]), corrected)
    return whole.total() == part.total() and part <= unlimited


def tell(asked: Case, whole: Answer, part: Answer) -> str:
    """Describe a difference."""
    lines = [f"seed {asked.seed}, {asked.dataset}, {asked.clause}", asked.text]
    if isinstance(whole, Counter) and isinstance(part, Counter):
        lines += [f"missing {dict(whole - part)}", f"surplus {dict(part - whole)}"]
    else:
        lines += [f"whole {whole}", f"slice {part}"]
    return "\n".join(lines + [f"  {quad}" for quad in asked.quads])


def stores(asked: Case) -> tuple[OxigraphStore, SlicedStore]:
    """Return the same data as a store, and as one that answers from slices."""
    excluded = EXCLUDED if asked.dataset == "merged" else frozenset[NamedNode]()
    whole, sliced = OxigraphStore(None, asked.dataset, excluded), SlicedStore(None, asked.dataset, excluded)
    for store in (whole, sliced):
        store.commit(Change(add=asked.quads))
    return whole, sliced


@dataclass
class Tally:
    """What came of some cases."""

    cases: int = 0
    with_rows: int = 0
    invalid: int = 0
    by_chance: int = 0
    differences: int = 0
    quads: int = 0
    fetched: int = 0
    wholes: int = 0
    first: str = ""

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in self.__dict__ if name != "first"}
        return Tally(**sums, first=self.first or other.first)


def run(seeds: Iterable[int], corrected: bool | None = None, stops_at: int | None = None) -> Tally:
    """Compare the answers of some seeds.

    Args:
        corrected: ask through `kg.query.corrections`; None does so for every second query.
    """
    tally = Tally()
    for seed in seeds:
        asked = case(seed)
        corrects = is_corrected(seed) if corrected is None else corrected
        whole, sliced = stores(asked)
        expected = answer(whole, asked, corrects)
        if isinstance(expected, str):
            tally.invalid += 1
            continue
        found = answer(sliced, asked, corrects)
        tally.cases += 1
        tally.with_rows += bool(expected)
        tally.quads += len(asked.quads)
        tally.fetched += sliced.fetched
        tally.wholes += bool(sliced.wholes)
        if compare(asked, expected, found, whole, corrects):
            continue
        if asked.is_chosen_by_chance:
            tally.by_chance += 1
            continue
        tally.differences += 1
        tally.first = tally.first or tell(asked, expected, found)
        if stops_at is not None and tally.differences >= stops_at:
            break
    return tally


def is_corrected(seed: int) -> bool:
    """Tell whether a seed's query goes through `kg.query.corrections`: every second one does."""
    return seed // _DATASETS % 2 == 1
