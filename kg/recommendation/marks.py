"""What a note says of itself: that it is a draft, private, or a template that others are made from.

Such notes are neither recommended nor found nor quoted in answers, unless they are asked for.
"""

from __future__ import annotations

import re

__all__ = ["MARKING_KEYS", "is_template", "marks_of", "marks_of_tag"]

_WORDS = {
    "draft": frozenset({"draft", "wip", "work in progress", "work-in-progress", "草稿", "初稿"}),
    "private": frozenset({"private", "confidential", "secret", "私密", "私人", "保密"}),
}
_TEMPLATES = frozenset({"template", "templates", "模板"})
"""Folders of what notes are made from."""
_TO_FILL_IN = re.compile(r"\{\{|<%|(?<![^\W\d_])yyyy(?![^\W\d_])", re.IGNORECASE)
"""What the name of a note has that nobody has filled in yet."""
_FLAGS = {"draft": "draft", "草稿": "draft", "private": "private", "私密": "private"}
"""Metadata keys that say yes or no."""
_DENIALS = {"publish": "private", "dg-publish": "private", "public": "private", "公开": "private"}
"""Metadata keys that say something where they say no."""
_VALUES = frozenset({"status", "visibility", "access", "状态"})
"""Metadata keys whose value may say that a note is a draft, or private."""
_YES = frozenset({"true", "yes", "1", "是"})
_NO = frozenset({"false", "no", "0", "否"})

MARKING_KEYS = frozenset(_FLAGS) | frozenset(_DENIALS) | _VALUES
"""Metadata keys, in lower case, that may mark a note."""


def marks_of(key: str, value: str) -> frozenset[str]:
    """Return the marks of a note that has a metadata key with a value: `draft`, `private`, or none.

    Args:
        key: one of `MARKING_KEYS`.
    """
    text = value.strip().casefold()
    if key in _FLAGS:
        return frozenset({_FLAGS[key]} if text in _YES else ())
    if key in _DENIALS:
        return frozenset({_DENIALS[key]} if text in _NO else ())
    return frozenset(mark for mark, words in _WORDS.items() if text in words)


def marks_of_tag(tag: str) -> frozenset[str]:
    """Return the marks of a note that has a tag, given by its IRI: one of its levels says them."""
    levels = tag.rpartition("/tag/")[2].casefold().split("/")
    return frozenset(mark for mark, words in _WORDS.items() if not words.isdisjoint(levels))


def is_template(path: str, title: str) -> bool:
    """Tell whether others are made from a note: by its folder, or by a name like YYYY-MM-DD or {{title}}."""
    in_folder = not _TEMPLATES.isdisjoint(part.casefold().strip("_ ") for part in path.split("/")[:-1])
    return in_folder or _TO_FILL_IN.search(title) is not None
