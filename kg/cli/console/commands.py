"""The commands of the console, each a line that begins with a dot."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from kg.cli.console.console import Console
from kg.cli.console.language import Suggestion
from kg.cli.console.vocabulary import Word
from kg.cli.queries import broken_queries, find_saved, list_queries, read_parameters, saved_queries
from kg.cli.show import page_lines
from kg.errors import InputError
from kg.explain import Page, Reason, reasons_among, show
from kg.graph import KnowledgeGraph
from kg.query.formats import FORMATS
from kg.query.table import shorten
from kg.rdf import PREFIXES, NamedNode, Term

__all__ = ["COMMANDS", "Command", "run_command", "suggest_command"]

_SUFFIXES: Mapping[str, str] = {
    ".csv": "csv", ".json": "json", ".nt": "ntriples", ".srj": "json", ".srx": "xml", ".tsv": "tsv", ".ttl": "turtle",
    ".txt": "table", ".xml": "xml",
}  # fmt: skip
"""The format of a saved answer by the suffix of its file."""
_MOST_REASONS = 20
_SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its arguments as the help shows them, and what it does."""

    arguments: str
    help: str
    run: Callable[[Console, str], None]
    choices: tuple[str, ...] = ()


def run_command(console: Console, line: str) -> None:
    """Run a line that begins with a dot.

    Raises:
        InputError: there is no such command, or its arguments are wrong. KgError: as the command.
    """
    name, _, argument = line.strip().removeprefix(".").partition(" ")
    if name not in COMMANDS:
        nearest = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f" Did you mean .{nearest[0]}?" if nearest else ""
        raise InputError(f"No command is called .{name}.{hint} `.help` lists them.")
    COMMANDS[name].run(console, argument.strip())


def suggest_command(console: Console, line: str) -> Iterator[Suggestion]:
    """Yield completions of a line that begins with a dot and ends at the cursor."""
    name, space, argument = line.removeprefix(".").partition(" ")
    if not space:
        for each, command in COMMANDS.items():
            if each.startswith(name):
                yield Suggestion(f".{each}", len(line), meta=command.help)
        return
    if name == "run":
        yield from _suggest_saved(console, argument)
    elif name in COMMANDS:
        for choice in COMMANDS[name].choices:
            if choice.startswith(argument):
                yield Suggestion(choice, len(argument))
    if name == "show" and argument:
        for thing, iri in console.vocabulary.words.named(argument):
            yield Suggestion(thing, len(argument), thing, shorten(iri, console.vocabulary.words.base))


def _suggest_saved(console: Console, argument: str) -> Iterator[Suggestion]:
    queries = saved_queries(console.session)
    name, space, rest = argument.partition(" ")
    if not space:
        for query in queries.values():
            if query.name.startswith(name):
                yield Suggestion(query.name, len(name), meta=query.title)
    elif name in queries:
        word = rest.rpartition(" ")[2]
        for parameter in queries[name].parameters:
            flag = f"--{parameter.name}"
            if flag.startswith(word) and f"{flag} " not in rest:
                yield Suggestion(flag, len(word), meta=f"{parameter.type} {parameter.description}")


# --- the commands, in the order of the table below


def _help(console: Console, argument: str) -> None:
    usages = {name: f".{name} {command.arguments}".rstrip() for name, command in COMMANDS.items()}
    widest = max(map(len, usages.values()))
    lines = [f"{usages[name]:<{widest}}  {command.help}" for name, command in COMMANDS.items()]
    keys = (
        "Enter runs a query that is complete and else begins a new line; Alt+Enter runs it as it is, Ctrl-O begins",
        "a new line in any case. Tab completes, Ctrl-R searches what was typed, Ctrl-C stops, Ctrl-D ends.",
    )
    console.show("\n".join([*lines, "", *keys]))


def _prefixes(console: Console, argument: str) -> None:
    console.show("\n".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in PREFIXES.items()))


def _classes(console: Console, argument: str) -> None:
    console.show(_word_list(console.vocabulary.wait().classes, argument, "class"))


def _properties(console: Console, argument: str) -> None:
    console.show(_word_list(console.vocabulary.wait().properties, argument, "property"))


def _word_list(words: Iterable[Word], wanted: str, kind: str) -> str:
    """Return the terms in whose name, labels or comment a text stands, one a line."""
    named = ((shorten(word.iri), word) for word in words)
    lines = [
        f"{name:<28} {word.meaning}"
        for name, word in named
        if any(wanted.casefold() in text.casefold() for text in (name, word.meaning, *word.labels))
    ]
    return "\n".join(lines) if lines else f"No {kind} has {wanted!r} in its name, labels or comment."


def _graphs(console: Console, argument: str) -> None:
    names = console.call(_graph_names)
    console.show("\n".join(f"<{name}>" for name in names) or "There is no named graph.")


def _graph_names(graph: KnowledgeGraph) -> list[str]:
    return sorted(name.value for name in graph.store.graph_names() if isinstance(name, NamedNode))


def _queries(console: Console, argument: str) -> None:
    lines = [list_queries(saved_queries(console.session))]
    lines += [f"Left out: {error}" for error in broken_queries(console.session).values()]
    console.show("\n".join(lines))


def _run(console: Console, argument: str) -> None:
    try:
        name, *words = shlex.split(argument) or [""]
        values = read_parameters(words)
    except ValueError as error:
        raise InputError(f"{argument!r}: a quotation mark is not closed.") from error
    except click.UsageError as error:
        raise InputError(error.format_message()) from error
    if not name:
        raise InputError("Which query? `.queries` lists them; write .run NAME --PARAMETER VALUE.")
    console.ask_saved(find_saved(console.session, name), values)


def _why(console: Console, argument: str) -> None:
    if not argument:
        raise InputError("Which row? Write .why N, with the number of a row of the last answer.")
    terms = console.row(int(_number(argument, "row", int)))
    reasons: tuple[Reason, ...] = console.call(_reasons, terms)
    if not reasons:
        hint = "" if any(isinstance(term, NamedNode) for term in terms) else " Select the things too, not values alone."
        console.show(f"No statement joins what stands in row {argument}.{hint}")
        return
    lines = [line for reason in reasons[:_MOST_REASONS] for line in _reason_lines(reason)]
    if len(reasons) > _MOST_REASONS:
        lines.append(f"… and {len(reasons) - _MOST_REASONS} statements more; `.show {argument}` shows all.")
    console.show("\n".join(lines))


def _reasons(graph: KnowledgeGraph, terms: tuple[Term, ...]) -> tuple[Reason, ...]:
    return reasons_among(graph, terms)


def _reason_lines(reason: Reason) -> Iterator[str]:
    yield f"{reason.subject} · {reason.predicate} · {reason.object}"
    for source in reason.sources:
        yield f"    “{' '.join(source.quote.split())}”"
        yield f"        {source.path}, characters {source.start} to {source.end}, {source.kind} ({source.confidence:g})"
    if not reason.sources:
        where = f"it stands in {', '.join(reason.paths)}" if reason.paths else "it follows from other statements"
        yield f"    no sentence; {where}"


def _show(console: Console, argument: str) -> None:
    if not argument:
        raise InputError("What? Write .show NAME, or the number of a row.")
    target = argument
    if argument.isdecimal() and console.answer is not None and 1 <= int(argument) <= len(console.answer.rows):
        things = [term.value for term in console.row(int(argument)) if isinstance(term, NamedNode)]
        if not things:
            raise InputError(f"Row {argument} holds no thing to show, only values.")
        target = things[0]
    page: Page = console.call(_page, target)
    console.show("\n".join(page_lines(page)))


def _page(graph: KnowledgeGraph, target: str) -> Page:
    return show(graph, target)


def _labels(console: Console, argument: str) -> None:
    console.settings.labels = _switch(argument, console.settings.labels)
    console.tell(f"Labels instead of IRIs: {_word(console.settings.labels)}.")


def _explain(console: Console, argument: str) -> None:
    console.settings.explain = _switch(argument, console.settings.explain)
    console.tell(f"How a query is read is shown: {_word(console.settings.explain)}.")


def _pager(console: Console, argument: str) -> None:
    console.settings.pager = _switch(argument, console.settings.pager)
    console.tell(f"Long answers go through the pager: {_word(console.settings.pager)}.")


def _format(console: Console, argument: str) -> None:
    if argument and argument not in FORMATS:
        nearest = difflib.get_close_matches(argument, FORMATS, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise InputError(f"No format is called {argument!r}.{hint} Known: {', '.join(FORMATS)}.")
    console.settings.format_name = argument or console.settings.format_name
    console.tell(f"Answers are shown as {console.settings.format_name}.")


def _limit(console: Console, argument: str) -> None:
    if argument:
        console.settings.rows = int(_number(argument, "number of rows", int)) or None
    rows = console.settings.rows
    console.tell(f"{rows} rows are shown." if rows else "All rows are shown.")


def _timeout(console: Console, argument: str) -> None:
    if argument:
        console.settings.seconds = _number(argument, "number of seconds", float) or None
    seconds = console.settings.seconds
    console.tell(f"A query is stopped after {seconds:g} s." if seconds else "No query is stopped for its time.")


def _save(console: Console, argument: str) -> None:
    if not argument:
        raise InputError("Where? Write .save FILE.")
    path = Path(argument).expanduser().absolute()
    format_name = _SUFFIXES.get(path.suffix.lower())
    if format_name is None:
        raise InputError(f"{path.name}: the format is known by the suffix; use one of {', '.join(_SUFFIXES)}.")
    size = console.save(path, format_name)
    console.tell(f"Wrote {path} ({format_name}, {size:,} bytes).")


def _history(console: Console, argument: str) -> None:
    typed = [text for text in console.history() if argument.casefold() in text.casefold()]
    console.show("\n".join(text.replace("\n", "\n    ") for text in reversed(typed)))


def _quit(console: Console, argument: str) -> None:
    console.is_open = False


def _switch(argument: str, now: bool) -> bool:
    """Return what `on` or `off` says, and the other state where nothing is said."""
    if argument and argument not in _SWITCH:
        raise InputError(f"{argument!r} is neither on nor off.")
    return _SWITCH[argument] if argument else not now


def _word(state: bool) -> str:
    return "on" if state else "off"


def _number(argument: str, what: str, kind: Callable[[str], float]) -> float:
    try:
        found = kind(argument)
        if 0 <= found < float("inf"):
            return found
    except ValueError:
        pass
    raise InputError(f"{argument!r} is no {what}.")


_ON_OFF = tuple(_SWITCH)

COMMANDS: Mapping[str, Command] = {
    "help": Command("", "Show these commands.", _help),
    "prefixes": Command("", "Show the prefixes that need no declaration.", _prefixes),
    "classes": Command("[TEXT]", "Show the classes in whose name, labels or comment TEXT stands.", _classes),
    "properties": Command("[TEXT]", "Show the properties in the same way.", _properties),
    "graphs": Command("", "Show the names of the named graphs.", _graphs),
    "queries": Command("", "Show the saved queries with their parameters.", _queries),
    "run": Command("NAME [--PARAMETER VALUE]...", "Run a saved query.", _run),
    "why": Command("N", "Show the sentences behind row N of the last answer.", _why),
    "show": Command("NAME|N", "Show a thing, or the first one of row N, with its facts.", _show),
    "labels": Command("[on|off]", "Show labels instead of IRIs.", _labels, _ON_OFF),
    "format": Command("[NAME]", "Choose the format of answers: table, json, csv and so on.", _format, tuple(FORMATS)),
    "limit": Command("[N]", "Choose how many rows are shown; 0 is all.", _limit),
    "timeout": Command("[SECONDS]", "Choose after which time a query is stopped; 0 is never.", _timeout),
    "explain": Command("[on|off]", "Show how a query is read, and its time.", _explain, _ON_OFF),
    "pager": Command("[on|off]", "Show what is longer than the screen page by page.", _pager, _ON_OFF),
    "save": Command("FILE", "Write all of the last answer to a file; its suffix is the format.", _save),
    "history": Command("[TEXT]", "Show what was typed, or what of it has TEXT in it.", _history),
    "quit": Command("", "End the console, as Ctrl-D does.", _quit),
}
"""The commands by name, in the order of the help."""
