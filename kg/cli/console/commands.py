"""The commands of the console, each a line that begins with a mark: a dot, or a colon as in Neo4j's shells."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from kg.cli.console.command import ON_OFF, Command, read_switch, switch_word
from kg.cli.console.console import Console
from kg.cli.console.cypher_commands import CYPHER_COMMANDS
from kg.cli.console.language import Suggestion
from kg.cli.console.vocabulary import Word
from kg.cli.queries import broken_queries, find_saved, list_queries, read_parameters, saved_queries
from kg.cli.show import page_lines
from kg.cli.why import reason_lines
from kg.errors import InputError, QuerySyntaxError
from kg.explain import Page, Reason, show
from kg.graph import KnowledgeGraph
from kg.query.table import shorten
from kg.rdf import PREFIXES, NamedNode

__all__ = ["COMMANDS", "commands_of", "run_command", "suggest_command"]

_SUFFIXES: Mapping[str, str] = {
    ".csv": "csv", ".json": "json", ".nt": "ntriples", ".srj": "json", ".srx": "xml", ".tsv": "tsv", ".ttl": "turtle",
    ".txt": "table", ".xml": "xml",
}  # fmt: skip
"""The format of a saved answer by the suffix of its file."""
_MOST_REASONS = 20
_OF_SPARQL = ("labels", "prefixes")
"""Commands about IRIs, which an answer in Cypher has none of."""


def commands_of(console: Console) -> Mapping[str, Command]:
    """Return the commands of a console by name, in the order of the help."""
    if not console.language.has_parameters:
        return COMMANDS
    return {**{name: command for name, command in COMMANDS.items() if name not in _OF_SPARQL}, **CYPHER_COMMANDS}


def run_command(console: Console, line: str) -> None:
    """Run a line that begins with a mark.

    Raises:
        InputError: there is no such command, or its arguments are wrong. KgError: as the command.
    """
    name, *arguments = line.strip()[1:].split(None, 1)
    commands, mark = commands_of(console), console.mark
    name = name.rstrip(";") if not arguments else name
    if name not in commands:
        nearest = difflib.get_close_matches(name, commands, n=1)
        hint = f" Did you mean {mark}{nearest[0]}?" if nearest else ""
        raise InputError(f"No command is called {mark}{name}.{hint} `{mark}help` lists them.")
    commands[name].run(console, "".join(arguments))


def suggest_command(console: Console, line: str) -> Iterator[Suggestion]:
    """Yield completions of a line that begins with a mark and ends at the cursor."""
    commands = commands_of(console)
    name, space, argument = line[1:].partition(" ")
    if not space:
        for each, command in commands.items():
            if each.startswith(name):
                yield Suggestion(f"{line[0]}{each}", len(line), meta=command.help)
        return
    if name == "run":
        yield from _suggest_saved(console, argument)
    elif name in commands:
        for choice in console.language.formats if name == "format" else commands[name].choices:
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
    commands = commands_of(console)
    usages = {name: f"{console.mark}{name} {command.arguments}".rstrip() for name, command in commands.items()}
    widest = max(map(len, usages.values()))
    lines = [f"{usages[name]:<{widest}}  {command.help}" for name, command in commands.items()]
    keys = (
        "Enter runs a query that is complete and else begins a new line; Alt+Enter runs it as it is, Ctrl-O begins",
        "a new line in any case. Tab completes, Ctrl-R searches what was typed, Ctrl-C stops, Ctrl-D ends.",
    )
    console.show("\n".join([*lines, "", *keys]))


def _prefixes(console: Console, argument: str) -> None:
    console.show("\n".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in PREFIXES.items()))


def _classes(console: Console, argument: str) -> None:
    console.show(_word_list(console, console.vocabulary.wait().classes, argument, "class"))


def _properties(console: Console, argument: str) -> None:
    console.show(_word_list(console, console.vocabulary.wait().properties, argument, "property"))


def _word_list(console: Console, words: Iterable[Word], wanted: str, kind: str) -> str:
    """Return the terms in whose name, labels or comment a text stands, one a line."""
    named = ((word.name if console.language.has_parameters else shorten(word.iri), word) for word in words)
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
        mark = console.mark
        raise InputError(f"Which query? `{mark}queries` lists them; write {mark}run NAME --PARAMETER VALUE.")
    query = find_saved(console.session, name, console.language.name)
    if query.language != console.language.name:
        raise InputError(f"The query {name!r} is written in {query.language}; run it with `kg run {name}`.")
    console.ask_saved(query, values)


def _why(console: Console, argument: str) -> None:
    if not argument:
        raise InputError(f"Which row? Write {console.mark}why N, with the number of a row of the last answer.")
    cells = console.row(int(_number(argument, "row", int)))
    reasons: tuple[Reason, ...] = console.call(console.language.reasons, cells)
    if not reasons:
        hint = "" if _things(console, cells) else " Select the things too, not values alone."
        console.show(f"No statement joins what stands in row {argument}.{hint}")
        return
    lines = [line for reason in reasons[:_MOST_REASONS] for line in reason_lines(reason)]
    if len(reasons) > _MOST_REASONS:
        lines.append(
            f"… and {len(reasons) - _MOST_REASONS} statements more; `{console.mark}show {argument}` shows all."
        )
    console.show("\n".join(lines))


def _show(console: Console, argument: str) -> None:
    if not argument:
        raise InputError(f"What? Write {console.mark}show NAME, or the number of a row.")
    target = argument
    if argument.isdecimal() and console.answer is not None and 1 <= int(argument) <= len(console.answer.rows):
        things = _things(console, console.row(int(argument)))
        if not things:
            raise InputError(f"Row {argument} holds no thing to show, only values.")
        target = things[0]
    page: Page = console.call(_page, target)
    console.show("\n".join(page_lines(page)))


def _things(console: Console, cells: Iterable[Any]) -> list[str]:
    return [iri for cell in cells if (iri := console.language.thing(cell)) is not None]


def _page(graph: KnowledgeGraph, target: str) -> Page:
    return show(graph, target)


def _labels(console: Console, argument: str) -> None:
    console.settings.labels = read_switch(argument, console.settings.labels)
    console.tell(f"Labels instead of IRIs: {switch_word(console.settings.labels)}.")


def _explain(console: Console, argument: str) -> None:
    console.settings.explain = read_switch(argument, console.settings.explain)
    console.tell(f"How a query is read is shown: {switch_word(console.settings.explain)}.")


def _pager(console: Console, argument: str) -> None:
    console.settings.pager = read_switch(argument, console.settings.pager)
    console.tell(f"Long answers go through the pager: {switch_word(console.settings.pager)}.")


def _format(console: Console, argument: str) -> None:
    formats = console.language.formats
    if argument and argument not in formats:
        nearest = difflib.get_close_matches(argument, formats, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise InputError(f"No format is called {argument!r}.{hint} Known: {', '.join(formats)}.")
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
        raise InputError(f"Where? Write {console.mark}save FILE.")
    path = Path(argument).expanduser().absolute()
    format_name = _SUFFIXES.get(path.suffix.lower())
    if format_name not in console.language.formats:
        fitting = (suffix for suffix, name in _SUFFIXES.items() if name in console.language.formats)
        raise InputError(f"{path.name}: the format is known by the suffix; use one of {', '.join(fitting)}.")
    size = console.save(path, format_name)
    console.tell(f"Wrote {path} ({format_name}, {size:,} bytes).")


def _source(console: Console, argument: str) -> None:
    if not argument:
        raise InputError(f"Which file? Write {console.mark}source FILE.")
    path = Path(argument).expanduser()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: it is not UTF-8 at byte {error.start}.") from error
    try:
        console.ask(text)
    except QuerySyntaxError as error:  # whose place is in the file, and not in what was typed
        console.report(error, text)


def _clear(console: Console, argument: str) -> None:
    click.clear()


def _history(console: Console, argument: str) -> None:
    typed = [text for text in console.history() if argument.casefold() in text.casefold()]
    console.show("\n".join(text.replace("\n", "\n    ") for text in reversed(typed)))


def _quit(console: Console, argument: str) -> None:
    console.is_open = False


def _number(argument: str, what: str, kind: Callable[[str], float]) -> float:
    try:
        found = kind(argument)
        if 0 <= found < float("inf"):
            return found
    except ValueError:
        pass
    raise InputError(f"{argument!r} is no {what}.")


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
    "labels": Command("[on|off]", "Show labels instead of IRIs.", _labels, ON_OFF),
    "format": Command("[NAME]", "Choose the format of answers: table, json, csv and so on.", _format),
    "limit": Command("[N]", "Choose how many rows are shown; 0 is all.", _limit),
    "timeout": Command("[SECONDS]", "Choose after which time a query is stopped; 0 is never.", _timeout),
    "explain": Command("[on|off]", "Show how a query is read, and its time.", _explain, ON_OFF),
    "pager": Command("[on|off]", "Show what is longer than the screen page by page.", _pager, ON_OFF),
    "save": Command("FILE", "Write all of the last answer to a file; its suffix is the format.", _save),
    "source": Command("FILE", "Run what stands in a file.", _source),
    "history": Command("[TEXT]", "Show what was typed, or what of it has TEXT in it.", _history),
    "clear": Command("", "Clear the screen.", _clear),
    "exit": Command("", "End the console.", _quit),
    "quit": Command("", "End the console, as Ctrl-D does.", _quit),
}
"""The commands of every console by name, in the order of the help."""
