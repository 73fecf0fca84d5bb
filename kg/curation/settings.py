"""What note graphs are built under, from a home's settings: the same for whoever writes."""

from __future__ import annotations

from kg.config import Config
from kg.curation.curator import CurationSettings
from kg.resolution import ResolutionSettings

__all__ = ["curation_settings"]


def curation_settings(config: Config) -> CurationSettings:
    """Return the settings of a home's curator."""
    zones = config.resolution
    return CurationSettings(
        config.extract.min_confidence, ResolutionSettings(zones.merge, zones.review, zones.block_size)
    )
