"""What the benchmarks of search share: public questions with their passages, measures, and homes they are asked in."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KG = Path(sys.executable).with_name("kg")
BENCH = Path(os.environ.get("KG_BENCH", "../shared/bench"))
MULTIHOP = ("2wiki", "musique", "hotpotqa")
SCIFACT = "scifact"


@dataclass(frozen=True)
class Question:
    """A question with the ids of the passages that answer it. `half` is "tune" or "held-out", by a hash of its text."""

    id: str
    text: str
    gold: frozenset[str]
    half: str
    is_multihop: bool = True


@dataclass(frozen=True)
class QuestionSet:
    """Passages, each with an id, a title and a text, and questions about them."""

    name: str
    passages: tuple[tuple[str, str, str], ...]
    questions: tuple[Question, ...]

    def of_half(self, half: str) -> tuple[Question, ...]:
        """Return the questions of a half; "all" is all of them."""
        return tuple(question for question in self.questions if half in ("all", question.half))


def half_of(text: str) -> str:
    """Return the half that a question is in, whatever else is in its set."""
    return "tune" if hashlib.blake2b(text.encode()).digest()[0] % 2 else "held-out"


def read_set(name: str) -> QuestionSet:
    """Read a set; 2Wiki and SciFact's test questions only judge and are all held out.

    Ids are titles where titles differ; MuSiQue has several passages of one title, which are numbered.
    """
    if name == SCIFACT:
        return _read_scifact(BENCH / "retrieval" / "beir_scifact")
    folder = BENCH / "multihop"
    if name == "2wiki":
        rows = json.loads((folder / "2wiki" / "corpus_421.json").read_text("utf-8"))
        asked = json.loads((folder / "2wiki" / "gold_51.json").read_text("utf-8"))["questions"]
        return QuestionSet(
            name,
            tuple((row["title"], row["title"], row["text"]) for row in rows),
            tuple(
                Question(
                    each["question"],
                    each["question"],
                    frozenset(each["gold_titles"]),
                    "held-out",
                    each["multihop_only"],
                )
                for each in asked
            ),
        )
    if name == "hotpotqa":
        corpus = json.loads((folder / "hotpotqa_train" / "corpus.json").read_text("utf-8"))
        asked = json.loads((folder / "hotpotqa_train" / "questions.json").read_text("utf-8"))
        return QuestionSet(
            name,
            tuple((title, title, "".join(sentences)) for title, sentences in corpus.items()),
            tuple(
                Question(
                    each["question"],
                    each["question"],
                    frozenset(title for title, _ in each["supporting_facts"]),
                    half_of(each["question"]),
                )
                for each in asked
            ),
        )
    rows = json.loads((folder / "musique_train" / "corpus.json").read_text("utf-8"))
    ids = {(row["title"], row["text"]): f"{number}" for number, row in enumerate(rows)}
    asked = json.loads((folder / "musique_train" / "questions.json").read_text("utf-8"))
    return QuestionSet(
        name,
        tuple((ids[row["title"], row["text"]], row["title"], row["text"]) for row in rows),
        tuple(
            Question(
                each["id"],
                each["question"],
                frozenset(
                    ids[row["title"], row["paragraph_text"]] for row in each["paragraphs"] if row["is_supporting"]
                ),
                half_of(each["question"]),
            )
            for each in asked
        ),
    )


def _read_scifact(folder: Path) -> QuestionSet:
    passages = []
    with (folder / "corpus.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            passages.append((str(row["_id"]), row["title"], row["text"]))
    known = {row[0] for row in passages}
    gold: dict[str, set[str]] = {}
    for line in (folder / "qrels.beir-v1.0.0-scifact.test.txt").read_text("utf-8").splitlines():
        question, _, document, grade = line.split()
        if int(grade) > 0:
            gold.setdefault(question, set()).add(document)
    questions = []
    with gzip.open(folder / "topics.beir-v1.0.0-scifact.test.tsv.gz", "rt", encoding="utf-8") as topics:
        for line in topics:
            name, text = line.rstrip("\n").split("\t")
            questions.append(Question(name, text, frozenset(gold[name]), "held-out", False))
    claims: dict[str, tuple[str, set[str]]] = {}
    with (folder / "claims_train.csv").open(encoding="utf-8", newline="") as rows:
        for claim in csv.DictReader(rows):
            _, cited = claims.setdefault(claim["id"], (claim["claim"], set()))
            cited.update(known.intersection(claim["cited_doc_ids"].strip("[]").replace(",", " ").split()))
    questions += [
        Question(f"train-{name}", text, frozenset(cited), "tune", False)
        for name, (text, cited) in claims.items()
        if cited and half_of(text) == "tune"
    ]
    return QuestionSet(SCIFACT, tuple(passages), tuple(questions))


# --- homes


@dataclass(frozen=True)
class Indexed:
    """A home with the passages of a set; `seconds` of reading them, 0 where that was done before."""

    home: Path
    seconds: float
    words: int


def indexed(questions: QuestionSet, folder: Path, jobs: int = 1) -> Indexed:
    """Read the passages of a set into a home in a folder, as `kg ingest` does; kept there for the next time."""
    home, file = folder / questions.name, folder / f"{questions.name}.jsonl"
    content = "".join(
        json.dumps({"id": name, "title": title, "text": text}, ensure_ascii=False) + "\n"
        for name, title, text in questions.passages
    )
    words = sum(len(text.split()) for _, _, text in questions.passages)
    if home.exists() and file.exists() and file.read_text("utf-8") == content:
        return Indexed(home, 0.0, words)
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    started = time.perf_counter()
    run_kg("ingest", str(file), "--home", str(home), "--jobs", str(jobs))
    return Indexed(home, time.perf_counter() - started, words)


def run_kg(*words: str) -> str:
    """Run a command of `kg` and return what it prints."""
    done = subprocess.run([str(KG), *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"kg {' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def asked(home: Path, questions: Sequence[Question], k: int, *options: str) -> dict[str, list[str]]:
    """Return the ids that `kg search --queries` finds for each question, by its id."""
    file = home.parent / f"{home.name}.queries.jsonl"
    file.write_text("".join(json.dumps({"id": q.id, "query": q.text}) + "\n" for q in questions), encoding="utf-8")
    lines = run_kg("search", "--queries", str(file), "-k", str(k), "--home", str(home), *options).splitlines()
    answers = {row["id"]: [hit["doc_id"] for hit in row["hits"]] for row in map(json.loads, lines)}
    return {question.id: answers[question.id] for question in questions}


# --- measures


def recall(found: Sequence[str], gold: frozenset[str], k: int) -> float:
    """Return the share of gold passages among the first `k`."""
    return len(gold.intersection(found[:k])) / len(gold)


def has_all(found: Sequence[str], gold: frozenset[str], k: int = 8) -> float:
    """Return 1 if all gold passages are among the first `k`, else 0."""
    return float(gold <= set(found[:k]))


def ndcg(found: Sequence[str], gold: frozenset[str], k: int = 10) -> float:
    """Return nDCG with grades 0 and 1 (Järvelin and Kekäläinen 2002)."""
    gained = sum(1 / math.log2(place + 2) for place, name in enumerate(found[:k]) if name in gold)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(k, len(gold))))


def alpha_ndcg(found: Sequence[str], gold: frozenset[str], k: int = 8) -> float:
    """Return α-nDCG with each gold passage as a nugget of its own (Clarke et al. 2008).

    No passage has a nugget that another has, so it is nDCG, whatever α is.
    """
    return ndcg(found, gold, k)


def mean(values: Iterable[float]) -> float:
    """Return the mean; not a number for none."""
    held = list(values)
    return sum(held) / len(held) if held else math.nan


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Return figures as they are told: three decimals."""
    return {name: round(value, 3) for name, value in values.items()}


def figures(questions: Sequence[Question], found: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return recall@2, recall@5, the share of questions with all gold among the first 8, α-nDCG@8 and nDCG@10."""
    rows = [(found[question.id], question.gold) for question in questions]
    return rounded(
        {
            "recall@2": mean(recall(*row, 2) for row in rows),
            "recall@5": mean(recall(*row, 5) for row in rows),
            "all_gold@8": mean(has_all(*row) for row in rows),
            "alpha_ndcg@8": mean(alpha_ndcg(*row) for row in rows),
            "ndcg@10": mean(ndcg(*row) for row in rows),
            "questions": len(rows),
        }
    )
