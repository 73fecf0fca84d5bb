"""The command `kg`: the table of commands, imported when used, and what an error becomes at the edge."""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from kg import __version__
from kg.cli.command_tables import CommandTable, TableGroup
from kg.cli.reporting import EXIT_CODES, report, tell
from kg.errors import KgError

__all__ = ["COMMANDS", "EXIT_CODES", "cli", "main"]

COMMANDS: CommandTable = {
    "init": ("kg.cli.setup:init", "Make a home for a knowledge graph."),
    "ingest": ("kg.cli.notes:ingest", "Read notes into the graph."),
    "forget": ("kg.cli.notes:forget_notes", "Take notes out of the graph."),
    "status": ("kg.cli.reports:status", "Say what the home holds."),
    "report": ("kg.cli.reports:report", "Say what the last ingest did with each file."),
    "show": ("kg.cli.show:show_page", "Show a note or an entity with its facts and their sentences."),
    "search": ("kg.cli.search:search", "Find the notes that fit a question, by words, meaning and the graph."),
    "ask": ("kg.cli.ask:ask", "Answer a question in English or Chinese from what the notes state."),
    "feedback": ("kg.cli.feedback:feedback", "Say that a hit was useful, or wrong: later searches take notice."),
    "review": ("kg.cli.reviewing:review", "Decide what is in doubt, what matters most first."),
    "decide": ("kg.cli.deciding:decide", "Decide what is so: accept, reject, retype, rename, merge, split, undo."),
    "decisions": ("kg.cli.deciding:decisions", "List what was decided."),
    "recommend": ("kg.cli.recommend:recommend", "Recommend notes for a note, an entity or a user, and say why."),
    "cluster": ("kg.cli.mining:cluster", "Find the notes that belong together, by links, tags and what they speak of."),
    "rules": ("kg.cli.mining:rules", "Find which tags and concepts come together in notes."),
    "topics": ("kg.cli.mining:topics", "Count the notes of each month or year by topic."),
    "event": ("kg.cli.event:event", "Keep what users viewed, rated and saved: recommendation learns from it."),
    "sparql": ("kg.cli.queries:sparql", "Answer a SPARQL query."),
    "update": ("kg.cli.queries:update", "Change the graph by a SPARQL update."),
    "cypher": ("kg.cli.cypher:cypher", "Answer a Cypher query."),
    "run": ("kg.cli.queries:run_saved", "Run a saved query."),
    "import": ("kg.cli.data:import_data", "Read an RDF file, or the answer of a SPARQL endpoint, into the graph."),
    "export": ("kg.cli.data:export_data", "Write the graph to a file."),
    "copy": ("kg.cli.copying:copy", "Copy the graph into another store of the home."),
    "reindex": ("kg.cli.indexing:reindex", "Make the index of searches anew, from the notes and the graph."),
    "serve": ("kg.cli.serve:serve", "Answer queries and searches over HTTP until told to stop (Ctrl-C, or SIGTERM)."),
    "neo4j": ("kg.cli.neo4j:neo4j", "Run a Neo4j server for the home."),
    "ontology": ("kg.cli.ontology:ontology", "Check the ontology, or give it back."),
    "embed": ("kg.cli.embed:embed", "Learn vectors of the graph, which say what is likely to be missing in it."),
    "extract": ("kg.cli.extract:extract", "Extract the facts of a text, without a store."),
}
"""Where each command is and its one-line help, in the order of the help page."""

WRONG_INPUT, MACHINE, UNEXPECTED, INTERRUPTED, PIPE_CLOSED = 2, 4, 70, 130, 141


class _PipeClosedError(Exception):
    """Whoever read our output has ended; click would turn the plain error into exit code 1."""


class _CommandGroup(TableGroup):
    """The group of all commands, which says what may have been meant, and lets a closed pipe be one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a command line; an unknown name is answered with the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            nearest = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise click.UsageError(f"No command is called {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe keeps its own exit code."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _PipeClosedError from error


@click.group(
    cls=_CommandGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(__version__, prog_name="kg", message="%(prog)s %(version)s")
def cli() -> None:
    """Turn a folder of notes into a knowledge graph, and ask it.

    Every command takes --home DIR (else $KG_HOME, else .kg in this folder) and --json. Exit codes: 0 ok, 1 not found,
    2 wrong input, 3 a limit, 4 the store.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit code; no traceback is shown."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(words, as_json="--json" in words)
        sys.stdout.flush()
        return code
    except (_PipeClosedError, BrokenPipeError):
        # What is still buffered goes nowhere, so that Python's own exit does not stumble over the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def _run(words: list[str], as_json: bool) -> int:
    try:
        result = cli.main(words, prog_name="kg", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (_PipeClosedError, SystemExit):  # SystemExit: shell completion has answered
        raise
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        if not as_json:
            error.show()
            return WRONG_INPUT
        return tell(error, "The command line is wrong", error.format_message(), WRONG_INPUT, as_json)
    except KgError as error:
        return report(error, as_json)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return tell(error, "The machine refused", f"{place}{error.strerror or error}", MACHINE, as_json)
    except BaseException as error:  # noqa: BLE001 - the last resort; a panic of a Rust library is no Exception
        if os.environ.get("KG_DEBUG"):
            traceback.print_exc()
        detail = f"{type(error).__name__}: {error}. This is a bug; KG_DEBUG=1 shows where it happened."
        return tell(error, "Something unexpected happened", detail, UNEXPECTED, as_json)
