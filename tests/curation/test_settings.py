"""Other settings give the graph that a new home with them has, and the former ones the former graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.curation import CurationSettings, Curator
from kg.ingest import Ingester, IngestSettings
from kg.resolution import ResolutionSettings
from tests.ingest.homes import Home

pytestmark = pytest.mark.model

OTHER = (CurationSettings(resolution=ResolutionSettings(merge=0.5, review=0.2)), CurationSettings(min_confidence=0.6))


@pytest.mark.parametrize("settings", OTHER)
def test_settings_hold_for_all_notes_at_once(settings: CurationSettings, notes: Path, plain: Home) -> None:
    home = Home(notes)
    home.ingest()
    home.source.clear()
    Curator(home.graph, home.cache, settings).bring_up_to_date()
    assert not home.source.asked
    made = Home(notes)
    made.ingester = Ingester(made.cache, made.source, IngestSettings(jobs=1, curation=settings))
    made.ingest()
    assert home.dump() == made.dump() != plain.dump()
    home.curator().bring_up_to_date()
    assert home.dump() == plain.dump()
