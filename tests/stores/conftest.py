"""A small store of invented news."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from news_store import MANIFEST, NEWS, put

from rag.records import Article
from rag.stores import PassageStore, open_store


@pytest.fixture
def fill() -> Callable[[PassageStore, Article], None]:
    return put


@pytest.fixture
def location(tmp_path: Path) -> str:
    return str(tmp_path / "index")


@pytest.fixture
def store(location: str) -> Iterator[PassageStore]:
    """An open store that holds the news."""
    opened = open_store(location, manifest=MANIFEST, create=True)
    for article in NEWS:
        put(opened, article)
    yield opened
    opened.close()
