"""What reasons may name and quote: nothing of a private note, and nothing that all notes have in common."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from kg.config import load_config
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode
from kg.recommendation.adjacency import Adjacency, read_weights
from kg.recommendation.model import Item, Reason, Seeds
from kg.recommendation.noise import is_everywhere, is_of_private_note, most_notes
from kg.recommendation.pagerank import PageRank
from kg.recommendation.reading import read_network
from kg.recommendation.reasons import path_reasons
from kg.recommendation.recommending import Recommender
from tests.graphs import graph_on

BASE = "https://noemata.example/r/"
SETTINGS = load_config(None, {}, {}).recommend
CITING = [f"n{number}" for number in range(12)]


def _note(name: str, more: str = "") -> str:
    return f'<{name}> {{ <{name}> a kg:Note ; kg:path "{name}.md" ; dct:title "{name.title()}" . {more} }}'


def _links(name: str, *targets: str) -> str:
    return "".join(
        f"<{name}> kg:linksTo <{target}> . <{name}#e-{target}> a kg:Evidence ; rdf:subject <{name}> ; "
        f"rdf:predicate kg:linksTo ; rdf:object <{target}> ; kg:inNote <{name}> ; kg:start 0 ; kg:end 9 ; "
        f'kg:quote "{name} says {target}" ; kg:confidence 0.9 ; kg:extractor "patterns 0.1.0" ; kg:kind "extracted" .'
        for target in targets
    )


DATA = "\n".join(
    [
        "@prefix kg: <https://w3id.org/noemata#> . @prefix dct: <http://purl.org/dc/terms/> .",
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .",
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
        f"@base <{BASE}note/> .",
        _note("secret", _links("secret", "alpha", "beta") + f"<secret> <{BASE}term/private> true ."),
        _note("alpha"),
        _note("beta"),
        _note("gamma", _links("gamma", "alpha")),
        *(_note(name, f'<{name}> kg:mentions <site> . <site> rdfs:label "Site" .') for name in CITING),
    ]
)


@pytest.fixture(scope="module")
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, DATA.encode()) as found:
        yield found


def note(name: str) -> NamedNode:
    return NamedNode(f"{BASE}note/{name}")


def recommended(graph: KnowledgeGraph, target: str, has_paths: bool = True) -> dict[str, Item]:
    network = read_network(graph)
    pagerank = PageRank(
        network, Adjacency.of(network, read_weights(SETTINGS.relations)), restart=SETTINGS.restart,
        hub_damping=SETTINGS.hub_damping, popularity_damping=SETTINGS.popularity_damping,
    )  # fmt: skip
    by = Recommender(network, [pagerank], SETTINGS, graph=graph if has_paths else None)
    return {item.title: item for item in by.recommend(note(target), k=100)}


@pytest.mark.parametrize("has_paths", [True, False])
def test_no_reason_names_or_quotes_a_private_note(graph: KnowledgeGraph, has_paths: bool) -> None:
    found = recommended(graph, "alpha", has_paths)
    assert {"Beta", "Gamma"} <= found.keys()
    told = str([item.to_json() for item in found.values()]).casefold()
    assert "secret" not in told
    (reason,) = found["Beta"].reasons
    assert reason.text == "Several steps in the graph lead to it from Alpha"
    if has_paths:
        assert [each.quote for each in found["Gamma"].reasons[0].evidence] == ["gamma says alpha"]


def test_who_asks_about_a_private_note_is_told_what_it_says(graph: KnowledgeGraph) -> None:
    (reason,) = recommended(graph, "secret")["Beta"].reasons
    assert (reason.text, [each.quote for each in reason.evidence]) == ("Secret links to Beta", ["secret says beta"])


def test_another_path_is_told_where_the_best_ones_may_not_be(graph: KnowledgeGraph) -> None:
    more = "\n".join(
        _note(name, _links(name, "alpha", "beta") + f"<{name}> <{BASE}term/private> true .") for name in ("a1", "a2")
    )
    with graph_on(None, BASE, f"{DATA}\n{more}\n{_note('z', _links('z', 'alpha', 'beta'))}".encode()) as larger:
        (reason,) = recommended(larger, "alpha")["Beta"].reasons
    assert reason.text == "Z links to Alpha; Z links to Beta"


@pytest.mark.parametrize("has_paths", [True, False])
def test_what_a_good_part_of_all_notes_mention_is_no_reason(graph: KnowledgeGraph, has_paths: bool) -> None:
    found = recommended(graph, "n3", has_paths)
    assert {item.reasons for item in found.values()} == {
        (Reason("pagerank", "Several steps in the graph lead to it from N3"),)
    }
    network = read_network(graph)
    assert most_notes(network) == 8
    assert is_everywhere(network, network.node(note("site")) or 0)
    assert not is_everywhere(network, network.node(note("alpha")) or 0)


def test_a_site_of_few_notes_is_a_reason() -> None:
    data = "\n".join([*DATA.splitlines()[:4], *(_note(name, f"<{name}> kg:mentions <site> .") for name in CITING[:4])])
    with graph_on(None, BASE, data.encode()) as graph:
        assert all("mentions" in item.reasons[0].text for item in recommended(graph, "n3").values())
        assert path_reasons(graph, read_network(graph), Seeds({}), [0], "pagerank") == {}


def test_what_a_private_note_describes_is_private_too(graph: KnowledgeGraph) -> None:
    more = _note("diary", f'<diary> kg:describes <diary#it> ; <{BASE}term/visibility> "private" .')
    with graph_on(None, BASE, f"{DATA}\n{more}".encode()) as larger:
        network = read_network(larger)
    found = {network.nodes[node].removeprefix(f"{BASE}note/") for node in np.flatnonzero(is_of_private_note(network))}
    assert found == {"diary", "diary#it", "secret"}
