"""A query for another endpoint, in parts that it can answer: pages of solutions, batches of entities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.errors import QueryError, QuerySyntaxError, UnsupportedQueryError
from kg.rdf import BlankNode, Term
from kg.results import TRIPLE_COLUMNS
from kg.sparql.tokens import Token, close_of, prologue_end, rewrite, tokenise

__all__ = ["PagedQuery", "batches", "plan_pages"]


@dataclass(frozen=True, slots=True)
class PagedQuery:
    """A CONSTRUCT, or a SELECT of triples: `text` is the whole query.

    `count` asks for the number of its solutions; None where it is not paged, because it has a LIMIT or OFFSET of its
    own or nothing that varies.
    """

    text: str
    is_construct: bool
    count: str | None
    split: int
    order: str

    def page(self, size: int, offset: int) -> str:
        """Return the query for some of the solutions. It orders them by all that matters, so that none is missed."""
        inserted = f"\n{self.order} LIMIT {size} OFFSET {offset}\n"
        return self.text[: self.split] + inserted + self.text[self.split :]


def plan_pages(text: str) -> PagedQuery:
    """Return how a query is asked for in pages.

    Raises:
        QuerySyntaxError: it has no group. UnsupportedQueryError: it gives no triples.
    """
    tokens = tokenise(text)
    body = prologue_end(tokens)
    if body >= len(tokens) or not tokens[body].is_word("CONSTRUCT", "SELECT"):
        advice = "Write a CONSTRUCT, or a SELECT of ?s ?p ?o."
        found = tokens[body].text if body < len(tokens) else "an empty query"
        raise UnsupportedQueryError("Import", found, advice)
    is_construct = tokens[body].is_word("CONSTRUCT")
    groups = [i for i in range(body, len(tokens)) if tokens[i].is_mark("{") and tokens[i].depth == 0]
    has_template = is_construct and body + 1 < len(tokens) and tokens[body + 1].is_mark("{")
    if len(groups) <= has_template:
        raise QuerySyntaxError("SPARQL", "the query has no group {…}", tokens[body].line, tokens[body].column)
    where = groups[has_template]
    names = _construct_variables(tokens, groups[0]) if is_construct else _select_variables(tokens)
    end = close_of(tokens, where)
    after = [token for token in tokens[end + 1 :] if token.depth == 0]
    split = next((token.start for token in after if token.is_word("VALUES")), len(text))
    variables = " ".join(f"?{name}" for name in names)
    if not names or any(token.is_word("LIMIT", "OFFSET") for token in after):
        return PagedQuery(text, is_construct, None, split, "")
    order = variables if any(token.is_word("ORDER") for token in after) else f"ORDER BY {variables}"
    clauses = list(_from_clauses(tokens, body, where))
    first = tokens[body]
    if is_construct:
        inner = f"SELECT {variables} WHERE {text[tokens[where].start :]}"
    else:
        inner = rewrite(text, {token: " " for clause in clauses for token in clause})[first.start :]
    chosen = " ".join(token.text for clause in clauses for token in clause)
    count = f"{text[: first.start]}\nSELECT (COUNT(*) AS ?count) {chosen} WHERE {{ {inner}\n}}"
    return PagedQuery(text, is_construct, count, split, order)


def _construct_variables(tokens: Sequence[Token], template: int) -> list[str]:
    """Return the variables of a template, or of the group that is one: equal values of them are equal triples."""
    inside = tokens[template : close_of(tokens, template)]
    return list(dict.fromkeys(token.text[1:] for token in inside if token.kind == "variable"))


def _select_variables(tokens: Sequence[Token]) -> Sequence[str]:
    found = {token.text[1:] for token in tokens if token.kind == "variable"}
    for names in TRIPLE_COLUMNS:
        if found.issuperset(names):
            return names
    advice = "It needs the columns ?s ?p ?o, or ?subject ?predicate ?object."
    raise UnsupportedQueryError("Import", "a SELECT without triples", advice)


def _from_clauses(tokens: Sequence[Token], body: int, where: int) -> Iterator[Sequence[Token]]:
    for index in range(body, where):
        if tokens[index].is_word("FROM") and tokens[index].depth == 0:
            yield tokens[index : index + (3 if tokens[index + 1].is_word("NAMED") else 2)]


def batches(text: str, entities: Sequence[Term], size: int) -> Iterator[str]:
    """Yield a query once for each batch of entities: they take the place of what `VALUES ?entity {…}` holds.

    Raises:
        QueryError: the query has no such block, or an entity is a blank node, which no other endpoint knows.
    """
    tokens = tokenise(text)
    blocks = [
        index + 2
        for index in range(len(tokens) - 2)
        if tokens[index].is_word("VALUES")
        and tokens[index + 1].text in ("?entity", "$entity")
        and tokens[index + 2].is_mark("{")
    ]
    if not blocks:
        raise QueryError("The query has no `VALUES ?entity {}`: there the entities are put.")
    for entity in entities:
        if isinstance(entity, BlankNode):
            raise QueryError(f"The entity {entity} is a blank node, which no other endpoint knows. Ask for its name.")
    for start in range(0, len(entities), size):
        written = " ".join(str(entity) for entity in entities[start : start + size])
        changes: dict[Token, str] = {}
        for opens in blocks:
            changes[tokens[opens]] = f"{{ {written} "
            changes |= dict.fromkeys(tokens[opens + 1 : close_of(tokens, opens)], "")
        yield rewrite(text, changes)
