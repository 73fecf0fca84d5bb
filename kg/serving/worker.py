"""A reader: a process that answers one question at a time from a checkpoint, and can be killed.

It is started as `python -m kg.serving.worker` with pipes for standard input and output, and ends when
the server does, also in the middle of a query: a thread of its own waits for the end of standard input.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from kg.errors import LimitError, NotAcceptableError
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.limits import Limits
from kg.model import Change
from kg.ontology import Ontology, bare_names
from kg.query.formats import FORMATS, write_into
from kg.query.sparql import run_sparql
from kg.query.update import plan_update
from kg.rdf import Quad, RdfFormat, serialise
from kg.results import Boolean, Graph, ResultSet, Solutions
from kg.serving.computed_work import ComputedWork
from kg.serving.cypher_work import CypherWork
from kg.serving.document_work import LASTING, answer_document
from kg.serving.frames import (
    ADDED,
    COUNT,
    DATA,
    END,
    ERROR,
    FAILED,
    FIRST_BYTES,
    HEADER,
    READY,
    REMOVED,
    Ask,
    AskCypher,
    AskDocument,
    Kind,
    Message,
    Plan,
    Question,
    Setup,
    encode_error,
    read_message,
    write_frame,
)
from kg.stores import STORES, Opening, Store
from kg.stores.files import is_on_server

__all__ = ["main"]

_PIECE = 1 << 16
_QUADS = 10_000
_MOST_CHANGED = 1_000_000
"""Quads that one update may add and remove: the server commits them, and nobody else writes meanwhile."""

_KINDS: dict[type, Kind] = {Solutions: "solutions", Boolean: "boolean", Graph: "graph"}
_NO_ONTOLOGY = Ontology({}, {}, {}, frozenset(), (), "")
"""Queries in SPARQL read the graph only; what an update entails is worked out with the ontology that comes with it."""


def main() -> None:
    """Answer what comes on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends its readers
    # What a library prints must not get into the answers.
    out = os.fdopen(os.dup(1), "wb", buffering=_PIECE)
    os.dup2(2, 1)
    messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, messages), daemon=True).start()
    setup = messages.get()
    assert isinstance(setup, Setup)
    reader = _Reader(setup, out)
    try:
        write_frame(out, READY)
        while True:
            reader.obey(messages.get())
    except BrokenPipeError:  # the server has ended
        os._exit(0)


def _listen(file: BinaryIO, messages: queue.SimpleQueue[Message]) -> None:
    while (message := read_message(file)) is not None:
        messages.put(message)
    os._exit(0)  # whatever the other thread is doing: nobody waits for it any more


class _Reader:
    """Holds the checkpoint that was read last."""

    def __init__(self, setup: Setup, out: BinaryIO) -> None:
        self._setup, self._out = setup, out
        self._minter = Minter(setup.opening.base)
        self._open_store: Callable[[Opening], Store] = STORES.load(setup.store)
        self._opened: tuple[int, KnowledgeGraph] | None = None
        self._is_writable = False
        self._ontology = _NO_ONTOLOGY
        self._cypher = CypherWork()
        self._kept: tuple[int, dict[str, Any]] = (0, {})
        self._computing = None if setup.searched is None else ComputedWork(*setup.searched, lambda: self._kept[1])

    def obey(self, message: Message) -> None:
        try:
            if isinstance(message, Ask):
                self._ask(message)
            elif isinstance(message, AskDocument):
                self._ask_document(message)
            elif isinstance(message, AskCypher):
                self._ask_cypher(message)
            elif isinstance(message, Plan):
                self._plan(message)
            else:
                self._let_go()
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 (the edge of a process: an error goes to whoever asked)
            write_frame(self._out, ERROR, encode_error(error))

    def _ask(self, message: Ask) -> None:
        question = message.question
        result = run_sparql(
            self._graph(message),
            question.text,
            question.dataset,
            Limits(rows=question.limits.rows),
            question.prefixes,
            remote=self._setup.remote,
        )
        answer = _AnswerFile(self._out, _format_of(result, question))
        write_into(result, answer.format, cast(BinaryIO, answer), base=self._setup.opening.base)
        answer.end()

    def _ask_document(self, message: AskDocument) -> None:
        self._learn(message.ontology)
        answer = _AnswerFile(self._out, "json")
        answer.write(answer_document(self._graph(message), message.request, self._kept_of(message.number)))
        answer.end()

    def _kept_of(self, number: int) -> dict[str, Any]:
        """Return what was kept for later documents; of another checkpoint only what follows them."""
        if self._kept[0] != number:
            self._kept = number, {name: each for name, each in self._kept[1].items() if name in LASTING}
        return self._kept[1]

    def _learn(self, ontology: Ontology | None) -> None:
        """Take in another ontology: the names in Cypher depend on it, and what things are called in the queue."""
        if ontology is not None:
            self._let_go()
            self._ontology, self._kept = ontology, (0, {})

    def _ask_cypher(self, message: AskCypher) -> None:
        self._learn(message.ontology)
        # A checkpoint is for reading, and what a transaction would change is sent back; a server keeps its own changes.
        needs_writable = message.request.is_writing and is_on_server(self._setup.store)
        if message.request.begins and needs_writable and not self._is_writable:
            self._let_go()
            self._is_writable = True
        answer = _AnswerFile(self._out, message.request.shape)
        is_well = self._cypher.run(lambda: self._graph(message), message.request, answer.write)
        answer.flush_all()
        if is_well:
            self._send_change(self._cypher.take_change())
        write_frame(self._out, END, b"" if is_well else FAILED)

    def _graph(self, message: Ask | AskCypher | AskDocument) -> KnowledgeGraph:
        if self._opened is None or self._opened[0] != message.number:
            self._let_go()
            store = self._read(message.folder)
            self._opened = message.number, self._searching(KnowledgeGraph(store, self._ontology, self._minter))
        return self._opened[1]

    def _searching(self, graph: KnowledgeGraph) -> KnowledgeGraph:
        return graph if self._computing is None else self._computing.on(graph)

    def _read(self, folder: str) -> Store:
        names, read_only = bare_names(self._ontology), not self._is_writable
        opening = replace(self._setup.opening, folder=Path(folder), read_only=read_only, names=names, is_shared=True)
        return self._open_store(opening)

    def _let_go(self) -> None:
        self._cypher.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].store.close()

    def _plan(self, message: Plan) -> None:
        with self._copy(message) as graph:
            change, count = plan_update(graph, message.update, message.prefixes, self._setup.remote, message.dataset)
        self._send_change(change)
        fields = {name: getattr(count, name) for name in ("added", "removed", "removed_from_notes")}
        write_frame(self._out, COUNT, json.dumps(fields).encode())
        write_frame(self._out, END)

    def _send_change(self, change: Change) -> None:
        _check_size(change)
        for kind, quads in ((ADDED, change.add), (REMOVED, change.remove)):
            for document in _documents(quads):
                write_frame(self._out, kind, document)

    @contextmanager
    def _copy(self, message: Plan) -> Iterator[KnowledgeGraph]:
        with ExitStack() as stack:
            store = self._read(message.folder)
            stack.callback(store.close)
            copy = store.scratch(message.copy)
            stack.callback(copy.close)
            computed = self._searching(KnowledgeGraph(store, message.ontology, self._minter)).computed
            yield KnowledgeGraph(copy, message.ontology, self._minter, computed=computed)


def _format_of(result: ResultSet, question: Question) -> str:
    kind = _KINDS[type(result)]
    if kind not in question.formats:
        fitting = ", ".join(each.media_type for each in FORMATS.values() if isinstance(result, each.holds))
        raise NotAcceptableError(f"The answer is of the kind {kind}, which can be had as: {fitting}.")
    return question.formats[kind]


def _check_size(change: Change) -> None:
    size = len(change.add) + len(change.remove)
    if size > _MOST_CHANGED:
        raise LimitError(f"The update changes {size:,} quads; one may change {_MOST_CHANGED:,}. Send it in parts.")


def _documents(quads: Iterable[Quad]) -> Iterator[bytes]:
    rest = iter(quads)
    while some := list(islice(rest, _QUADS)):
        yield serialise(some, RdfFormat.N_QUADS)


class _AnswerFile:
    """A file whose content goes to the server as frames: all that is small at once, what is large in pieces."""

    def __init__(self, out: BinaryIO, format_name: str) -> None:
        self._out = out
        self.format = format_name
        self._pieces: list[bytes] = []
        self._size = 0
        self._has_begun = False

    def write(self, piece: bytes) -> int:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= (_PIECE if self._has_begun else FIRST_BYTES):
            self._send()
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what is small stays together."""

    def flush_all(self) -> None:
        """Send what is left."""
        self._send()

    def end(self) -> None:
        self._send()
        write_frame(self._out, END)

    def _send(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            write_frame(self._out, HEADER, self.format.encode())
        content, self._pieces, self._size = b"".join(self._pieces), [], 0
        for start in range(0, len(content), FIRST_BYTES):
            write_frame(self._out, DATA, content[start : start + FIRST_BYTES])


if __name__ == "__main__":
    main()
