"""A small vault of notes in two languages that search is tried on, and the home that one ingest makes of it."""

from __future__ import annotations

from pathlib import Path

from kg.cli import main

__all__ = ["BASE", "NOTES", "make_home", "note"]

BASE = "https://noemata.example/s/"

NOTES = {
    "People/Ada Lovelace.md": """---
type: person
aliases: [Ada]
works for: "[[Acme]]"
tags: [team/core]
created: 2024-03-01
---
Ada works at [[Acme]], where she looks after the nightly imports.

## Reading

She reads about weaving, looms and punched cards.
""",
    "People/Grace Hopper.md": """---
type: person
works for: "[[Lantern]]"
tags: [team]
created: 2025-06-10
---
Grace knows [[Ada Lovelace]]. She wrote a compiler.
""",
    "Companies/Acme.md": """---
type: company
created: 2023-01-15
---
Acme makes [[Lantern]] and sells lamps to lighthouses.
""",
    "Projects/Lantern.md": """---
type: project
tags: [Search]
created: 2025-02-03
---
# Lantern

Lantern finds things in archives of letters.

## Storage

It keeps its statements in [[Oxigraph]], a graph database, and answers queries in milliseconds.

## Weather

On rainy days the archive is closed, and nobody queries anything.
""",
    "Tools/Oxigraph.md": """---
type: tool
tags: [database]
created: 2025-02-01
---
Oxigraph is a graph database written in Rust. It answers SPARQL queries.
""",
    "Tools/Sourdough.md": """---
created: 2022-11-20
---
Sourdough bread needs flour, water, salt and a day of patience. Bake it hot.
""",
    "笔记/图数据库.md": """---
tags: [database]
created: 2025-03-08
---
图数据库把数据存成节点和边，适合关系很多的查询。

## 例子

[[Oxigraph]] 是一个用 Rust 写的图数据库。
""",
    "笔记/李雷.md": """---
type: person
created: 2025-04-01
---
李雷在[[Acme]]工作，他喜欢下雨天。
""",
    "Half.md": "---\ndraft: true\n---\nA graph database for hedgehogs, unfinished.\n",
    "Diary.md": "---\nprivate: true\n---\n[[Acme]] pays Ada too little for hedgehogs and graph databases.\n",
    "Templates/Tool.md": "A graph database, or {{tool}}.\n",
    "Stub about zeppelins.md": "",
    "2025-05-01.md": "Talked to [[Grace Hopper]] about compilers.\n",
}


def note(path: str) -> str:
    """Return the IRI of a note."""
    return f"{BASE}note/{path.replace(' ', '%20')}"


def make_home(folder: Path) -> Path:
    """Write the notes and read them into a home beside them."""
    home, vault = folder / "home", folder / "s"
    for path, text in NOTES.items():
        (vault / path).parent.mkdir(parents=True, exist_ok=True)
        (vault / path).write_text(text, "utf-8")
    assert main(["ingest", "--home", str(home), str(vault)]) == 0
    return home
