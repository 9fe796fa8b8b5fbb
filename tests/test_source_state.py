"""A citation of an article can be told to be current, changed since or gone, and shown as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.engine import Engine
from rag.records import Article, Metadata
from rag.settings import Settings
from rag.stores import Manifest, PassageStore, open_store
from rag.stores.database import FORMAT_VERSION
from rag.stores.protocol import version_of

FERRY = Article("ferry", "The ferry resumed.", Metadata(), "ferry.md")
LATER = replace(FERRY, text="The ferry resumed on Monday.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PassageStore]:
    manifest = Manifest(FORMAT_VERSION, "none", "none", 8, "none")
    opened = open_store(str(tmp_path / "index"), manifest=manifest, create=True)
    opened.put(FERRY, [], np.zeros((0, 8), dtype=np.float32))
    yield opened
    opened.close()


def test_a_cited_article_is_current_until_it_is_changed_and_gone_when_removed(store: PassageStore) -> None:
    engine, cited = Engine(Settings(), store), version_of(FERRY)
    assert engine.source_state("ferry", cited) == "current"
    store.put(LATER, [], np.zeros((0, 8), dtype=np.float32))
    assert engine.source_state("ferry", cited) == "changed"
    assert engine.source_state("ferry", version_of(LATER)) == "current"
    store.remove(["ferry"])
    assert engine.source_state("ferry", cited) == "removed"


def test_a_cited_version_can_be_read_after_the_change(store: PassageStore) -> None:
    engine = Engine(Settings(), store)
    store.put(LATER, [], np.zeros((0, 8), dtype=np.float32))
    assert engine.article("ferry", version_of(FERRY)) == FERRY
    assert engine.article("ferry") == LATER
    assert [version.article for version in engine.versions("ferry")] == [FERRY]
    assert engine.article("ferry", "0000") is None
