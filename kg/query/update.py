"""SPARQL 1.1 Update over the derived default graph: every change goes to a named graph.

What a request means here (DESIGN §4 and §11.10):

- INSERT without GRAPH goes to `…/graph/user`; DELETE without GRAPH removes the triple from every named
  graph that holds it, except decisions, predicted and what is derived; of a merged entity also what other graphs say
  under the IRIs that were merged. WITH and GRAPH name one graph.
- What leaves the graph of a note that stays is rejected: the decisions are in the commit that ends the request.
- DEFAULT is `…/graph/user` where it is written and the merge of all graphs where it is read.
- The graph decisions and the derived ones refuse to be written by name. ALL and NAMED leave them out:
  what is derived follows, and decisions stay.
- A dataset `separate` has none of this: DEFAULT is the default graph, and only decisions are guarded.
- LOAD and SERVICE ask the servers that they may, else they are refused. What LOAD reads goes where INSERT would
  put it; a document with named graphs keeps them, unless INTO GRAPH is written.
- An empty graph leaves no trace, so CREATE only checks.

The operations see each other's effects. The whole request is parsed before anything is done, and what is computed is
computed then (`kg.query.computed`): a search finds what was there before the request. Changes are
collected and committed when an operation with a WHERE (or one that reads DEFAULT) follows, and at the
end: so a request with one WHERE, or with none, is one commit. If an operation fails after a commit,
the contrary change is committed, and the request leaves nothing; other readers may have seen the
part in between. One update at a time: the caller sees to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kg.computed import Computed
from kg.errors import LimitError, NotFoundError, QueryError, RdfSyntaxError, RemoteError
from kg.graph import KnowledgeGraph, commit, decisions_made, guarded_graphs, refusal
from kg.merges import sources_of
from kg.model import Change
from kg.query.computed_patterns import refuse_unanswered
from kg.query.computed_sparql import answer_computed
from kg.query.corrections import ask
from kg.query.federation import answer_services
from kg.query.journal import Journal
from kg.query.loading import load_quads
from kg.query.operations import Clear, Create, GraphTarget, Load, Modify, Operation, Transfer, parse_update
from kg.rdf import PREFIXES, BlankNode, DefaultGraph, NamedNode, Quad, Term, Triple
from kg.remote import RemoteAccess
from kg.results import DatasetClause, Solutions
from kg.stores import GraphName

__all__ = ["UpdateCount", "needs_evaluation", "plan_update", "run_operations", "run_update"]

_AS_WRITTEN = DatasetClause()

_NEVER_DELETED = ("decisions", "predicted", "inferred", "names", "mapped", "resolution", "decided")


@dataclass(frozen=True, slots=True)
class UpdateCount:
    """How many quads of named graphs a request added and removed, taken together."""

    added: int
    removed: int
    removed_from_notes: int = 0
    """How many of those removed were in notes' graphs."""

    rejected: int = 0
    """How many sentences were rejected by that, so that what they say does not come back."""

    @property
    def notice(self) -> str | None:
        """What whoever sent the request should know, None for nothing."""
        if not self.removed_from_notes:
            return None
        is_one = self.removed_from_notes == 1
        what = f"{'1 triple was' if is_one else f'{self.removed_from_notes} triples were'} removed from notes' graphs"
        if not self.rejected:
            return f"{what}; {'it comes back when its' if is_one else 'they come back when their'} note is read again."
        which = "1 sentence that said so is" if self.rejected == 1 else f"{self.rejected} sentences that said so are"
        return f"{what}, and {which} rejected: see `kg decisions`. What no sentence said comes back with its note."


def run_update(
    graph: KnowledgeGraph,
    text: str,
    prefixes: Mapping[str, str] = PREFIXES,
    remote: RemoteAccess | None = None,
    dataset: DatasetClause = _AS_WRITTEN,
) -> UpdateCount:
    """Run a SPARQL update request; if a part of it fails, nothing of it stays.

    Args:
        prefixes: what the request may leave out; its own PREFIX declarations come first.
        remote: the servers that SERVICE and LOAD may ask; None refuses both.
        dataset: what every WHERE reads, chosen outside the request, which must not choose it too
            (SPARQL 1.1 Protocol, 2.2.3).

    Raises:
        QueryError: the dataset is chosen twice.
        QuerySyntaxError: with line and column; nothing was done.
        UnsupportedQueryError: LOAD or SERVICE that may not be asked, a computed predicate where nothing can be
            computed, or a write to a graph that is not for updates.
        RemoteError: another server may not be asked, or did not answer as it should.
        NotFoundError: a graph operation without SILENT names a graph that does not exist.
    """
    return run_operations(graph, parse_update(text, prefixes, remote is not None), prefixes, remote, dataset)[1]


def plan_update(
    graph: KnowledgeGraph,
    text: str,
    prefixes: Mapping[str, str] = PREFIXES,
    remote: RemoteAccess | None = None,
    dataset: DatasetClause = _AS_WRITTEN,
) -> tuple[Change, UpdateCount]:
    """Run an update request as `run_update` does, and return also its net change, without what is derived.

    Run on a copy of a store, the change can be committed to the store with `kg.graph.commit`.
    """
    return run_operations(graph, parse_update(text, prefixes, remote is not None), prefixes, remote, dataset)


def run_operations(
    graph: KnowledgeGraph,
    operations: Sequence[Operation],
    prefixes: Mapping[str, str] = PREFIXES,
    remote: RemoteAccess | None = None,
    dataset: DatasetClause = _AS_WRITTEN,
) -> tuple[Change, UpdateCount]:
    """Run the operations of a request that is parsed, as `plan_update` does.

    Raises:
        KgError: as `run_update`, but for the errors of a text.
    """
    operations = [_with_dataset(each, dataset) for each in operations]
    operations = _answered(operations, prefixes, graph.computed)
    journal = Journal(graph.store, lambda change: commit(graph, change))
    evaluation = _Evaluation(graph, journal, dict(prefixes), remote)
    try:
        for operation in operations:
            evaluation.run(operation)
        change = Change(tuple(journal.added()), tuple(journal.removed()))
        decisions = decisions_made(graph, change)
        for quad in decisions:
            journal.add(quad)
        journal.flush()
    except BaseException:
        journal.roll_back()
        raise
    notes = f"<{graph.minter.base}note/"
    from_notes = sum(str(quad.graph_name).startswith(notes) for quad in change.remove)
    return change, UpdateCount(len(change.add), len(change.remove), from_notes, len({q.subject for q in decisions}))


def needs_evaluation(operations: Sequence[Operation]) -> bool:
    """Tell whether a request does more than add and remove the quads that it lists: then it can take any time."""
    return not all(isinstance(each, Create) or (isinstance(each, Modify) and each.query is None) for each in operations)


def _with_dataset(operation: Operation, dataset: DatasetClause) -> Operation:
    """Return an operation whose WHERE reads a dataset that was chosen outside the request."""
    if dataset == _AS_WRITTEN or not isinstance(operation, Modify):
        return operation
    if operation.with_graph is not None or operation.using is not None:
        reason = "the request has USING or WITH, and its graphs are chosen outside it too; leave out one of the two"
        raise QueryError(f"SPARQL: {reason}.")
    if operation.query is None:
        return operation
    named = tuple(name for name in dataset.named_graphs or () if isinstance(name, NamedNode))
    return replace(operation, using=dataset.default_graphs or (), using_named=named)


def _answered(
    operations: Sequence[Operation], prefixes: Mapping[str, str], computed: Computed | None
) -> list[Operation]:
    """Return the operations with rows in the places of their computed patterns: as all was before the first of them."""
    searching = [each for each in operations if isinstance(each, Modify) and each.computed]
    if searching and computed is None:
        raise refuse_unanswered(searching[0].computed[0].patterns[0])
    return [
        replace(each, query=answer_computed(each.query, prefixes, computed), computed=())
        if isinstance(each, Modify) and each.query is not None and each.computed
        else each
        for each in operations
    ]


class _Evaluation:
    """Runs the operations of one request, one by one, on a journal."""

    def __init__(
        self, graph: KnowledgeGraph, journal: Journal, prefixes: dict[str, str], remote: RemoteAccess | None
    ) -> None:
        self._remote, self._base, self._minter = remote, graph.minter.base, graph.minter
        self._mapped = graph.minter.graph("mapped")
        self._store, self._journal, self._prefixes = graph.store, journal, prefixes
        self._is_merged = graph.store.dataset == "merged"
        self._default: GraphName = graph.minter.graph("user") if self._is_merged else DefaultGraph()
        self._guarded: Mapping[NamedNode, str] = guarded_graphs(graph.minter, self._is_merged)
        self._never_deleted = {graph.minter.graph(name) for name in _NEVER_DELETED}
        self._found: dict[GraphName, bool] = {}  # which graphs this request has made, emptied or dropped

    def run(self, operation: Operation) -> None:
        if isinstance(operation, Modify):
            self._modify(operation)
        elif isinstance(operation, Clear):
            self._clear(operation)
        elif isinstance(operation, Create):
            self._create(operation)
        elif isinstance(operation, Load):
            self._load(operation)
        else:
            self._transfer(operation)

    # --- INSERT and DELETE

    def _modify(self, operation: Modify) -> None:
        solutions = list(self._solutions(operation))
        removed = [quad for row in solutions for quad in operation.delete.fill(row)]
        added = [quad for row in solutions for quad in operation.insert.fill(row)]
        for quad in removed:
            for held in self._held(quad, operation.with_graph):
                self._journal.remove(held)
        for quad in added:
            self._journal.add(self._place(quad, operation.with_graph or self._default))

    def _solutions(self, operation: Modify) -> Iterator[Mapping[str, Term | None]]:
        if operation.query is None:
            yield {}
            return
        query = operation.query
        if self._remote is not None:
            query = answer_services(query, self._prefixes, self._remote, self._base)
        self._journal.flush()
        result = ask(self._store, query, self._dataset(operation), self._prefixes)
        assert isinstance(result, Solutions)
        for row in result.rows:
            yield dict(zip(result.variables, row, strict=True))

    def _dataset(self, operation: Modify) -> DatasetClause:
        """Return what WHERE reads: USING comes before WITH, and WITH keeps the named graphs (Update, 3.1.3)."""
        if operation.using is not None:
            return DatasetClause(operation.using, operation.using_named or ())
        if operation.with_graph is not None:
            named = tuple(self._store.graph_names()) if operation.reads_named_graphs else ()
            return DatasetClause((operation.with_graph,), named)
        return DatasetClause()

    def _held(self, quad: Quad, with_graph: NamedNode | None) -> Iterator[Quad]:
        """Yield the quads that a quad of a DELETE template means."""
        if quad.graph_name == DefaultGraph() and with_graph is None and self._is_merged:
            assert not isinstance(quad.subject, Triple)  # `Template.fill` makes none
            for held in list(self._journal.match(quad.subject, quad.predicate, quad.object)):
                if held.graph_name not in self._never_deleted:
                    yield held
                elif held.graph_name == self._mapped:
                    sources = sources_of(self._journal.match, held, self._minter)
                    yield from (source for source in sources if source.graph_name not in self._never_deleted)
        else:
            yield self._place(quad, with_graph or self._default)

    def _place(self, quad: Quad, default: GraphName) -> Quad:
        graph_name = default if quad.graph_name == DefaultGraph() else quad.graph_name
        self._check_writable(graph_name)
        self._found[graph_name] = True
        return Quad(quad.subject, quad.predicate, quad.object, graph_name)

    def _check_writable(self, graph_name: GraphName) -> None:
        if isinstance(graph_name, NamedNode) and graph_name in self._guarded:
            raise refusal("SPARQL", graph_name, self._guarded[graph_name])

    # --- LOAD

    def _load(self, operation: Load) -> None:
        assert self._remote is not None  # else it was refused
        self._remote.check(operation.source.value)
        target = self._graph(operation.target)
        self._check_writable(target)
        try:
            quads = load_quads(self._remote, operation.source.value, keeps_graphs=operation.target == "DEFAULT")
        except (RemoteError, LimitError, RdfSyntaxError, QueryError):
            if not operation.silent:
                raise
            return
        for quad in quads:
            self._journal.add(self._place(quad, target))

    # --- graph operations

    def _clear(self, operation: Clear) -> None:
        for graph_name in self._written(operation.target, operation.silent):
            self._empty(graph_name, exists=not operation.drops)

    def _empty(self, graph_name: GraphName, exists: bool) -> None:
        for quad in list(self._journal.match(graph_name=graph_name)):
            self._journal.remove(quad)
        self._found[graph_name] = exists

    def _written(self, target: GraphTarget, is_silent: bool) -> list[GraphName]:
        """Return the graphs that an operation on a target empties."""
        if target == "DEFAULT":
            return [self._default]
        if isinstance(target, NamedNode):
            self._check_writable(target)
            return [target] if self._exists(target, is_silent) else []
        named: set[NamedNode | BlankNode] = set(self._store.graph_names())
        named |= {quad.graph_name for quad in self._journal.pending() if not isinstance(quad.graph_name, DefaultGraph)}
        chosen: list[GraphName] = [name for name in sorted(named, key=str) if name not in self._guarded]
        return chosen + ([self._default] if target == "ALL" and not self._is_merged else [])

    def _exists(self, graph_name: NamedNode, is_silent: bool) -> bool:
        exists = self._found.get(graph_name)
        if exists is None:
            exists = graph_name in self._store.graph_names()
        if not exists and not is_silent:
            known = (name.value for name in self._store.graph_names())
            raise NotFoundError("graph", graph_name.value, known)
        return exists

    def _create(self, operation: Create) -> None:
        self._check_writable(operation.target)
        if not operation.silent and self._exists(operation.target, is_silent=True):
            raise QueryError(f"SPARQL: the graph {operation.target} exists. To allow that, write CREATE SILENT GRAPH.")
        self._found[operation.target] = True

    def _transfer(self, operation: Transfer) -> None:
        """ADD, COPY and MOVE; to move DEFAULT empties what DEFAULT is where it is written."""
        if operation.source == operation.target:
            return
        source, target = self._graph(operation.source), self._graph(operation.target)
        self._check_writable(target)
        if operation.kind == "MOVE":
            self._check_writable(source)
        if isinstance(operation.source, NamedNode):
            self._exists(operation.source, operation.silent)  # a missing one is read as empty (Update, 3.2.3)
        if operation.source == "DEFAULT" and self._is_merged:
            self._journal.flush()
            read = list(self._store.match(graph_name=DefaultGraph()))
        else:
            read = list(self._journal.match(graph_name=source))
        if operation.kind != "ADD":
            self._empty(target, exists=False)
        for quad in read:
            self._journal.add(Quad(quad.subject, quad.predicate, quad.object, target))
            self._found[target] = True
        if operation.kind == "MOVE" and source != target:
            self._empty(source, exists=False)

    def _graph(self, target: GraphTarget) -> GraphName:
        return target if isinstance(target, NamedNode) else self._default
