"""Chinese questions about dates, put into the order in which sentences say them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.answers.chinese.parts import SIDES
from kg.answers.meaning import Form
from kg.answers.names import NameIndex, names_in

__all__ = ["in_order", "without_order"]

_DATE = rf"\d{{4}}年(?:\d{{1,2}}月(?:\d{{1,2}}[日号])?)?(?:{'|'.join(SIDES)})?"
_ASKED = "(?:哪|什么|多少|几).+"
_SHAPES = (
    # 2015年之前发表了哪些论文
    (re.compile(rf"^[在于]?(?P<date>{_DATE})(?P<verb>[^是的]+?)了?(?P<asked>{_ASKED})$"), "{asked}于{date}{verb}"),
    # 哪些论文是2016年以后发表的，哪些项目在2025年7月到期
    (re.compile(rf"^(?P<asked>.+?)是?[在于]?(?P<date>{_DATE})(?P<verb>[^是的]+?)的?$"), "{asked}于{date}{verb}"),
    # 2016年发表的论文有哪些
    (re.compile(rf"^[在于]?(?P<date>{_DATE})(?P<verb>[^是的]+?)的(?P<noun>.+?)[有是](?P<which>哪些|什么)$"),
     "{which}{noun}于{date}{verb}"),
)  # fmt: skip
_EXTREMES: tuple[tuple[re.Pattern[str], Form], ...] = (
    (re.compile("最[先早]"), "first"),
    (re.compile("最[后晚]"), "last"),
)


def in_order(text: str) -> Iterator[str]:
    """Yield what says the same as a sentence with a date, with the date before the verb: `哪些论文于2015年发表`."""
    for shape, order in _SHAPES:
        match = shape.match(text)
        if match:
            yield order.format(**match.groupdict())


def without_order(text: str, names: NameIndex) -> tuple[str, Form | None]:
    """Return a sentence that asks for the first or the last of something as one that asks when; None for others.

    What is in a name asks for nothing: `《最后的晚餐》`.
    """
    named = {place for name, at in names_in(text, names) for place in range(at, at + len(name))}
    for pattern, form in _EXTREMES:
        for match in pattern.finditer(text):
            if named.isdisjoint(range(*match.span())):
                return f"{text[: match.start()]}什么时候{text[match.end() :]}", form
    return text, None
