"""The settings of a home: their types by section, and how they are read and changed.

`sections` has a class for each section; `loading` reads defaults, `kg.toml`, the environment and flags, in this order,
the later ones above. Every default stands with its unit and a comment in `kg/defaults.toml`.
"""

from kg.config.loading import default_text, load_config, with_setting
from kg.config.sections import (
    AskSettings,
    Config,
    ExtractSettings,
    HomeSettings,
    IngestSettings,
    Neo4jSettings,
    QuerySettings,
    RecommendSettings,
    RemoteSettings,
    ResolveSettings,
    ReviewSettings,
    SearchSettings,
    ServeSettings,
    StoreSettings,
    Value,
    VectorSettings,
)

__all__ = [
    "AskSettings",
    "Config",
    "ExtractSettings",
    "HomeSettings",
    "IngestSettings",
    "Neo4jSettings",
    "QuerySettings",
    "RecommendSettings",
    "RemoteSettings",
    "ResolveSettings",
    "ReviewSettings",
    "SearchSettings",
    "ServeSettings",
    "StoreSettings",
    "Value",
    "VectorSettings",
    "default_text",
    "load_config",
    "with_setting",
]
