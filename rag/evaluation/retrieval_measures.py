"""Retrieval against gold articles or spans: R@k, Success@k, All@k, RR@10, nDCG@10 and AP, computed by ir_measures.

Passages are judged as the articles they come from, an article counting at the rank of its best passage, so that
another chunking does not void a judgment; behind the articles of the hits stand those that a longer list would name
next. `Success@k` is 1 when any gold article is among the first k, `R@k` the share
of gold articles there, `All@k` 1 when all are. Articles of weak gold are taken out before judging. Gold spans are
judged on the passages as they are ranked: one is relevant when it covers half of a gold span. The scores given to
trec_eval are 1/rank, so that its own ordering of ties cannot change ours. Owner of ir_measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from rag.evaluation.question_sets import GoldSpan, Question

CUTOFFS = (1, 3, 5, 10, 20, 50, 100)
DEPTH = CUTOFFS[-1]
Ranking = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """What judging needs of a hit."""

    article_id: str
    start: int
    end: int


def article_ranking(
    hits: Iterable[RankedPassage], further: Sequence[str] = (), *, ignored: Iterable[str] = ()
) -> dict[str, float]:
    """Return article → 1/rank for at most 100 articles: those of the hits by their best passages, then `further`.

    `ignored` articles take no rank.
    """
    skipped = frozenset(ignored)
    named = chain((hit.article_id for hit in hits), further)
    articles = islice(dict.fromkeys(article for article in named if article not in skipped), DEPTH)
    return {article: 1 / rank for rank, article in enumerate(articles, start=1)}


class RetrievalJudge:
    """Collects the rankings of judged questions, then measures them all: to rank 10, or as deep as they go."""

    def __init__(self) -> None:
        self._depth = self._span_depth = 1
        self._qrels: dict[str, dict[str, int]] = {}
        self._run: dict[str, Ranking] = {}
        self._span_qrels: dict[str, dict[str, int]] = {}
        self._span_run: dict[str, Ranking] = {}

    def add(self, question: Question, hits: Sequence[RankedPassage], further: Sequence[str] = ()) -> None:
        """Take one question, its passages, and the articles ranked behind theirs.

        Without gold it is not judged, and an unanswerable one never is.
        """
        if question.answerable is False:
            return
        name = question.question_id
        if question.evidence:
            self._qrels[name] = dict.fromkeys(question.evidence, 1)
            self._run[name] = article_ranking(hits, further, ignored=question.weak_only)
            self._depth = max(self._depth, len(hits), len(self._run[name]))
        if question.spans:
            self._span_depth = max(self._span_depth, len(hits))
            ranking = {f"{hit.article_id}:{hit.start}-{hit.end}": 1 / rank for rank, hit in enumerate(hits, start=1)}
            covering = {key: 1 for key, hit in zip(ranking, hits, strict=True) if covers_any(hit, question.spans)}
            self._span_qrels[name] = covering or {"\x00no passage covers the gold": 1}
            self._span_run[name] = ranking

    def scores(self) -> dict[str, dict[str, float]]:
        """Return question id → measure → value, for the questions that have gold."""
        import ir_measures as ir

        found: dict[str, dict[str, float]] = {name: {} for name in (*self._qrels, *self._span_qrels)}
        cutoffs = [k for k in CUTOFFS if k <= max(self._depth, 10)]
        recalls = [ir.R @ k for k in cutoffs]
        article_measures = [*recalls, *(ir.Success @ k for k in cutoffs), ir.RR @ 10, ir.nDCG @ 10, ir.AP]
        of_spans = [ir.Success @ k for k in cutoffs if k <= max(self._span_depth, 10)]
        if self._qrels:
            for metric in ir.iter_calc(article_measures, self._qrels, self._run):
                found[metric.query_id][str(metric.measure)] = float(metric.value)
                if metric.measure in recalls:
                    found[metric.query_id][f"All@{metric.measure['cutoff']}"] = float(metric.value == 1.0)
        if self._span_qrels:
            for metric in ir.iter_calc([*of_spans, ir.RR @ 10], self._span_qrels, self._span_run):
                found[metric.query_id][f"span {metric.measure}"] = float(metric.value)
        return found


def covers_any(hit: RankedPassage, spans: Iterable[GoldSpan]) -> bool:
    """Return whether the stretch covers at least half of some gold span."""
    return any(
        hit.article_id == span.article_id
        and 2 * (min(hit.end, span.end) - max(hit.start, span.start)) >= span.end - span.start > 0
        for span in spans
    )
