"""Question → hits: nearest by meaning and best by words, fused into one ranking of passages.

Both retrievers are asked for many more passages than are wanted; what one found and the other did not is scored by the
other too, so every candidate carries its cosine and its BM25. The two are fused as a convex combination of scores, the
BM25 scores divided by the best of the query (Bruch et al. 2023, "An Analysis of Fusion Functions for Hybrid
Retrieval"); on the development sets that beat reciprocal rank fusion, min-max and z-scores. The BM25 of a passage is
raised by a share of that of its whole article, whose other passages say what it is about. Recency counts only when the
question asks for it ("this week"), seen from the day on which it is asked.
This module knows no model, no index and no file.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rag.encoders.protocol import Encoder, Vectors
from rag.errors import InputError
from rag.records import Filters, Hit, Metadata, Passage
from rag.stores.protocol import PassageStore

DEPTH = 100  # candidates asked of each retriever
DENSE_WEIGHT = 0.7
ARTICLE_SHARE = 0.5  # of the BM25 of its whole article, added to that of a passage
RECENT_BONUS = 0.1
RECENT_DAYS = 14  # "this week" is asked some days later, and reported some days earlier

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ASKS_FOR_RECENT = re.compile(
    rf"\b(?:(?:this|last|past) (?:past )?(?:week|weekend|month|night|{_WEEKDAY})|on {_WEEKDAY}"
    r"|today|tonight|yesterday|recent|recently|latest|just|now|currently)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The passages to rank, by id: both scores of each, and its article."""

    dense: Mapping[int, float]
    lexical: Mapping[int, float]
    article_of: Mapping[int, str]


def retrieve(
    question: str,
    store: PassageStore,
    encoder: Encoder,
    *,
    k: int = 10,
    filters: Filters | None = None,
    asked_on: date | None = None,
    vector: Vectors | None = None,
) -> tuple[list[Hit], dict[str, float]]:
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
    clock.lap("encode")
    depth = max(DEPTH, 2 * k)
    dense = store.dense(vector, depth, filters)
    clock.lap("dense")
    lexical = store.lexical(question, depth, filters)
    clock.lap("lexical")
    found = _filled_in(question, vector, store, dict(dense), dict(lexical))
    articles = list(dict.fromkeys(found.article_of.values()))
    scores = _fused(found, store.article_scores(question, articles))
    if _ASKS_FOR_RECENT.search(question):
        recent = _published_around(asked_on or date.today(), store, articles)
        scores = {i: score + RECENT_BONUS * (found.article_of[i] in recent) for i, score in scores.items()}
    hits = _hits(scores, found, store, k)
    clock.lap("fuse")
    return hits, clock.milliseconds


def checked(filters: Filters) -> Filters:
    """Return the filters if their dates are ISO 8601 days in order; raises InputError otherwise."""
    for name, value in (("since", filters.since), ("until", filters.until)):
        if value is not None and _day(value) is None:
            raise InputError(f"{name} is {value!r}; give a day as YYYY-MM-DD")
    if filters.since is not None and filters.until is not None and filters.since > filters.until:
        raise InputError(f"since ({filters.since}) is after until ({filters.until}); no article can pass both")
    return filters


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def _filled_in(
    question: str, vector: Vectors, store: PassageStore, dense: dict[int, float], lexical: dict[int, float]
) -> _Candidates:
    """Give every candidate the score that the retriever which did not return it would give it."""
    only_dense = [i for i in dense if i not in lexical]
    cosines = store.dense_scores(vector, [i for i in lexical if i not in dense])
    words = dict.fromkeys(only_dense, 0.0) | store.lexical_scores(question, only_dense)
    lexical = lexical | words
    dense = dense | cosines
    article_of = store.article_of(list(dense))
    return _Candidates({i: dense[i] for i in article_of}, {i: lexical.get(i, 0.0) for i in article_of}, article_of)


def _fused(found: _Candidates, of_articles: Mapping[str, float]) -> dict[int, float]:
    words = {i: s + ARTICLE_SHARE * of_articles.get(found.article_of[i], 0.0) for i, s in found.lexical.items()}
    best = max(words.values(), default=0.0) or 1.0
    return {i: DENSE_WEIGHT * cosine + (1 - DENSE_WEIGHT) * words[i] / best for i, cosine in found.dense.items()}


def _published_around(day: date, store: PassageStore, article_ids: list[str]) -> set[str]:
    """Return the articles that appeared shortly before a day, or on the day after it."""
    first, last = day - timedelta(days=RECENT_DAYS), day + timedelta(days=1)
    days = {article_id: _day((m.published or "")[:10]) for article_id, m in store.metadata(article_ids).items()}
    return {article_id for article_id, d in days.items() if d is not None and first <= d <= last}


def _hits(scores: Mapping[int, float], found: _Candidates, store: PassageStore, k: int) -> list[Hit]:
    ranking = sorted(scores, key=lambda i: (-scores[i], i))[:k]
    passages: list[Passage] = store.passages(ranking)
    known: dict[str, Metadata] = store.metadata(list({p.article_id for p in passages}))
    return [
        Hit(
            rank=rank,
            score=scores[p.passage_id],
            passage=p,
            metadata=known.get(p.article_id, Metadata()),
            dense=found.dense[p.passage_id],
            lexical=found.lexical[p.passage_id],
        )
        for rank, p in enumerate(passages, start=1)
    ]


class _Clock:
    """Measures one stage after the other."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = (now - self._last) * 1000
        self._last = now
