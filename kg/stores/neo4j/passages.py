"""Passages as nodes of Neo4j, with its own indexes of words and of vectors, for whoever asks it in Cypher.

They are bookkeeping, as `_Home` and `_Batch` are: their label begins with `_`, so they say nothing in the graph, and
no relationship leads to them. `_Passages` says what they are up to date with. They may be deleted; the next time
they are brought up to date they are all written again if that node is gone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from kg.errors import StoreBoundError
from kg.stores.neo4j.driver import Connection, Statement, Transaction
from kg.stores.neo4j.live import LiveDatabase
from kg.stores.passages import PassageSource, StoredPassage

__all__ = ["keep_passages"]

_LABELS = ("_Passage", "_Passages")
_KEYS = (
    "dimensions", "embedding", "end", "headings", "identity", "iri", "note", "only", "start", "text", "title",
    "version",
)  # fmt: skip
_LONGEST_NOTE = 7_000
"""Bytes of a note's IRI; a longer one fits into no index."""
_NOTES, _PASSAGES = 500, 200
"""What one transaction writes at most, but for the last note of it."""

_STATE = Statement("MATCH (s:_Passages {only: true}) RETURN s.identity, s.version, s.dimensions")
_HOME = "MATCH (h:_Home {only: true}) RETURN h.id"
_FORGET = "MATCH (s:_Passages) DELETE s"
_CLEAR = "MATCH (p:_Passage) WITH p LIMIT 5000 DELETE p RETURN count(*)"
_DELETE = "UNWIND $notes AS note MATCH (p:_Passage {note: note}) DELETE p"
_CREATE = (
    "UNWIND $rows AS r CREATE (p:_Passage) SET p = r.properties "
    "WITH p, r WHERE r.embedding IS NOT NULL CALL db.create.setNodeVectorProperty(p, 'embedding', r.embedding)"
)
_SETTLE = (
    "MERGE (s:_Passages {only: true}) SET s.identity = $identity, s.version = $version, s.dimensions = $dimensions"
)
_SHOW = "SHOW INDEXES YIELD name WHERE name STARTS WITH 'passages_' RETURN name"
_BY_NOTE = "CREATE INDEX passages_note IF NOT EXISTS FOR (p:_Passage) ON (p.note)"
_BY_WORDS = (
    "CREATE FULLTEXT INDEX passages_text IF NOT EXISTS FOR (p:_Passage) ON EACH [p.title, p.headings, p.text] "
    "OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}"  # words in English, pairs of characters in Chinese
)
_BY_VECTOR = (
    "CREATE VECTOR INDEX passages_vector IF NOT EXISTS FOR (p:_Passage) ON p.embedding OPTIONS {{indexConfig: "
    "{{`vector.dimensions`: {dimensions}, `vector.similarity_function`: 'cosine'}}}}"
)


def keep_passages(database: LiveDatabase, source: PassageSource) -> bool:
    """Bring the passages of a database up to date, and tell whether anything was written.

    Each transaction writes some notes; where one fails, the next call goes on with all.

    Raises:
        StoreError: the server failed. StoreBoundError: the database is another home's by now.
    """
    with database.reading() as session:
        state = session.run(_STATE)
    if state == [[source.identity, source.version, source.dimensions]]:
        return False
    since = None
    if state and state[0][0] == source.identity and state[0][2] == source.dimensions and source.can_tell(state[0][1]):
        since = state[0][1]
    tokens = database.catalogue.tokens
    tokens.ensure(database.server, "label", _LABELS)
    tokens.ensure(database.server, "key", _KEYS)
    _prepare(database.server, source.dimensions, None if not state else state[0][2])
    home = database.home
    if since is None:
        database.write_beside(lambda transaction: _begin(transaction, home, database.server))
        while database.write_beside(_clear):
            pass
    else:
        for notes in _chunks(source.gone(since), _NOTES):
            _write(database, notes, [])
    for notes, passages in _batches(source.changed(since)):
        _write(database, notes, passages)
    parameters = {"identity": source.identity, "version": source.version, "dimensions": source.dimensions}
    database.write_beside(lambda transaction: transaction.run(_SETTLE, **parameters))
    return True


def _prepare(connection: Connection, dimensions: int, before: int | None) -> None:
    """Make the indexes that are not there; that of vectors anew where they have another length."""
    present = {name for (name,) in connection.run(_SHOW)}
    if "passages_vector" in present and before != dimensions:
        connection.run("DROP INDEX passages_vector IF EXISTS")
        present.discard("passages_vector")
    wanted = {"passages_note": _BY_NOTE, "passages_text": _BY_WORDS}
    if dimensions:
        wanted["passages_vector"] = _BY_VECTOR.format(dimensions=dimensions)
    for name, text in wanted.items():
        if name not in present:
            connection.run(text)


def _begin(transaction: Transaction, home: str, connection: Connection) -> None:
    found = transaction.run(_HOME)
    if found != [[home]]:
        raise StoreBoundError(f"The database at {connection.address.uri} belongs to another home by now, or to none.")
    transaction.run(_FORGET)


def _clear(transaction: Transaction) -> int:
    ((number,),) = transaction.run(_CLEAR)
    return int(number)


def _write(database: LiveDatabase, notes: list[str], passages: list[StoredPassage]) -> None:
    """Write notes anew, also those that should not be there: a commit whose answer got lost is done again."""
    rows = [{"properties": _properties(each), "embedding": _floats(each)} for each in passages]

    def work(transaction: Transaction) -> None:
        transaction.run(_DELETE, notes=notes)
        if rows:
            transaction.run(_CREATE, rows=rows)

    database.write_beside(work)


def _properties(passage: StoredPassage) -> dict[str, Any]:
    return {
        "iri": passage.iri, "note": passage.note, "title": passage.title, "headings": " / ".join(passage.headings),
        "text": passage.text, "start": passage.start, "end": passage.end,
    }  # fmt: skip


def _floats(passage: StoredPassage) -> list[float] | None:
    return None if passage.embedding is None else [float(value) for value in passage.embedding]


def _batches(
    changed: Iterable[tuple[str, list[StoredPassage]]],
) -> Iterator[tuple[list[str], list[StoredPassage]]]:
    notes: list[str] = []
    passages: list[StoredPassage] = []
    for note, found in changed:
        if len(note.encode()) > _LONGEST_NOTE:
            continue
        notes.append(note)
        passages += found
        if len(notes) >= _NOTES or len(passages) >= _PASSAGES:
            yield notes, passages
            notes, passages = [], []
    if notes:
        yield notes, passages


def _chunks(notes: list[str], size: int) -> Iterator[list[str]]:
    rest = iter(note for note in notes if len(note.encode()) <= _LONGEST_NOTE)
    while chunk := list(itertools.islice(rest, size)):
        yield chunk
