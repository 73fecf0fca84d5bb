"""Computed patterns in SPARQL: each becomes the rows that a search gives, as VALUES in its place.

`?note kg:search [ kg:query "x" ; kg:score ?s ]` becomes `VALUES (?note ?s) { … }`, which is joined with what stands
around it as a triple pattern would be: in OPTIONAL, EXISTS, MINUS, subqueries and updates alike, on every store. No
triple is added, so `?s ?p ?o` never meets one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.computed import Computed
from kg.query.computed import Asking, Row
from kg.query.computed_patterns import Pattern, find_blocks, refuse_unanswered
from kg.query.corrections import columns_in_order
from kg.query.federation import check_own_part
from kg.rdf import Literal, NamedNode
from kg.sparql.tokens import rewrite, tokenise

__all__ = ["answer_computed"]


def answer_computed(text: str, prefixes: Mapping[str, str], computed: Computed | None) -> str:
    """Return a query with rows in the places of its computed patterns; without any, as it is.

    Everything is checked before anything is computed.

    Args:
        prefixes: what the query may leave out.

    Raises:
        QuerySyntaxError: the query does not parse, or a pattern is given what it does not take.
        UnsupportedQueryError: a pattern cannot be computed where it stands, or there is nobody to compute it.
        KgError: whatever the search raises.
    """
    tokens = tokenise(text)
    columns = check_own_part(text, tokens, prefixes)
    blocks = find_blocks(tokens, prefixes, columns)
    if not blocks:
        return text
    if computed is None:
        raise refuse_unanswered(blocks[0].patterns[0])
    asking = Asking(computed)
    changes: dict[int, str] = {}
    for block in blocks:
        changes |= dict.fromkeys(range(block.first, block.end), "")
        changes[block.first] = f"{block.rest} "
    for block in blocks:
        rows = " ".join(_values(pattern, asking.rows(pattern.shape, pattern.given)) for pattern in block.patterns)
        changes[block.last] = f"{changes.get(block.last, tokens[block.last].text)} {rows} "
    # The rows stand behind what is left of a block, so the order of the columns would be another one.
    star = columns_in_order(tokens, columns)
    return rewrite(text, star | {tokens[index]: changes[index] for index in sorted(changes)})


def _values(pattern: Pattern, rows: Sequence[Row]) -> str:
    """Write the rows of a pattern, as many as there would be if triples said it."""
    fitting = (row for row in rows if all(row[column] == value for column, value in pattern.fixed.items()))
    each = (" ".join(_written(row[column]) for column, _ in pattern.wanted) for row in fitting)
    written = list(each) if pattern.has_hits else list(dict.fromkeys(each))
    header = " ".join(f"?{name}" for _, name in pattern.wanted)
    lines = "\n".join(f"({row})" for row in written)
    return f"VALUES ({header}) {{ {lines} }}"


def _written(value: NamedNode | str | int | float) -> str:
    return str(value if isinstance(value, NamedNode) else Literal(value))
