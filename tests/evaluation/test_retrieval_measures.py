"""Retrieval measures against their definitions written out, on invented rankings."""

from __future__ import annotations

import math
import random

import pytest

from rag.evaluation.question_sets import GoldSpan, Question
from rag.evaluation.retrieval_measures import RankedPassage, RetrievalJudge, article_ranking

NAMES = [f"article-{number}" for number in range(12)]


def judged(question: Question, articles: list[str]) -> dict[str, float]:
    judge = RetrievalJudge()
    judge.add(question, [RankedPassage(name, 0, 10) for name in articles])
    return judge.scores()[question.question_id]


def test_an_article_counts_once_at_its_best_passage() -> None:
    hits = [RankedPassage(name, 0, 5) for name in ("b", "a", "b", "c", "a")]
    assert article_ranking(hits) == {"b": 1.0, "a": 1 / 2, "c": 1 / 3}


def test_articles_behind_those_of_the_hits_take_the_ranks_after_them_to_the_hundredth() -> None:
    hits = [RankedPassage(name, 0, 5) for name in ("a", "weak", "b")]
    ranking = article_ranking(hits, ("b", "c", *map(str, range(200))), ignored=("weak",))
    assert list(ranking)[:4] == ["a", "b", "c", "0"]
    assert len(ranking) == 100
    judge = RetrievalJudge()
    judge.add(Question("q", "?", evidence=("c",)), hits, ("c",))
    assert judge.scores()["q"]["RR@10"] == 1 / 4


def test_any_share_and_all_are_told_apart() -> None:
    scores = judged(Question("q", "?", evidence=("a", "b")), ["x", "a", "y", "z", "w", "b"])
    assert [scores[f"Success@{k}"] for k in (1, 3, 10)] == [0.0, 1.0, 1.0]
    assert [scores[f"R@{k}"] for k in (1, 3, 10)] == [0.0, 0.5, 1.0]
    assert [scores[f"All@{k}"] for k in (1, 3, 10)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("seed", range(8))
def test_measures_equal_their_definitions(seed: int) -> None:
    rng = random.Random(seed)
    ranked, gold = rng.sample(NAMES, 9), rng.sample(NAMES, 3)
    scores = judged(Question("q", "?", evidence=tuple(gold)), ranked)
    ranks = [rank for rank, name in enumerate(ranked, start=1) if name in gold]
    ideal = sum(1 / math.log2(rank + 1) for rank in (1, 2, 3))
    assert scores["AP"] == pytest.approx(sum(i / rank for i, rank in enumerate(ranks, start=1)) / 3)
    assert scores["RR@10"] == pytest.approx(1 / ranks[0] if ranks else 0)
    assert scores["nDCG@10"] == pytest.approx(sum(1 / math.log2(rank + 1) for rank in ranks) / ideal)
    assert scores["R@5"] == pytest.approx(sum(rank <= 5 for rank in ranks) / 3)


def test_weak_gold_is_neither_right_nor_wrong() -> None:
    question = Question("q", "?", evidence=("a",), evidence_weak=("w", "a"))
    assert judged(question, ["w", "a"])["RR@10"] == 1.0


def test_nothing_retrieved_scores_zero_and_is_not_left_out() -> None:
    scores = judged(Question("q", "?", evidence=("a",)), [])
    assert scores
    assert set(scores.values()) == {0.0}


def test_unanswerable_and_ungolded_questions_are_not_judged() -> None:
    judge = RetrievalJudge()
    judge.add(Question("q", "?", answerable=False, evidence=("a",)), [RankedPassage("a", 0, 9)])
    judge.add(Question("r", "?"), [RankedPassage("a", 0, 9)])
    assert judge.scores() == {}


def test_a_gold_span_is_found_by_a_passage_that_covers_half_of_it() -> None:
    judge = RetrievalJudge()
    hits = [RankedPassage("a", 0, 14), RankedPassage("a", 0, 15), RankedPassage("b", 10, 20)]
    judge.add(Question("q", "?", spans=(GoldSpan("a", 10, 20),)), hits)
    assert judge.scores()["q"]["span RR@10"] == 0.5
