"""Reading the settings of a home from defaults, `kg.toml`, the environment and flags, and changing one in `kg.toml`.

Nothing reads a setting at import, and a key or a value that is not right is an error, never replaced.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kg.config.sections import Config, ResolveSettings, Value
from kg.errors import ConfigError

__all__ = ["default_text", "load_config", "with_setting"]

_SECTIONS: Mapping[str, type] = get_type_hints(Config)
_TYPES: Mapping[str, Any] = {
    f"{section}.{each.name}": get_type_hints(kind)[each.name]
    for section, kind in _SECTIONS.items()
    for each in fields(kind)
}
_LOWEST: Mapping[str, int] = {"resolution.block_size": 1, "vectors.threads": 1, "search.hops": 1,
    "search.encoded_at_once": 1,
}  # fmt: skip
_HIGHEST: Mapping[str, float] = {"extract.min_confidence": 1, "review.below": 1, "serve.port": 65535,
    "recommend.diversity": 1, "recommend.restart": 1, "search.diversity": 1,
}  # fmt: skip
_VARIABLES: Mapping[str, str] = (
    {"KG_STORE": "home.store"}
    | {f"NEO4J_{name.upper()}": f"neo4j.{name}" for name in ("uri", "username", "password", "database")}
    | {"KG_" + name.upper().replace(".", "_"): name for name in _TYPES}
)
_SECRET = frozenset({"neo4j.password", "neo4j.uri"})
"""Settings whose value no message repeats."""
_BOOLEANS: Mapping[str, bool] = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def default_text() -> str:
    """Return `kg/defaults.toml`: every setting with its default, unit and comment."""
    return resources.files("kg").joinpath("defaults.toml").read_text("utf-8")


@cache
def _defaults() -> Mapping[str, Value]:
    return MappingProxyType(_read("defaults.toml", default_text()))


def load_config(path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Value | None]) -> Config:
    """Return the settings in force.

    Args:
        path: a `kg.toml`; one that does not exist says nothing.
        environ: the environment; `KG_QUERY_MAX_ROWS` sets `query.max_rows`.
        overrides: settings by `section.key`, from flags; None says nothing.

    Raises:
        ConfigError: an unknown key or a value of the wrong kind, with its place and the nearest key.
    """
    values = dict(_defaults())
    if path is not None and path.is_file():
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: the settings cannot be read: {error}") from error
        values |= _read(str(path), text)
    for variable, raw in environ.items():
        name = _VARIABLES.get(variable)
        if name is not None:
            values[name] = _checked(name, _from_text(name, raw), variable)
        elif variable.startswith(tuple(f"KG_{section.upper()}_" for section in _SECTIONS)):
            raise ConfigError(f"environment: no setting is called {variable}.{_nearest(variable, _VARIABLES)}")
    for name, value in overrides.items():
        if name not in _TYPES:
            raise ConfigError(f"No setting is called {name!r}.{_nearest(name, _TYPES)}")
        if value is not None:
            values[name] = _checked(name, value, name)
    sections = {
        section: kind(**{each.name: values[f"{section}.{each.name}"] for each in fields(kind)})
        for section, kind in _SECTIONS.items()
    }
    config = Config(**sections)
    _check_zones(config.resolution)
    return config


def _check_zones(resolution: ResolveSettings) -> None:
    merge, review = resolution.merge, resolution.review
    if not 0 < review <= merge < 1:
        raise ConfigError(
            f"resolution.review must be above 0 and at most resolution.merge, and that below 1; "
            f"they are {review:g} and {merge:g}."
        )


def with_setting(text: str, name: str, value: Value) -> str:
    """Return the text of a `kg.toml` with one setting changed or added; the rest stays as it was written.

    Raises:
        ConfigError: the text or the value is not right.
    """
    section, _, key = name.partition(".")
    value = _checked(name, value, name)
    # JSON's texts, numbers and booleans are TOML's, but for an unescaped DEL.
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
    before = _read("kg.toml", text)
    lines = text.splitlines(keepends=True)
    headers = [number for number, row in enumerate(lines) if re.match(rf"\s*\[\s*{section}\s*\]", row)]
    if not headers:
        parted = not text or text.endswith("\n\n")
        lines.append(f"{'' if parted else chr(10) if text.endswith(chr(10)) else chr(10) * 2}[{section}]\n{line}\n")
    else:
        start = headers[0] + 1
        end = next((n for n in range(start, len(lines)) if re.match(r"\s*\[", lines[n])), len(lines))
        written = [n for n in range(start, end) if re.match(rf"\s*{key}\s*=", lines[n])]
        lines[written[0] if written else start : written[0] + 1 if written else start] = [f"{line}\n"]
    changed = "".join(lines)
    with contextlib.suppress(ConfigError):
        if _read("kg.toml", changed) == before | {name: value}:
            return changed
    raise ConfigError(f"kg.toml: {name} is written in a way that cannot be changed here; write `{line}` yourself.")


def _read(source: str, text: str) -> dict[str, Value]:
    """Return the settings of a TOML text by `section.key`, all of them known and of the right kind."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = f"{source}:{found[1]}:{found[2]}" if found else source
        raise ConfigError(f"{place}: not TOML: {re.sub(r' *[(]at .*[)]$', '', str(error))}") from error
    values: dict[str, Value] = {}
    for section, content in document.items():
        if section not in _SECTIONS:
            place = _place(source, text, section, "")
            raise ConfigError(f"{place}: no section is called [{section}].{_nearest(section, _SECTIONS)}")
        if not isinstance(content, dict):
            place = _place(source, text, section, "")
            raise ConfigError(f"{place}: {section} is a section, written [{section}], not a setting.")
        for key, value in content.items():
            name = f"{section}.{key}"
            if name not in _TYPES:
                place = _place(source, text, section, key)
                raise ConfigError(f"{place}: no setting is called {name!r}.{_nearest(name, _TYPES)}")
            values[name] = _checked(name, value, f"{_place(source, text, section, key)}: {name}")
    return values


def _checked(name: str, value: Any, place: str) -> Value:
    """Return a value of the setting's own type; an integer is a number too."""
    kind = _TYPES[name]
    given = "another value" if name in _SECRET else json.dumps(value, default=str)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            known = " or ".join(json.dumps(choice) for choice in get_args(kind))
            raise ConfigError(f"{place} must be {known}, not {given}.")
        return str(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        wanted = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}[kind]
        raise ConfigError(f"{place} must be {wanted}, not {given}.")
    if isinstance(value, int | float) and kind is not bool:
        high = _HIGHEST.get(name, sys.float_info.max)
        low = _LOWEST.get(name, 0)
        if not low <= value <= high:
            bound = f"from {low} to {high:g}" if name in _HIGHEST else f"at least {low}"
            raise ConfigError(f"{place} must be {bound}, not {value:g}.")
    if name == "home.base" and value and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*/", value):
        raise ConfigError(f"{place} must be an absolute IRI that ends in '/', not {json.dumps(value)}.")
    if name == "neo4j.uri" and "@" in value:
        raise ConfigError(
            f"{place} must hold no user and no password: those are neo4j.username and the variable NEO4J_PASSWORD."
        )
    return value  # type: ignore[no-any-return]


def _from_text(name: str, raw: str) -> Any:
    """Return an environment variable's text as the setting's type, or as it is if it does not fit."""
    kind = _TYPES[name]
    if kind is bool:
        return _BOOLEANS.get(raw.strip().lower(), raw)
    if kind in (int, float):
        try:
            return kind(raw)
        except ValueError:
            return raw
    return raw


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    match = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {match[0]!r}?" if match else f" Known: {', '.join(sorted(known))}."


def _place(source: str, text: str, section: str, key: str) -> str:
    """Return `file:line` of a key (or of a section, without a key), as far as a look at the lines tells."""
    current = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header = re.match(r"\s*\[\s*\"?([^\]\"]+?)\"?\s*\]", line)
        if header:
            current = header[1]
            if current == section and not key:
                return f"{source}:{number}"
        written = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if written:
            name = written[1].replace('"', "").replace("'", "")
            full = f"{current}.{name}" if current else name
            if full in (f"{section}.{key}", section) or (not key and full.startswith(f"{section}.")):
                return f"{source}:{number}"
    return source
