"""Digests of our own sources: what rules an answer was made with, so that no release can forget to say so."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

__all__ = ["sources_digest"]

_ROOT = Path(__file__).parent.parent


@functools.cache
def sources_digest(*names: str) -> str:
    """Return a digest of the sources of modules and folders, given by their names: `kg.text`, `extractors`."""
    digest = hashlib.sha256()
    for name in names:
        place = _ROOT.joinpath(*name.split("."))
        files = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        for file in files:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
