"""`kg serve`: answer over HTTP until told to stop."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import click

from kg.cli.ingest_process import IngestProcess
from kg.cli.queries import broken_queries, saved_queries
from kg.cli.session import Session, command
from kg.config import Config
from kg.errors import ConfigError
from kg.graph import KnowledgeGraph, store_opening
from kg.home import Home, RunningServer, with_base
from kg.home.running import is_loopback, is_token, keep_token, make_token, read_token, register_server
from kg.query.library import SavedQuery
from kg.remote import allow_hosts
from kg.serving.cypher import CypherDesk
from kg.serving.index_keeper import IndexKeeper
from kg.serving.memory import limit_arenas
from kg.serving.owner import Lease, StoreOwner
from kg.serving.pool import PoolSettings, ReaderPool

__all__ = ["serve"]

_logger = logging.getLogger(__name__)

_IDLE_SECONDS = 600.0
"""For which readers stay that have loaded much: who searches once in a while is to be answered at once."""
_TOKEN_HELP = "The token for this run, else the home's own. Who lists processes sees it; KG_TOKEN is not seen."


@command()
@click.option("--host", metavar="H", help="The address to listen on; the default lets nobody else's machine in.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="P", help="0 takes any free one.")
@click.option("--token", envvar="KG_TOKEN", metavar="T", help=_TOKEN_HELP)
@click.option(
    "--open-reads", is_flag=True, default=None, help="Answer queries without the token; changes need it always."
)
def serve(session: Session, host: str | None, port: int | None, token: str | None, open_reads: bool | None) -> None:
    """Answer queries and searches over HTTP until told to stop (Ctrl-C, or SIGTERM).

    One line with the URL comes when it answers. Clients send the token of the home, made at the first start, as
    `Authorization: Bearer TOKEN`. Other commands on the home go on working: they read through the server, and take
    turns with it to write.
    """
    session.home.check_exists()
    if token is not None and not is_token(token):
        raise ConfigError("A token is made of letters, digits and -._~+/ and may end in = (RFC 6750); this one is not.")
    with register_server(session.home) as tell:
        config = session.config(serve_host=host, serve_port=port, serve_open_reads=open_reads)
        config = with_base(session.home, config)
        kept = None if token else read_token(session.home)
        _warn(session, config)

        def ready(server: RunningServer) -> None:
            tell(server)
            if not token:  # only now: a start that fails must not be the one that shows it
                _tell_token(session, server.token, is_new=kept is None)

        _run(session, config, token or kept or make_token(), ready)


def _run(session: Session, config: Config, token: str, tell: Callable[[RunningServer], None]) -> None:
    """Start what answers, tell where it does, and stop it in the reverse order.

    The start is short because its parts go on at once: a first reader starts, the store is opened, and Flask, the
    longest part, is imported.
    """
    name = click.get_current_context().command_path
    limit_arenas()
    with ExitStack() as stack:
        recording = partial(_recording, session)
        opening = stack.enter_context(ThreadPoolExecutor(1)).submit(StoreOwner, session.home, config, name, recording)
        stack.callback(lambda: None if opening.exception() else opening.result().close())

        def lease() -> Lease:
            return opening.result().lease()

        pool_settings = _pool_settings(session.home, config)
        pool = ReaderPool(lease, pool_settings)
        stack.callback(pool.close)
        pool.warm()
        import api
        import api.server

        owner = opening.result()
        # What they hold is the property graph, which the next one would have to read again.
        lasting = replace(pool_settings, resting=0.75, idle_seconds=_IDLE_SECONDS)
        cypher_settings = replace(lasting, readers=config.serve.cypher_readers)
        cypher_pool = ReaderPool(lease, cypher_settings)
        cypher = CypherDesk(owner, cypher_pool, most_open=max(1, config.serve.cypher_readers // 2))
        stack.callback(cypher.close)
        # So are the matrices of what recommends, and what is searched. To load it takes the first search more than a
        # second of processor time: a reader that is lowered for that would be dropped, and the next be as slow.
        suggesting = ReaderPool(lease, replace(lasting, readers=config.serve.suggesting_readers, lowers=False))
        stack.callback(suggesting.close)
        home = session.home.of_kind(config.home.store)
        indexing = IndexKeeper(home, config, owner, suggesting)
        suggesting.on_timeout = indexing.follow_beside
        # A new checkpoint: without it those who ask while the next ingest begins would see what was before this one.
        ingesting = IngestProcess(session.home.folder)
        jobs = api.Jobs(session.home, ingesting, lambda: datetime.now(UTC), lambda: owner.lease().release())
        stack.callback(jobs.close)
        queries = _watched_queries(session)
        service = api.Service(owner, pool, config, session.home, token, queries, cypher, suggesting, jobs)

        def ready(url: str) -> None:
            tell(RunningServer(os.getpid(), _reachable(url), name, token))
            jobs.start()
            if home.ingest_cache.is_file() and indexing.is_missing:  # of a home of an earlier version
                session.say("The index of searches is made now; until then a search may end in a timeout.")
                indexing.follow_beside()
            click.echo(json.dumps({"url": url, "pid": os.getpid()}) if session.as_json else url)

        api.server.serve(api.create_app(service), config.serve.host, config.serve.port, ready)


def _recording(session: Session, graph: KnowledgeGraph) -> AbstractContextManager[KnowledgeGraph]:
    from kg.cli.recording import recording_in

    return recording_in(session, graph)


def _watched_queries(session: Session) -> Callable[[], Mapping[str, SavedQuery]]:
    """Return what reads the saved queries; what is wrong with a file goes to the log, once."""
    told: set[str] = set()

    def read() -> Mapping[str, SavedQuery]:
        new = {str(error) for error in broken_queries(session).values()} - told
        told.update(new)
        for message in sorted(new):
            _logger.warning("a saved query is left out: %s", message)
        return saved_queries(session)

    return read


def _pool_settings(home: Home, config: Config) -> PoolSettings:
    return PoolSettings(
        readers=config.serve.readers,
        queue_seconds=config.serve.queue_seconds,
        memory_mb=config.serve.memory_mb,
        store=config.home.store,
        opening=store_opening(home, config),
        remote=allow_hosts(config.remote.hosts, config.remote.timeout_seconds, config.remote.max_mb),
        searched=(home.of_kind(config.home.store), config),
    )


def _tell_token(session: Session, token: str, is_new: bool) -> None:
    """Say where the home's token is; a new one is kept there, and shown this once."""
    if not is_new:
        session.say(f"The token is in {session.home.token}.")
        return
    keep_token(session.home, token)
    session.say(
        f"The token of this home, kept in {session.home.token} and not shown again:\n\n    {token}\n\n"
        "Clients send it as `Authorization: Bearer TOKEN`; the query page asks for it."
    )


def _warn(session: Session, config: Config) -> None:
    host = config.serve.host
    if config.serve.open_reads:
        session.say("Who reaches this server can read all notes without the token, those marked private too.")
    if not is_loopback(host):
        session.say(
            f"Listening on {host}: other machines can reach this server, and without TLS in front of it whoever is on "
            "the way can read the token."
        )


def _reachable(url: str) -> str:
    """Return the URL at which this machine reaches a server that listens on every address."""
    parts = urlsplit(url)
    wildcards = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    host = parts.hostname or ""
    return f"http://{wildcards[host]}:{parts.port}" if host in wildcards else url
