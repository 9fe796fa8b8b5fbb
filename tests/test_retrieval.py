"""Fusion keeps the better of two rankings, fills in what one of them did not see, and checks its filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hashing_encoder import HashingEncoder

from rag.chunking import Chunking, encoder_input
from rag.errors import InputError
from rag.indexing import index_paths
from rag.records import Article, Filters, Metadata
from rag.retrieval import Before, checked, retrieve
from rag.stores import PassageStore, manifest_of, open_store
from rag.stores.protocol import ArticleMark

CHUNKING = Chunking(max_tokens=30)
ENCODER = HashingEncoder()
STORIES = {
    "ferry": "The ferry resumed on Monday. Islanders cheered at the quay.",
    "storm": "A storm closed the harbour. Waves reached nine metres.",
    "bakery": "The bakery won a prize for its rye bread. Customers queued.",
    "market": "The fish market opened early. Prices fell by a tenth.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PassageStore]:
    opened = open_store(str(tmp_path), manifest=manifest_of(ENCODER, CHUNKING.fingerprint), create=True)
    articles = [
        Article(i, text, Metadata(title=i.title(), outlet="Ledger", published=f"2026-03-{10 + n}"), f"{i}.md")
        for n, (i, text) in enumerate(STORIES.items())
    ]
    index_paths(["x"], opened, ENCODER, CHUNKING, read=lambda paths: iter(articles))
    yield opened
    opened.close()


def test_hits_are_ranked_from_one_by_falling_score(store: PassageStore) -> None:
    hits, *_ = retrieve("What closed the harbour?", store, ENCODER, k=4)
    assert [h.rank for h in hits] == [1, 2, 3, 4]
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert hits[0].passage.article_id == "storm"
    assert hits[0].metadata.title == "Storm"


def test_every_hit_carries_its_cosine_and_its_bm25(store: PassageStore) -> None:
    question = "Did the bakery win a prize?"
    vector = ENCODER.encode([question])[0]
    for hit in retrieve(question, store, ENCODER, k=4)[0]:
        text = encoder_input(hit.metadata, hit.passage)
        assert hit.dense == pytest.approx(float(ENCODER.encode([text])[0] @ vector), abs=1e-5)
        expected = store.lexical_scores(question, [hit.passage.passage_id]).get(hit.passage.passage_id, 0.0)
        assert hit.lexical == pytest.approx(expected)


def test_what_only_one_retriever_returns_is_scored_by_the_other(
    store: PassageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "the fish market"
    whole, *_ = retrieve(question, store, ENCODER, k=4)
    monkeypatch.setattr(store, "lexical", lambda query, k, filters: [])
    without, *_ = retrieve(question, store, ENCODER, k=4)
    assert [(h.passage, h.dense, h.lexical) for h in without] == [(h.passage, h.dense, h.lexical) for h in whole]


def test_articles_behind_the_hits_are_those_of_a_longer_list_in_its_order(store: PassageStore) -> None:
    longer = [h.passage.article_id for h in retrieve("What closed the harbour?", store, ENCODER, k=8).hits]
    short = retrieve("What closed the harbour?", store, ENCODER, k=2)
    listed = {h.passage.article_id for h in short.hits}
    assert len(listed) < 4
    assert list(short.further) == [name for name in dict.fromkeys(longer) if name not in listed]


def test_filters_hold_for_every_hit(store: PassageStore) -> None:
    hits, *_ = retrieve(
        "harbour ferry bakery", store, ENCODER, k=10, filters=Filters(since="2026-03-11", until="2026-03-12")
    )
    assert {h.passage.article_id for h in hits} == {"storm", "bakery"}
    assert retrieve("harbour", store, ENCODER, filters=Filters(outlet="Nobody"))[0] == []


def test_a_question_without_a_known_word_still_gets_the_nearest(store: PassageStore) -> None:
    hits, *_ = retrieve("zzz qqq", store, ENCODER, k=2)
    assert len(hits) == 2
    assert all(h.lexical == 0.0 for h in hits)


@pytest.mark.parametrize("question", ['"', "NEAR(*)", "a\x00b", "🚢", "x" * 100_000, "AND OR NOT (", "港口"])
def test_any_text_is_a_question(store: PassageStore, question: str) -> None:
    assert len(retrieve(question, store, ENCODER, k=2)[0]) == 2


def test_each_stage_is_timed(store: PassageStore) -> None:
    timings = retrieve("ferry", store, ENCODER)[1]
    assert list(timings) == ["encode", "dense", "lexical", "fuse"]
    assert all(np.isfinite(t) and t >= 0 for t in timings.values())


@pytest.mark.parametrize(("question", "k"), [("", 5), (" \n", 5), ("ferry", 0), ("ferry", -1)])
def test_a_blank_question_or_no_hits_is_refused(store: PassageStore, question: str, k: int) -> None:
    with pytest.raises(InputError):
        retrieve(question, store, ENCODER, k=k)


@pytest.mark.parametrize("day", ["yesterday", "2026-3-1", "2026-02-30", "20260301", "2026-03-01T10:00", ""])
def test_a_date_that_is_none_is_refused_with_its_value(day: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        checked(Filters(since=day))
    with pytest.raises(InputError, match="until"):
        checked(Filters(until=day))


def test_dates_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="is after"):
        checked(Filters(since="2026-03-02", until="2026-03-01"))
    assert checked(Filters(since="2026-03-01", until="2026-03-01"))


@pytest.mark.parametrize(
    ("question", "moved"),
    [
        ("What happened at the harbour this week?", True),
        ("What was said on Friday?", True),
        ("What happened in 1923?", False),
    ],
)
def test_recency_counts_only_when_the_question_asks_for_it(store: PassageStore, question: str, moved: bool) -> None:
    def scores(day: date) -> dict[str, float]:
        return {h.passage.article_id: h.score for h in retrieve(question, store, ENCODER, k=10, asked_on=day)[0]}

    then, later = scores(date(2026, 3, 12)), scores(date(2030, 1, 1))
    gains = {i: then[i] - later[i] for i in then}
    expected = {"ferry": 0.1, "storm": 0.1, "bakery": 0.1, "market": 0.1} if moved else dict.fromkeys(STORIES, 0.0)
    assert gains == pytest.approx(expected)


def test_an_article_of_after_the_day_is_not_recent(store: PassageStore) -> None:
    hits, *_ = retrieve("What is the latest?", store, ENCODER, k=10, asked_on=date(2026, 3, 10))
    plain, *_ = retrieve("What is the latest?", store, ENCODER, k=10, asked_on=date(2030, 1, 1))
    before = {h.passage.article_id: h.score for h in plain}
    assert {h.passage.article_id for h in hits if h.score > before[h.passage.article_id] + 0.05} == {"ferry", "storm"}


def test_of_two_like_passages_the_one_from_the_fitting_article_is_ahead(store: PassageStore) -> None:
    same = "They met the press in the afternoon. " * 4
    texts = {
        "walrus": f"{same}\n\nThe walrus swam into the bay. " + "Crowds came to see it. " * 6,
        "tax": f"{same}\n\nThe tax rose.",
    }
    articles = [Article(i, text, Metadata(), f"{i}.md") for i, text in texts.items()]
    index_paths(["x"], store, ENCODER, CHUNKING, read=lambda paths: iter(articles))
    hits, *_ = retrieve("Who met the press about the walrus?", store, ENCODER, k=20)
    ranks = {h.passage.article_id: h.rank for h in reversed(hits) if h.passage.start == 0}
    assert ranks["walrus"] < ranks["tax"]


def fill(store: PassageStore, *articles: Article) -> None:
    index_paths(["x"], store, ENCODER, CHUNKING, read=lambda paths: iter(articles))


def test_copies_are_named_and_however_many_there_are_the_list_is_filled(
    store: PassageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "The harbour was closed by a storm at noon, the harbour master said to a reader called "
    copies = {f"copy{n}": f"{told}{'i' * (n % 6 + 1)}{'a' * (n // 6)}." for n in range(140)}
    fill(store, *(Article(i, text, Metadata(outlet=i), f"{i}.md") for i, text in copies.items()))
    monkeypatch.setattr(
        store, "marks", lambda ids: {i: ArticleMark("copy0" if i in copies else i, f"version-{i}") for i in ids}
    )
    hits, *_ = retrieve("What closed the harbour at noon?", store, ENCODER, k=4)
    assert len({h.group for h in hits}) == 4
    assert max(len(h.copies) for h in hits) == 139
    assert [h.rank for h in hits] == [1, 2, 3, 4]
    assert all(h.version == f"version-{h.passage.article_id}" for h in hits)


def test_a_filter_shows_the_copy_of_the_outlet_it_names(store: PassageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    same = "The lighthouse at Skarholm is for sale. Nobody has bid."
    fill(store, *(Article(i, f"{same} {i}", Metadata(outlet=i), f"{i}.md") for i in ("Courier", "Echo")))
    monkeypatch.setattr(store, "marks", lambda ids: {i: ArticleMark("Courier", "v") for i in ids})
    plain, *_ = retrieve("Which lighthouse is for sale?", store, ENCODER, k=1)
    echo, *_ = retrieve("Which lighthouse is for sale?", store, ENCODER, k=1, filters=Filters(outlet="echo"))
    assert [(h.passage.article_id, h.copies) for h in plain] in ([("Courier", ("Echo",))], [("Echo", ("Courier",))])
    assert [(h.passage.article_id, h.group, h.copies) for h in echo] == [("Echo", "Courier", ())]


def test_the_outlet_and_the_title_can_be_searched_for(store: PassageStore) -> None:
    fill(
        store,
        Article("a", "Prices rose again.", Metadata("Bread dearer", "The Orrin Gazette"), "a.md"),
        Article("b", "Prices rose again in the south.", Metadata("Milk dearer", "Evening Mail"), "b.md"),
    )
    for question, wanted in (("What does the Orrin Gazette say about prices?", "a"), ("milk dearer", "b")):
        hits, *_ = retrieve(question, store, ENCODER)
        assert max(hits, key=lambda h: h.lexical).passage.article_id == wanted


def test_what_was_asked_before_raises_what_it_is_about(store: PassageStore) -> None:
    def score(before: Before | None) -> float:
        hits, *_ = retrieve("Who won?", store, ENCODER, k=4, before=before)
        return {h.passage.article_id: h.score for h in hits}["market"]

    asked = "the fish market"
    vectors = [ENCODER.encode([asked])[0]]
    assert score(Before((asked,), vectors, 0.7)) > score(Before((asked,), vectors, 0.3)) > score(None)
    assert score(Before((), [], 0.0)) == score(None)


def test_the_passages_cited_before_stay_in_the_list_unless_a_filter_forbids(store: PassageStore) -> None:
    question = "What closed the harbour?"
    last = retrieve(question, store, ENCODER, k=4)[0][-1].passage
    before = Before((), [], 0.0, (last.passage_id, 10_000))
    assert last in [h.passage for h in retrieve(question, store, ENCODER, k=3, before=before)[0]]
    hits, *_ = retrieve(question, store, ENCODER, k=3, before=before, filters=Filters(outlet="Nobody"))
    assert hits == []


class ByLength:
    """A reranker that likes long texts."""

    def scores(self, question: str, texts: list[str]) -> list[float]:
        return [float(len(text)) for text in texts]


def test_a_reranker_orders_what_was_found_and_its_scores_are_shown(store: PassageStore) -> None:
    hits, *_ = retrieve("What closed the harbour?", store, ENCODER, k=4, reranker=ByLength())
    lengths = [float(len(encoder_input(h.metadata, h.passage))) for h in hits]
    assert [h.score for h in hits] == lengths == sorted(lengths, reverse=True)
