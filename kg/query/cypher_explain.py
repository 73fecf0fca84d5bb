"""How a Cypher statement would be run: the engine's plan, in lines."""

from __future__ import annotations

from collections.abc import Mapping

from kg.errors import KgError
from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED
from kg.query.cypher import run_cypher
from kg.query.records_table import plan_lines
from kg.records import Value

__all__ = ["explain_cypher"]


def explain_cypher(graph: KnowledgeGraph, text: str, parameters: Mapping[str, Value], is_writing: bool = False) -> str:
    """Return the plan of a statement, which is not run; what is wrong with it, where there is none."""
    before = text[: len(text) - len(text.lstrip())]
    try:
        records = run_cypher(graph, f"{before}EXPLAIN {text.strip()}", parameters, UNLIMITED, is_writing)
        for _ in records.rows:
            pass
    except KgError as error:
        return f"The statement cannot be explained: {error}"
    plan = records.summary.plan
    return "The engine shows no plan." if plan is None else "\n".join(plan_lines(plan))
