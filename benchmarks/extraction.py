"""Extraction quality on the gold set: precision, recall and F1 by property, one JSON line.

    KG_BENCH=… python benchmarks/extraction.py [--split dev|test] [--show]

The annotations are in tests/data/gold, their text in the folder that KG_BENCH names. `--show` prints
every miss and false alarm, and works for the dev half only: the test half is held out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors.source import SpacySource
from kg.describe import describe, note_facts
from kg.extraction import ExtractionOptions, Request
from kg.importers import importer_for
from kg.iri import Minter
from kg.link import link_extraction, vocabulary
from kg.model import Note
from kg.ontology import Ontology, load_ontology
from kg.rdf import KG, RDF, Literal, NamedNode, local_name
from kg.validate import gate

GOLD = Path(__file__).parent.parent / "tests" / "data" / "gold" / "relations.jsonl"
MIN_CONFIDENCE = 0.25

_SAME = {
    "authorOf": "hasAuthor",
    "creatorOf": "createdBy",
    "employs": "worksFor",
    "foundedBy": "createdBy",
    "founderOf": "createdBy",
    "hasPart": "partOf",
    "hasParticipant": "participatesIn",
    "maintainedBy": "maintains",
}
_INVERTED = frozenset({"authorOf", "creatorOf", "maintainedBy", "employs", "founderOf", "hasPart", "hasParticipant"})
_SYMMETRIC = frozenset({"alternativeTo", "knows", "collaboratesWith"})
_ANNOTATED = frozenset(
    "uses dependsOn requires writtenIn implements alternativeTo createdBy maintains worksFor affiliatedWith knows "
    "collaboratesWith worksOn participatesIn locatedIn partOf hasAuthor cites hasExpertiseIn releasedOn foundedOn "
    "version type".split()
)

Triple = tuple[str, str, str]


@dataclass
class Score:
    """Counts of found, missed and wrongly found triples."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Return precision, recall and F1 with the counts they are made of."""
        precision = self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0
        recall = self.right / (self.right + self.missed) if self.right + self.missed else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3),
                "gold": self.right + self.missed, "found": self.right + self.wrong}  # fmt: skip


@dataclass
class Scores:
    """Scores by whatever they are reported by."""

    total: Score = field(default_factory=Score)
    by_property: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    by_sample: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    by_kind: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))


def read_gold(split: str) -> list[dict[str, Any]]:
    """Return the records of one half."""
    rows = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    return [row for row in rows if row["split"] == split]


def text_of(record: dict[str, Any], bench: Path) -> tuple[str, str]:
    """Return the title and the whole text that a record's sentence stands in.

    Raises:
        ValueError: the text is not the one that was annotated.
    """
    path = bench / record["source"]
    title = Path(record["source"]).stem
    if "pointer" not in record:
        text = path.read_bytes().decode("utf-8")
    else:
        first, *rest = record["pointer"]
        found: Any = (
            json.loads(path.read_text("utf-8"))
            if path.suffix == ".json"
            else json.loads(path.read_text("utf-8").split("\n")[first])
        )
        title = str(first) if isinstance(found, dict) and path.suffix == ".json" else title
        if path.suffix == ".json":
            found = found[first]
        if isinstance(found, dict):
            title = str(found.get("title", title))
        siblings = found
        for key in rest:
            found = found[key]
        text = found
        if isinstance(siblings, list):
            return title, _joined(siblings, rest[0], record)
    if hashlib.sha1(text[record["start"] : record["end"]].encode()).hexdigest()[:12] != record["sha1"]:
        raise ValueError(f"{record['id']}: {record['source']} is not the text that was annotated")
    return title, text


def _joined(sentences: list[str], number: int, record: dict[str, Any]) -> str:
    """Join the sentences of a paragraph and move the record's offsets along."""
    if not record.get("moved"):
        before = sum(len(sentence) for sentence in sentences[:number])
        record["start"], record["end"], record["moved"] = record["start"] + before, record["end"] + before, True
    return "".join(sentences)


class Predictor:
    """Runs the shipped extractor on one text at a time."""

    def __init__(self) -> None:
        self.ontology = load_ontology()
        self._minter = Minter("https://noemata.example/gold/")
        self._extractor = SpacySource(ExtractionOptions()).make(self.ontology, self._minter)

    def statements(self, title: str, text: str, is_markdown: bool) -> Iterator[tuple[Triple, int, int]]:
        """Yield (subject surface, property, object surface) with the sentence's span."""
        name = f"{title}.md" if is_markdown else f"{title}.txt"
        importer = importer_for(name)
        assert importer is not None
        (note,) = (n for n in importer.read(name, text.encode()) if isinstance(n, Note))
        facts = note_facts(note, self.ontology, name, frozenset())
        entry = describe(facts, self._minter, "", False)
        names = vocabulary([entry], self.ontology, self._minter)
        (result,) = self._extractor.extract([Request(note, entry, {})], names)
        linked = link_extraction(result.extraction, note, entry, self.ontology, self._minter)
        labels = {iri: sorted(names)[0] for iri, names in linked.labels.items()}
        if entry.described is not None:
            labels[entry.described] = entry.title
        texts = {
            (r.predicate, str(r.object)): r.object_text
            for r in result.extraction.relations
            if isinstance(r.object, Literal)
        }
        admitted, _ = gate(linked.claims, self.ontology, MIN_CONFIDENCE)
        for statement in admitted:
            name_of_object = (
                texts.get((statement.predicate, str(statement.object)), statement.object.value)
                if isinstance(statement.object, Literal)
                else labels.get(statement.object, local_name(statement.object))  # type: ignore[arg-type]
            )
            subject = labels.get(statement.subject, local_name(statement.subject))
            for evidence in statement.evidence:
                if evidence.kind == "extracted":
                    predicate = "type" if statement.predicate == RDF["type"] else local_name(statement.predicate)
                    yield (subject, predicate, name_of_object), evidence.start, evidence.end


def normalise(triple: Triple) -> Triple:
    """Take inverses in one direction and collapse white space."""
    subject, predicate, object_ = (" ".join(part.split()) for part in triple)
    if predicate in _INVERTED:
        subject, object_ = object_, subject
    predicate = _SAME.get(predicate, predicate)
    if predicate in _SYMMETRIC and object_ < subject:
        subject, object_ = object_, subject
    if predicate == "version":
        object_ = object_.removeprefix("v")
    return subject, predicate, object_


def _variants(row: dict[str, Any]) -> set[Triple]:
    subjects = [row["subject"], *_list(row.get("subject_also"))]
    objects = [row["object"], *_list(row.get("object_also"))]
    return {normalise((s, row["predicate"], o)) for s in subjects for o in objects}


def _list(value: object) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


def _follows(triple: Triple, others: Iterable[Triple], ontology: Ontology) -> bool:
    """Tell whether a triple follows from another one by a sub-property or a sub-class."""
    subject, predicate, object_ = triple
    for s, p, o in others:
        if (s, p, o) == triple:
            continue
        if (
            predicate == "type"
            and p == "type"
            and s == subject
            and ontology.is_subclass(KG[o], KG[object_])
            and o != object_
        ):
            return True
        if {s, o} == {subject, object_} and p != predicate and _is_subproperty(KG[p], KG[predicate], ontology):
            return True
    return False


def _is_subproperty(narrow: NamedNode, wide: NamedNode, ontology: Ontology) -> bool:
    pending, seen = [narrow], set()
    while pending:
        iri = pending.pop()
        if iri == wide:
            return True
        seen.add(iri)
        term = ontology.properties.get(iri)
        pending += [parent for parent in (term.parents if term else ()) if parent not in seen]
    return False


def evaluate(split: str, bench: Path, show: bool = False) -> Scores:
    """Score one half of the gold set."""
    predictor, scores = Predictor(), Scores()
    for record in read_gold(split):
        title, text = text_of(record, bench)
        is_note = record["source"].startswith("notes/")
        start, end = record["start"], record["end"]
        found = {
            normalise(triple)
            for triple, left, right in predictor.statements(title, text, is_note)
            if left < end and start < right and min(end, right) - max(start, left) > (right - left) / 2
        }
        implied = frozenset(found)
        found = {t for t in found if t[1] in _ANNOTATED}
        required = [_variants(row) for row in record["triples"] if not row.get("optional")]
        optional = set().union(*(_variants(row) for row in record["triples"] if row.get("optional")), set())
        every = set().union(*required, optional, found)
        right = [v for v in required if v & found or any(_follows(t, implied, predictor.ontology) for t in v)]
        missed = [v for v in required if v not in right]
        wrong = {t for t in found if t not in optional and not any(t in v for v in required)}
        wrong = {t for t in wrong if not _follows(t, every, predictor.ontology)}
        kind = "notes" if is_note else "public"
        for variants in right:
            _count(scores, next(iter(variants))[1], record["sample"], kind, "right")
        for variants in missed:
            _count(scores, next(iter(variants))[1], record["sample"], kind, "missed")
        for triple in wrong:
            _count(scores, triple[1], record["sample"], kind, "wrong")
        if show and (missed or wrong):
            print(record["id"], kind, record["sample"], re.sub(r"\s+", " ", text[start:end]), file=sys.stderr)
            for variants in missed:
                print("   MISSED", sorted(variants)[0], file=sys.stderr)
            for triple in sorted(wrong):
                print("   WRONG ", triple, file=sys.stderr)
    return scores


def _count(scores: Scores, predicate: str, sample: str, kind: str, what: str) -> None:
    for score in (
        scores.total,
        scores.by_property[predicate],
        scores.by_sample[f"{kind} {sample}"],
        scores.by_kind[kind],
    ):
        setattr(score, what, getattr(score, what) + 1)


def main() -> None:
    """Print the scores of one half as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    bench = os.environ.get("KG_BENCH")
    if not bench:
        print(json.dumps({"benchmark": "extraction", "skipped": "KG_BENCH names no folder"}))
        return
    scores = evaluate(arguments.split, Path(bench), arguments.show and arguments.split == "dev")
    print(
        json.dumps(
            {
                "benchmark": "extraction",
                "split": arguments.split,
                **scores.total.to_json(),
                "by_kind": {name: score.to_json() for name, score in sorted(scores.by_kind.items())},
                "by_property": {name: score.to_json() for name, score in sorted(scores.by_property.items())},
                "by_sample": {name: score.to_json() for name, score in sorted(scores.by_sample.items())},
            }
        )
    )


if __name__ == "__main__":
    main()
