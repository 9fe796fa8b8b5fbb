"""One question, as it stands in its conversation, to the passages nearest to it. Loads nothing that answering needs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from rag.encoders.protocol import Encoder, Vectors
from rag.errors import InputError
from rag.records import Filters, Hit
from rag.reranking import Reranker
from rag.retrieval import Before, retrieve
from rag.stores.protocol import PassageStore


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question in its conversation; the first of one has nothing earlier.

    `earlier` are the texts to look up with it, `weight` what they count together against its own 1, and `cited` the ids
    of the passages cited in answer to the turn before, when the question points back.
    """

    question: str
    standalone: str
    earlier: tuple[str, ...] = ()
    weight: float = 0.0
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what narrows its answer. `day` (ISO 8601) is what "this week" is counted from."""

    text: FollowUp
    k: int
    filters: Filters
    day: str | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages found for a question, best first, and the ids of articles ranked behind theirs."""

    question: str
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float]
    further: tuple[str, ...] = ()


def search(
    asked: Asked, store: PassageStore, encoder: Encoder, reranker: Reranker | None = None
) -> tuple[SearchResult, Vectors]:
    """Return the hits for a question, and the vector of what it asks when it stands alone."""
    started = time.perf_counter()
    question = asked.text
    asked_on = _day(asked.day)
    texts = list(dict.fromkeys((question.question, question.standalone, *question.earlier)))
    vectors = dict(zip(texts, encoder.encode(texts, role="query"), strict=True))
    before = None
    if question.earlier:
        earlier = [vectors[text] for text in question.earlier]
        before = Before(question.earlier, earlier, question.weight, question.cited)
    encoded_ms = _ms_since(started)
    found = retrieve(
        question.question,
        store,
        encoder,
        k=asked.k,
        filters=asked.filters,
        asked_on=asked_on,
        vector=vectors[question.question],
        before=before,
        reranker=reranker,
    )
    timings = found.timings_ms | {"encode": encoded_ms, "total": _ms_since(started)}
    return SearchResult(question.standalone, tuple(found.hits), timings, found.further), vectors[question.standalone]


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        raise InputError(f"the question's date is {text!r}; give a day as YYYY-MM-DD") from None


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
