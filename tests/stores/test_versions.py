"""A changed article keeps what it was; a change taken back, the same put again and a removal leave nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from news_store import NEWS, put

from rag.records import Filters
from rag.stores import PassageStore, open_store
from rag.stores.protocol import version_of

FERRY = NEWS[0]
LATER = replace(FERRY, text="The ferry resumed on Monday.")
CORRECTED = replace(LATER, metadata=replace(FERRY.metadata, title="Ferry resumes, corrected"))


def test_what_an_article_was_is_kept_newest_first(store: PassageStore) -> None:
    for article in (LATER, CORRECTED):
        put(store, article)
    assert [version.article for version in store.versions("ferry")] == [LATER, FERRY]
    assert store.versions("storm") == []


def test_a_version_is_found_by_the_start_of_its_hash_as_is_what_is_stored_now(store: PassageStore) -> None:
    put(store, LATER)
    assert store.version("ferry", version_of(FERRY)) == FERRY
    assert store.version("ferry", FERRY.content_hash) == FERRY
    assert store.version("ferry", version_of(LATER)) == LATER
    assert store.version("ferry", version_of(CORRECTED)) is None
    assert store.version("storm", version_of(FERRY)) is None


def test_the_same_put_again_keeps_nothing(store: PassageStore) -> None:
    put(store, FERRY)
    put(store, replace(FERRY, source="elsewhere.md"))
    assert store.versions("ferry") == []


def test_a_change_taken_back_leaves_only_what_is_not_stored(store: PassageStore) -> None:
    for article in (LATER, FERRY, LATER, FERRY):
        put(store, article)
    assert [version.article for version in store.versions("ferry")] == [LATER]


def test_a_version_says_when_it_was_replaced(store: PassageStore) -> None:
    put(store, LATER)
    (version,) = store.versions("ferry")
    age = datetime.now(UTC) - datetime.fromisoformat(version.replaced)
    assert timedelta(0) <= age < timedelta(minutes=5)


def test_versions_go_with_their_article(store: PassageStore) -> None:
    put(store, LATER)
    store.remove(["ferry"])
    assert store.versions("ferry") == []
    assert store.version("ferry", version_of(FERRY)) is None
    put(store, CORRECTED)
    assert store.versions("ferry") == []


def test_an_earlier_version_is_not_searched(store: PassageStore) -> None:
    put(store, LATER)
    texts = [p.text for p in store.passages([i for i, _ in store.lexical("Islanders cheered", 50, Filters())])]
    assert not any("Islanders" in text for text in texts)


def test_versions_outlive_the_process_that_made_them(store: PassageStore, location: str) -> None:
    put(store, LATER)
    store.close()
    again = open_store(location, read_only=True)
    assert [version.article for version in again.versions("ferry")] == [FERRY]
    again.close()
