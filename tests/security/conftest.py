"""Lets the tests of this room import their own helpers and the fakes of the page and of the engine."""

from __future__ import annotations

import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]
sys.path.extend(str(_TESTS / room) for room in ("security", "web", "evidence"))
