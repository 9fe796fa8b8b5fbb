"""Lets the tests of this room import their own helpers and the fakes of the page and of the engine; serves a page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]
sys.path.extend(str(_TESTS / room) for room in ("security", "web", "evidence"))


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    from page_served import served

    with served() as address:
        yield address
