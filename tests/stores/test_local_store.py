"""What is put is found, at once and after reopening, and only what passes the filters."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from news_store import CHUNKING, ENCODER, MANIFEST, NEWS

from rag.chunking import chunk, encoder_input
from rag.records import Article, Filters, Metadata
from rag.stores import PassageStore, manifest_of, open_store

Fill = Callable[[PassageStore, Article], None]
EVERYTHING = Filters()


def found(store: PassageStore, filters: Filters, how: str = "dense") -> set[str]:
    vector = ENCODER.encode(["harbour ferry"])[0]
    pairs = (
        store.dense(vector, 50, filters) if how == "dense" else store.lexical("harbour storm bakery Fähre", 50, filters)
    )
    return {p.article_id for p in store.passages([i for i, _ in pairs])}


def test_articles_come_back_as_they_were_put(store: PassageStore) -> None:
    stored = {s.article.article_id: s for s in store.articles()}
    assert [s.article for s in stored.values()] == sorted(NEWS, key=lambda a: a.article_id)
    assert {i: s.passages for i, s in stored.items()} == {
        a.article_id: len(store.passages_of(a.article_id)) for a in NEWS
    }
    assert store.article("ferry") == NEWS[0]
    assert store.article("nothing") is None


def test_passages_hold_the_text_of_their_span(store: PassageStore) -> None:
    for article in NEWS:
        for p in store.passages_of(article.article_id):
            assert p.passage_id > 0
            assert article.text[p.start : p.end] == p.text


@pytest.mark.parametrize("how", ["dense", "lexical"])
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(outlet="evening ledger"), {"storm", "bakery"}),
        (Filters(outlet="Evening"), set()),
        (Filters(author="a. REPORTER"), {"ferry"}),
        (Filters(language="de"), {"hafen"}),
        (Filters(since="2026-03-13"), {"ferry", "hafen"}),
        (Filters(until="2026-03-12"), {"storm"}),
        (Filters(since="2026-03-12", until="2026-03-14"), {"ferry", "storm"}),
        (Filters(outlet="KÜSTENBOTE", since="2026-04-01", until="2026-04-01"), {"hafen"}),
        (Filters(since="2027-01-01"), set()),
    ],
)
def test_filters_are_exact_for_both_retrievers(
    store: PassageStore, filters: Filters, expected: set[str], how: str
) -> None:
    assert found(store, filters, how) == expected


def test_filters_come_before_ranking(store: PassageStore, fill: Fill) -> None:
    for i in range(200):
        fill(store, Article(f"n{i}", "The ferry at the harbour.", Metadata(outlet="Loud"), f"n{i}"))
    only = Filters(outlet="The Coastal Courier")
    assert {p.article_id for p in store.passages([i for i, _ in store.lexical("ferry harbour", 3, only)])} == {"ferry"}
    assert found(store, only) == {"ferry"}


def test_a_search_right_after_a_change_sees_it(store: PassageStore, fill: Fill) -> None:
    fill(store, Article("quay", "A new quay for the ferry harbour.", Metadata(), "quay.md"))
    assert "quay" in found(store, EVERYTHING)
    store.remove(["quay"])
    assert "quay" not in found(store, EVERYTHING) | found(store, EVERYTHING, "lexical")


def test_a_replaced_article_leaves_no_old_passage(store: PassageStore, fill: Fill) -> None:
    old = {p.passage_id for p in store.passages_of("storm")}
    fill(store, replace(NEWS[1], text="The harbour storm was forecast."))
    ids = {i for i, _ in store.dense(ENCODER.encode(["storm"])[0], 50, EVERYTHING)}
    assert ids.isdisjoint(old)
    assert max(ids) > max(old)
    assert store.passages(sorted(old)) == []


def test_passage_ids_are_never_used_again(store: PassageStore, fill: Fill) -> None:
    used = {p.passage_id for a in NEWS for p in store.passages_of(a.article_id)}
    store.remove([a.article_id for a in NEWS])
    fill(store, NEWS[0])
    assert {p.passage_id for p in store.passages_of("ferry")}.isdisjoint(used)


def test_vectors_outlive_their_article(store: PassageStore) -> None:
    texts = [encoder_input(NEWS[0].metadata, p) for p in chunk(NEWS[0], ENCODER, CHUNKING)]
    store.remove(["ferry"])
    known = store.cached_vectors([*texts, "never seen"])
    assert list(known) == texts
    np.testing.assert_array_equal(known[texts[0]], ENCODER.encode(texts)[0])


def test_a_failed_put_changes_nothing(store: PassageStore) -> None:
    before = store.fingerprint, store.counts()
    passages = chunk(NEWS[2], ENCODER, CHUNKING)
    with pytest.raises(ValueError, match="zip"):
        store.put(replace(NEWS[2], text="Other."), passages, ENCODER.encode(["one too many"] * (len(passages) + 1)))
    assert (store.fingerprint, store.counts()) == before


def test_the_fingerprint_depends_on_contents_only(store: PassageStore, fill: Fill, tmp_path: Path) -> None:
    with_other_order = open_store(str(tmp_path / "other"), manifest=MANIFEST, create=True)
    for article in reversed(NEWS):
        fill(with_other_order, article)
    assert with_other_order.fingerprint == store.fingerprint
    with_other_order.remove(["ferry"])
    assert with_other_order.fingerprint != store.fingerprint
    with_other_order.close()


def test_the_fingerprint_depends_on_the_manifest(tmp_path: Path) -> None:
    made = [open_store(str(tmp_path / c), manifest=manifest_of(ENCODER, c), create=True) for c in ("one", "two")]
    assert made[0].fingerprint != made[1].fingerprint
    for store in made:
        store.close()


@pytest.mark.parametrize("how", ["dense", "lexical"])
def test_save_and_open_give_the_same_hits_with_scores(store: PassageStore, location: str, how: str) -> None:
    def hits(opened: PassageStore) -> list[tuple[int, float]]:
        if how == "lexical":
            return opened.lexical("storm harbour ferry", 10, EVERYTHING)
        return opened.dense(ENCODER.encode(["storm at the harbour"])[0], 10, EVERYTHING)

    before = hits(store)
    store.close()
    again = open_store(location, manifest=MANIFEST, read_only=True)
    assert [i for i, _ in hits(again)] == [i for i, _ in before]
    assert dict(hits(again)) == pytest.approx(dict(before))
    again.close()


def test_a_shared_article_goes_with_its_last_source(store: PassageStore) -> None:
    store.add_source("ferry", "copy.md")
    assert store.sources()["copy.md"] == "ferry"
    assert store.remove_sources(["ferry.md"]) == 0
    article = store.article("ferry")
    assert article is not None
    assert article.source == "copy.md"
    assert store.remove_sources(["copy.md"]) == 1


def test_the_same_text_is_known_whatever_its_id(store: PassageStore) -> None:
    assert store.same_text(NEWS[2].text) == "bakery"
    assert store.same_text(NEWS[2].text + " ") is None


def test_scores_can_be_asked_of_chosen_passages(store: PassageStore) -> None:
    vector = ENCODER.encode(["harbour ferry"])[0]
    everything = dict(store.dense(vector, 50, EVERYTHING))
    chosen = sorted(everything)[:2]
    assert store.dense_scores(vector, chosen) == pytest.approx({i: everything[i] for i in chosen})


def test_the_database_syncs_every_commit_and_trusts_no_schema(store: PassageStore) -> None:
    database = store._truth.database  # type: ignore[attr-defined]
    pragmas = {p: database.rows(f"PRAGMA {p}")[0][0] for p in ("journal_mode", "synchronous", "trusted_schema")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "trusted_schema": 0}


def test_ids_stay_unused_even_after_the_greatest_is_gone(store: PassageStore, fill: Fill, location: str) -> None:
    last = max(p.passage_id for a in NEWS for p in store.passages_of(a.article_id))
    store.remove([NEWS[-1].article_id])
    store.close()
    with sqlite3.connect(f"{location}/index.db") as db:
        assert db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()[0] == last
    db.close()
    again = open_store(location)
    fill(again, NEWS[-1])
    assert min(p.passage_id for p in again.passages_of(NEWS[-1].article_id)) > last
    again.close()


def test_whole_articles_are_scored_by_all_their_words(store: PassageStore, fill: Fill) -> None:
    long = Article(
        "long", "The ferry left.\n\n" + "Rain fell on the town. " * 30 + "\n\nA walrus came.", Metadata(), "l"
    )
    fill(store, long)
    assert len(store.passages_of("long")) > 2
    scores = store.article_scores("walrus ferry", ["long", "ferry", "bakery", "gone"])
    assert set(scores) == {"long", "ferry"}
    store.remove(["long"])
    assert set(store.article_scores("walrus ferry", ["long", "ferry"])) == {"ferry"}


def test_each_passage_knows_its_article(store: PassageStore) -> None:
    ids = {p.passage_id: a.article_id for a in NEWS for p in store.passages_of(a.article_id)}
    assert store.article_of([*ids, 999]) == ids
