"""Random vaults and what people do to them: notes that name, link, tag and contradict each other."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ("Ada Lovelace", "Oxigraph", "Saltmarsh Trust", "tide pool", "C++", "C语言", "图数据库", "Rust", "ada lovelace", "Graph Store",
         "Acme Robotics", "Straße", "Ÿ Café", "Go")  # fmt: skip
"""Titles and aliases; several occur in the sentences below, some in another case or inside another."""

STEMS = (
    "ada",
    "Oxigraph",
    "Saltmarsh Trust",
    "index",
    "README",
    "2025-03-04",
    "proj.core",
    "图数据库",
    "Rust",
    "notes",
)
FOLDERS = ("", "", "People", "Tools", "projects/lantern", "journals", ".trash")
IDS = ("one", "two", "three")
CLASSES = ("person", "company", "library", "programming language", "software")
TAGS = ("#person", "#project/lantern", "#Tool", "#rust")
OPENINGS = (
    "{t} is a company in Berlin.",
    "{t} is a programming language.",
    "{t}是一种图数据库。",
    "{t} is a nice thing.",
    "{t} is a person.",
)
SENTENCES = (
    "Oxigraph is written in Rust.",
    "Ada Lovelace works for Acme Robotics and uses the Graph Store.",
    "Saltmarsh Trust was founded in 1998; Acme Robotics is part of it.",
    "We found a Tide Pool near the shore, and Graph Store depends on Oxigraph.",
    "ADA LOVELACE created Oxigraph. She maintains it.",
    "Rust was released on 15 May 2015. Go was not.",
    "Oxigraph由Ada Lovelace开发,用C语言和图数据库写成。",
    "她使用ABC语言。图数据库由Acme Robotics开发。",
    "C++ and Go are alternatives to Rust, unlike Straße.",
    "Does Ada Lovelace use Rust? If so, Acme Robotics might use Go.",
    "Ÿ CAFÉ uses STRASSE, and _Oxigraph_ too.",
)
FIELDS = (
    "uses: {n}",
    "works for: '[[{n}]]'",
    "author: '[[{n}]]'",
    "created: 2024-05-0{d}",
    "mood: {n}",
    "partOf: '[[{n}|x]]'",
)
BROKEN = (b"caf\xe9 [[Rust]]\n", b"\x00\x01\x02 Oxigraph", b"\xff\xfe\x00a")


@dataclass
class Page:
    """A Markdown note by its parts."""

    title: str | None = None
    aliases: list[str] = field(default_factory=list)
    id: str | None = None
    type: str | None = None
    fields: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    broken: bytes | None = None

    def content(self) -> bytes:
        return self.broken if self.broken is not None else self.whole()

    def whole(self) -> bytes:
        rows = [
            f"{key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in (("title", self.title), ("id", self.id), ("type", self.type))
            if value
        ]
        rows += [f"aliases: {json.dumps(self.aliases, ensure_ascii=False)}"] if self.aliases else []
        rows += self.fields
        head = "---\n" + "\n".join(rows) + "\n---\n" if rows else ""
        return (head + "\n\n".join(self.body) + "\n").encode()


@dataclass
class Lines:
    """A `.jsonl` file."""

    rows: list[dict[str, object]] = field(default_factory=list)

    def content(self) -> bytes:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows).encode()

    whole = content


class Scribe:
    """Makes a vault and changes it, one step at a time. The same seed does the same."""

    def __init__(self, folder: Path, seed: int, size: int = 8) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.pages: dict[str, Page | Lines] = {}
        self.touched: set[str] = set()
        for _ in range(size):
            self.add()
        self.pages["data/rows.jsonl"] = Lines([self._row(number) for number in range(3)])
        self.save()

    def save(self) -> None:
        """Write what is different on the disk."""
        wanted = {path: page.content() for path, page in self.pages.items()}
        for file in sorted(self.folder.rglob("*"), reverse=True):
            if file.is_file() and file.relative_to(self.folder).as_posix() not in wanted:
                file.unlink()
            elif file.is_dir() and not any(file.iterdir()):
                file.rmdir()
        for path, content in wanted.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() or file.read_bytes() != content:
                file.write_bytes(content)

    def step(self) -> str:
        """Do one thing to the vault and say what; `touched` are the paths it concerns."""
        self.touched = set()
        actions: tuple[Callable[[], str], ...] = (
            self.add, self.edit, self.edit, self.rename, self.rename, self.delete, self.retitle, self.retitle, self.realias, self.reclass,
            self.reclass, self.swap_ids, self.take_id, self.retag, self.spoil, self.mend, self.row,
        )  # fmt: skip
        said = self.random.choice(actions)()
        self.save()
        return said

    @property
    def spoiled(self) -> set[str]:
        return {path for path, page in self.pages.items() if isinstance(page, Page) and page.broken is not None}

    # --- what people do

    def add(self) -> str:
        path = self._new_path()
        if path is None or len(self.pages) > 11:
            return self.delete()
        page = Page(body=[self._paragraph() for _ in range(self.random.randint(1, 3))])
        if self.random.random() < 0.6:
            page.title = self._name()
        if self.random.random() < 0.3:
            page.type = self.random.choice(CLASSES)
        elif self.random.random() < 0.5:
            page.body.insert(
                0, self.random.choice(OPENINGS).format(t=page.title or path.rpartition("/")[2].removesuffix(".md"))
            )
        if self.random.random() < 0.4:
            page.fields = [self._field()]
        self.pages[path] = page
        self.touched.add(path)
        return f"add {path}"

    def edit(self) -> str:
        path, page = self._page()
        number = self.random.randrange(len(page.body) + 1)
        if number < len(page.body) and self.random.random() < 0.4:
            del page.body[number]
        else:
            page.body.insert(number, self._paragraph())
        return f"edit {path}"

    def rename(self) -> str:
        path, page = self._page()
        new = self._new_path()
        if new is None:
            return "nothing"
        del self.pages[path]
        self.pages[new] = page
        self.touched |= {path, new}
        return f"rename {path} to {new}"

    def delete(self) -> str:
        if len(self.pages) < 5:
            return "nothing"
        path, _ = self._page()
        del self.pages[path]
        return f"delete {path}"

    def retitle(self) -> str:
        path, page = self._page()
        page.title = self.random.choice([None, self._name(), self._name()])
        return f"title of {path}: {page.title}"

    def realias(self) -> str:
        path, page = self._page()
        page.aliases = [self._name() for _ in range(self.random.randrange(3))]
        return f"aliases of {path}: {page.aliases}"

    def reclass(self) -> str:
        path, page = self._page()
        page.type = self.random.choice([None, *CLASSES])
        return f"type of {path}: {page.type}"

    def retag(self) -> str:
        path, page = self._page()
        page.body.append(self.random.choice(TAGS))
        page.fields = [self._field()] if self.random.random() < 0.5 else []
        return f"tags and fields of {path}"

    def swap_ids(self) -> str:
        one, page = self._page()
        two, other = self._page()
        page.id, other.id = other.id, page.id
        return f"swap ids of {one} and {two}"

    def take_id(self) -> str:
        path, page = self._page()
        page.id = self.random.choice([None, *IDS])
        return f"id of {path}: {page.id}"

    def spoil(self) -> str:
        path, page = self._page()
        page.broken = self.random.choice(BROKEN)
        return f"spoil {path}"

    def mend(self) -> str:
        spoiled = sorted(self.spoiled)
        for path in spoiled[:2]:
            page = self.pages[path]
            assert isinstance(page, Page)
            page.broken = None
            self.touched.add(path)
        return f"mend {spoiled[:2]}"

    def row(self) -> str:
        lines = self.pages["data/rows.jsonl"]
        assert isinstance(lines, Lines)
        self.touched.add("data/rows.jsonl")
        if lines.rows and self.random.random() < 0.4:
            lines.rows.pop(self.random.randrange(len(lines.rows)))
        else:
            lines.rows.insert(
                self.random.randrange(len(lines.rows) + 1), self._row(self.random.choice(["one", "seven", 8, 9]))
            )
        seen: dict[str, dict[str, object]] = {str(row["id"]): row for row in lines.rows}
        lines.rows = list(seen.values())
        return f"rows: {list(seen)}"

    # --- material

    def _page(self) -> tuple[str, Page]:
        path = self.random.choice(sorted(path for path, page in self.pages.items() if isinstance(page, Page)))
        self.touched.add(path)
        page = self.pages[path]
        assert isinstance(page, Page)
        return path, page

    def _new_path(self) -> str | None:
        folder, stem = self.random.choice(FOLDERS), self.random.choice(STEMS)
        path = f"{folder}/{stem}.md" if folder else f"{stem}.md"
        return None if path in self.pages else path

    def _name(self) -> str:
        return self.random.choice(NAMES)

    def _target(self) -> str:
        folder, stem = self.random.choice(FOLDERS), self.random.choice(STEMS)
        return self.random.choice([self._name(), stem, f"{folder}/{stem}", self.random.choice(IDS)])

    def _paragraph(self) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return " ".join(self.random.sample(SENTENCES, 2))
        if kind < 0.75:
            return f"It uses [[{self._target()}]] and [[{self._target()}#Part|that]]. {self.random.choice(SENTENCES)}"
        if kind < 0.85:
            return f"See [here](./{self.random.choice(STEMS).replace(' ', '%20')}.md), ![[{self._target()}]] and {self.random.choice(TAGS)}."
        return f"- uses:: [[{self._target()}]]\n- {self.random.choice(SENTENCES)}"

    def _field(self) -> str:
        return self.random.choice(FIELDS).format(n=self._name().replace("'", ""), d=self.random.randint(1, 9))

    def _row(self, identifier: object) -> dict[str, object]:
        row: dict[str, object] = {"id": identifier, "text": self._paragraph()}
        if self.random.random() < 0.5:
            row["title"] = self._name()
        return row
