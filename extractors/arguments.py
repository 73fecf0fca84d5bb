"""What an argument of a trigger names: a known mention, a name nobody knew yet, or something said before."""

from __future__ import annotations

from collections.abc import Iterator

from extractors.names import is_name_like
from extractors.reading import LiteralMention, Reading, Sentence
from kg.model import Mention
from kg.ontology import Ontology

__all__ = ["PROPER", "Arguments"]

PROPER = "proper 0.1.0"
"""Name and version of mentions made because an argument looks like a proper name."""

_CERTAINTY_PROPER = 0.85
_CERTAINTY_REFERENCE = 0.8
_NAME_TAGS = ("NNP", "NNPS", "NN", "CD", "NNS", "FW", "HYPH", "JJ", "XX", "ADD")


class Arguments:
    """Finds the mention, or the literal, that the head token of a phrase stands for."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology

    def mentions(self, reading: Reading, sentence: Sentence, token: int, depth: int = 0) -> Iterator[Mention]:
        """Yield what a phrase's head token names: usually one mention, none for a common noun."""
        if token == sentence.first and reading.tags[token].startswith("VB") or (
            reading.heads[token] == token and reading.tags[token].startswith("NN") and token not in reading.mention_at
        ):
            if reading.antecedents.get(-1) is not None and sentence.first <= token < sentence.last:
                yield reading.antecedents[-1]
            return
        known = reading.mention_at.get(token)
        if known is not None:
            yield known
            return
        if token in reading.antecedents:
            yield reading.antecedents[token]
            return
        yield from self._named_noun(reading, sentence, token, depth)

    def _named_noun(self, reading: Reading, sentence: Sentence, token: int, depth: int) -> Iterator[Mention]:
        """Yield the name in `the Tidepool project` or `database Neo4j`, or a proper name nobody knew."""
        noun = reading.words[token]
        class_iri = self._ontology.class_named(noun)
        for child in reading.children[token]:
            if reading.dependencies[child] in ("compound", "appos", "nmod", "amod") and child in reading.mention_at:
                mention = reading.mention_at[child]
                is_kind = class_iri is not None and (
                    mention.class_iri is None
                    or self._ontology.is_subclass(mention.class_iri, class_iri)
                    or self._ontology.is_subclass(class_iri, mention.class_iri)
                )
                if is_kind or reading.dependencies[child] == "appos":
                    yield mention
                    return
        proper = self._proper_name(reading, token)
        if proper is not None:
            yield proper
            return
        yield from self._said_of(reading, sentence, token, depth)

    def _said_of(self, reading: Reading, sentence: Sentence, token: int, depth: int) -> Iterator[Mention]:
        """Yield what a common noun is said of: `Oxigraph, a database written …`, `Oxigraph is a database written …`."""
        head, dependency = reading.heads[token], reading.dependencies[token]
        if depth > 2 or head == token:
            return
        if dependency == "appos":
            yield from self.mentions(reading, sentence, head, depth + 1)
        elif dependency == "attr" and reading.words[head].lower() in ("is", "was", "are", "were", "'s"):
            for subject in reading.children[head]:
                if reading.dependencies[subject] == "nsubj":
                    yield from self.mentions(reading, sentence, subject, depth + 1)

    def _proper_name(self, reading: Reading, token: int) -> Mention | None:
        """Make a mention of a phrase that is written as a name, the head and what is joined to its left."""
        if not _looks_proper(reading, token):
            return None
        first = token
        while (
            first > 0
            and first - 1 not in reading.mention_at
            and reading.heads[first - 1] == token
            and reading.dependencies[first - 1] in ("compound", "nmod", "amod", "nummod")
            and reading.words[first - 1][:1].isupper()
        ):
            first -= 1
        start, end = reading.starts[first], reading.ends[token]
        text = " ".join(reading.text[start:end].split())
        return Mention(start, end, text, None, None, 0.6, PROPER) if is_name_like(text) else None

    def literals(self, reading: Reading, token: int, kind: str | None) -> Iterator[LiteralMention]:
        """Yield the literal a phrase holds, of the kind that the property wants."""
        span = [token, *sorted(c for c in reading.children[token] if reading.dependencies[c] in ("nummod", "compound", "nmod", "appos", "amod", "npadvmod"))]
        for place in span:
            literal = reading.literal_at.get(place)
            if literal is not None and (kind in (None, "text") or literal.kind == kind):
                yield literal
                return

    @staticmethod
    def certainty(mention: Mention) -> float:
        """Return how sure it is that a mention is what it seems, as a factor in (0, 1]."""
        if mention.extractor == PROPER:
            return _CERTAINTY_PROPER
        return _CERTAINTY_REFERENCE if mention.extractor.startswith("reference") else 1.0


def _looks_proper(reading: Reading, token: int) -> bool:
    word, tag = reading.words[token], reading.tags[token]
    if not tag.startswith(_NAME_TAGS) or len(word) < 2:
        return False
    inner_capital = any(character.isupper() for character in word[1:]) and not word.isupper()
    return inner_capital or (word[0].isupper() and tag.startswith("NNP"))
