"""Named things that vary: importers, extractors, stores, query languages and text-vector models.

Each kind has one dictionary from name to a reference `module:attribute`, imported when it is first
asked for. Third parties add names by entry points in the group `kg.KIND`, looked at after our own.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from kg.errors import UnknownNameError

__all__ = ["Registry"]


class Registry:
    """The implementations of one kind, by name."""

    def __init__(self, kind: str, references: Mapping[str, str]) -> None:
        self.kind = kind
        self._references = dict(references)

    def names(self) -> tuple[str, ...]:
        """Return all registered names, ours first, each group sorted."""
        return tuple(sorted(self._references)) + tuple(sorted(self._third_party()))

    def load(self, name: str) -> Any:
        """Import and return what is registered under a name.

        Raises:
            UnknownNameError: nothing has that name.
        """
        if name in self._references:
            module, _, attribute = self._references[name].partition(":")
            return getattr(importlib.import_module(module), attribute)
        third_party = self._third_party()
        if name in third_party:
            return third_party[name].load()
        raise UnknownNameError(self.kind, name, (*self._references, *third_party))

    def _third_party(self) -> dict[str, Any]:
        from importlib.metadata import entry_points  # 65 ms, needed only when a name is looked up

        found = {entry.name: entry for entry in entry_points(group=f"kg.{self.kind}s")}
        return {name: entry for name, entry in found.items() if name not in self._references}
