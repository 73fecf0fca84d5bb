"""Which folders a home mirrors, and which part of them a run is about (DESIGN §11.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.errors import InputError, NotFoundError
from kg.home import POSTED

__all__ = ["Scope", "plan_roots"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a root to bring up to date; `part` is a path inside it, empty for all of it."""

    root: str
    part: str

    def holds(self, root: str, path: str) -> bool:
        """Tell whether a file of a root is in this part."""
        return root == self.root and (not self.part or path == self.part or path.startswith(f"{self.part}/"))


def plan_roots(known: Mapping[str, Path], paths: Sequence[Path]) -> tuple[dict[str, Path], tuple[Scope, ...]]:
    """Return all roots, the new ones added, and what this run is about.

    A path inside a known root refreshes that part of it. The first folder has no name; a further one is
    called as its folder, with a number where that is taken. Without paths, all known roots are meant.

    Raises:
        NotFoundError: a path does not exist and is in no known root.
        InputError: a path holds a known root.
    """
    roots = dict(known)
    scopes: list[Scope] = []
    for path in paths:
        resolved = path.resolve()
        scope = _inside(roots, resolved)
        if scope is None:
            if not resolved.exists():
                raise NotFoundError("file or folder", str(path))
            own = (folder for name, folder in roots.items() if name != POSTED)
            inner = next((folder for folder in own if resolved in folder.parents), None)
            if inner is not None:
                raise InputError(
                    f"{path} holds the folder {inner}, which is known already; its notes would be in the graph twice. "
                    "Forget that folder first (kg forget NAME:), or name the folders beside it."
                )
            name = _free_name(roots, resolved)
            roots[name] = resolved
            scope = Scope(name, "")
        scopes.append(scope)
    return roots, tuple(dict.fromkeys(scopes)) if paths else tuple(Scope(name, "") for name in roots)


def _inside(roots: Mapping[str, Path], path: Path) -> Scope | None:
    candidates = [(name, root) for name, root in roots.items() if path == root or root in path.parents]
    if not candidates:
        return None
    name, root = max(candidates, key=lambda item: len(item[1].parts))
    part = path.relative_to(root).as_posix()
    return Scope(name, "" if part == "." else part)


def _free_name(roots: Mapping[str, Path], path: Path) -> str:
    taken = {*roots, POSTED}
    if taken == {POSTED}:
        return ""
    stem = path.name or "root"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name
