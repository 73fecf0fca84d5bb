"""The settings that a home keeps in its own kg.toml, and the base IRI that its first writer fixes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kg.config import Config, Value, load_config, with_setting
from kg.home.folder import Home, create_home, write_atomically
from kg.iri import default_base

__all__ = ["fix_base", "own_base", "store_settings", "with_base"]


def store_settings(home: Home, settings: Mapping[str, Value]) -> None:
    """Write settings into the home's kg.toml; what else it says stays.

    Raises:
        ConfigError: a value is not right, or kg.toml is written in a way that cannot be changed.
    """
    create_home(home)
    text = home.settings.read_text("utf-8") if home.settings.exists() else ""
    for name, value in settings.items():
        text = with_setting(text, name, value)
    write_atomically(home.settings, text.encode())


def fix_base(home: Home, config: Config, path: Path | None = None) -> None:
    """Write the base IRI into kg.toml if it has none: the configured one, else one named after a path or the home."""
    if not load_config(home.settings, {}, {}).home.base:
        base = config.home.base or (own_base(home) if path is None else default_base(path))
        store_settings(home, {"home.base": base})


def with_base(home: Home, config: Config) -> Config:
    """Return settings that have a base IRI; without one, it is fixed now, as the home's first writer does."""
    if config.home.base:
        return config
    fix_base(home, config)
    base = load_config(home.settings, {}, {}).home.base
    return replace(config, home=replace(config.home, base=base))


def own_base(home: Home) -> str:
    """Return the base IRI of a home to which no vault has given its name."""
    return default_base(home.folder.parent if home.folder.name == ".kg" else home.folder)
