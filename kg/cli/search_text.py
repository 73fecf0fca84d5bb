"""A search's answer for people: hits with the part of the passage that fits, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from kg.rdf import KG

if TYPE_CHECKING:
    from kg.recommendation.model import Reason
    from kg.search.hits import Hit, SearchAnswer, Span

__all__ = ["answer_text"]

_SHOWN = 320
"""Characters of a passage that are shown."""
_PLAIN = frozenset({KG["linksTo"], KG["mentions"], KG["taggedWith"]})
"""Properties of notes as such, which most hits have to do with what was asked."""
_ADDRESS = re.compile(r"\]\([^\s()]*(?:\s+\"[^\"]*\")?\)")
"""Where a link leads; people read its text."""
_TAG = re.compile(
    r"</?(?:a|b|br|center|details|div|em|font|hr|i|img|li|ol|p|small|span|strong|sub|summary|sup|table|tbody|td|th|tr|u|ul)"
    r"(?:\s[^<>]*)?/?>|<!--.*?-->",
    re.IGNORECASE | re.DOTALL,
)
"""HTML, which people do not read."""
_BEFORE = 80
"""Of them those before the first that fits, where the passage is longer."""


def answer_text(answer: SearchAnswer, explain: bool, is_shown: bool) -> str:
    """Return an answer in lines.

    Args:
        explain: tell all reasons, the sources' shares and what was recognised; else the first path alone.
        is_shown: on a terminal, where what fits is bold.
    """
    lines = [f"No note has {', '.join(f'“{part}”' for part in answer.missing)}."] if answer.missing else []
    lines += [f"Did you mean: {' · '.join(answer.suggestions)}?"] if answer.suggestions else []
    lines += [line for hit in answer.hits for line in _hit_lines(hit, explain, is_shown)]
    if not answer.hits:
        lines.append(_nothing(answer.among))
    if answer.held_back:
        notes = "note fits" if answer.held_back == 1 else "notes fit"
        lines.append(f"{answer.held_back} hidden {notes} as well (draft, private, template): --hidden shows them.")
    if answer.without_text:
        notes = "note has" if answer.without_text == 1 else "notes have"
        lines.append(f"{answer.without_text:,} {notes} no text in the cache, only a title: `kg ingest` brings it.")
    if answer.not_encoded:
        lines.append(
            f"{answer.not_encoded:,} passages have no vector yet, so that {'they' if answer.knobs.vectors else 'all'} "
            "were found by words and graph alone: `kg reindex` makes them all, each search some."
        )
    if explain:
        lines += _about(answer)
    return "\n".join(lines)


def _nothing(among: int | None) -> str:
    if among is None:
        return "Nothing fits."
    if among == 0:
        return "The filters let no note through."
    return f"Nothing fits among the {among:,} {'note' if among == 1 else 'notes'} that the filters let through."


def _hit_lines(hit: Hit, explain: bool, is_shown: bool) -> Iterator[str]:
    title = click.style(hit.title, bold=True) if is_shown else hit.title
    score = f"  {hit.score:.4f}" if explain else ""
    yield f"{hit.rank}. {title}  ({hit.doc_id}){score}"
    above = [heading for heading in hit.headings if heading != hit.title]
    if above:
        yield f"    {' › '.join(above)}"
    passage = _excerpt(hit, is_shown)
    if passage:
        yield f"    {passage}"
    for reason in hit.why if explain else _telling(hit):
        yield from _reason_lines(reason, explain)


def _telling(hit: Hit) -> Sequence[Reason]:
    """Return what is worth a line without being asked for: statements, or whatever led to what has no words of it."""
    has_words = any(reason.source == "words" for reason in hit.why)
    return [
        reason
        for reason in hit.why
        if reason.source == "feedback"
        or any(step.predicate not in _PLAIN or not has_words for step in reason.path)
    ]


def _reason_lines(reason: Reason, explain: bool) -> Iterator[str]:
    yield f"    → {f'{reason.source}: ' if explain else ''}{reason.text}"
    for sentence in reason.evidence if explain else ():
        yield f"        “{' '.join(sentence.quote.split())}”  {sentence.path}"


def _about(answer: SearchAnswer) -> Iterator[str]:
    knobs = answer.knobs
    yield (
        f"Weights: text {knobs.text:g}, vectors {knobs.vectors:g}, graph {knobs.graph:g}; "
        f"diversity {knobs.diversity:g}; hops {knobs.hops}."
    )
    for each in answer.recognised:
        yield f"“{answer.query.strip()[each.start : each.end]}” names {each.name}: {each.iri.value}"


def _excerpt(hit: Hit, is_shown: bool) -> str:
    """Return the part of a passage around what fits, in one line."""
    spans: list[tuple[int, int]] = [_inside(hit, span) for span in hit.spans]
    start, end = _window(len(hit.text), spans)
    pieces, place = [], start
    for first, last in spans:
        if first >= place and last <= end:
            pieces += [hit.text[place:first], _bold(hit.text[first:last]) if is_shown else hit.text[first:last]]
            place = last
    pieces.append(hit.text[place:end])
    line = " ".join(_TAG.sub(" ", _ADDRESS.sub("]", "".join(pieces))).split())
    return f"{'… ' if start else ''}{line}{' …' if end < len(hit.text) else ''}"


def _inside(hit: Hit, span: Span) -> tuple[int, int]:
    return span.start - hit.start, span.end - hit.start


def _window(length: int, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the part of a passage that is shown: the one with most of what fits, the first of several."""
    if length <= _SHOWN:
        return 0, length
    best, most = 0, -1
    for first, _ in spans or [(0, 0)]:
        start = max(0, min(first - _BEFORE, length - _SHOWN))
        inside = sum(each >= start and end <= start + _SHOWN for each, end in spans)
        if inside > most:
            best, most = start, inside
    return best, best + _SHOWN


def _bold(text: str) -> str:
    return click.style(text, bold=True, fg="yellow")
