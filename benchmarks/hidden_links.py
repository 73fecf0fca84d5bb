"""Links taken out of vaults, and asked back: where each way to recommend puts the notes that were linked.

    KG_BENCH=… python benchmarks/hidden_links.py [--half held-out|tune] [--vaults NAME…] [--folds N] [--without-model]

In each of ten folds a tenth of the links between notes is taken out of the files of a vault, both ways and with the
words that they show, and the files are read anew. Each note that lost a link is then asked about; the answer is the
rank of the note that it linked to, among all notes but itself, those that it still links to and its other answers.
Even folds are for choosing parameters, odd ones for what is reported; one set of parameters serves all vaults.

Beside our sources and their fusion: Adamic and Adar's index over the links, and BM25 over the texts as they are. One
JSON line: Hits@10 and MRR of each by vault and over all vaults, the fusion less its best source, and over Adamic-Adar,
each with a 95 % interval by bootstrap over the notes that were asked about.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from extractors.source import SpacySource
from kg.cache import IngestCache
from kg.config import load_config
from kg.embeddings import TrainingSettings, save_model
from kg.extraction import ExtractionOptions
from kg.graph import KnowledgeGraph
from kg.home import Home, create_home
from kg.ingest import Ingester, IngestSettings, plan_roots
from kg.ingest.scan import scan
from kg.iri import Minter
from kg.model import Link, Note
from kg.ontology import load_ontology
from kg.prediction import graph_triples, train_on_graph
from kg.rdf import KG, NamedNode
from kg.recommendation.model import Seeds
from kg.recommendation.network import Network
from kg.recommendation.opening import open_recommender
from kg.recommendation.recommending import Recommender
from kg.stores.oxigraph import OxigraphStore
from kg.vault import VaultIndex

FOLDS = 10
MOST_OF_A_NOTE = 5
"""Links that one note loses in a fold, so that an index of the whole vault is one note among the others."""
SHOWN = 50
"""Notes that are chosen by how different they are; those behind them share the ranks behind."""
ROUNDS = 2000
MINTER = Minter("https://noemata.example/benchmark/")
VAULTS = ("foam_docs", "kepano_vault", "cs-notes_zh", "til_jbranchaud", "examples")

Scores = NDArray[np.float32]
Pair = tuple[str, str]


# --- the links of a vault, and its files without some of them


@dataclass
class Links:
    """The links between the notes of a vault: where the markup stands, by the linking and the linked path."""

    spans: dict[Pair, list[Link]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    iris: dict[str, str] = field(default_factory=dict)

    def pairs(self) -> list[Pair]:
        """Return the pairs of notes of which one links to the other, each once, in order."""
        return sorted({(min(pair), max(pair)) for pair in self.spans})


def read_links(folder: Path) -> Links:
    """Read the links of a vault as an ingest resolves them."""
    roots, scopes = plan_roots({}, [folder])
    with tempfile.TemporaryDirectory() as scratch:
        cache = IngestCache(Path(scratch) / "cache.sqlite")
        vault = scan(roots, scopes, cache, load_ontology(), MINTER, {})
        cache.close()
    index, found = VaultIndex(vault.entries), Links()
    for entry in vault.entries:
        note = vault.notes[entry.iri.value]
        found.texts[entry.path], found.iris[entry.path] = note.text, entry.iri.value
        for link in sorted(_all_links(note), key=lambda link: link.start):
            target = index.resolve(link, entry)
            if target is not None and target.path != entry.path:
                found.spans.setdefault((entry.path, target.path), []).append(link)
    return found


def _all_links(note: Note) -> set[Link]:
    return {*note.links, *(link for each in note.fields for value in each.values for link in value.links)}


def folds_of(links: Links, seed: int) -> list[list[Pair]]:
    """Part the pairs into ten, by the seed; of one note each part holds a few."""
    pairs = links.pairs()
    random.Random(seed).shuffle(pairs)
    folds: list[list[Pair]] = [[] for _ in range(FOLDS)]
    for number, pair in enumerate(pairs):
        fold = folds[number % FOLDS]
        if all(sum(end in other for other in fold) < MOST_OF_A_NOTE for end in pair):
            fold.append(pair)
    return folds


def write_without(folder: Path, links: Links, hidden: Iterable[Pair], keep_words: bool) -> set[str]:
    """Write the notes of hidden pairs without the links between them; return the paths of those that changed."""
    gone: defaultdict[str, list[Link]] = defaultdict(list)
    for left, right in hidden:
        for source, target in ((left, right), (right, left)):
            gone[source] += links.spans.get((source, target), [])
    for path, spans in gone.items():
        text = links.texts[path]
        for link in sorted(set(spans), key=lambda link: -link.start):
            words = _words(text[link.start : link.end], link) if keep_words else ""
            text = text[: link.start] + words + text[link.end :]
        (folder / path).write_bytes(text.encode())
    return {path for path, spans in gone.items() if spans}


def _words(markup: str, link: Link) -> str:
    return link.label or link.target.rpartition("/")[2].removesuffix(".md") or markup


# --- a home that stays, for what was analysed once is not analysed again


class Vault:
    """A copy of a vault with its home; `hide` brings both to the state of a fold."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.files = folder / "vault"
        shutil.copytree(source, self.files)
        for path in self.files.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        self.files.chmod(0o755)
        self.links = read_links(self.files)
        self.home = Home(folder / "home")
        create_home(self.home)
        self.config = load_config(self.home.settings, {}, {})
        excluded = frozenset({MINTER.graph("predicted"), MINTER.graph("decisions")})
        self.graph = KnowledgeGraph(OxigraphStore(self.home.store, excluded=excluded), load_ontology(), MINTER)
        self._cache = IngestCache(self.home.ingest_cache)
        self._ingester = Ingester(self._cache, SpacySource(ExtractionOptions()), IngestSettings(jobs=1))
        self._changed: set[str] = set()

    def hide(self, pairs: Iterable[Pair], keep_words: bool) -> None:
        """Take links out of the files, put back what was taken out before, and read the vault."""
        for path in self._changed:
            (self.files / path).write_bytes(self.links.texts[path].encode())
        self._changed = write_without(self.files, self.links, pairs, keep_words)
        roots, scopes = plan_roots({}, [self.files])
        self._ingester.run(self.graph, roots, scopes)

    def train(self) -> None:
        """Train the home's model anew, with the defaults of `kg embed train`."""
        model = train_on_graph(graph_triples(self.graph), TrainingSettings(seed=0))
        save_model(model, self.home.models / "default")

    def close(self) -> None:
        """Release the store."""
        self.graph.store.close()
        self._cache.close()


# --- what is asked


@dataclass(frozen=True)
class Query:
    """A note that lost links: the notes that are asked back, and those that are no answers."""

    vault: str
    fold: int
    note: str
    answers: tuple[str, ...]
    linked: frozenset[str]


def queries_of(name: str, fold: int, links: Links, hidden: Sequence[Pair]) -> list[Query]:
    """Return what is asked in a fold, by note."""
    answers: defaultdict[str, list[str]] = defaultdict(list)
    for left, right in hidden:
        for source, target in ((left, right), (right, left)):
            if (source, target) in links.spans:
                answers[source].append(target)
    gone = {*hidden, *((right, left) for left, right in hidden)}
    kept = [pair for pair in links.spans if pair not in gone]
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for source, target in kept:
        linked[source].add(target)
    return [
        Query(name, fold, note, tuple(sorted(targets)), frozenset(linked[note]))
        for note, targets in sorted(answers.items())
    ]


def ranks(scores: Scores, query: Query, place: Mapping[str, int]) -> list[float]:
    """Return the rank of each answer, from 1; equal scores have their mean rank, and 0 is nothing found.

    What a way to recommend does not name at all shares the ranks behind what it names.
    """
    out = [place[path] for path in {query.note, *query.linked, *query.answers} if path in place]
    others = np.ones(len(scores), bool)
    others[out] = False
    rest = scores[others]
    found = []
    for answer in query.answers:
        if answer not in place:  # no item: it is never recommended
            found.append(float(len(scores)))
            continue
        own = scores[place[answer]]
        found.append(1 + float((rest > own).sum()) + float((rest == own).sum()) / 2)
    return found


# --- what is compared


def adamic_adar(links: Links, hidden: Sequence[Pair], paths: Sequence[str]) -> NDArray[np.float64]:
    """Score all pairs of notes: the neighbours that two share, each by one over the logarithm of its links.

    Source: Adamic and Adar 2003, Friends and neighbors on the Web, section 3; links count in both directions.
    """
    place = {path: number for number, path in enumerate(paths)}
    edges = {pair for pair in links.pairs() if pair not in set(hidden)}
    rows = [place[end] for pair in edges for end in pair]
    columns = [place[end] for pair in edges for end in reversed(pair)]
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(paths), len(paths)))
    degrees = np.asarray(matrix.sum(axis=1)).ravel()
    weights = np.array([1 / math.log(degree) if degree > 1 else 0.0 for degree in degrees])
    return np.asarray((matrix.multiply(weights[None, :]) @ matrix.T).todense())


def bm25(texts: Mapping[str, str], paths: Sequence[str]) -> NDArray[np.float64]:
    """Score all pairs of notes: the words of one as a query to the others, k1 1.2, b 0.75; Chinese by two characters.

    Source: Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, section 3.2.
    """
    counts = [Counter(_tokens(texts[path])) for path in paths]
    vocabulary = {word: number for number, word in enumerate(sorted({word for each in counts for word in each}))}
    lengths = np.array([sum(each.values()) for each in counts], float)
    data, rows, columns = [], [], []
    frequencies: Counter[str] = Counter(word for each in counts for word in each)
    for row, each in enumerate(counts):
        for word, count in each.items():
            norm = 1.2 * (0.25 + 0.75 * lengths[row] / max(lengths.mean(), 1.0))
            idf = math.log(1 + (len(paths) - frequencies[word] + 0.5) / (frequencies[word] + 0.5))
            data.append(idf * count * 2.2 / (count + norm))
            rows.append(row)
            columns.append(vocabulary[word])
    shape = (len(paths), len(vocabulary))
    weighted = csr_matrix((data, (rows, columns)), shape=shape)
    asked = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    return np.asarray((asked @ weighted.T).todense())


def _tokens(text: str) -> Iterator[str]:
    for word in re.findall(r"[\u4e00-\u9fff]+|[^\W\d_]+|\d+", text.casefold()):
        if "\u4e00" <= word[0] <= "\u9fff" and len(word) > 1:
            yield from (word[n : n + 2] for n in range(len(word) - 1))
        else:
            yield word


# --- asking


def ask_fold(vault: Vault, queries: Sequence[Query], hidden: Sequence[Pair]) -> dict[str, list[list[float]]]:
    """Return the ranks of the answers by way to recommend, in the order of the queries."""
    found: defaultdict[str, list[list[float]]] = defaultdict(list)
    paths = sorted(vault.links.texts)
    place = {path: number for number, path in enumerate(paths)}
    texts = {path: (vault.files / path).read_bytes().decode("utf-8-sig", "replace") for path in paths}
    plain = {"adamic_adar": adamic_adar(vault.links, hidden, paths), "bm25": bm25(texts, paths)}
    recommender = open_recommender(vault.graph, vault.home, vault.config)
    check_hidden(recommender.network, vault.links, hidden)
    items = {item.iri.value: number for number, item in enumerate(recommender.network.items)}
    item_place = {path: items[iri] for path, iri in vault.links.iris.items() if iri in items}
    for query in queries:
        for name, matrix in plain.items():
            found[name].append(ranks(matrix[place[query.note]], query, place))
        for name, scores in scores_of(recommender, NamedNode(vault.links.iris[query.note])).items():
            found[name].append(ranks(scores, query, item_place))
    return dict(found)


def check_hidden(network: Network, links: Links, hidden: Iterable[Pair]) -> None:
    """End the run if the graph still has a link that was taken out."""
    ends = {frozenset((links.iris[left], links.iris[right])) for left, right in hidden}
    for head, predicate, tail in zip(network.heads, network.predicates, network.tails, strict=True):
        found = frozenset((network.nodes[head], network.nodes[tail]))
        if network.predicate_iris[predicate] == KG["linksTo"].value and found in ends:
            raise SystemExit(f"{' and '.join(sorted(found))} are still linked")


def scores_of(recommender: Recommender, note: NamedNode) -> dict[str, Scores]:
    """Return what each source says of all notes, their fusion, and what is shown of it, as different as by default."""
    seeds: Seeds = recommender.seeds(note)
    by_source = recommender.scores(seeds)
    shown = np.zeros(len(recommender.network.items), np.float32)
    recommender.graph = None  # nobody reads the reasons
    for item in recommender.recommend(note, SHOWN):
        place = recommender.network.item(item.iri)
        shown[place] = 1 / item.rank
    return {**by_source, "fusion": recommender.fuse(by_source, seeds), "shown": shown}


# --- figures


def reciprocal(found: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the mean reciprocal rank of each query's answers."""
    return np.array([np.mean([1 / rank for rank in each]) for each in found])


def hits(found: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the share of each query's answers within the first ten."""
    return np.array([np.mean([rank <= 10 for rank in each]) for each in found])


@dataclass
class Asked:
    """The queries of all folds with the ranks of their answers, by way to recommend."""

    queries: list[Query] = field(default_factory=list)
    found: dict[str, list[list[float]]] = field(default_factory=dict)

    def add(self, queries: Sequence[Query], found: Mapping[str, list[list[float]]]) -> None:
        """Take in a fold; a way that says nothing in a vault has the mean rank of all of its notes."""
        self.queries += queries
        for name, each in found.items():
            self.found.setdefault(name, []).extend(each)

    def figures(self, seed: int) -> dict[str, Any]:
        """Return Hits@10 and MRR by vault and over all vaults, and the differences of the fusion."""
        vaults = list(dict.fromkeys(query.vault for query in self.queries))
        rows = [np.array([n for n, query in enumerate(self.queries) if query.vault == vault]) for vault in vaults]
        measures = {
            name: {"mrr": reciprocal(each), "hits@10": hits(each)} for name, each in self.found.items()
        }  # fmt: skip
        table = {
            vault: {
                name: {measure: round(float(values[own].mean()), 4) for measure, values in each.items()}
                for name, each in measures.items()
            }
            for vault, own in zip(vaults, rows, strict=True)
        }
        whole = {
            name: {measure: round(_mean(values, rows), 4) for measure, values in each.items()}
            for name, each in measures.items()
        }
        ours = [name for name in measures if name not in ("fusion", "shown", "adamic_adar", "bm25")]
        differences = {}
        for measure in ("mrr", "hits@10"):
            best = max(ours, key=lambda name: (_mean(measures[name][measure], rows), name))
            differences[measure] = {
                "best_source": best,
                "fusion_less_best": _interval(measures["fusion"][measure], measures[best][measure], rows, seed, False),
                "fusion_over_adamic_adar": _interval(
                    measures["fusion"][measure], measures["adamic_adar"][measure], rows, seed, True
                ),
            }
        counts = {
            vault: {"queries": len(own), "links": sum(len(self.queries[n].answers) for n in own)}
            for vault, own in zip(vaults, rows, strict=True)
        }
        return {"asked": counts, "all": whole, "differences": differences, "vaults": table}


def _mean(values: NDArray[np.float64], rows: Sequence[NDArray[np.int64]]) -> float:
    """Return the mean over the vaults of their means: a large vault counts no more than a small one."""
    return float(np.mean([values[own].mean() for own in rows]))


def _interval(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], rows: Sequence[NDArray[np.int64]], seed: int, ratio: bool
) -> list[float]:
    """Return a difference, or a ratio, with the 2.5th and the 97.5th percentile over samples within the vaults."""
    drawn = np.random.default_rng(seed)

    def compare(chosen: Sequence[NDArray[np.int64]]) -> float:
        left, right = _mean(ours, chosen), _mean(theirs, chosen)
        return left / right if ratio else left - right

    samples = [compare([drawn.choice(own, len(own)) for own in rows]) for _ in range(ROUNDS)]
    return [round(float(each), 4) for each in (compare(rows), *np.percentile(samples, [2.5, 97.5]))]


# --- the run


def main() -> None:
    """Ask all vaults and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("held-out", "tune"), default="held-out")
    parser.add_argument("--vaults", nargs="+", default=list(VAULTS), choices=VAULTS)
    parser.add_argument("--folds", type=int, default=FOLDS // 2, help="of the half, at most five")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-model", action="store_true", help="train no embedding, which takes most of the time")
    parser.add_argument("--keep-words", action="store_true", help="leave the words of a link in the text")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    bench = Path(os.environ.get("KG_BENCH", "../shared/bench")) / "notes"
    asked = Asked()
    for name in arguments.vaults:
        source = Path(__file__).parent.parent / "examples" / "vault" if name == "examples" else bench / name
        with tempfile.TemporaryDirectory() as folder:
            vault = Vault(source, Path(folder))
            folds = folds_of(vault.links, arguments.seed)
            for fold in range(int(arguments.half == "held-out"), FOLDS, 2)[: arguments.folds]:
                vault.hide(folds[fold], arguments.keep_words)
                if not arguments.without_model:
                    vault.train()
                queries = queries_of(name, fold, vault.links, folds[fold])
                asked.add(queries, ask_fold(vault, queries, folds[fold]))
                print(f"{name}, fold {fold}: {len(queries)} notes asked about", file=sys.stderr)
            vault.close()
    line = {"benchmark": "hidden_links", "half": arguments.half, "keep_words": arguments.keep_words}
    print(json.dumps({**line, **asked.figures(arguments.seed)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
