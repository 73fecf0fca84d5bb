"""What runs an ingest: for `kg ingest`, and for the server."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from extractors.source import SpacySource
from kg.cache import IngestCache
from kg.cli.curating import curation_settings
from kg.cli.indexing import encode_new, follow_notes
from kg.cli.reports import keep_report
from kg.cli.session import Session
from kg.extraction import ExtractionOptions
from kg.home import fix_base, read_roots, write_roots
from kg.ingest import Ingester, IngestReport, IngestSettings, Progress, Scope, plan_roots
from kg.ingest.posted import posted_scopes

__all__ = ["Runner"]

_MOST_WORKERS = 8


class Runner:
    """Runs one ingest after the other; the extractor, once loaded, stays."""

    def __init__(self, session: Session, jobs: int | None) -> None:
        config = session.config(ingest_jobs=jobs)
        options = ExtractionOptions(config.extract.model, config.extract.coreference)
        cores = min(_MOST_WORKERS, os.cpu_count() or 1)
        settings = IngestSettings(config.ingest.jobs, cores, curation=curation_settings(config))
        self._session = session
        self._cache = IngestCache(session.home.of_kind(config.home.store).ingest_cache)
        self._ingester = Ingester(self._cache, SpacySource(options), settings)

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Bring some paths up to date, all known roots without any."""
        home = self._session.home
        if paths:
            fix_base(home, self._session.config(), paths[0])
        return self._run(paths, None, progress)

    def ingest_posted(self, names: Iterable[str], progress: Progress | None = None) -> IngestReport:
        """Bring the notes of some files that were sent to the server up to date."""
        return self._run((), posted_scopes(names), progress)

    def _run(
        self, paths: Sequence[Path], scopes: tuple[Scope, ...] | None, progress: Progress | None
    ) -> IngestReport:
        home = self._session.home
        with self._session.open(write=True, long=True) as graph:
            roots, planned = plan_roots(read_roots(home), paths)
            write_roots(home, roots)
            report = self._ingester.run(graph, roots, planned if scopes is None else scopes, progress)
            shows_passages = follow_notes(self._session, graph)
        keep_report(home, report)
        encode_new(self._session, shows_passages)
        return report

    def close(self) -> None:
        """Close what is open."""
        self._cache.close()
