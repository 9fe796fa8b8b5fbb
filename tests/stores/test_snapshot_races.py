"""A reader that opens an index while the writer replaces its snapshots gets the new ones, and makes nothing again."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from news_store import ENCODER, NEWS, put

from rag.records import Filters
from rag.stores import PassageStore, derived, open_store

VECTOR = ENCODER.encode(["ferry"])[0]


@pytest.mark.parametrize("half_gone", [False, True])
def test_a_snapshot_replaced_while_it_is_opened_is_opened_anew(
    store: PassageStore,
    location: str,
    half_gone: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store.flush()
    digest, seen = derived.digest, []

    def replaced_first(path: Path) -> str:
        if not seen:
            put(store, replace(NEWS[0], article_id="new", source="new.md"))
            store.flush()
            if half_gone:
                path.mkdir()
                (path / "columns.npy").touch()
        seen.append(path.name)
        return digest(path)

    monkeypatch.setattr(derived, "digest", replaced_first)
    reader = open_store(location, read_only=True)
    with caplog.at_level(logging.WARNING):
        found = reader.dense(VECTOR, 50, Filters())
    assert {i for i, _ in found} == {
        p.passage_id for s in reader.articles() for p in reader.passages_of(s.article.article_id)
    }
    assert len(set(seen)) == 2
    assert caplog.text == ""
    reader.close()


def test_a_reader_keeps_searching_what_it_has_opened_when_the_files_are_gone(
    store: PassageStore, location: str
) -> None:
    store.flush()
    reader = open_store(location, read_only=True)
    before = reader.dense(VECTOR, 5, Filters()), reader.lexical("ferry harbour", 5, Filters())
    for path in Path(location).glob("*-*"):
        if path.is_dir():
            shutil.rmtree(path)
    assert (reader.dense(VECTOR, 5, Filters()), reader.lexical("ferry harbour", 5, Filters())) == before
    reader.close()
