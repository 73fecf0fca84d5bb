"""What reading a Chinese question is made of: its small words, and noun phrases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal as OneOf

from kg.answers.meaning import Condition, Holds, Kind, Moment, Relation, Slot, Variable

END = re.compile(r"[\s?？。.!！呢啊呀]+$")
WHETHER = re.compile(r"(?:吗|嘛|(?<!什)么)$")
WHETHER_INSIDE = re.compile(r"是否|有没有|是不是")
POLITE = re.compile(r"^(?:请问|请告诉我|告诉我|请列出|列出|请|我想知道|想知道)[，,：:]?")
DATE = re.compile(r"(\d{4})(?:年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?|-(\d{2})(?:-(\d{2}))?)?")
SIDES: Mapping[str, OneOf["before", "after", "since"]] = {
    "之前": "before", "以前": "before", "前": "before", "之后": "after", "以后": "after", "后": "after",
    "以来": "since", "起": "since",
}  # fmt: skip
"""What may stand behind a date, and which side of it is meant."""
MEASURE = "(?:一?[个些家所种款位门名部篇本项座条类场次支座样]|几[个家所种款位门名篇本项])?"
WHEN = re.compile(r"什么时候|什么时间|何时|哪一?年|哪一?天|哪一?个?月|几时|几月几[日号]|几[号月]|什么日期|哪一日")
WHERE = re.compile(r"哪里|哪儿|何处|什么地方|哪个地方|啥地方")
WHO = re.compile(r"谁|哪[些个几]*(?:一?位|个人|些人|人)|什么人|何人|哪些人")
WHAT = re.compile(rf"什么|啥|哪{MEASURE}|何种")
MANY = re.compile(rf"(?:一共|总共|共)?(?:有)?(?:多少|几){MEASURE}")
ANY = re.compile(r"人们?|的?东西|事物|内容")
LIGHT = re.compile(r"一共|总共|目前|现在|都|也|分别|主要|一起|还")
IS = ("是", "为", "有", "包括", "叫", "在", "")
GAP_PREPOSITIONS = frozenset("在 于 由 被 以 用 向 从 与 和 为 跟 同 使用 采用 基于 到".split())
AND = re.compile(r"以及|和|与|跟|及|、")
MOST_READINGS = 300
DEEPEST = 3
MOST_STEPS = 20_000
MOST_JOINED = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A noun phrase, as in `kg.answers.english`; `is_many` where its number is asked for."""

    term: Slot
    conditions: tuple[Condition, ...] = ()
    cost: float = 0.0
    kind: Kind = ""
    is_asked: bool = False
    is_many: bool = False


Found = tuple[Part, int]
"""A noun phrase and where it ends."""


def held(noun: str, owner: Slot, relation: Relation, term: Variable) -> Holds:
    """Return what a noun says: it stands for the object of its property, with a `^` for the subject."""
    return Holds(term, relation, owner) if noun.startswith("^") else Holds(owner, relation, term)


def moment_at(text: str, at: int) -> tuple[Moment, int] | None:
    """Return the date that stands somewhere, with its side, and where it ends; None without one."""
    match = DATE.match(text, at)
    if match is None:
        return None
    moment = Moment(iso_date(match))
    for word, side in SIDES.items():
        if text.startswith(word, match.end()):
            return replace(moment, side=side), match.end() + len(word)
    return moment, match.end()


def iso_date(match: re.Match[str]) -> str:
    """Return a date that was written in Chinese, or with hyphens, as far as it is said."""
    parts = [match[1], match[2] or match[4], match[3] or match[5]]
    return "-".join(part.zfill(2) for part in parts if part)
