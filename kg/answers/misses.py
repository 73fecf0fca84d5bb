"""Why a question has no answer, in words that help to ask it otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kg.answers.english import Words
from kg.answers.fitting import Fitting
from kg.answers.held_back import HeldBack
from kg.answers.lexicon import SLOTS, Lexicon
from kg.answers.meaning import Holds, Named
from kg.answers.names import NameIndex, names_in
from kg.answers.words import FUNCTION_WORDS, fold, forms, has_chinese
from kg.graph import KnowledgeGraph

__all__ = ["why_not"]

_NO_USE = "No reading has a use for every word of the question. Ask for one relation at a time."
_QUESTION_WORDS = (
    "什么时候 什么 哪里 哪儿 哪些 哪个 哪家 哪所 哪种 哪位 哪 谁 多少 几 有 是 "
    "在 和 与 吗 呢 个 篇 人 把 被 由 用 于 都 也"
).split()


_NOT_SAID = (
    (re.compile(r"\bwhy\b|\bhow\b(?! many)|为什么|怎么|怎样|如何"),
     "It asks why or how; statements say who, what, which, when, where, how many, and yes or no."),
    (re.compile(r"\b(?:most|least|more|fewer|less|than|(?:old|young|new|long|short|big|large|small|few)(?:er|est)|"
                r"latest|earliest|best|better|worst|worse)\b|最|[比更].*[多少大小早晚长高新老]"),
     "It compares, or asks for the most of something; ask for all with what is compared: “Which project is due first?” "
     "goes by a date."),
    (re.compile(r"[不没]|(?<![类性级区特分])别(?!名)|并非|从未|尚未"),
     "It asks for what is not so; notes say what is. Ask for that, and compare."),
    (re.compile(r"可能|也许|能否|(?<![功性社机协学开聚晚才])[能会](?![议员源量力计])|应该|可以|将(?!军)"),
     "It asks for what may be, or will; notes say what is. Ask for that."),
    (re.compile(r"[去今明前]年|[昨今明]天|[上下这本]个?[周月年]|最近|近来"),
     "It asks for a time by the day of asking. Give the year, the month or the day: 2025年, 2025年3月."),
    (re.compile(r"每[一个家位种篇]|所有(?![者权])"),
     "It asks for what is so of each of several; notes say it of one. Ask which ones, and compare."),
)  # fmt: skip
"""What notes cannot say, by the words of a question that nothing else explains."""


def why_not(
    graph: KnowledgeGraph,
    text: str,
    words: Words,
    names: NameIndex,
    fitting: Fitting | None,
    lexicon: Lexicon,
    held_back: HeldBack,
) -> Iterator[str]:
    """Yield what was looked for and not found.

    Args:
        fitting: the likeliest way to understand the question, None where there is none.
        held_back: what is not named as what may be meant.
    """
    if words.unsaid:
        yield words.unsaid
        return
    asked = fold(words.text_of(0, words.end)) if words.end else ""
    if fitting is None:
        left = _without_names(asked if not has_chinese(text) else text, names)
        for word in _chinese_words(lexicon) if has_chinese(text) else ():
            left = left.replace(word, " ")
        for pattern, reason in _NOT_SAID:
            if pattern.search(left):
                yield reason
                return
    if fitting is not None:
        for each in fitting.meaning.conditions:
            if isinstance(each, Holds):
                named = [slot for slot in (each.subject, each.object) if isinstance(slot, Named)]
                things = " and ".join(held_back.called(graph, fitting.things[slot].iri, slot.text) for slot in named)
                label = graph.ontology.label(each.relation.predicate)
                yield f"No statement “{label}”{f' about {things}' if things else ''} meets the question."
        if not any(isinstance(each, Holds) for each in fitting.meaning.conditions):
            yield "Nothing in the graph meets the question."
        return
    if has_chinese(text):
        yield from _unknown_chinese(text, names, lexicon, held_back)
    else:
        yield from _unknown(words, names, lexicon, held_back)


def _without_names(text: str, names: NameIndex) -> str:
    for name, _ in names_in(text, names):
        text = text.replace(name, " ")
    return text


def _chinese_words(lexicon: Lexicon) -> list[str]:
    """Return the nouns and the names of classes, the longest first."""
    nouns = {noun.lstrip("^") for noun in lexicon.zh_nouns}
    return sorted({*nouns, *lexicon.zh_classes} - {""}, key=lambda word: (-len(word), word))


def _unknown_chinese(text: str, names: NameIndex, lexicon: Lexicon, held_back: HeldBack) -> Iterator[str]:
    """Yield what is left of a question when all that is known is taken out of it."""
    literals = {literal for frame in lexicon.frames for part in frame.parts for literal in part if len(literal) > 1}
    known = sorted({*literals, *_chinese_words(lexicon), *_QUESTION_WORDS} - set(SLOTS), key=lambda x: (-len(x), x))
    left = list(text)
    at = 0
    while at < len(text):
        ends = [end for end in range(len(text), at, -1) if names.is_name(text[at:end])]
        length = ends[0] - at if ends else next((len(word) for word in known if text.startswith(word, at)), 0)
        left[at : at + length] = " " * length
        at += max(length, 1)
    missing = [word for word in re.split(r"[\s?？。，,的了]+", "".join(left)) if word]
    yield from (_missing(word, names, held_back) for word in missing)
    if not missing:
        yield _NO_USE


def _unknown(words: Words, names: NameIndex, lexicon: Lexicon, held_back: HeldBack) -> Iterator[str]:
    known: set[int] = set()
    for at in range(len(words.tokens)):
        for _, end in words.named(at):
            known.update(range(at, end))
    known_words = {*lexicon.phrases, *lexicon.nouns, *lexicon.classes, *FUNCTION_WORDS}
    missing = [
        place
        for place, token in enumerate(words.tokens)
        if place not in known
        and forms(token.text).isdisjoint(known_words)
        and token.text.isalnum()
        and not token.text.isdigit()
    ]
    for run in _runs(missing, words):
        yield _missing(words.text_of(run.start, run.stop), names, held_back)
    if not missing:
        yield _NO_USE


def _runs(places: Sequence[int], words: Words) -> Iterator[range]:
    """Yield places that follow each other as one where they are written as a name is: `Umbrella Logistics`."""
    at = 0
    while at < len(places):
        end = at + 1
        while (
            end < len(places)
            and places[end] == places[end - 1] + 1
            and all(words.written(place)[:1].isupper() for place in (places[end - 1], places[end]))
        ):
            end += 1
        yield range(places[at], places[end - 1] + 1)
        at = end


def _missing(text: str, names: NameIndex, held_back: HeldBack) -> str:
    near = names.nearest(text, held_back.has)
    hint = f" Did you mean “{near}”?" if near else ""
    return f"Nothing is called “{text}”, and no property or class is.{hint}"
