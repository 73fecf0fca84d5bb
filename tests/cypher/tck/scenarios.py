"""The scenarios of the openCypher TCK, read from its feature files (Gherkin, as far as they use it)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Scenario", "Step", "folder", "scenarios"]

_STEP = re.compile(r"(?:Given|When|Then|And|But|\*) (.*)")
_PLACEHOLDER = re.compile(r"<([^<>\n]+)>")


@dataclass(frozen=True)
class Step:
    """A step, with the text or the table that follows it."""

    text: str
    content: str = ""
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A scenario; an outline makes one for each of its examples.

    `id` is `area/File [number]`, with `#n` for the n-th example.
    """

    id: str
    area: str
    name: str
    steps: tuple[Step, ...]


def folder() -> Path | None:
    """Return the folder of the TCK, None if `KG_BENCH` does not lead to one."""
    if "KG_BENCH" not in os.environ:
        return None
    found = Path(os.environ["KG_BENCH"]).resolve() / "opencypher_tck"
    return found if found.is_dir() else None


@cache
def scenarios() -> Sequence[Scenario]:
    """Return all scenarios in the order of their files; none if the TCK is not there."""
    root = folder()
    if root is None:
        return ()
    found: list[Scenario] = []
    for path in sorted((root / "features").rglob("*.feature")):
        area = path.parent.relative_to(root / "features").as_posix()
        found += _read(path.read_text("utf-8"), area, path.stem)
    return tuple(found)


def _read(text: str, area: str, stem: str) -> Iterator[Scenario]:
    background: list[Step] = []
    for heading, body in _sections(text.splitlines()):
        steps, examples = _body(body)
        kind, _, title = heading.partition(":")
        if kind == "Background":
            background = steps
            continue
        number, _, name = title.strip().partition("] ")
        id_ = f"{area}/{stem} {number}]"
        if kind != "Scenario Outline":
            yield Scenario(id_, area, name, (*background, *steps))
            continue
        for index, example in enumerate(examples, 1):
            filled = tuple(_fill(step, example) for step in [*background, *steps])
            yield Scenario(f"{id_}#{index}", area, name, filled)


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    heading, body, is_text = "", list[str](), False
    for line in lines:
        stripped = line.strip()
        is_text ^= stripped.startswith('"""')
        if not is_text and re.match(r"(Scenario Outline|Scenario|Background):", stripped):
            if heading:
                yield heading, body
            heading, body = stripped, []
        elif heading:
            body.append(line)
    if heading:
        yield heading, body


def _body(lines: Sequence[str]) -> tuple[list[Step], list[dict[str, str]]]:
    """Return the steps, and the examples by the names of their columns."""
    steps: list[Step] = []
    examples: list[dict[str, str]] = []
    rows: list[tuple[str, ...]] | None = None
    position = 0
    while position < len(lines):
        line = lines[position].strip()
        position += 1
        if line.startswith('"""'):
            indent = len(lines[position - 1]) - len(lines[position - 1].lstrip())
            content = []
            while lines[position].strip() != '"""':
                content.append(
                    lines[position][indent:] if lines[position][:indent].isspace() else lines[position].lstrip()
                )
                position += 1
            position += 1
            steps[-1] = Step(steps[-1].text, "\n".join(content))
        elif line.startswith("|"):
            row = _cells(line)
            if rows is None:
                steps[-1] = Step(steps[-1].text, steps[-1].content, (*steps[-1].table, row))
            elif not rows:
                rows.append(row)
            else:
                examples.append(dict(zip(rows[0], row, strict=True)))
        elif line.startswith("Examples:"):
            rows = []
        elif match := _STEP.fullmatch(line):
            steps.append(Step(match[1]))
    return steps, examples


def _cells(line: str) -> tuple[str, ...]:
    r"""Return the cells of a row, in which `\|` is a bar, `\n` a line end and `\\` a backslash."""
    cells, cell, position = list[str](), "", 1
    while position < len(line):
        character = line[position]
        following = line[position + 1 : position + 2]
        if character == "\\" and following in ("|", "\\", "n"):
            cell += "\n" if following == "n" else following
            position += 1
        elif character == "|":
            cells.append(cell.strip())
            cell = ""
        else:
            cell += character
        position += 1
    return tuple(cells)


def _fill(step: Step, example: Mapping[str, str]) -> Step:
    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: example.get(match[1], match[0]), text)

    table = tuple(tuple(fill(cell) for cell in row) for row in step.table)
    return Step(fill(step.text), fill(step.content), table)
