"""A note as it is being read: tokens with their places in the note, sentences, and what was found so far.

The components of the pipeline pass a `Reading` along in `doc.user_data`; each adds to it what it
finds. Tokens are kept as plain lists, because reading them off spaCy's `Token` one by one is slow.
"""

from __future__ import annotations

import bisect
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, SENT_START, TAG
from spacy.language import Language
from spacy.tokens import Doc

from kg.extraction import Request
from kg.model import Link, Mention, RelationCandidate
from kg.rdf import Literal
from kg.text import Segment, compact, segments

__all__ = [
    "IMPLIED",
    "KEY",
    "LiteralMention",
    "Reading",
    "Sentence",
    "attach_parse",
    "make_doc",
    "pack_parse",
    "reading_of",
]

KEY = "kg_reading"
"""Where a Doc's user data holds its Reading."""

IMPLIED = -1
"""Stands for a token where a sentence leaves its subject out: `Written in Rust.`"""

PARSE_ATTRIBUTES = [TAG, HEAD, DEP, ENT_IOB, ENT_TYPE, SENT_START]
"""What a stored parse holds: one row a token."""


_SENTENCE_ENDS = frozenset(".!?:;…,")
_LONG_RUN = re.compile(r"\S{200}")
_RUN = re.compile(r"\s*\S{1,200}")


class LiteralMention(NamedTuple):
    """A date, number, version or address in the text, with its typed value. `kind` as `kg:valueKind`."""

    start: int
    end: int
    text: str
    kind: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `first`/`last` are its tokens (half-open; equal for a Chinese sentence).

    `start`/`end` are what is quoted as evidence, markup included; `text_start`/`text_end` the bare text.
    `index_in_block` counts from 0.
    """

    first: int
    last: int
    start: int
    end: int
    text_start: int
    text_end: int
    segment: Segment
    index_in_block: int


@dataclass
class Reading:
    """All that is known of one note while its pipeline runs.

    `antecedents` maps a token to the mention it stands for; `subjects` maps a sentence's start to what
    its section is about, where that is known.
    """

    request: Request
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    segment_starts: list[int] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    dependencies: list[str] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)
    entity_spans: list[tuple[int, int, str]] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    literals: list[LiteralMention] = field(default_factory=list)
    antecedents: dict[int, Mention] = field(default_factory=dict)
    subjects: dict[int, Mention] = field(default_factory=dict)
    relations: list[RelationCandidate] = field(default_factory=list)
    mention_at: dict[int, Mention] = field(default_factory=dict)
    literal_at: dict[int, LiteralMention] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    link_starts: list[int] = field(default_factory=list)
    mention_starts: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The document's text, as long as the note's."""
        return self.request.note.document.text

    def tokens_of(self, start: int, end: int) -> range:
        """Return the tokens that overlap a span of the note."""
        first = bisect.bisect_right(self.ends, start)
        last = bisect.bisect_left(self.starts, end)
        return range(first, max(first, last))

    def sentence_at(self, position: int) -> Sentence | None:
        """Return the sentence that holds a position of the note, or None between sentences."""
        index = bisect.bisect_right(self.sentences, position, key=lambda s: s.start) - 1
        while index >= 0 and self.sentences[index].start <= position:
            if position < self.sentences[index].end:
                return self.sentences[index]
            index -= 1
            if index >= 0 and self.sentences[index].end <= position:
                break
        return None

    def add_mentions(self, mentions: list[Mention], replace: frozenset[tuple[int, int]] = frozenset()) -> None:
        """Add mentions that do not overlap those already there, and index them by token.

        The spans in `replace` give way to the new ones.
        """
        self.mentions = [m for m in self.mentions if (m.start, m.end) not in replace]
        taken = [(m.start, m.end) for m in self.mentions]
        taken.sort()
        for mention in mentions:
            index = bisect.bisect_left(taken, (mention.start, mention.end))
            before = index > 0 and taken[index - 1][1] > mention.start
            after = index < len(taken) and taken[index][0] < mention.end
            if before or after:
                continue
            taken.insert(index, (mention.start, mention.end))
            self.mentions.append(mention)
        self.mentions.sort(key=lambda m: (m.start, m.end))
        self.index_mentions()

    def index_mentions(self) -> None:
        """Rebuild the lookup from token to mention."""
        self.mention_at = {token: m for m in self.mentions for token in self.tokens_of(m.start, m.end)}
        self.mention_starts = [m.start for m in self.mentions]

    def mentions_in(self, start: int, end: int) -> list[Mention]:
        """Return the mentions that lie in a span of the note, in text order."""
        first = bisect.bisect_left(self.mention_starts, start)
        last = bisect.bisect_left(self.mention_starts, end)
        return [m for m in self.mentions[first:last] if m.end <= end]

    def literals_in(self, start: int, end: int) -> list[LiteralMention]:
        """Return the literals that lie in a span of the note, in text order."""
        first = bisect.bisect_left(self.literals, start, key=lambda found: found.start)
        last = bisect.bisect_left(self.literals, end, key=lambda found: found.start)
        return [found for found in self.literals[first:last] if found.end <= end]


def reading_of(doc: Doc) -> Reading:
    """Return the reading that a Doc carries."""
    reading = doc.user_data[KEY]
    assert isinstance(reading, Reading)
    return reading


def make_doc(nlp: Language, request: Request) -> Doc:
    """Tokenise the English segments of a note into one Doc; no sentence crosses a segment."""
    reading = Reading(request, links=sorted(request.note.links, key=lambda link: link.start))
    reading.link_starts = [link.start for link in reading.links]
    words = reading.words
    spaces: list[bool] = []
    sentence_starts: list[bool | int | None] = []
    text = request.note.document.text
    for segment in segments(request.note.document):
        reading.segments.append(segment)
        reading.segment_starts.append(len(words))
        if segment.language != "en":
            continue
        line, positions = compact(text, segment.start, segment.end)
        first = len(words)
        for offset, piece in _pieces(line):
            for token in nlp.tokenizer(piece):
                if token.is_space:
                    continue
                place = offset + token.idx
                words.append(token.text)
                spaces.append(bool(token.whitespace_))
                reading.starts.append(positions[place])
                reading.ends.append(positions[place + len(token.text) - 1] + 1)
        if len(words) > first and line[-1] not in _SENTENCE_ENDS:
            words.append(".")  # a heading or a list item; the parser was trained on sentences that end
            spaces.append(False)
            reading.starts.append(segment.end)
            reading.ends.append(segment.end)
        sentence_starts += [True, *[None] * (len(words) - first - 1)] if len(words) > first else []
    doc = Doc(nlp.vocab, words=words, spaces=spaces, sent_starts=sentence_starts)
    doc.user_data[KEY] = reading
    return doc


def _pieces(line: str) -> Iterator[tuple[int, str]]:
    """Cut a line where no white space is for long: the tokenizer's time grows with the square of such runs."""
    if _LONG_RUN.search(line) is None:
        yield 0, line
        return
    for match in _RUN.finditer(line):
        yield match.start(), match[0]


def pack_parse(doc: Doc) -> bytes:
    """Return the statistical analysis of a Doc as bytes, to be kept and attached again."""
    return zlib.compress(doc.to_array(PARSE_ATTRIBUTES).tobytes(), 1)


def attach_parse(doc: Doc, parse: bytes | None) -> bool:
    """Put a stored analysis on a freshly tokenised Doc; False when there is none that fits its tokens."""
    if parse is None:
        return False
    rows = numpy.frombuffer(zlib.decompress(parse), dtype=numpy.uint64)
    if rows.size != len(doc) * len(PARSE_ATTRIBUTES):
        return False
    if len(doc):
        doc.from_array(PARSE_ATTRIBUTES, rows.reshape(len(doc), len(PARSE_ATTRIBUTES)))  # type: ignore[arg-type]
    return True


@Language.component("kg_tokens", requires=["token.tag", "token.dep", "token.head"], assigns=["doc._.kg_sentences"])
def fill_tokens(doc: Doc) -> Doc:
    """Copy the parse into the reading's lists and cut the note into sentences."""
    reading = reading_of(doc)
    strings = doc.vocab.strings
    names: dict[int, str] = {0: ""}

    def name(key: int) -> str:
        if key not in names:
            names[key] = strings[key]
        return names[key]

    rows = doc.to_array(PARSE_ATTRIBUTES).astype("int64").tolist() if len(doc) else []
    hashes = doc.to_array([TAG, DEP, ENT_TYPE]).tolist() if len(doc) else []
    reading.tags = [name(row[0]) for row in hashes]
    reading.dependencies = [name(row[1]) for row in hashes]
    reading.heads = [index + row[1] for index, row in enumerate(rows)]
    reading.children = [[] for _ in rows]
    for index, head in enumerate(reading.heads):
        if head != index:
            reading.children[head].append(index)
    reading.entity_spans = [(span.start, span.end, span.label_) for span in doc.ents]
    starts = [index for index, row in enumerate(rows) if row[5] == 1]
    reading.sentences = _sentences(reading, starts)
    return doc


def _sentences(reading: Reading, sentence_starts: list[int]) -> list[Sentence]:
    """Cut segments at the parser's sentence starts; a Chinese segment is a sentence as it is."""
    found: list[Sentence] = []
    boundaries = [*reading.segment_starts, len(reading.words)]
    block, index_in_block = None, 0
    for number, segment in enumerate(reading.segments):
        if segment.block is not block:
            block, index_in_block = segment.block, 0
        first, last = boundaries[number], boundaries[number + 1]
        cuts = sentence_starts[bisect.bisect_right(sentence_starts, first) : bisect.bisect_left(sentence_starts, last)]
        cuts = [cut for cut in cuts if not _inside_link(reading, reading.starts[cut])]
        edges = [first, *cuts, last] if segment.language == "en" else [first, first]
        for left, right in itertools.pairwise(edges):
            start = reading.starts[left] if left < right else segment.start
            end = reading.ends[right - 1] if left < right else segment.end
            floor = found[-1].end if found else 0
            quote_start, quote_end = _with_markup(reading, start, end, floor)
            if segment.block.kind == "table cell":
                quote_start, quote_end = segment.block.unit_start, segment.block.unit_end
            found.append(Sentence(left, right, quote_start, quote_end, start, end, segment, index_in_block))
            index_in_block += 1
    return found


def _with_markup(reading: Reading, start: int, end: int, floor: int) -> tuple[int, int]:
    """Widen a sentence over the markup that touches it: whole links, emphasis marks, code ticks."""
    note, text = reading.request.note, reading.text
    for place, is_start in ((start, True), (end, False)):
        index = bisect.bisect_left(reading.link_starts, place) - 1
        if index >= 0 and reading.links[index].end > place:
            link = reading.links[index]
            if not is_start:
                end = link.end
            elif link.start >= floor:
                start = link.start
    while start > floor and text[start - 1] == " " and not note.text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end] == " " and not note.text[end].isspace() and not _opens_link(reading, end):
        end += 1
    return start, end


def _opens_link(reading: Reading, position: int) -> bool:
    index = bisect.bisect_left(reading.link_starts, position)
    return index < len(reading.link_starts) and reading.link_starts[index] == position


def _inside_link(reading: Reading, position: int) -> bool:
    """Tell whether a place is inside a link's text, not where its markup begins: no sentence starts there."""
    index = bisect.bisect_left(reading.link_starts, position) - 1
    if index < 0 or reading.links[index].end <= position:
        return False
    link = reading.links[index]
    return bool(reading.text[link.start : position].strip())
