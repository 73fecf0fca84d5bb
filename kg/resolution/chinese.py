"""Names in Chinese: one script, numbers as digits, legal suffixes, and what an abbreviation keeps."""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol

from kg.text import has_han

__all__ = [
    "HAN",
    "abbreviation",
    "is_kind_suffix",
    "says_where",
    "simplify",
    "with_digits",
    "without_legal_suffix",
    "without_title",
]

HAN = r"\u3400-\u9fff\uf900-\ufaff"
"""The characters of a class in a regular expression."""
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = "[零一二三四五六七八九十百两]+"
_ORDINAL = re.compile(rf"第({_NUMBER})|({_NUMBER})(?=[号届次期代世版])|^({_NUMBER})(?=战$)")
"""Where Han numerals are a number: after 第, before a counter, and in 二战; not in 四川 or 百度."""

_ORDINAL_MARK = re.compile(r"第(?=\d)")
_LEGAL = re.compile(r"(?:技术|科技|网络|信息|控股|股份|集团)*(?:有限责任公司|股份有限公司|有限公司)$")
_LEGAL_OF_COMPANIES = re.compile(
    r"(?:技术|科技|网络|信息|控股|股份|集团)*(?:有限责任公司|股份有限公司|有限公司|集团|公司)$"
)
_TITLE = re.compile(r"(?:先生|女士|小姐|教授|博士|院士|老师|医生|总统|总裁|主席|同学)$")
_COUNTRY = re.compile(r"^(?:中国|国立|国家|全国)")
_KIND = frozenset(
    "大学 学院 中学 小学 医院 银行 公司 集团 研究院 研究所 出版社 市 省 区 县 镇 州 国 "
    "语言 项目 计划 系统 平台 数据库".split()
)
_MIN_LONG = 4


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@cache
def _converter() -> _Converter:
    import opencc  # 20 ms, and only names in Chinese need it

    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Write Chinese text in simplified characters; other text stays as it is.

    >>> simplify("國立臺灣大學")
    '国立台湾大学'
    """
    return _converter().convert(text) if has_han(text) else text


def with_digits(text: str) -> str:
    """Write ordinals in digits.

    >>> with_digits("神舟十一号"), with_digits("第二次世界大战"), with_digits("张三")
    ('神舟11号', '2次世界大战', '张三')
    """
    digits = _ORDINAL.sub(lambda match: str(_value(match[1] or match[2] or match[3])), text)
    return _ORDINAL_MARK.sub("", digits)


def _value(numeral: str) -> int:
    total, digit = 0, 0
    for character in numeral:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[character] if digit else _DIGITS[character]
    return total + digit


def without_legal_suffix(name: str, is_organisation: bool) -> str:
    """Drop the legal form of a company and the trade before it: `华为技术有限公司` is `华为`.

    A bare 公司 only of what is an organisation: 互联网公司 is not 互联网.
    """
    short = (_LEGAL_OF_COMPANIES if is_organisation else _LEGAL).sub("", name)
    return short if len(short) > 1 else name


def without_title(name: str) -> str:
    """Drop the title after a personal name: `王芳教授` is `王芳`."""
    short = _TITLE.sub("", name)
    return short if len(short) > 1 else name


def is_kind_suffix(text: str) -> bool:
    """Tell whether a text only says what kind of thing a name is of: 大学, 市, 公司."""
    return text in _KIND


def says_where(text: str) -> bool:
    """Tell whether the beginning of a name says only where it is: 中国, 北京市."""
    return _COUNTRY.fullmatch(text) is not None or (len(text) > 1 and text[-1] in "市省县国区州")


def abbreviation(short: str, long: str) -> float:
    """Return how much of a long name a short one keeps, 0.0 if it is no abbreviation of it.

    A name's words are taken to have two characters. An abbreviation keeps the first character, then first
    characters of later words, or the last of all; 中国 and the like in front may be left out.

    >>> abbreviation("北大", "北京大学"), abbreviation("中科院", "中国科学院"), abbreviation("清华", "北京大学")
    (1.0, 1.0, 0.0)
    """
    if len(short) < 2 or len(long) < _MIN_LONG or len(short) >= len(long):
        return 0.0
    tail = _common_suffix(short, long)
    if tail >= 2:
        short, long = short[:-tail], long[:-tail]
        if len(short) < 2 or long.startswith(short):
            return 0.0
    longs = {long, _COUNTRY.sub("", long)}
    longs |= {long[:-2] for long in longs if is_kind_suffix(long[-2:])}
    return max(_kept(short, long) for long in longs)


def _common_suffix(short: str, long: str) -> int:
    count = 0
    while count < len(short) and short[-1 - count] == long[-1 - count]:
        count += 1
    return count


def _kept(short: str, long: str) -> float:
    """Return the share of the two-character words of `long` of which `short` keeps a character."""
    if len(long) < _MIN_LONG or not short or short[0] != long[0] or len(short) >= len(long):
        return 0.0
    words = {0}
    position = 0
    for character in short[1:]:
        position = long.find(character, position + 1)
        if position < 0:
            return 0.0
        words.add(position // 2)
    if position not in (len(long) - 1, (len(long) - 1) // 2 * 2, len(long) - 2):
        return 0.0
    return len(words) / ((len(long) + 1) // 2)
