"""Relations by the ontology's triggers over the dependency parse.

Subject-verb-object, passive with agent, prepositions, participles, appositions, possessives,
copulas, conjunctions and relative clauses; labels as in the ClearNLP scheme of spaCy's English models.
"""

from __future__ import annotations

from collections.abc import Iterator

from extractors.arguments import Arguments
from extractors.factuality import asserts, sentence_asserts
from extractors.lemmas import Lemmas
from extractors.reading import IMPLIED, LiteralMention, Reading, Sentence
from extractors.triggers import Trigger, TriggerIndex
from kg.model import Mention, RelationCandidate

__all__ = ["TRIGGERS", "find_relations"]

TRIGGERS = "triggers 0.1.0"
"""Name and version that evidence carries."""

Argument = Mention | LiteralMention
Pair = tuple[list[int], list[int], int]
"""Head tokens of the subjects, head tokens of the objects, and the token whose clause says it."""

_NOT_A_ROLE = frozenset({"part", "component", "module", "subset"})
"""Nouns with which `as … of` says how, not what somebody is (`executed as part of the purge`)."""

_RELATIVE_PRONOUNS = frozenset({"who", "which", "that", "whom"})
_REACH = 6
"""How many words on a preposition may stand that the parser hung on a word between (`worked as a cook for X`)."""

_SINCE = {
    "on": ("on", "in"),
    "in": ("in", "on"),
    "since": ("since", "in"),
    "at": ("at", "in", "for"),
    "for": ("for", "at"),
}


def find_relations(
    reading: Reading, index: TriggerIndex, lemmas: Lemmas, arguments: Arguments
) -> Iterator[RelationCandidate]:
    """Yield the relations that the triggers find, sentence by sentence."""
    for sentence in reading.sentences:
        if sentence.segment.language != "en" or not sentence_asserts(reading, sentence):
            continue
        reader = _SentenceReader(reading, sentence, lemmas)
        for token in range(sentence.first, sentence.last):
            for trigger, pairs in reader.matches(token, index):
                for subjects, objects, clause in pairs:
                    if not asserts(reading, sentence, clause, lemmas):
                        continue
                    yield from _candidates(reading, sentence, trigger, subjects, objects, arguments)


def _candidates(
    reading: Reading,
    sentence: Sentence,
    trigger: Trigger,
    subjects: list[int],
    objects: list[int],
    arguments: Arguments,
) -> Iterator[RelationCandidate]:
    lefts = [m for token in subjects for m in arguments.mentions(reading, sentence, token)]
    for token in objects:
        rights: list[Argument] = (
            list(arguments.literals(reading, token, trigger.value_kind))
            if trigger.is_data
            else list(arguments.mentions(reading, sentence, token))
        )
        for left in lefts:
            for right in rights:
                if isinstance(right, Mention) and (left.start, left.end) == (right.start, right.end):
                    continue
                yield RelationCandidate(
                    subject=left,
                    predicate=trigger.predicate,
                    object=right if isinstance(right, Mention) else right.value,
                    object_text=right.text,
                    start=sentence.start,
                    end=sentence.end,
                    confidence=round(
                        trigger.confidence
                        * arguments.certainty(left)
                        * (arguments.certainty(right) if isinstance(right, Mention) else 1),
                        4,
                    ),
                    extractor=TRIGGERS,
                    cue=trigger.cue,
                )


class _SentenceReader:
    """The grammar: where the subject and the object of a trigger stand in one sentence."""

    def __init__(self, reading: Reading, sentence: Sentence, lemmas: Lemmas) -> None:
        self.reading, self.sentence, self.lemmas = reading, sentence, lemmas
        self.words, self.tags = reading.words, reading.tags
        self.dependencies, self.heads, self.children = reading.dependencies, reading.heads, reading.children

    def matches(self, token: int, index: TriggerIndex) -> Iterator[tuple[Trigger, list[Pair]]]:
        """Yield each trigger whose word a token is, with the places of its arguments."""
        tag, word = self.tags[token], self.words[token].lower()
        if tag.startswith("VB"):
            for trigger in index.verbs.get(self.lemmas.lemma(word, "verb"), ()):
                yield trigger, list(self._verb(token, trigger))
        elif tag.startswith("NN"):
            for trigger in index.nouns.get(self.lemmas.lemma(word, "noun"), ()):
                yield trigger, list(self._noun(token, trigger))
        elif tag.startswith("JJ") or tag in ("RB", "IN"):
            for trigger in index.words.get(word, ()):
                yield trigger, list(self._adjective(token, trigger))

    # --- verbs and participles

    def _verb(self, verb: int, trigger: Trigger) -> Iterator[Pair]:
        participle = self._is_passive(verb)
        named_participle = not self.lemmas.is_verb(trigger.word) or trigger.rest[:1] == ("by",)
        if participle:
            agents = [o for child in self._child(verb, ("by",)) for o in self._objects_of_preposition(child)]
            if (trigger.rest and named_participle) or (trigger.rest and trigger.rest != ("by",)):
                ends = self._chain(verb, trigger)
                yield self._patients(verb), ends, verb
            elif not trigger.rest:
                yield agents, self._patients(verb), verb
            return
        if trigger.rest == ("by",):
            yield self._direct_objects(verb), self._subjects(verb), verb
            return
        if named_participle:
            return
        ends = self._chain(verb, trigger) if trigger.rest else self._direct_objects(verb)
        yield self._subjects(verb), ends, verb

    def _is_passive(self, verb: int) -> bool:
        if any(self.dependencies[c] in ("nsubjpass", "auxpass") for c in self.children[verb]):
            return True
        if self.tags[verb] == "VBD" and self.dependencies[verb] == "acl":
            return True  # `the list, delegated to Mira, …`, tagged as past tense
        if self.tags[verb] != "VBN":
            return False
        if self.dependencies[verb] == "conj" and not any(
            self.dependencies[c] in ("nsubj", "aux") for c in self.children[verb]
        ):
            return self._is_passive(self.heads[verb])
        return not any(
            self.dependencies[c] == "aux" and self.words[c].lower() in ("has", "have", "had", "'ve", "'s")
            for c in self.children[verb]
        )

    def _direct_objects(self, verb: int) -> list[int]:
        found = [
            c
            for c in self.children[verb]
            if self.dependencies[c] in ("dobj", "oprd", "attr")
            or (self.dependencies[c] == "xcomp" and c in self.reading.mention_at)  # `uses scikit-learn`
        ]
        return self._with_conjuncts(self._resolve_relative(found, verb))

    def _subjects(self, verb: int, depth: int = 0) -> list[int]:
        """Return the heads of who does it: own subject, the relative's antecedent, or the governing clause's."""
        own = [c for c in self.children[verb] if self.dependencies[c] in ("nsubj", "csubj")]
        if own:
            return self._with_conjuncts(self._resolve_relative(own, verb))
        head, dependency = self.heads[verb], self.dependencies[verb]
        if depth > 4 or head == verb:
            return [IMPLIED] if self._opens_sentence(verb) else []
        if dependency == "conj" and self.tags[head].startswith("VB"):
            return self._patients(head, depth + 1) if self._is_passive(head) else self._subjects(head, depth + 1)
        if dependency == "xcomp":
            return self._subjects(head, depth + 1)
        if dependency in ("acl", "relcl") and self.tags[verb] in ("VBG", "VBZ", "VBP", "VBD"):
            return self._with_conjuncts([head])
        return []

    def _patients(self, verb: int, depth: int = 0) -> list[int]:
        """Return the heads of what a passive verb is done to."""
        own = [c for c in self.children[verb] if self.dependencies[c] in ("nsubjpass", "nsubj")]
        if own:
            return self._with_conjuncts(self._resolve_relative(own, verb))
        head, dependency = self.heads[verb], self.dependencies[verb]
        if depth > 4 or head == verb:
            return [IMPLIED] if self._opens_sentence(verb) else []
        if dependency == "conj" and self.tags[head].startswith("VB"):
            return self._patients(head, depth + 1) if self._is_passive(head) else self._subjects(head, depth + 1)
        if dependency in ("acl", "relcl", "amod"):
            return self._with_conjuncts([head]) if dependency != "amod" else []
        if dependency == "acomp":
            return self._subjects(head, depth + 1)
        if dependency == "advcl" and self.tags[verb] == "VBN":
            return self._patients(head, depth + 1) if self._is_passive(head) else self._subjects(head, depth + 1)
        return []

    def _opens_sentence(self, verb: int) -> bool:
        """Tell whether a clause without a subject opens the sentence, as in `Uses Rust` and `Written in Rust`."""
        return verb == self.sentence.first and self.tags[verb] in ("VBZ", "VBN", "VBD")

    def _resolve_relative(self, tokens: list[int], verb: int) -> list[int]:
        """Put the antecedent in the place of who, which and that."""
        found = []
        for token in tokens:
            if self.words[token].lower() in _RELATIVE_PRONOUNS and self.tags[token] in ("WDT", "WP", "IN", "DT"):
                clause = verb
                while self.dependencies[clause] in ("conj", "xcomp") and self.heads[clause] != clause:
                    clause = self.heads[clause]
                if self.dependencies[clause] == "relcl":
                    found.append(self._antecedent(clause))
                continue
            found.append(token)
        return found

    def _antecedent(self, clause: int) -> int:
        """Return the head that a relative clause is said of: in `A, B and C, which is …` the last one, C."""
        head = self.heads[clause]
        verbs = [clause, *(c for c in self.children[clause] if self.dependencies[c] in ("aux", "auxpass"))]
        is_singular = any(self.tags[v] == "VBZ" or self.words[v].lower() == "was" for v in verbs)
        before = [token for token in self._with_conjuncts([head]) if token < clause]
        return max(before) if is_singular and before else head

    def _with_conjuncts(self, tokens: list[int]) -> list[int]:
        found = list(tokens)
        for token in found:
            found += [
                c
                for c in self.children[token]
                if self.dependencies[c] == "conj"
                and c not in found
                and not self._is_negated_conjunct(token)
                and not any(self.dependencies[n] == "neg" for n in self.children[c])
            ]
        return found

    def _is_negated_conjunct(self, token: int) -> bool:
        return any(
            self.words[c].lower() in ("not", "nor") and self.dependencies[c] in ("cc", "neg", "advmod")
            for c in self.children[token]
        )

    # --- prepositions and chains

    def _chain(self, token: int, trigger: Trigger) -> list[int]:
        """Follow the words that lead from a trigger to its object and return the object's heads."""
        ends = [token]
        words = [w for w in trigger.rest if not w.startswith("<")]
        for position, word in enumerate(words):
            last = position == len(words) - 1
            alternatives = _SINCE.get(word, (word,)) if last and trigger.value_kind == "date" else (word,)
            ends = [child for end in ends for child in self._child(end, alternatives)]
        return [o for end in ends for o in (self._objects_of_preposition(end) if words else [])]

    def _child(self, token: int, words: tuple[str, ...]) -> list[int]:
        own = [c for c in self.children[token] if self.words[c].lower() in words]
        if own:
            return own
        nested = [
            c
            for c in self.children[token]
            if self.dependencies[c] in ("prt", "advmod", "dobj", "npadvmod", "prep", "agent") and c > token
        ]
        below = [d for c in nested for d in self.children[c]]
        below += [
            e
            for c in nested
            if self.dependencies[c] in ("prep", "agent")
            for d in self.children[c]
            for e in self.children[d]
        ]
        near = [
            g
            for g in below
            if self.words[g].lower() in words and 0 < g - token <= _REACH and self.dependencies[g] in ("prep", "agent")
        ]
        return sorted(near)[:1]

    def _objects_of_preposition(self, token: int) -> list[int]:
        found = [c for c in self.children[token] if self.dependencies[c] in ("pobj", "dobj", "pcomp", "attr", "obl")]
        following = token + 1
        if (
            not found
            and following < self.sentence.last
            and (following in self.reading.literal_at or following in self.reading.mention_at)
        ):
            return [following]  # the parser often leaves a date or an unusual name outside its preposition
        return self._with_conjuncts(found)

    # --- nouns

    def _noun(self, noun: int, trigger: Trigger) -> Iterator[Pair]:
        if any(w.startswith("<") for w in trigger.rest):
            before = {self.words[c].lower() for c in self.children[noun] if c < noun}
            if not all(w[1:] in before for w in trigger.rest if w.startswith("<")):
                return
        if not trigger.rest:
            return
        of = self._chain(noun, trigger)
        owners = of or (
            [c for c in self.children[noun] if self.dependencies[c] == "poss"]
            if trigger.rest[-1] in ("of", "for", "at")
            else []
        )
        if not owners:
            return
        for bearers, clause in self._bearers(noun, trigger):
            yield (owners, bearers, clause) if trigger.inverted else (bearers, owners, clause)

    def _bearers(self, noun: int, trigger: Trigger) -> Iterator[tuple[list[int], int]]:
        """Yield who a role noun is said of, with the token whose clause says it."""
        head, dependency = self.heads[noun], self.dependencies[noun]
        appositions = [c for c in self.children[noun] if self.dependencies[c] == "appos"]
        if appositions:
            yield self._with_conjuncts(appositions), noun
        if dependency == "appos" or (dependency in ("compound", "nmod") and head > noun):
            yield [head], noun
        elif dependency in ("attr", "oprd") and self.tags[head].startswith("VB"):
            yield self._subjects(head), head
        elif dependency == "conj" and self.dependencies[head] in ("attr", "appos"):
            yield from self._bearers(head, trigger)
        elif dependency in ("nsubj", "nsubjpass") and self._is_copula(head):
            yield (
                self._with_conjuncts(
                    [
                        c
                        for c in self.children[head]
                        if self.dependencies[c] in ("attr", "acomp", "npadvmod") and c != noun
                    ]
                ),
                head,
            )
        elif dependency == "pobj" and self.words[head].lower() == "as" and trigger.word not in _NOT_A_ROLE:
            verb = self.heads[head]
            if self.tags[verb].startswith("VB"):
                yield (self._patients(verb) if self._is_passive(verb) else self._subjects(verb)), verb
        elif head == noun and self._opens_fragment(noun):
            yield [IMPLIED], noun

    def _opens_fragment(self, noun: int) -> bool:
        """Tell whether a noun heads a sentence without a verb and nothing but articles stands before it."""
        before = range(self.sentence.first, noun)
        return all(self.dependencies[t] in ("det", "amod") and t not in self.reading.mention_at for t in before)

    def _is_copula(self, verb: int) -> bool:
        return self.words[verb].lower() in ("is", "are", "was", "were", "'s", "be", "been", "remains", "became")

    # --- adjectives: `based in`, `similar to`, `close to`

    def _adjective(self, token: int, trigger: Trigger) -> Iterator[Pair]:
        if not trigger.rest:
            return
        ends = self._chain(token, trigger)
        head, dependency = self.heads[token], self.dependencies[token]
        if dependency in ("acomp", "attr", "prep", "advmod") and self.tags[head].startswith("VB"):
            yield self._subjects(head), ends, head
        elif dependency in ("amod", "acl", "relcl", "appos") and head != token:
            yield [head], ends, token
        elif head == token:
            yield self._patients(token), ends, token
