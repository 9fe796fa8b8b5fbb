"""Question → hits: nearest by meaning and best by words, fused into one ranking of passages.

`fusion` scores the passages that could answer, `recency` raises recent ones when the question asks for them, a reranker
(if there is one) reads the best once more, and `listing` leaves out near-copies and keeps several voices in the list.
For a follow-up question, what was asked before counts too, and the passages cited before stay in play.
This room knows no model, no index and no file.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from rag.chunking import encoder_input
from rag.encoders.protocol import Encoder, Vectors
from rag.errors import InputError
from rag.records import Filters, Hit, Metadata
from rag.reranking import RERANKED, Reranker
from rag.retrieval.fusion import Candidates, Query, candidates, fused, lexical_search
from rag.retrieval.listing import listed
from rag.retrieval.recency import asks_for_recent, day_of, published_around
from rag.stores.filters import day_bounds, fold, keys_of
from rag.stores.protocol import PassageStore

__all__ = ["Before", "Ranked", "checked", "retrieve"]

DEPTH = 100  # candidates asked of each retriever
DEEPEST = 25_600  # when the first ones are copies of one another
RECENT_BONUS = 0.1


@dataclass(frozen=True, slots=True)
class Before:
    """What a conversation adds to a follow-up question: earlier questions, and the passages cited in answer to them.

    `vectors` are those of the questions; `weight` is what they count together against the question, whose own is 1.
    """

    questions: tuple[str, ...]
    vectors: Sequence[Vectors]
    weight: float
    cited: tuple[int, ...] = ()


class Ranked(NamedTuple):
    """Hits, best first; the milliseconds of each stage; the ids of articles ranked behind those of the hits."""

    hits: list[Hit]
    timings_ms: dict[str, float]
    further: tuple[str, ...]


def retrieve(
    question: str,
    store: PassageStore,
    encoder: Encoder,
    *,
    k: int = 10,
    filters: Filters | None = None,
    asked_on: date | None = None,
    vector: Vectors | None = None,
    before: Before | None = None,
    reranker: Reranker | None = None,
) -> Ranked:
    """Return at most k hits, best first, and the milliseconds of each stage: encode, dense, lexical, fuse.

    `asked_on` is what "this week" in a question is counted from, today unless given; `vector` is the question's, when
    it is known already. Equal scores are ordered by passage id. Raises InputError for a blank question, k below 1, or a
    date that is none.
    """
    filters = checked(filters or Filters())
    if not question.strip():
        raise InputError("the question is empty; type one")
    if k < 1:
        raise InputError(f"k is {k}; ask for at least 1 hit")
    clock = _Clock()
    if vector is None:
        vector = encoder.encode([question], role="query")[0]
    query = _query(question, vector, before)
    clock.lap("encode")
    cited = _passing(before.cited if before else (), store, filters)
    depth = max(DEPTH, 2 * k)
    while True:
        dense = dict(store.dense(query.direction, depth, filters))
        clock.lap("dense")
        lexical = lexical_search(query, store, depth, filters)
        clock.lap("lexical")
        found = candidates(query, store, dense, lexical, cited, depth)
        scores = _ranked(question, query, found, store, asked_on or date.today())
        if reranker is not None:
            scores = _reranked(question, scores, store, reranker, max(RERANKED, depth // 2))
        hits = _hits(scores, found, store, k, cited)
        clock.lap("fuse")
        if len(hits) >= k or not found.full or depth >= DEEPEST:
            return Ranked(hits, clock.milliseconds, _further(scores, found, hits))
        depth *= 4


def checked(filters: Filters) -> Filters:
    """Return the filters if their dates are ISO 8601 days in order; raises InputError otherwise."""
    for name, value in (("since", filters.since), ("until", filters.until)):
        if value is not None and day_of(value) is None:
            raise InputError(f"{name} is {value!r}; give a day as YYYY-MM-DD")
    if filters.since is not None and filters.until is not None and filters.since > filters.until:
        raise InputError(f"since ({filters.since}) is after until ({filters.until}); no article can pass both")
    return filters


def _query(question: str, vector: Vectors, before: Before | None) -> Query:
    said = [text for text in before.questions if text.strip()] if before else []
    if before is None or not said or not before.weight:
        return Query(((question, 1.0),), vector)
    vector = np.asarray(vector + before.weight * np.mean(before.vectors, axis=0), dtype=np.float32)
    return Query(((question, 1.0), (" ".join(said), before.weight / len(said))), vector)


def _passing(passage_ids: Sequence[int], store: PassageStore, filters: Filters) -> list[int]:
    """Return the passages that are still there and whose articles pass the filters."""
    article_of = store.article_of(passage_ids) if passage_ids else {}
    known = store.metadata(list(article_of.values())) if article_of else {}
    return [i for i, article in article_of.items() if article in known and _passes(known[article], filters)]


def _passes(metadata: Metadata, filters: Filters) -> bool:
    keys, days = keys_of(metadata), day_bounds(filters)
    named = ((filters.outlet, keys.outlet), (filters.author, keys.author), (filters.language, keys.language))
    return all(wanted is None or fold(wanted) == key for wanted, key in named) and (
        days is None or days[0] <= keys.day <= days[1]
    )


def _ranked(question: str, query: Query, found: Candidates, store: PassageStore, today: date) -> dict[int, float]:
    scores = fused(query, found, store)
    if not asks_for_recent(question):
        return scores
    recent = published_around(today, store.metadata(found.articles), found.articles)
    return {i: score + RECENT_BONUS * (found.article_of[i] in recent) for i, score in scores.items()}


def _reranked(
    question: str, scores: dict[int, float], store: PassageStore, reranker: Reranker, most: int
) -> dict[int, float]:
    """Return the reranker's scores of the best passages; the others are dropped."""
    best = store.passages(sorted(scores, key=lambda i: (-scores[i], i))[:most])
    known = store.metadata(list({p.article_id for p in best}))
    texts = [encoder_input(known.get(p.article_id, Metadata()), p) for p in best]
    return {p.passage_id: s for p, s in zip(best, reranker.scores(question, texts), strict=True)}


def _further(scores: dict[int, float], found: Candidates, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the articles behind those listed, by their best passages; what is named as a copy is listed."""
    named = {h.passage.article_id for h in hits}.union(*(h.copies for h in hits))
    ranking = (found.article_of[i] for i in sorted(scores, key=lambda i: (-scores[i], i)))
    return tuple(article_id for article_id in dict.fromkeys(ranking) if article_id not in named)


def _hits(scores: dict[int, float], found: Candidates, store: PassageStore, k: int, cited: Sequence[int]) -> list[Hit]:
    marks = store.marks(found.articles)
    ranking = sorted(scores, key=lambda i: (-scores[i], i))
    lines = {line.passage_id: line for line in listed(ranking, found.article_of, marks, store, k, set(cited))}
    passages = store.passages(list(lines))
    known: dict[str, Metadata] = store.metadata(list({p.article_id for p in passages}))
    return [
        Hit(
            rank=rank,
            score=scores[p.passage_id],
            passage=p,
            metadata=known.get(p.article_id, Metadata()),
            dense=found.dense[p.passage_id],
            lexical=found.lexical[p.passage_id],
            group=lines[p.passage_id].group,
            version=marks[p.article_id].version if p.article_id in marks else "",
            copies=tuple(lines[p.passage_id].copies),
        )
        for rank, p in enumerate(passages, start=1)
    ]


class _Clock:
    """Measures one stage after the other; a stage that comes again is added to."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = self.milliseconds.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now
