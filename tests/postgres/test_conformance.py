"""Both stores, given the same articles, find the same passages in the same order with the same scores."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import Place
from news_store import ENCODER, MANIFEST, NEWS, put
from stories import STORY

from rag.engine import Engine
from rag.records import Answer, Article, Filters, Metadata
from rag.settings import Settings
from rag.stores import PassageStore, open_store, overview_of
from rag.stores.postgres import nearest, postings

pytestmark = pytest.mark.postgres

WORDS = [
    f"{a}{b}" for a in ("har", "fer", "mill", "tor", "quay", "lan") for b in ("bour", "ry", "er", "ing", "s", "ly")
]
OUTLETS = ("Courier", "Evening Ledger", "Küstenbote", None)
FILTERS = [
    Filters(),
    Filters(outlet="evening ledger"),
    Filters(since="2026-01-10", until="2026-02-20"),
    Filters(outlet="Courier", language="en"),
    Filters(outlet="Nobody\x00"),
]
Both = tuple[PassageStore, PassageStore]


def invented(n: int, seed: int = 1) -> list[Article]:
    """Return articles of drawn words: some words common, some rare, some articles long."""
    draw = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    found = []
    for i in range(n):
        sentences = [
            " ".join(draw.choices(WORDS, weights, k=draw.randint(3, 14))).capitalize() + f" {draw.randint(1, 60)}."
            for _ in range(draw.choice((1, 3, 6, 25)))
        ]
        metadata = Metadata(
            title=" ".join(draw.choices(WORDS, k=3)),
            outlet=draw.choice(OUTLETS),
            published=draw.choice((None, f"2026-0{draw.randint(1, 3)}-{draw.randint(10, 28)}")),
            language=draw.choice(("en", "de", None)),
        )
        found.append(Article(f"a{i}", " ".join(sentences), metadata, f"a{i}.md"))
    return found


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return [*NEWS, *invented(60), Article("empty", "", Metadata(), "empty.md"), Article("wire", STORY, Metadata(), "w")]


@pytest.fixture
def both(tmp_path: Path, place: Place, articles: list[Article]) -> Iterator[Both]:
    """The local store and the one in the database, with the same articles."""
    stores = [open_store(at, manifest=MANIFEST, create=True) for at in (str(tmp_path), place(str(tmp_path)))]
    for store in stores:
        with store.writing():
            for article in articles:
                put(store, article)
    yield stores[0], stores[1]
    for store in stores:
        store.close()


def drawn_queries(n: int) -> list[str]:
    draw = random.Random(7)
    return [" ".join(draw.choices([*WORDS, "the", "Courier", "unheard", "14"], k=draw.randint(1, 9))) for _ in range(n)]


def assert_same(found: list[tuple[int, float]], expected: list[tuple[int, float]]) -> None:
    """Same passages and scores; places may be exchanged only where scores are the same to the sixth digit."""
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)
    assert dict(found) == pytest.approx(dict(expected), abs=1e-5)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_both_find_the_same_passages_with_the_same_scores(both: Both, filters: Filters) -> None:
    local, database = both
    for query in [*drawn_queries(25), " ".join(f"{w} {i}" for i, w in enumerate(WORDS * 4)), "港口", "", "a\x00b"]:
        vector = ENCODER.encode([query])[0]
        assert_same(database.dense(vector, 500, filters), local.dense(vector, 500, filters))
        assert_same(database.lexical(query, 500, filters), local.lexical(query, 500, filters))


def test_packed_and_half_packed_words_score_as_the_local_ones_do(
    both: Both, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    local, database = both
    monkeypatch.setattr(postings, "WORTH_PACKING", 1)
    monkeypatch.setattr(postings, "_OWN_LIST", 5)
    monkeypatch.setattr(postings, "_IN_A_LIST", 7)
    monkeypatch.setattr(postings, "_IN_A_BUCKET", 16)
    database.flush()
    for n, change in enumerate(invented(40, seed=2)):
        for store in both:
            put(store, replace(change, article_id=f"b{n}", source=f"b{n}.md"))
        if n in (2, 5):
            database.flush()
    assert count_of(database, "parts") > 1
    for query in drawn_queries(25):
        for filters in FILTERS:
            assert_same(database.lexical(query, 500, filters), local.lexical(query, 500, filters))
    names = [a.article_id for a in articles]
    for query in drawn_queries(10):
        assert database.article_scores(query, names) == pytest.approx(local.article_scores(query, names), abs=1e-5)


def count_of(store: PassageStore, table: str) -> int:
    rows = store._db.rows(f"SELECT count(*) FROM {table}")  # type: ignore[attr-defined]
    return int(rows[0][0])


def test_both_score_chosen_passages_and_whole_articles_the_same(both: Both, articles: list[Article]) -> None:
    local, database = both
    ids = [p.passage_id for a in articles[:30] for p in local.passages_of(a.article_id)]
    names = [a.article_id for a in articles]
    for query in drawn_queries(10):
        vector = ENCODER.encode([query])[0]
        assert database.lexical_scores(query, ids) == pytest.approx(local.lexical_scores(query, ids), abs=1e-5)
        assert database.dense_scores(vector, ids) == pytest.approx(local.dense_scores(vector, ids), abs=1e-5)
        assert database.article_scores(query, names) == pytest.approx(local.article_scores(query, names), abs=1e-5)


def test_both_say_the_same_of_what_they_hold(both: Both, articles: list[Article]) -> None:
    local, database = both
    names = [a.article_id for a in articles]
    assert database.fingerprint == local.fingerprint
    assert list(database.articles()) == list(local.articles())
    assert database.sources() == local.sources()
    assert overview_of(database, 9) == overview_of(local, 9)
    assert database.marks(names) == local.marks(names)
    assert [database.passages_of(name) for name in names] == [local.passages_of(name) for name in names]


@pytest.mark.parametrize("packed", ["in rows", "packed before", "packed before and after"])
def test_after_changes_words_are_counted_as_if_only_what_is_left_had_ever_come(
    both: Both, articles: list[Article], place: Place, monkeypatch: pytest.MonkeyPatch, packed: str
) -> None:
    _, database = both
    monkeypatch.setattr(postings, "WORTH_PACKING", 1 if packed != "in rows" else 10**6)
    database.flush()
    database.remove([a.article_id for a in articles[10:40]])
    put(database, articles[5])
    if packed.endswith("after"):
        database.flush()
        assert count_of(database, "gone") == 0
    fresh = open_store(place("fresh"), manifest=MANIFEST, create=True)
    for article in (*articles[:5], *articles[6:10], *articles[40:], articles[5]):
        put(fresh, article)
    for query in drawn_queries(10):
        expected = [score for _, score in fresh.lexical(query, 500, Filters())]
        assert [score for _, score in database.lexical(query, 500, Filters())] == pytest.approx(expected, abs=1e-6)
    fresh.close()


@pytest.mark.parametrize("hnsw", ["vector", "halfvec"])
def test_the_graph_gives_what_the_exact_scan_gives_also_under_a_filter(
    place: Place, articles: list[Article], monkeypatch: pytest.MonkeyPatch, hnsw: str
) -> None:
    unless_tiny = "options=-c%20enable_seqscan%3Doff%20-c%20enable_sort%3Doff"
    store = open_store(f"{place(hnsw)}&hnsw={hnsw}&{unless_tiny}", manifest=MANIFEST, create=True)
    for article in articles:
        put(store, article)
    vectors = ENCODER.encode(drawn_queries(10))
    exact = [store.dense(v, 10, f) for f in FILTERS for v in vectors]
    monkeypatch.setattr(nearest, "EXACT_UP_TO", 5)
    store.flush()
    plan = explained(store, vectors[0])
    assert "vectors_nearest" in plan
    found = [store.dense(v, 10, f) for f in FILTERS for v in vectors]
    for pairs, expected in zip(found, exact, strict=True):
        assert len(pairs) == len(expected)
        assert dict(pairs) == pytest.approx(dict(expected), abs=1e-5)
    store.close()


def explained(store: PassageStore, vector: np.ndarray) -> str:
    """Return how the server goes about a search when it must use an index."""
    asked: list[str] = []
    connections = store._db  # type: ignore[attr-defined]
    plain = connections.rows

    def explain(statement: str, values: object = ()) -> object:
        asked.extend(str(row[0]) for row in plain(f"EXPLAIN {statement}", values))
        return plain(statement, values)

    connections.rows = explain
    store.dense(vector, 10, Filters())
    connections.rows = plain
    return "\n".join(asked)


QUESTIONS = (
    "Whose families were evacuated before the raid?", "What was announced?", "How much does the project cost?",
    "When does the bridge open?", "Which team won the final?", "What did the minister say about schools?",
    "How many people were evacuated?", "What caused the power cut?", "Who leads the central bank?",
    "What did the study find?", "Where was the ship built?", "What is the price of bread?",
    "Why was the strike called off?", "How long will the repair take?", "Which volcano erupted in Iceland in 1783?",
)  # fmt: skip


def spans(answer: Answer) -> list[tuple[int, str, int, int, str]]:
    """Return where each citation stands."""
    return [
        (c.marker, c.evidence.article_id, c.evidence.start, c.evidence.end, c.evidence.quote) for c in answer.citations
    ]


@pytest.mark.weights
def test_answers_from_the_bundled_articles_are_the_same_on_both(tmp_path: Path, place: Place) -> None:
    corpus = Path(__file__).parents[2] / "corpus"
    answers: list[list[Answer]] = []
    for location in (str(tmp_path), place(str(tmp_path))):
        engine = Engine.open(Settings(index=location, generator="extractive"), create=True)
        engine.add([str(corpus)])
        questions = (*QUESTIONS, *engine.example_questions(10))
        answers.append([engine.ask(q, question_date="2026-11-01") for q in questions])
        engine.close()
    for one, other in zip(*answers, strict=True):
        assert other.text == one.text
        assert [h.passage for h in other.hits] == [h.passage for h in one.hits]
        assert [h.score for h in other.hits] == pytest.approx([h.score for h in one.hits], abs=1e-5)
        assert [spans(a) for a in (one, other)] == [spans(one)] * 2
        assert (other.abstained, other.index_fingerprint) == (one.abstained, one.index_fingerprint)
    assert len({a.abstained for a in answers[0]}) == 2
