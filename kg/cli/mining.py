"""Commands that look at all notes together: `kg cluster`, `kg rules`, `kg topics`."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import click

from kg.cli.pictures import check_picture, save_picture
from kg.cli.session import Session, command
from kg.errors import InputError, NotFoundError
from kg.iri import normalise_name
from kg.mining import (
    Cluster,
    Clustering,
    Collection,
    MinedRules,
    Rule,
    RuleSettings,
    Span,
    TopicTable,
    Unit,
    check_day,
    cluster_notes,
    cluster_page,
    mine_rules,
    read_collection,
    topics_by_cluster,
    topics_by_concept,
)
from kg.mining.periods import is_within
from kg.mining.rules import ItemKind
from kg.pictures import Bars, BarSeries, Page, Point, Scatter
from kg.query.table import one_line, write_cells

__all__ = ["cluster", "rules", "topics"]

_PICTURE = click.option(
    "--picture", type=click.Path(path_type=Path), metavar="FILE", help="Draw it too: FILE.html, .png or .svg."
)
_SPARKS = "▁▂▃▄▅▆▇█"
_MOST_SPARKS = 60


class _Finite(click.FloatRange):
    """A number within bounds; `nan`, which no bound refuses, and `inf` are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _resolution(function: Callable[..., None]) -> Callable[..., None]:
    more = "Above 1 more and smaller clusters, below 1 fewer."
    seeded = click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, metavar="N")(
        function
    )
    some = _Finite(0, 1000, min_open=True)
    return click.option("--resolution", type=some, default=1.0, show_default=True, metavar="R", help=more)(seeded)


# --- clusters


@command()
@_resolution
@click.option("--least", type=click.IntRange(1), default=3, show_default=True, metavar="N", help="Notes of a cluster.")
@click.option("--members", type=click.IntRange(0), default=0, metavar="N", help="Show each cluster's N central notes.")
@_PICTURE
def cluster(session: Session, resolution: float, seed: int, least: int, members: int, picture: Path | None) -> None:
    """Find the notes that belong together, by links, tags and what they speak of.

    A cluster is named by what many of its notes speak of and few others do. What half of all notes speak of, as the tag
    of a template, and an index of half of them, is left out. With --json each cluster has all its notes, the most
    central first. The modularity is 0 where notes are connected as by chance; from .3 on there are clusters.
    """
    check_picture(picture)
    with session.open() as graph:
        collection = read_collection(graph)
    found = cluster_notes(collection, resolution, least, seed)
    session.answer(_clusters_json(collection, found), lambda: "\n".join(_cluster_lines(collection, found, members)))
    save_picture(session, picture, cluster_page(found, "Clusters of notes"))


def _clusters_json(collection: Collection, found: Clustering) -> dict[str, Any]:
    return {
        "clusters": [
            {
                "number": each.number,
                "name": each.name,
                "size": len(each.notes),
                "concepts": [
                    {"iri": concept.iri, "label": concept.name, "score": concept.score} for concept in each.concepts
                ],
                "notes": [
                    {"doc_id": note.doc_id, "iri": note.iri, "title": note.title, "centrality": strength}
                    for note, strength in each.notes
                ],
            }
            for each in found.clusters
        ],
        "modularity": round(found.modularity, 4),
        "apart": [{"doc_id": note.doc_id, "iri": note.iri, "title": note.title} for note in found.apart],
        "hubs": [{"iri": iri, "label": collection.name(iri)} for iri in found.hubs],
    }


def _cluster_lines(collection: Collection, found: Clustering, members: int) -> Iterator[str]:
    if found.clusters:
        rows = [(str(each.number), f"{len(each.notes):,}", f"{each.things:,}", each.name) for each in found.clusters]
        yield from _table(("cluster", "notes", "concepts", "named by"), rows, _below(found.clusters, members))
        yield ""
    total = sum(len(each.notes) for each in found.clusters)
    clusters, notes = _counted(len(found.clusters), "cluster"), _counted(total, "note")
    yield f"{clusters} of {notes}, modularity {found.modularity:.2f}."
    if found.apart:
        yield f"{_counted(len(found.apart), 'note')} {'belongs' if len(found.apart) == 1 else 'belong'} to no cluster."
    if found.hubs:
        hubs = ", ".join(one_line(collection.name(iri)) for iri in found.hubs[:10])
        yield f"Left out, for they touch half of all notes: {hubs}{', …' if len(found.hubs) > 10 else ''}."


def _below(clusters: Sequence[Cluster], members: int) -> Callable[[int], str]:
    return lambda row: "".join(f"    {one_line(note.title)}\n" for note, _ in clusters[row].notes[:members])


# --- rules


@command()
@click.option("--support", type=float, metavar="S", help="Notes that have all of it: a share below 1, or a number.")
@click.option("--confidence", type=_Finite(0, 1), default=0.5, show_default=True, metavar="C")
@click.option("--lift", type=_Finite(0), default=1.2, show_default=True, metavar="L")
@click.option(
    "--longest", type=click.IntRange(1, 3), default=3, show_default=True, metavar="N", help="Items at the left."
)
@click.option("--only", type=click.Choice(get_args(ItemKind)), help="Compare tags, or concepts, alone.")
@click.option("--about", metavar="NAME", help="Only rules with this tag or concept.")
@click.option("--chance", is_flag=True, help="Also rules that chance alone could explain.")
@click.option(
    "-k", "most", type=click.IntRange(0), default=30, show_default=True, metavar="N", help="Rules; 0 for all."
)
@_PICTURE
def rules(
    session: Session,
    support: float | None,
    confidence: float,
    lift: float,
    longest: int,
    only: ItemKind | None,
    about: str | None,
    chance: bool,
    most: int,
    picture: Path | None,
) -> None:
    """Find which tags and concepts come together in notes.

    A rule `A, B → C` says: of the notes with A and B so many (confidence) have C too, so many times as often as all
    notes do (lift); all of it have so many notes (support). Rules that chance explains least come first. Without
    --support it is half a percent of the notes, and 3 at least.
    """
    check_picture(picture)
    settings = RuleSettings(support, confidence, lift, longest, only, chance)
    settings.least(1)
    with session.open() as graph:
        collection = read_collection(graph)
    found = mine_rules(collection, settings)
    chosen = list(found.rules) if about is None else _about(collection, found, about)
    told = chosen[:most] if most else chosen
    document = {
        "rules": [_rule_json(collection, rule) for rule in told],
        "total": len(chosen),
        "notes": found.notes,
        "items": found.items,
        "least": found.least,
        "longest": found.longest,
        "by_chance": found.by_chance,
        "no_better": found.no_better,
    }
    session.answer(document, lambda: "\n".join(_rule_lines(collection, found, told, len(chosen), settings)))
    save_picture(session, picture, _rule_page(collection, told))


def _about(collection: Collection, found: MinedRules, name: str) -> list[Rule]:
    wanted = normalise_name(name.lstrip("#"))
    borne = {iri for table in (collection.tags, collection.concepts) for iris in table.values() for iri in iris}
    same = {iri for iri in borne if iri == name or normalise_name(collection.name(iri)) == wanted}
    if not same:
        raise NotFoundError("tag or concept", name, {collection.name(iri) for iri in borne})
    return [rule for rule in found.rules if same.intersection((*rule.left, rule.right))]


def _rule_json(collection: Collection, rule: Rule) -> dict[str, Any]:
    return {
        "left": [{"iri": iri, "label": collection.name(iri)} for iri in rule.left],
        "right": {"iri": rule.right, "label": collection.name(rule.right)},
        "count": rule.count,
        "support": rule.support,
        "confidence": rule.confidence,
        "lift": rule.lift,
        "p": rule.p,
    }


def _words(collection: Collection, rule: Rule) -> str:
    left = ", ".join(one_line(collection.name(iri)) for iri in rule.left)
    return f"{left} → {one_line(collection.name(rule.right))}"


def _rule_lines(
    collection: Collection, found: MinedRules, told: Sequence[Rule], total: int, settings: RuleSettings
) -> Iterator[str]:
    if told:
        rows = [
            (
                f"{rule.count:,}",
                f"{rule.support:.1%}",
                f"{rule.confidence:.0%}",
                f"{rule.lift:.1f}",
                _words(collection, rule),
            )
            for rule in told
        ]
        yield from _table(("notes", "support", "confidence", "lift", "rule"), rows)
        yield ""
    shown = f"{len(told):,} of {_counted(total, 'rule')}" if len(told) < total else _counted(total, "rule")
    notes = _counted(found.notes, "note")
    yield f"{shown}, from {notes} and the {found.items:,} tags and concepts that {found.least:,} have."
    if found.by_chance:
        of_all = "Of all that there are, " if total < len(found.rules) else ""
        yield f"{of_all}{found.by_chance:,} more could come from chance (--chance shows them)."
    if found.longest < settings.longest:
        few = f"rules have {found.longest} items at the left at most"
        yield f"There are too many sets: {few}; more with a greater --support."
    if found.notes and found.least > settings.least(found.notes):
        yield f"There are too many pairs: the support was raised to {found.least:,} notes."


def _rule_page(collection: Collection, told: Sequence[Rule]) -> Page:
    points = []
    for place, rule in enumerate(told):
        band = "lift 10 and more" if rule.lift >= 10 else "lift 3 to 10" if rule.lift >= 3 else "lift below 3"
        detail = f"{rule.count:,} notes, confidence {rule.confidence:.0%}, lift {rule.lift:.1f}"
        points.append(Point(rule.count, rule.confidence, _words(collection, rule), band, detail, len(told) - place))
    points.sort(key=lambda point: ("lift 10 and more", "lift 3 to 10", "lift below 3").index(point.group))
    title = "What comes together in notes"
    return Page(title, (Scatter(title, tuple(points), "notes with all of it", "confidence"),))


# --- topics


@command()
@click.option(
    "--by",
    type=click.Choice(["cluster", "tag", "concept"]),
    default="cluster",
    show_default=True,
    help="What a topic is.",
)
@click.option("--period", type=click.Choice(get_args(Unit)), help="Else months for five years, years for more.")
@click.option("--since", default="", metavar="DATE", help="Only notes of 2025-03-14, 2025-03 or 2025 and later.")
@click.option("--until", default="", metavar="DATE", help="Only notes up to it.")
@click.option("--modified", is_flag=True, help="By the date of the last change; else by that of the note.")
@click.option(
    "-k", "most", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Topics; 0 for all."
)
@_resolution
@_PICTURE
def topics(
    session: Session,
    by: str,
    period: Unit | None,
    since: str,
    until: str,
    modified: bool,
    most: int,
    resolution: float,
    seed: int,
    picture: Path | None,
) -> None:
    """Count the notes of each month or year by topic.

    The date of a note is its day where it is a daily note, else `created` or `date` of its front matter, else one in
    its file's name. A topic is rising or falling where its share of the notes grows or shrinks more than chance
    explains.
    """
    check_picture(picture)
    since, until = (check_day(day) if day else "" for day in (since, until))
    if since and until and not is_within(since, "", until):
        raise InputError(f"--since {since} is after --until {until}: no note can be of that time.")
    with session.open() as graph:
        collection = read_collection(graph)
    span = Span(period, since, until, "modified" if modified else "created")
    if by == "cluster":
        found = topics_by_cluster(collection, cluster_notes(collection, resolution, seed=seed), span, most)
    else:
        found = topics_by_concept(collection, "tags" if by == "tag" else "concepts", span, most)
    session.answer({"by": by, **_topics_json(found)}, lambda: "\n".join(_topic_lines(found)))
    save_picture(session, picture, _topic_page(found))


def _topics_json(found: TopicTable) -> dict[str, Any]:
    return {
        "period": found.unit,
        "periods": list(found.periods),
        "notes": list(found.notes),
        "topics": [
            {
                "name": topic.name,
                **({"iri": topic.iri} if topic.iri else {}),
                "counts": list(topic.counts),
                "total": topic.total,
                "trend": topic.trend,
                "z": topic.z,
            }
            for topic in found.topics
        ],
        "more": found.more,
        "dated": found.dated,
        "undated": found.undated,
        "outside": found.outside,
    }


def _topic_lines(found: TopicTable) -> Iterator[str]:
    if found.topics:
        first, last = found.periods[0], found.periods[-1]
        rows = [
            (f"{topic.total:,}", _sparks(topic.counts), topic.trend if topic.trend != "steady" else "", topic.name)
            for topic in found.topics
        ]
        yield from _table(("notes", f"{first} to {last}", "trend", "topic"), rows)
        yield ""
        if found.more:
            yield f"{_counted(found.more, 'more topic')} (-k 0 shows all)."
    yield _dated(found)
    if found.outside:
        yield f"{found.outside:,} more are before or after."


def _dated(found: TopicTable) -> str:
    have = f"{_counted(found.dated, 'note')} {'has' if found.dated == 1 else 'have'} a date"
    return f"{have}, {found.undated:,} {'has' if found.undated == 1 else 'have'} none that says the {found.unit}."


def _sparks(counts: Sequence[int]) -> str:
    """Write numbers as bars, a blank for none; the last 60 of more."""
    shown = counts[-_MOST_SPARKS:]
    top = max(shown, default=0) or 1
    bars = ("·" if not count else _SPARKS[max(0, -(-count * len(_SPARKS) // top) - 1)] for count in shown)
    return ("…" if len(shown) < len(counts) else "") + "".join(bars)


def _topic_page(found: TopicTable) -> Page:
    series = tuple(BarSeries(topic.name, topic.counts) for topic in found.topics)
    title = f"Notes by topic and {found.unit}"
    return Page(title, (Bars(title, found.periods, series, found.unit, "notes"),), (_dated(found),))


# --- tables


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], below: Callable[[int], str] = lambda _: ""
) -> Iterator[str]:
    """Yield the lines of a table without the line that counts them, cut to the terminal where there is one."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines = list(write_cells(header, [[one_line(cell) for cell in row] for row in rows], width, below))
    yield from (line.rstrip("\n") for line in lines[:-1])
