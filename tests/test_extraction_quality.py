"""Floors under the quality of extraction, on the half of the gold set that nobody looks at.

Only totals are read. The numbers of a run: `KG_BENCH=… python benchmarks/extraction.py --split test`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import extraction
from benchmarks.extraction import Scores, Triple

pytestmark = [pytest.mark.model, pytest.mark.slow]
