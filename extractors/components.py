"""Our spaCy components by name, with what each needs and gives, so that a pipeline can be checked.

A component is made by its factory like any of spaCy's and then bound to what it works with (the
ontology's compiled hints), which no configuration file could hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from extractors.reading import Reading, reading_of

__all__ = ["COMPONENTS", "Component", "build_pipeline"]


class Traits(NamedTuple):
    """What a component reads and what it adds, in spaCy's notation."""

    requires: tuple[str, ...]
    assigns: tuple[str, ...]


COMPONENTS: Mapping[str, Traits] = {
    "kg_links": Traits(("doc._.kg_sentences",), ("doc._.kg_mentions",)),
    "kg_gazetteer": Traits(("doc._.kg_sentences", "doc._.kg_mentions"), ("doc._.kg_mentions",)),
    "kg_names": Traits(("doc._.kg_mentions",), ("doc._.kg_mentions",)),
    "kg_literals": Traits(("doc._.kg_sentences",), ("doc._.kg_literals",)),
    "kg_coreference": Traits(("doc._.kg_mentions",), ("doc._.kg_antecedents",)),
    "kg_definitions": Traits(("doc._.kg_mentions", "doc._.kg_antecedents"), ("doc._.kg_relations",)),
    "kg_relations": Traits(("doc._.kg_mentions", "doc._.kg_antecedents", "doc._.kg_literals"), ("doc._.kg_relations",)),
    "kg_stated": Traits(("doc._.kg_sentences",), ("doc._.kg_relations",)),
    "kg_settle": Traits(("doc._.kg_relations", "doc._.kg_mentions"), ("doc._.kg_relations", "doc._.kg_mentions")),
}
"""All components after `kg_tokens`, in the order in which they run."""


class Component:
    """A step of the pipeline; it does nothing until it is bound."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._step: Callable[[Reading], None] | None = None

    def bind(self, step: Callable[[Reading], None]) -> None:
        """Set what the component does with a reading."""
        self._step = step

    def __call__(self, doc: Doc) -> Doc:
        """Run the step on the reading that the Doc carries."""
        if self._step is not None:
            self._step(reading_of(doc))
        return doc


def _register(name: str, traits: Traits) -> None:
    @Language.factory(name, requires=list(traits.requires), assigns=list(traits.assigns))
    def make(nlp: Language, name: str) -> Component:
        return Component(name)


for _name, _traits in COMPONENTS.items():
    _register(_name, _traits)


def build_pipeline(nlp: Language, steps: Mapping[str, Callable[[Reading], None]]) -> Language:
    """Return a pipeline of our components on a model's vocabulary, each bound to its step."""
    ours = Language(vocab=nlp.vocab)
    ours.add_pipe("kg_tokens")
    for name in COMPONENTS:
        component = ours.add_pipe(name)
        assert isinstance(component, Component)
        component.bind(steps[name])
    return ours
