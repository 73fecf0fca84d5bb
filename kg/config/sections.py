"""The sections of a home's settings: one class each, with the type of every setting, and all of them together.

Their defaults, units and comments stand in `kg/defaults.toml`; `kg.config.loading` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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
]

Value = str | bool | int | float
"""Of one setting."""


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """What a home is. `base` is empty until the first ingest fixes it."""

    base: str
    dataset: Literal["merged", "separate"]
    store: Literal["embedded", "neo4j"]


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How notes are read; `jobs` 0 lets the work decide."""

    jobs: int


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How text is analysed. `min_confidence` lies in [0, 1]."""

    min_confidence: float
    model: str
    coreference: bool


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """The limits of one query; 0 means none."""

    timeout_seconds: float
    max_rows: int


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """How the store is opened."""

    lock_wait_seconds: float


@dataclass(frozen=True, slots=True)
class Neo4jSettings:
    """Where Neo4j is, and how much of it is read at once; `uri` is empty for the home's own server."""

    uri: str
    username: str
    password: str = field(repr=False)
    database: str
    slice_quads: int
    copy_quads: int
    memory_mb: int


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """What `kg serve` answers and how much it may cost; sizes in MB of 1,000,000 bytes, 0 means no limit."""

    host: str
    port: int
    open_reads: bool
    names: str
    cors_origins: str
    readers: int
    cypher_readers: int
    suggesting_readers: int
    cypher_access: Literal["Read", "Write"]
    queue_seconds: float
    timeout_seconds: float
    memory_mb: int
    max_rows: int
    max_request_mb: int
    requests_per_minute: int
    log_queries: bool
    audit_mb: int


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """Which other servers may be asked, and how much they may answer."""

    hosts: str
    timeout_seconds: float
    max_mb: int


@dataclass(frozen=True, slots=True)
class ResolveSettings:
    """Which entities are one: 0 < `review` <= `merge` < 1 are confidences; `block_size` is at least 1."""

    merge: float
    review: float
    block_size: int


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """What waits for a decision: evidence whose confidence is `below`, in [0, 1]; and who decides."""

    below: float
    author: str


@dataclass(frozen=True, slots=True)
class RecommendSettings:
    """How notes are recommended: `restart` is above 0, `diversity` in [0, 1], a weight 0 for a source not asked."""

    diversity: float
    weight_pagerank: float
    weight_content: float
    weight_vectors: float
    weight_embedding: float
    weight_neighbours: float
    weight_linear: float
    weight_factors: float
    relations: str
    restart: float
    hub_damping: float
    popularity_damping: float
    authority: float
    half_life_days: float
    latest: int
    least_events: int


@dataclass(frozen=True, slots=True)
class VectorSettings:
    """Which model of text vectors reads the notes, by its name, and with how many threads, at least 1."""

    model: str
    threads: int


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How passages are searched: weights are at least 0, 0 for a source not asked; `diversity` lies in [0, 1]."""

    weight_text: float
    weight_vectors: float
    weight_graph: float
    diversity: float
    hops: int
    title_weight: float
    heading_weight: float
    encoded_at_once: int


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How questions are answered. `passages` is at least 0; `wording` is empty for none."""

    passages: int
    wording: str


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, by section."""

    home: HomeSettings
    ingest: IngestSettings
    extract: ExtractSettings
    query: QuerySettings
    store: StoreSettings
    neo4j: Neo4jSettings
    serve: ServeSettings
    remote: RemoteSettings
    review: ReviewSettings
    resolution: ResolveSettings
    recommend: RecommendSettings
    vectors: VectorSettings
    search: SearchSettings
    ask: AskSettings
