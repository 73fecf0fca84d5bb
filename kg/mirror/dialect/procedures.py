"""The procedures that tell what is in the graph, as reads of it."""

from __future__ import annotations

from kg.cypher.syntax import ProcedureCall, Variable
from kg.mirror.dialect.functions import call
from kg.mirror.dialect.text import Naming, Piece, Scope, name
from kg.mirror.dialect.types import NODE, NULL, RELATIONSHIP, STRING, refuse

__all__ = ["PROCEDURES", "procedure"]

PROCEDURES = {"db.labels": "label", "db.propertyKeys": "propertyKey", "db.relationshipTypes": "relationshipType"}
"""Those that are answered, with the column of each."""


def procedure(naming: Naming, asked: ProcedureCall, scope: Scope) -> tuple[str, dict[str, Piece]]:
    """Return a call as a part of a query, and the variables after it.

    Raises:
        UnsupportedQueryError: for one that is not offered, or not in this place.
    """
    column = PROCEDURES.get(asked.name)
    if column is None:
        raise refuse(f"the procedure {asked.name}", "Ask for it on Neo4j.")
    if scope or asked.is_optional or asked.arguments:
        raise refuse(f"the procedure {asked.name} after other clauses, or with arguments", "Begin with it.")
    yields = ((column, Variable(column)),) if asked.yields is None or asked.yields == "*" else asked.yields
    if len(yields) != 1 or yields[0][0] != column:
        raise refuse(f"what {asked.name} does not yield", f"It yields {column}.")
    variable = yields[0][1].name
    found, key = naming.fresh(), naming.fresh()
    if asked.name == "db.relationshipTypes":
        text = f"MATCH ()-[{found}]->() WITH DISTINCT type({found}) AS {name(variable)}"
    elif asked.name == "db.labels":
        text = f"MATCH ({found}) UNWIND labels({found}) AS {key} WITH DISTINCT {key} AS {name(variable)}"
    else:
        keys = [call(naming, "keys", (Piece(found, type_, is_cheap=True),)).text for type_ in (NODE, RELATIONSHIP)]
        parts = [
            f"MATCH {pattern} UNWIND {each} AS {key} RETURN DISTINCT {key} AS {name(variable)}"
            for pattern, each in zip((f"({found})", f"()-[{found}]->()"), keys, strict=True)
        ]
        text = f"CALL {{ {' UNION '.join(parts)} }}"
    return text, {variable: Piece(name(variable), STRING | NULL, is_cheap=True)}
