"""Floors under the quality of resolution on the dev half of the labelled pairs, and laws of the labels."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kg.resolution import ResolutionSettings
from tests.resolution.examples import SCORER

SCRIPT = Path(__file__).parent.parent.parent / "benchmarks" / "resolution.py"

PAIRS = {"precision": 0.97, "recall": 0.62, "f1": 0.76}
B_CUBED = {"precision": 0.99, "recall": 0.86, "f1": 0.92}
"""Measured on 2026-11-22, dev half at 0.9: pairs .99/.65/.79, B-cubed 1.0/.88/.94; each floor a few points below."""
MOST_SEPARATE = 0.22
"""Share of the pairs that are one thing and yet fall below review; measured .19."""


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("resolution_benchmark", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_floors_on_the_dev_half(benchmark: ModuleType) -> None:
    figures = benchmark.own("dev", SCORER, False)
    for name, floor in PAIRS.items():
        assert figures["pairs"][name] >= floor, (name, figures["pairs"])
    for name, floor in B_CUBED.items():
        assert figures["b_cubed"][name] >= floor, (name, figures["b_cubed"])
    for language in ("en", "zh"):
        assert figures["languages"][language]["pairs"]["precision"] >= 0.95
    zones = figures["zones"]
    assert zones["separate"]["same"] / sum(zone["same"] for zone in zones.values()) <= MOST_SEPARATE


def test_precision_rises_with_the_operating_point(benchmark: ModuleType) -> None:
    curve = benchmark.own("dev", SCORER, False)["curve"]
    assert [point["merge"] for point in curve] == sorted(point["merge"] for point in curve)
    assert ResolutionSettings().merge in [point["merge"] for point in curve]
    assert curve[-1]["precision"] >= curve[0]["precision"]
    assert [point["recall"] for point in curve] == sorted((point["recall"] for point in curve), reverse=True)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_labels_are_an_equivalence_and_cover_each_group(benchmark: ModuleType, split: str) -> None:
    groups = benchmark.read_groups(split)
    for group in groups:
        iris = [entity.iri for entity in group.profiles]
        assert len(group.labels) == len(iris) * (len(iris) - 1) // 2
        same = {pair for pair, label in group.labels.items() if label}
        for a in iris:
            for b in iris:
                for c in iris:
                    if frozenset((a, b)) in same and frozenset((b, c)) in same and a != c:
                        assert frozenset((a, c)) in same, group.name


def test_there_are_enough_pairs_of_both_languages(benchmark: ModuleType) -> None:
    groups = [*benchmark.read_groups("dev"), *benchmark.read_groups("test")]
    assert sum(len(group.labels) for group in groups) >= 440
    assert sum(len(group.labels) for group in groups if group.language == "zh") >= 200
    assert len({entity.iri for group in groups for entity in group.profiles}) == sum(len(g.profiles) for g in groups)


def test_the_synthetic_entities_are_resolved(benchmark: ModuleType) -> None:
    figures = benchmark.scale(300)
    assert figures["entities"] == 300
    assert figures["memory"]["answer"]["clusters"] > 0
    assert figures["new_process"]["later_notes_ms"]["max"] > 0
