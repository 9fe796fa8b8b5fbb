"""What a search reads is checked row by row in a file of any size: a flipped bit is noticed without a seal."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from news_store import ENCODER, MANIFEST, NEWS, put

from rag.errors import IndexStateError
from rag.records import Filters
from rag.stores import PassageStore, open_store, seal

FLIPS = {
    "title": "UPDATE articles SET title = replace(title, 'a', 'e')",
    "outlet": "UPDATE articles SET outlet = outlet || 's'",
    "date": "UPDATE articles SET published = '2026-03-08'",
    "text": "UPDATE articles SET text = replace(text, 'e', 'd')",
    "place": 'UPDATE passages SET "end" = "end" - 1',
    "vector": "UPDATE vectors SET vector = zeroblob(length(vector))",
    "vector of another": "UPDATE passages SET vector_id = (SELECT max(vector_id) FROM vectors) + 1 - vector_id",
}


def searched(store: PassageStore) -> list[str]:
    """Search as a question does, the vectors from the database: return the texts found."""
    found = store.dense(ENCODER.encode(["harbour storm"])[0], 10, Filters())
    return [passage.text for passage in store.passages([i for i, _ in found])]


@pytest.fixture
def unsealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build an index too large for a seal."""
    monkeypatch.setattr(seal, "SEALED_BYTES", 0)
    store = open_store(str(tmp_path / "index"), manifest=MANIFEST, create=True)
    for article in NEWS:
        put(store, article)
    store.flush()
    store.close()
    return tmp_path / "index"


@pytest.mark.parametrize("what", FLIPS)
def test_a_changed_row_is_noticed_without_a_seal(unsealed: Path, what: str) -> None:
    with sqlite3.connect(unsealed / "index.db") as database:
        database.execute(FLIPS[what])
        database.execute("DELETE FROM snapshots")
    database.close()
    store = open_store(str(unsealed))
    with pytest.raises(IndexStateError, match=r"damaged.*rag index"):
        searched(store)
    store.close()


def test_an_index_whose_vectors_have_no_check_yet_is_read(unsealed: Path) -> None:
    with sqlite3.connect(unsealed / "index.db") as database:
        database.execute("UPDATE vectors SET vector = substr(vector, 1, length(vector) - 4)")
        database.execute("DELETE FROM snapshots")
    database.close()
    store = open_store(str(unsealed))
    assert len(searched(store)) == len(store.passages(range(100)))
    store.close()
