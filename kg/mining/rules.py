"""Association rules between the tags and the concepts of notes: who writes of these also writes of that."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal as OneOf

from kg.errors import InputError
from kg.iri import normalise_name
from kg.mining.chance import log_chances
from kg.mining.collection import Collection
from kg.mining.itemsets import FrequentSets, Itemset, frequent_sets

__all__ = ["ItemKind", "MinedRules", "Rule", "RuleSettings", "mine_rules"]

ItemKind = OneOf["tags", "concepts"]
_CHANCE = 0.05
"""The share of rules that are told and come from chance alone."""
_AUTOMATIC_SHARE, _AUTOMATIC_LEAST = 0.005, 3
_Split = tuple[Itemset, int, int]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Which rules are wanted.

    Attributes:
        support: notes that have all of a rule's items, at least: below 1 a share of all notes, from 1 on a number of
            them, None for half a percent and 3 at least.
        confidence: the share of notes with the left side that have the right one too, at least; 0 to 1.
        lift: how many times as often the right side comes with the left one as it does at all, at least.
        longest: items at the left, at most; 1 to 3.
        only: tags or concepts alone; None for both.
        with_chance: also rules that chance alone could explain.
    """

    support: float | None = None
    confidence: float = 0.5
    lift: float = 1.2
    longest: int = 3
    only: ItemKind | None = None
    with_chance: bool = False

    def least(self, notes: int) -> int:
        """Return the support as a number of notes.

        Raises:
            InputError: it is neither a share nor a number.
        """
        if self.support is None:
            return max(_AUTOMATIC_LEAST, round(_AUTOMATIC_SHARE * notes))
        if not 0 < self.support < math.inf or (self.support >= 1 and self.support != int(self.support)):
            raise InputError(f"A support is a share between 0 and 1 or a number of notes, not {self.support:g}.")
        if self.support >= 1:
            return int(self.support)
        return max(1, math.ceil(round(self.support * notes, 6)))  # 0.07 of 100 notes are 7, not 7.000000000000001


@dataclass(frozen=True, slots=True)
class Rule:
    """Notes that have all of `left` have `right` too.

    Attributes:
        left, right: IRIs of tags or things; `left` by name.
        count: notes that have all of them; `support` is their share of all notes with a tag or a concept.
        confidence: the share of notes with `left` that have `right`. lift: confidence by the share of `right`.
        p: how likely so many are by chance (Fisher's exact test, one side).
    """

    left: tuple[str, ...]
    right: str
    count: int
    support: float
    confidence: float
    lift: float
    p: float


@dataclass(frozen=True, slots=True)
class MinedRules:
    """The rules of a collection, those that chance explains least first.

    Attributes:
        notes: how many were looked at: those with an item. items: tags and concepts that were compared.
        least: the support as a number of notes; more than was asked for where there were too many pairs.
        longest: up to so many items at the left all rules were looked at; fewer than was asked for where there were too
            many.
        by_chance: rules left out because chance could explain them. no_better: those of which a shorter one is as sure,
            but for chance.
    """

    rules: tuple[Rule, ...]
    notes: int
    items: int
    least: int
    longest: int
    by_chance: int
    no_better: int


def mine_rules(collection: Collection, settings: RuleSettings) -> MinedRules:
    """Return the association rules of a collection.

    A tag that is called as exactly one concept is that concept. A rule is left out where chance could explain it, or
    why it is surer than one with fewer items at the left: of the rules that are told about one of twenty may come from
    chance (Benjamini and Hochberg 1995, over all that were looked at).

    Raises:
        InputError: the support is neither a share nor a number.
    """
    transactions = _transactions(collection, settings.only)
    names = sorted({item for row in transactions for item in row})
    number = {item: place for place, item in enumerate(names)}
    rows = [sorted(number[item] for item in row) for row in transactions]
    least = settings.least(len(rows))
    sets = frequent_sets(rows, len(names), least, settings.longest + 1)
    splits = list(_splits(sets))
    sure = [each for each in splits if _is_sure(sets, each, len(rows), settings)]
    better = _better(sets, sure)
    rules = _ordered(collection, names, sets, better, len(rows))
    told = rules if settings.with_chance else _told(rules, len(splits))
    return MinedRules(
        rules=tuple(told),
        notes=len(rows),
        items=sum(len(key) == 1 for key in sets.counts),
        least=sets.least,
        longest=sets.size - 1,
        by_chance=len(rules) - len(told),
        no_better=len(sure) - len(better),
    )


def _transactions(collection: Collection, only: ItemKind | None) -> list[list[str]]:
    """Return the items of each note that has one."""
    same = _tags_as_concepts(collection) if only is None else {}
    rows = []
    for note in collection.notes:
        tags = collection.tags.get(note.iri, ()) if only != "concepts" else ()
        concepts = collection.concepts.get(note.iri, ()) if only != "tags" else ()
        if tags or concepts:
            rows.append(sorted({same.get(tag, tag) for tag in tags} | set(concepts)))
    return rows


def _tags_as_concepts(collection: Collection) -> Mapping[str, str]:
    called: defaultdict[str, set[str]] = defaultdict(set)
    for things in collection.concepts.values():
        for thing in things:
            called[normalise_name(collection.name(thing))].add(thing)
    found = {}
    for tag in {tag for tags in collection.tags.values() for tag in tags}:
        concepts = called.get(normalise_name(collection.name(tag)), set())
        if len(concepts) == 1:
            found[tag] = next(iter(concepts))
    return found


def _splits(sets: FrequentSets) -> Iterator[_Split]:
    """Yield each set in each way: (left side, right side, notes with both)."""
    for items, count in sets.counts.items():
        if len(items) > 1:
            for place, right in enumerate(items):
                yield items[:place] + items[place + 1 :], right, count


def _is_sure(sets: FrequentSets, split: _Split, notes: int, settings: RuleSettings) -> bool:
    left, right, count = split
    confidence = count / sets.counts[left]
    return confidence >= settings.confidence and confidence * notes / sets.counts[(right,)] >= settings.lift


def _better(sets: FrequentSets, splits: Sequence[_Split]) -> list[_Split]:
    """Return the rules that are surer than each with fewer items at the left, and not by chance.

    Source: productive rules, Webb 2007.
    """
    compared = [
        (number, count, sets.counts[part], sets.counts[tuple(sorted((*part, right)))], sets.counts[left])
        for number, (left, right, count) in enumerate(splits)
        for size in range(1, len(left))
        for part in combinations(left, size)
    ]
    if not compared:
        return list(splits)
    numbers, *figures = zip(*compared, strict=True)
    chances = _logarithms(*figures)
    worse = {number for number, chance in zip(numbers, chances, strict=True) if chance > math.log(_CHANCE)}
    return [split for number, split in enumerate(splits) if number not in worse]


def _ordered(
    collection: Collection, names: Sequence[str], sets: FrequentSets, splits: Sequence[_Split], notes: int
) -> list[Rule]:
    counts = [count for *_, count in splits]
    lefts = [sets.counts[left] for left, *_ in splits]
    rights = [sets.counts[(right,)] for _, right, _ in splits]
    chances = _logarithms(counts, [notes] * len(splits), rights, lefts)
    placed = []
    for (left, right, count), with_left, with_right, chance in zip(splits, lefts, rights, chances, strict=True):
        iris = tuple(sorted((names[item] for item in left), key=lambda iri: (collection.name(iri), iri)))
        confidence = count / with_left
        lift = round(confidence * notes / with_right, 6)
        rule = Rule(iris, names[right], count, round(count / notes, 6), round(confidence, 6), lift, _power(chance))
        placed.append(((round(chance, 6), -confidence, len(left), iris, names[right]), rule))
    return [rule for _, rule in sorted(placed, key=lambda each: each[0])]


def _logarithms(*figures: Sequence[int]) -> list[float]:
    import numpy as np

    counts, all_, ones, others = (np.array(each, dtype=np.int64) for each in figures)
    return [float(each) for each in log_chances(counts, all_, ones, others)]


def _power(logarithm: float) -> float:
    return float(f"{math.exp(logarithm):.3g}")


def _told(rules: Sequence[Rule], looked_at: int) -> list[Rule]:
    """Return the rules up to the last that is surer than its place among all that were looked at asks for."""
    last = 0
    for place, rule in enumerate(rules, 1):
        if rule.p <= _CHANCE * place / looked_at:
            last = place
    return list(rules[:last])
