"""The console: one frame in which queries are typed, for every query language.

`frame.open_console` is the loop; what differs from one language to another is a `language.Language`.
Nothing here is imported before a console opens.
"""

from __future__ import annotations

from kg.registry import Registry

__all__ = ["LANGUAGES"]

LANGUAGES = Registry(
    "console language", {"sparql": "kg.cli.console.sparql:SPARQL", "cypher": "kg.cli.console.cypher:CYPHER"}
)
