"""Surface patterns of the ontology, matched on the sentence with its mentions replaced by slots.

In English a pattern's words are separated by white space; in Chinese it is matched on raw characters.
`[a|b]` are alternatives, `[a|]` is optional, `...` is a gap of up to four words (six characters in
Chinese). An enumeration after the last slot gives one relation for each of its members.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from spacy.lang.en.stop_words import STOP_WORDS

from extractors.arguments import Arguments, as_kind
from extractors.coreference import REFERENCE
from extractors.factuality import asserts, sentence_asserts
from extractors.lemmas import Lemmas
from extractors.names import is_name_like
from extractors.reading import LiteralMention, Reading, Sentence
from kg.errors import OntologyError
from kg.model import Mention, RelationCandidate
from kg.ontology import Label, Ontology, PropertyTerm
from kg.rdf import NamedNode, local_name
from kg.text import has_han

__all__ = ["PATTERNS", "Patterns", "compile_pattern"]

PATTERNS = "patterns 0.1.0"
"""Name and version that evidence carries."""

_CONFIDENCE = 0.85
_SLOTS = 2
_FIRST_SLOT = 0xE000
_SLOT = "[\ue000-\uf8ff]"
_PART = re.compile(
    r"\{(?P<role>[so])(?::(?P<class>[\w-]+)(?P<known>!)?)?\}|\[(?P<alternatives>[^\]]*)\]|(?P<gap>\.\.\.|…)|(?P<space>\s+)|(?P<text>[^{}\[\]\s]+?(?=\.\.\.|…|[{}\[\]\s]|$))"
)
_ENGLISH_MORE = re.compile(rf"\s*(?:,\s*(?:and|or)?|and|&)\s*(?:the\s+)?({_SLOT})")
_QUOTED = r"\s*[《「“]?{}[》」”]?\s*"
"""A name in Chinese, which may stand in quotation marks or between spaces."""

_CHINESE_MORE = re.compile(rf"\s*[》」”]?\s*(?:、|，?以及|和|与|及|,){_QUOTED.format(f'({_SLOT})')}")
_WEAK_WORD = r"(?:[A-Z]\.(?=\s+[A-Z])|[A-Z][\w+#-]*(?:\.\w[\w+#-]*)*)"
_WEAK_ENGLISH = re.compile(rf"\b(?:{_WEAK_WORD}|[a-z]+[A-Z]\w*)(?:\s+{_WEAK_WORD})*")
_WEAK_CHINESE = re.compile(r"[A-Za-z][A-Za-z0-9_.+#-]*(?: [A-Z][A-Za-z0-9_.+#-]*)*|《([^》]{1,30})》|「([^」]{1,20})」")
_CHINESE_PRONOUN = re.compile(
    r"(?P<person>他(?!们)|她(?!们))|它|该(?:项目|库|公司|工具|软件|语言|框架|系统)|这(?:个|款)(?:项目|库|工具|软件|框架)"
)


@dataclass(frozen=True)
class CompiledPattern:
    """A pattern ready to match; `classes` restrict its slots (`s`, `o`) to a class and its sub-classes.

    In the slots of `known` the class has to be known, as in `{o:Place!}`. `text` is the pattern as written.
    """

    expression: re.Pattern[str]
    classes: dict[str, NamedNode]
    known: frozenset[str]
    text: str


def compile_pattern(pattern: Label, prop: PropertyTerm, ontology: Ontology) -> CompiledPattern:
    """Compile a surface pattern.

    Raises:
        OntologyError: a slot is missing or names a class that is not declared, or a bracket is open.
    """
    chinese = has_han(pattern.text)
    parts: list[str] = []
    classes: dict[str, NamedNode] = {}
    known: set[str] = set()
    position = 0
    for match in _PART.finditer(pattern.text):
        if match.start() != position:
            raise OntologyError(
                "ontology", f"the pattern {pattern.text!r} cannot be read at character {position + 1}", prop.iri.value
            )
        position = match.end()
        if match["role"]:
            slot = f"(?P<{match['role']}>{_SLOT})"
            parts.append(_QUOTED.format(slot) if chinese else slot)
            if match["class"]:
                classes[match["role"]] = _class_for(match["class"], pattern, prop, ontology)
            if match["known"]:
                known.add(match["role"])
        elif match["alternatives"] is not None:
            options = [_literal(option) for option in match["alternatives"].split("|")]
            optional = "" in options
            body = "|".join(option for option in options if option)
            parts.append(f"(?:{body}){'?' if optional else ''}")
        elif match["gap"]:
            parts.append(r"[^，。；！？]{0,6}?" if chinese else r"(?:[^\s,;.!?]+\s+){0,4}?")
        elif match["space"]:
            parts.append(r"\s*" if chinese else " ")
        else:
            parts.append(_literal(match["text"]))
    if position != len(pattern.text):
        raise OntologyError(
            "ontology", f"the pattern {pattern.text!r} cannot be read at character {position + 1}", prop.iri.value
        )
    body = "".join(parts)
    if "(?P<s>" not in body or "(?P<o>" not in body:
        raise OntologyError("ontology", f"the pattern {pattern.text!r} needs both {{s}} and {{o}}", prop.iri.value)
    if not chinese:
        body = re.sub(r"(?: |\\ )+", r"\\s*", _tighten(body))
    return CompiledPattern(re.compile(body, re.IGNORECASE), classes, frozenset(known), pattern.text)


def _tighten(body: str) -> str:
    return body.replace("(?:[^\\s,;.!?]+\\s+){0,4}? ", "\\s*(?:[^\\s,;.!?]+\\s+){0,4}?")


def _literal(text: str) -> str:
    escaped = re.escape(text).replace("\\ ", r"\s+")
    if not text or has_han(text):
        return escaped
    left = r"\b" if text[0].isalnum() else ""
    right = r"\b" if text[-1].isalnum() else ""
    return f"{left}{escaped}{right}"


def _class_for(name: str, pattern: Label, prop: PropertyTerm, ontology: Ontology) -> NamedNode:
    for iri in ontology.classes:
        if local_name(iri) == name:
            return iri
    found = ontology.class_named(name)
    if found is None:
        raise OntologyError(
            "ontology", f"the pattern {pattern.text!r} names the class {name!r}, which is not declared", prop.iri.value
        )
    return found


class Patterns:
    """All surface patterns of an ontology's properties."""

    def __init__(self, ontology: Ontology, arguments: Arguments, lemmas: Lemmas) -> None:
        self._ontology, self._arguments, self._lemmas = ontology, arguments, lemmas
        self._person = ontology.class_named("person")
        self._rows = {"en": self._compile("en"), "zh": self._compile("zh")}
        self._stops = {
            p.iri: tuple(compile_pattern(x, p, ontology) for x in p.not_patterns)
            for p in ontology.properties.values()
            if p.not_patterns
        }

    def _compile(self, language: str) -> tuple[tuple[PropertyTerm, CompiledPattern], ...]:
        rows = []
        for prop in sorted(self._ontology.properties.values(), key=lambda p: p.iri.value):
            if prop.extract and not prop.system:
                chosen = [x for x in prop.patterns if ("zh" if has_han(x.text) else "en") == language]
                rows += [(prop, compile_pattern(label, prop, self._ontology)) for label in chosen]
        return tuple(rows)

    def find(self, reading: Reading) -> Iterator[RelationCandidate]:
        """Yield the relations that surface patterns give, sentence by sentence."""
        previous: list[Mention] = []
        block = None
        for sentence in reading.sentences:
            language = sentence.segment.language
            if sentence.segment.block is not block:
                block, previous = sentence.segment.block, []
            line, slots = self._slotted(reading, sentence, previous)
            mentions = [m for m in slots if isinstance(m, Mention)]
            if mentions and language == "zh":
                previous = mentions
            if len(slots) < _SLOTS or not sentence_asserts(reading, sentence):
                continue
            for prop, pattern in self._rows[language]:
                for match in pattern.expression.finditer(line):
                    yield from self._relations(reading, sentence, prop, pattern, match, slots)

    def suppressed(self, reading: Reading, sentence: Sentence) -> frozenset[NamedNode]:
        """Return the properties that a notPattern rules out in a sentence."""
        line, _slots = self._slotted(reading, sentence, [])
        return frozenset(iri for iri, stops in self._stops.items() if any(p.expression.search(line) for p in stops))

    def _relations(
        self,
        reading: Reading,
        sentence: Sentence,
        prop: PropertyTerm,
        pattern: CompiledPattern,
        match: re.Match[str],
        slots: list[Mention | LiteralMention],
    ) -> Iterator[RelationCandidate]:
        subject = slots[ord(match["s"]) - _FIRST_SLOT]
        if not isinstance(subject, Mention) or not self._fits(subject, pattern, "s"):
            return
        more = _CHINESE_MORE if sentence.segment.language == "zh" else _ENGLISH_MORE
        objects = [slots[ord(match["o"]) - _FIRST_SLOT]]
        is_last = not match.string[match.end("o") : match.end()].strip("》」” ")
        following = more.match(match.string, match.end("o")) if is_last else None
        while following:
            objects.append(slots[ord(following[1]) - _FIRST_SLOT])
            following = more.match(match.string, following.end(1))
        if sentence.segment.language == "en" and not self._is_said(reading, sentence, subject, objects[0], match):
            return
        for found in objects:
            is_literal = isinstance(found, LiteralMention)
            if is_literal != prop.is_data or found is subject:
                continue
            if isinstance(found, LiteralMention):
                is_bare_number = prop.value_kind == "version" and found.kind == "number"
                literal = as_kind(prop.value_kind, found)
                if literal is None or (is_bare_number and subject.class_iri is None):
                    continue
                value: Mention | object = literal.value
                certainty = 1.0
            else:
                if not self._fits(found, pattern, "o"):
                    continue
                value, certainty = found, self._arguments.certainty(found)
            yield RelationCandidate(
                subject=subject,
                predicate=prop.iri,
                object=value,  # type: ignore[arg-type]
                object_text=found.text,
                start=sentence.start,
                end=sentence.end,
                confidence=round(_CONFIDENCE * self._arguments.certainty(subject) * certainty, 4),
                extractor=PATTERNS,
                cue=pattern.text,
            )

    def _is_said(
        self,
        reading: Reading,
        sentence: Sentence,
        subject: Mention,
        other: Mention | LiteralMention,
        match: re.Match[str],
    ) -> bool:
        """Tell whether the verb between two slots is asserted, and of the subject: not so in `a friend of S works`."""
        between = reading.tokens_of(min(subject.end, other.end), max(subject.start, other.start))
        verb = next((token for token in between if reading.tags[token].startswith("VB")), None)
        if verb is None:
            return True
        own = reading.tokens_of(subject.start, subject.end)
        is_follower = len(own) > 0 and verb == own[-1] + 1 and match.start("s") == match.start()
        if is_follower and any(reading.dependencies[token] == "pobj" for token in own):
            return False
        return asserts(reading, sentence, verb, self._lemmas)

    def _fits(self, mention: Mention, pattern: CompiledPattern, role: str) -> bool:
        class_iri = pattern.classes.get(role)
        if mention.class_iri is None:
            return role not in pattern.known
        return class_iri is None or self._ontology.is_subclass(mention.class_iri, class_iri)

    def _slotted(
        self, reading: Reading, sentence: Sentence, previous: list[Mention]
    ) -> tuple[str, list[Mention | LiteralMention]]:
        """Write a sentence with slots; a Chinese pronoun is a mention of the sentence before, or the note's subject."""
        spans: list[tuple[int, int, Mention]] = []
        if sentence.segment.language == "zh":
            subject = reading.subjects.get(sentence.start)
            candidates = previous or ([subject] if subject else [])
            text = reading.text[sentence.text_start : sentence.text_end]
            for match in _CHINESE_PRONOUN.finditer(text):
                fitting = (m for m in candidates if self._may_stand_for(m, match["person"] is not None))
                found = next(fitting, None)
                if found is not None:
                    start, end = sentence.text_start + match.start(), sentence.text_start + match.end()
                    spans.append((start, end, replace(found, extractor=REFERENCE)))
        return _slotted(reading, sentence, spans, self._lemmas)

    def _may_stand_for(self, mention: Mention, wants_person: bool) -> bool:
        if mention.class_iri is None or self._person is None:
            return True
        return self._ontology.is_subclass(mention.class_iri, self._person) == wants_person


def _slotted(
    reading: Reading, sentence: Sentence, pronouns: list[tuple[int, int, Mention]], lemmas: Lemmas
) -> tuple[str, list[Mention | LiteralMention]]:
    """Write a sentence with one private-use character for each mention, literal and weak candidate."""
    start, end = sentence.text_start, sentence.text_end
    text = reading.text[start:end]
    found: list[Mention | LiteralMention] = [*reading.mentions_in(start, end), *reading.literals_in(start, end)]
    spans = [(m.start, m.end, m) for m in found]
    is_chinese = sentence.segment.language == "zh"
    weak = _WEAK_CHINESE if is_chinese else _WEAK_ENGLISH
    for match in weak.finditer(text):
        word = match[0].casefold()
        opens = match.start() == 0 and match[0][1:].islower() and lemmas.is_common(word)
        if not is_chinese and (opens or word in STOP_WORDS):
            continue  # capitalised because the sentence begins
        inner = next((n for n in (1, 2) if weak.groups >= n and match[n]), 0)
        left, right = start + match.start(inner), start + match.end(inner)
        if is_name_like(text[match.start(inner) : match.end(inner)]) or inner:
            name = " ".join(text[match.start(inner) : match.end(inner)].split())
            spans.append((left, right, Mention(left, right, name, None, None, 0.5, "proper 0.1.0")))
    spans += pronouns
    known = [s for s in spans if not (isinstance(s[2], Mention) and s[2].extractor.startswith("proper"))]
    rest = [s for s in spans if s not in known and not any(s[0] < k[1] and k[0] < s[1] for k in known)]
    chosen: list[tuple[int, int, Mention | LiteralMention]] = []
    for span in sorted([*known, *rest], key=lambda s: (s[0], -s[1])):
        if (not chosen or span[0] >= chosen[-1][1]) and len(chosen) < 0x1800:
            chosen.append(span)
    line: list[str] = []
    slots: list[Mention | LiteralMention] = []
    last = start
    for left, right, mention in chosen:
        line += (reading.text[last:left], chr(_FIRST_SLOT + len(slots)))
        slots.append(mention)
        last = right
    line.append(reading.text[last:end])
    return "".join(line), slots
