"""The fields of what decisions are about: one table for RDF, for JSON and for the hash that names a decision."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import cast

from kg.decisions.model import (
    Decision,
    Likeness,
    Merging,
    Naming,
    Pair,
    Passage,
    Prediction,
    Splitting,
    Target,
    Typing,
    Undoing,
    Word,
)
from kg.errors import InputError
from kg.rdf import KG, RDF, XSD, Literal, NamedNode

__all__ = ["TARGETS", "Field", "Json", "from_json", "target_name", "to_json", "unknown_keys"]

Json = Mapping[str, object]

FieldKind = OneOf["iri", "iris", "term", "text", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a target: its name, what it holds, the property it is written with, and if there is always one.

    One that may be absent has a default in its class.
    """

    name: str
    kind: FieldKind
    property: NamedNode
    is_needed: bool = True


_SUBJECT = Field("subject", "iri", RDF["subject"])
_PREDICATE = Field("predicate", "iri", RDF["predicate"])
_OBJECT = Field("object", "term", RDF["object"])
_ENTITY = Field("entity", "iri", KG["ofEntity"])
_ENTITY_IF_ANY = Field("entity", "iri", KG["ofEntity"], is_needed=False)
_EXTRACTOR = Field("extractor", "text", KG["extractor"], is_needed=False)
_CUE = Field("cue", "text", KG["cue"], is_needed=False)
_WORD = Field("word", "text", KG["linkedWord"], is_needed=False)

TARGETS: Mapping[str, tuple[type[Target], tuple[Field, ...]]] = {
    "passage": (
        Passage,
        (
            Field("note", "iri", KG["inNote"]),
            _SUBJECT,
            _PREDICATE,
            _OBJECT,
            Field("quote", "text", KG["quote"]),
            Field("before", "text", KG["textBefore"], is_needed=False),
            Field("after", "text", KG["textAfter"], is_needed=False),
            Field("number", "integer", KG["occurrence"]),
            _EXTRACTOR,
            _CUE,
            _WORD,
        ),
    ),
    "likeness": (Likeness, (_PREDICATE, Field("extractor", "text", KG["extractor"]), _CUE, _WORD, _ENTITY_IF_ANY)),
    "word": (Word, (Field("word", "text", KG["linkedWord"]), _ENTITY_IF_ANY)),
    "pair": (Pair, (Field("left", "iri", RDF["subject"]), Field("right", "iri", RDF["object"]))),
    "prediction": (Prediction, (_SUBJECT, _PREDICATE, _OBJECT)),
    "typing": (Typing, (_ENTITY, Field("class_iri", "iri", KG["newClass"]))),
    "naming": (Naming, (_ENTITY, Field("label", "text", KG["newName"]))),
    "merging": (Merging, (Field("keep", "iri", KG["keptEntity"]), Field("other", "iri", KG["mergedEntity"]))),
    "splitting": (
        Splitting,
        (
            _ENTITY,
            Field("members", "iris", KG["splitMember"], is_needed=False),
            Field("notes", "iris", KG["inNote"], is_needed=False),
            Field("is_together", "boolean", KG["isTogether"], is_needed=False),
        ),
    ),
    "undoing": (Undoing, (Field("decision", "iri", KG["undoes"]),)),
}
"""What decisions are about, by the name that JSON and RDF use, with its fields in order."""

_NAMES: Mapping[type, str] = {cls: name for name, (cls, _) in TARGETS.items()}
_DECISION_KEYS = frozenset({"kind", "number", "time", "author", "reason", "supersedes", "target"})


def target_name(target: Target) -> str:
    """Return what kind of thing a decision is about, in a word."""
    return _NAMES[type(target)]


# --- JSON


def to_json(decision: Decision, write: Callable[[NamedNode], str]) -> dict[str, object]:
    """Write a decision as JSON values; `write` says how IRIs are written. What is at its default is left out.

    What has no order is sorted as it is written, so the hash of it is the same for every base.
    """
    target: dict[str, object] = {"type": target_name(decision.target)}
    for field in TARGETS[target_name(decision.target)][1]:
        value = getattr(decision.target, field.name)
        if field.is_needed or value:
            target[field.name] = _value_to_json(value, write)
    if isinstance(decision.target, Pair):
        target["left"], target["right"] = sorted((str(target["left"]), str(target["right"])))
    found: dict[str, object] = {
        "kind": decision.kind,
        "number": decision.number,
        "time": decision.time,
        "author": decision.author,
    }
    if decision.reason:
        found["reason"] = decision.reason
    if decision.supersedes:
        found["supersedes"] = sorted(write(iri) for iri in decision.supersedes)
    return found | {"target": target}


def _value_to_json(value: object, write: Callable[[NamedNode], str]) -> object:
    if isinstance(value, NamedNode):
        return write(value)
    if isinstance(value, Literal):
        found = {"literal": value.value, "language": value.language, "datatype": write(value.datatype)}
        if value.direction is not None:
            found["direction"] = value.direction.value
        if value.language is not None or value.datatype == XSD["string"]:
            del found["datatype"]
        return {key: content for key, content in found.items() if content is not None}
    if isinstance(value, tuple):
        return sorted(write(cast(NamedNode, iri)) for iri in value)
    return value


def from_json(found: object, read: Callable[[str], NamedNode]) -> Decision:
    """Read a decision as `to_json` writes it; `read` makes IRIs of texts.

    Raises:
        InputError: it is none; the message names the field.
    """
    row = _object(found, "a decision")
    unknown_keys(row, _DECISION_KEYS, "a decision")
    target = _object(row.get("target"), "target")
    name = _text(target, "type")
    if name not in TARGETS:
        raise InputError(f"target of type {name!r}: a decision is about one of {', '.join(TARGETS)}")
    cls, fields = TARGETS[name]
    unknown_keys(target, {"type", *(field.name for field in fields)}, f"a {name}")
    values = {
        field.name: _value_from_json(target, field, read) for field in fields if field.is_needed or field.name in target
    }
    return Decision(
        _text(row, "kind"),  # type: ignore[arg-type]  # Decision refuses what is no kind
        cls(**values),  # type: ignore[arg-type]
        _text(row, "author"),
        _text(row, "time"),
        _integer(row, "number"),
        _text(row, "reason") if "reason" in row else "",
        _iris(row, "supersedes", read) if "supersedes" in row else (),
    )


def _value_from_json(row: Json, field: Field, read: Callable[[str], NamedNode]) -> object:
    match field.kind:
        case "iri":
            return _iri(row.get(field.name), field.name, read)
        case "iris":
            return _iris(row, field.name, read)
        case "integer":
            return _integer(row, field.name)
        case "boolean":
            value = row.get(field.name)
            if not isinstance(value, bool):
                raise InputError(f"{field.name} is {value!r}: it must be true or false")
            return value
        case "text":
            return _text(row, field.name)
        case "term":
            value = row.get(field.name)
            return _literal(value, field.name, read) if isinstance(value, dict) else _iri(value, field.name, read)


def _literal(row: Json, name: str, read: Callable[[str], NamedNode]) -> Literal:
    unknown_keys(row, {"literal", "language", "datatype", "direction"}, name)
    if "direction" in row:
        raise InputError(f"{name} has a direction: no note says such a text")
    text = _text(row, "literal")
    try:
        if "language" in row:
            return Literal(text, language=_text(row, "language"))
        return Literal(text, datatype=_iri(row["datatype"], "datatype", read) if "datatype" in row else None)
    except ValueError as error:
        raise InputError(f"{name} is no literal: {error}") from error


def _object(value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise InputError(f"{name} is {_shown(value)}: it must be an object")
    return value


def _text(row: Json, name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name} is {_shown(value)}: it must be a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{name} is no text: {error.reason}") from error
    return value


def _integer(row: Json, name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(f"{name} is {_shown(value)}: it must be a whole number")
    return value


def _iri(value: object, name: str, read: Callable[[str], NamedNode]) -> NamedNode:
    if not isinstance(value, str):
        raise InputError(f"{name} is {_shown(value)}: it must be an IRI")
    try:
        return read(value)
    except ValueError as error:
        raise InputError(f"{name} is {value!r}, which is no IRI: {error}") from error


def _iris(row: Json, name: str, read: Callable[[str], NamedNode]) -> tuple[NamedNode, ...]:
    value = row.get(name)
    if not isinstance(value, list):
        raise InputError(f"{name} is {_shown(value)}: it must be a list of IRIs")
    return tuple(_iri(item, name, read) for item in value)


def _shown(value: object) -> str:
    return "missing" if value is None else json.dumps(value, ensure_ascii=False)[:80]


def unknown_keys(row: Json, known: Iterable[str], name: str) -> None:
    """Raise InputError for a key that an object does not have."""
    unknown = sorted(row.keys() - set(known))
    if unknown:
        raise InputError(f"{name} has no {unknown[0]!r}: it has {', '.join(sorted(known))}")
