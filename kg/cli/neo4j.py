"""`kg neo4j`: the Neo4j server of the home, up and down, and whether it answers."""

from __future__ import annotations

from typing import Any

import click

from kg.cli.session import Session, command
from kg.cli.sweep import sweep
from kg.home import read_owner
from kg.home.neo4j_record import Neo4jServer, server_record
from kg.neo4j_server import find_running, server_folder, start_server, stop_server

__all__ = ["neo4j"]

_NOT_RUNNING = 1


@click.group()
def neo4j() -> None:
    """Run a Neo4j server for the home.

    The one that NEO4J_URI or the setting neo4j.uri names is used as it is. Else one of the home's own is started, with
    Docker or with Java 17 and the jars that Maven fetches; only this machine reaches it, and its data is in the home.
    """


@command()
def up(session: Session) -> None:
    """Start the server, wait until it answers, and say where and with which password."""
    found = start_server(session.home, session.config().neo4j, session.say)
    state = "answers already" if found.was_running else "answers"
    session.answer(_document(found.server), _text(found.server, state, session))
    config = session.config()
    if not session.as_json and config.home.store != "neo4j":
        session.say(
            f"This home's store is {config.home.store!r} still. Its graph in Neo4j: kg copy --from {config.home.store} "
            "--to neo4j; for a new home: kg init --store neo4j; for one command: KG_STORE=neo4j."
        )


@command()
def down(session: Session) -> None:
    """Stop the server; its data stays."""
    config = session.config()
    user = read_owner(session.home)
    if user is not None and config.home.store == "neo4j" and not config.neo4j.uri:
        session.say(f"{user} has the graph open; it finds it again after `kg neo4j up`.")
    clean = stop_server(session.home, config.neo4j)
    text = {
        True: "Neo4j has stopped.",
        False: "Neo4j did not stop by itself and was ended by force; the next start recovers what it had committed.",
        None: "No Neo4j of this home was running.",
    }[clean]
    session.answer({"stopped": clean is not None, "clean": clean is True}, text)


@command()
def status(session: Session) -> None:
    """Say where the server answers; with exit code 1, that it does not."""
    server = find_running(session.home, session.config().neo4j)
    if server is not None:
        session.answer(_document(server), _text(server, "answers", session))
        return
    session.answer({"uri": None}, f"No Neo4j runs for {session.home.folder}. Start it: kg neo4j up")
    click.get_current_context().exit(_NOT_RUNNING)


def _document(server: Neo4jServer) -> dict[str, Any]:
    names = ("uri", "username", "password", "http", "version", "how")
    document = {name: getattr(server, name) or None for name in names}
    if server.how == "environment":
        document["password"] = None  # whoever has named the server knows it
    return document


def _text(server: Neo4jServer, state: str, session: Session) -> str:
    lines = [f"Neo4j {server.version} {state} at {server.uri}"]
    if server.how == "environment":
        return f"{lines[0]}, as NEO4J_URI or neo4j.uri says."
    lines += [
        f"  user       {server.username}",
        f"  password   {server.password}",
        f"  HTTP       {server.http}",
        f"  started    with {server.how.capitalize()}; data and logs in {server_folder(session.home)}",
        f"  record     {server_record(session.home)}",
    ]
    return "\n".join(lines)


for _each in (up, down, status, sweep):
    neo4j.add_command(_each)
