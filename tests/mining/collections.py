"""Collections of notes as values, made without a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.mining import Collection, MinedNote

__all__ = ["BASE", "collection", "note_iri"]

BASE = "https://noemata.example/v/"


def note_iri(name: str) -> str:
    return f"{BASE}note/{name}.md"


def collection(
    bearing: Mapping[str, Sequence[str]],
    tags: Mapping[str, Sequence[str]] | None = None,
    links: Sequence[tuple[str, str]] = (),
    created: Mapping[str, str] | None = None,
    people: Sequence[str] = (),
) -> Collection:
    """Return the collection of notes that speak of concepts, bear tags and link to one another, all by their names."""
    tags, created = tags or {}, created or {}
    names = sorted({*bearing, *tags, *created})
    things = {f"{BASE}entity/Concept/{thing}": thing for each in bearing.values() for thing in each}
    tagged = {f"{BASE}tag/{tag}": tag for each in tags.values() for tag in each}
    return Collection(
        notes=tuple(
            MinedNote(
                note_iri(name), f"{name}.md", name, created.get(name, ""), created.get(name, ""), f"{note_iri(name)}#it"
            )
            for name in names
        ),
        names={**things, **tagged, **{f"{note_iri(name)}#it": name for name in names}},
        tags={note_iri(name): tuple(f"{BASE}tag/{tag}" for tag in sorted(each)) for name, each in tags.items()},
        concepts={
            note_iri(name): tuple(f"{BASE}entity/Concept/{thing}" for thing in sorted(each))
            for name, each in bearing.items()
        },
        links=tuple(sorted((note_iri(one), note_iri(other)) for one, other in links)),
        statements=(),
        people=frozenset(f"{BASE}entity/Concept/{name}" for name in people),
    )
