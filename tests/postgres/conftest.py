"""One PostgreSQL for the session, a schema of its own for each index, and the store tests pointed at it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import postgres_paths  # noqa: F401  (first: it says where the others are found)
import pytest
from news_store import MANIFEST, NEWS, put
from postgres_server import MissingServerError, Server

from rag import engine, stores
from rag.records import Article
from rag.stores import PassageStore

_OPENERS = ("test_local_store", "test_groups", "test_versions", "test_retrieval", "test_indexing")
Place = Callable[[str], str]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server with pgvector; tests are skipped, with the reason, where it cannot be had."""
    try:
        started = Server(durable=False)
    except MissingServerError as reason:
        pytest.skip(str(reason))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def place(server: Server) -> Place:
    """Return the address that stands for a folder: the same for the same folder."""

    def address(folder: str) -> str:
        return f"{server.location}?schema=s{hashlib.sha256(folder.encode()).hexdigest()[:20]}"

    return address


@pytest.fixture
def on_postgres(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tests that open an index in a folder open one in the database instead."""

    def opened(location: str, **how: object) -> PassageStore:
        return stores.open_store(place(location), **how)  # type: ignore[arg-type]

    for module in (*(sys.modules[name] for name in _OPENERS if name in sys.modules), engine):
        monkeypatch.setattr(module, "open_store", opened)


@pytest.fixture
def fill() -> Callable[[PassageStore, Article], None]:
    return put


@pytest.fixture
def location(tmp_path: Path, on_postgres: None) -> str:
    return str(tmp_path / "index")


@pytest.fixture
def store(location: str, place: Place) -> Iterator[PassageStore]:
    """An open store in the database that holds the news."""
    opened = stores.open_store(place(location), manifest=MANIFEST, create=True)
    for article in NEWS:
        put(opened, article)
    yield opened
    opened.close()
