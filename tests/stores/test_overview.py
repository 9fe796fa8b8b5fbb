"""What a page shows of a store: how much it holds, whose it is, the first articles, and which are near-copies."""

from __future__ import annotations

from news_store import NEWS, put
from stories import STORY, article

from rag.records import Metadata
from rag.stores import PassageStore, overview_of


def test_an_overview_counts_all_and_lists_the_first(store: PassageStore) -> None:
    seen = overview_of(store, listed=2)
    assert seen.total == len(NEWS)
    assert seen.outlets == ("Evening Ledger", "Küstenbote", "The Coastal Courier")
    assert seen.authors == ("A. Reporter", "B. Writer")
    assert seen.languages == ("de", "en")
    assert [stored.article.article_id for stored in seen.listed] == ["bakery", "ferry"]
    assert seen.fingerprint == store.fingerprint


def test_an_overview_names_every_near_copy_also_of_articles_it_does_not_list(store: PassageStore) -> None:
    put(store, article("wire", STORY))
    put(store, article("zebra", STORY + " It closed early.", published="2026-02-01"))
    assert overview_of(store, listed=1).copies == {"wire": Metadata(), "zebra": Metadata(published="2026-02-01")}


def test_a_name_is_forgotten_with_its_last_article(store: PassageStore) -> None:
    store.remove(["hafen"])
    assert store.names("language") == ["en"]
    assert store.names("outlet") == ["Evening Ledger", "The Coastal Courier"]
