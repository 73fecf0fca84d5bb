"""Chinese sentences: the gazetteer on raw characters and the surface patterns of the ontology."""

from __future__ import annotations

import pytest

from kg.extraction import Term
from tests.extractors.lab import MINTER, Lab

pytestmark = pytest.mark.model

ROWS: list[tuple[str, set[str]]] = [
    ("Tidepool由Mara Lindqvist开发。", {"Tidepool | createdBy | Mara Lindqvist"}),
    ("Oxigraph是用Rust编写的。", {"Oxigraph | writtenIn | Rust"}),
    ("Oxigraph支持SPARQL。", {"Oxigraph | supports | SPARQL"}),
    ("PyTorch依赖NumPy、CUDA和Triton。", {f"PyTorch | dependsOn | {name}" for name in ("NumPy", "CUDA", "Triton")}),
    ("PyTorch由Meta开发。它依赖NumPy。", {"PyTorch | createdBy | Meta", "PyTorch | dependsOn | NumPy"}),
    ("Neo4j是一个图数据库。该软件支持Cypher。", {"Neo4j | supports | Cypher"}),
    ("它依赖Redis。", {"Lantern | dependsOn | Redis"}),
    ("Neo4j于2007年发布。", {"Neo4j | releasedOn | 2007"}),
    ("Neo4j于2007年2月发布。", {"Neo4j | releasedOn | 2007-02"}),
    ("Neo4j于2007年2月3日发布。", {"Neo4j | releasedOn | 2007-02-03"}),
    ("Neo4j的官网是https://neo4j.com。很好用。", {"Neo4j | homepage | https://neo4j.com"}),
    ("Neo4j的官网是https://neo4j.com，很好用。", {"Neo4j | homepage | https://neo4j.com"}),
    ("Neo4j的最新版本是5.26。", {"Neo4j | version | 5.26"}),
    ("Logseq是Obsidian的替代品。", {"Logseq | alternativeTo | Obsidian"}),
    # Writers put spaces between Chinese and Latin characters or leave them out.
    ("Oxigraph 支持 SPARQL。", {"Oxigraph | supports | SPARQL"}),
    ("PyTorch 依赖 NumPy、CUDA 和 Triton。", {f"PyTorch | dependsOn | {name}" for name in ("NumPy", "CUDA", "Triton")}),
    ("**Oxigraph** 支持 [[SPARQL]]。", {"Oxigraph | supports | SPARQL"}),
    ("PyTorch 依赖 NumPy 和 CUDA 。", {"PyTorch | dependsOn | NumPy", "PyTorch | dependsOn | CUDA"}),
    ("「Oxigraph」支持“SPARQL”和“Cypher”。", {"Oxigraph | supports | SPARQL", "Oxigraph | supports | Cypher"}),
    # The language is that of each sentence.
    ("今天读了论文。Oxigraph is written in Rust. 很好。", {"Oxigraph | writtenIn | Rust"}),
    ("Oxigraph is written in Rust. 它支持SPARQL。", {"Oxigraph | writtenIn | Rust"}),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[text for text, _ in ROWS])
def test_a_sentence_gives_its_facts(lab: Lab, text: str, expected: set[str]) -> None:
    assert expected <= lab.facts(text)
    assert lab.facts(text) - expected <= {"Lantern | supports | SPARQL"}


def test_a_pronoun_stands_for_what_it_can(lab: Lab) -> None:
    """他 is a person and never the company named before."""
    names = tuple(
        Term(text, MINTER.entity(branch, text), lab.ontology.class_named(kind), "title")
        for text, branch, kind in (("李明", "Agent", "person"), ("华为", "Agent", "company"))
    )
    text = "李明在华为工作。他使用Obsidian。它使用Redis。"
    found = lab.analyse(text, names=(*names, *lab.known)).facts()
    assert found == {"李明 | worksFor | 华为", "李明 | uses | Obsidian", "Obsidian | uses | Redis"}
    assert lab.analyse("华为使用Redis。他使用Obsidian。", names=(*names, *lab.known)).facts() == {"华为 | uses | Redis"}


def test_names_are_found_without_word_boundaries(lab: Lab) -> None:
    titles = {"People/周小舟.md": "他是一位工程师。", "知识图谱.md": "", "图.md": ""}
    found = lab.analyse("我和周小舟讨论了知识图谱的做法，用了Redis。", others=titles)
    assert [m.text for m in found.extraction.mentions] == ["周小舟", "知识图谱", "Redis"]


def test_the_longest_name_wins(lab: Lab) -> None:
    titles = {"数据库.md": "", "图数据库.md": ""}
    found = lab.analyse("图数据库比数据库快。", others=titles)
    assert [m.text for m in found.extraction.mentions] == ["图数据库", "数据库"]


def test_a_quoted_title_is_a_name(lab: Lab) -> None:
    others = {"周志华.md": "---\ntype: person\n---\n"}
    assert lab.analyse("《安静的图》由周志华撰写。", others=others).facts() == {"安静的图 | hasAuthor | 周志华"}
    assert lab.analyse("《安静的图》不由周志华撰写。", others=others).facts() == set()


def test_a_pattern_beside_another_language_is_not_asked(lab: Lab) -> None:
    """A Chinese pattern does not read an English sentence, nor the other way round."""
    assert lab.facts("我喜欢 Oxigraph is written in Rust 这句话。") == set()
