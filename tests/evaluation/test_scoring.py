"""Scores of one answer: what counts as due, what a refusal and an error are worth, and that citations are checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rag.evaluation import failures
from rag.evaluation.question_sets import Question
from rag.evaluation.scoring import Scored, Scorer, answer_text
from rag.evaluation.support import supports

TEXT = "Gulls nest on the pier. The pier was built in 1911."


def holds_it(claim: str, citations: Sequence[Mapping[str, Any]]) -> bool:
    return any(claim in citation["quote"] for citation in citations)


def scored(question: Question, row: dict[str, Any], **options: Any) -> Scored:
    return Scorer({"pier": TEXT}.get, holds_it, **options).score(question, row)


def answered(*sentences: str, cited: str = "pier", start: int = 0, verdict: str = "supported") -> dict[str, Any]:
    citations = [
        {"marker": i, "article_id": cited, "start": start, "end": start + len(text), "quote": text}
        for i, text in enumerate(sentences, start=1)
    ]
    told = [{"text": text, "verdict": verdict, "markers": [i]} for i, text in enumerate(sentences, start=1)]
    return {"state": "ok", "confidence": 0.8, "hits": [], "sentences": told, "citations": citations}


REFUSED = {"state": "abstained", "confidence": 0.1, "hits": [], "sentences": [], "citations": [], "answer": "No."}
FAILED = {"state": "error", "error": "gone", "hits": []}
YEAR = Question("q", "When was the pier built?", ("1911",), True, ("pier",))
ABSENT = Question("q", "Who built the airport?", answerable=False)


def test_markers_are_no_part_of_the_words_that_are_measured() -> None:
    assert answer_text(answered("Gulls nest on the pier.") | {"answer": "Gulls nest on the pier. [1]"}) == TEXT[:23]


def test_a_refusal_of_an_answerable_question_scores_zero() -> None:
    scores = scored(YEAR, REFUSED).scores
    assert (scores["answers.contains"], scores["answers.F1"], scores["overall.right"]) == (0.0, 0.0, 0.0)
    assert scores["abstention.wrong_refusal"] == 1.0
    assert "abstention.correct_refusal" not in scores


def test_a_due_refusal_is_right_and_counts_in_the_squad2_measures() -> None:
    scores = scored(ABSENT, REFUSED).scores
    assert (scores["abstention.correct_refusal"], scores["overall.right"], scores["answers.squad2_F1"]) == (1, 1, 1)
    assert "answers.F1" not in scores


def test_an_error_earns_nothing_on_either_kind_of_question() -> None:
    for question in (YEAR, ABSENT):
        scores = scored(question, FAILED).scores
        assert (scores["overall.right"], scores["overall.error"]) == (0.0, 1.0)
    assert scores["abstention.correct_refusal"] == 0.0


@pytest.mark.parametrize(
    ("row", "valid"),
    [
        (answered("Gulls nest"), 1.0),
        (answered("Gulls nest", start=1), 0.0),
        (answered("Gulls nest", cited="gone"), 0.0),
        (answered("Gulls nest", "The pier"), 0.5),
        (answered("Gulls nest", start=-51), 0.0),
    ],
)
def test_a_citation_is_valid_only_at_its_very_offsets(row: dict[str, Any], valid: float) -> None:
    assert scored(YEAR, row).scores["citations.valid"] == valid


def test_support_is_judged_again_and_an_uncited_claim_has_none() -> None:
    row = answered("Gulls nest on the pier.")
    row["sentences"] += [{"text": "It is tall.", "verdict": "supported", "markers": []}]
    row["sentences"] += [{"text": "Hello!", "verdict": "no_claim", "markers": []}]
    scores = scored(YEAR, row).scores
    assert (scores["citations.support"], scores["citations.cited"]) == (0.5, 0.5)


def test_citations_are_held_against_the_gold_articles() -> None:
    question = Question("q", "?", ("x",), True, ("pier", "mill"), evidence_weak=("harbour",))
    row = answered("Gulls nest")
    row["citations"] += [{**row["citations"][0], "article_id": name} for name in ("harbour", "choir")]
    scores = scored(question, row).scores
    assert (scores["citations.precision"], scores["citations.recall"]) == (0.5, 0.5)


def test_known_wrong_answers_are_counted() -> None:
    question = Question("q", "?", ("1911", "gulls"), True, wrong_answers=("1920",))
    scores = scored(question, answered("Gulls came in 1920.")).scores
    assert (scores["answers.misled"], scores["answers.all_right"]) == (1.0, 0.0)


def test_a_judges_opinion_is_scored_with_its_agreement() -> None:
    scores = scored(YEAR, answered("It was built in 1911."), judgements={"q": False}).scores
    assert (scores["judge.right"], scores["judge.agreement"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("question", "row", "retrieved", "cause"),
    [
        (YEAR, FAILED, 1.0, failures.ERROR),
        (YEAR, REFUSED, 1.0, failures.REFUSED),
        (YEAR, REFUSED, 0.0, failures.MISSED_REFUSED),
        (YEAR, answered("Gulls nest"), 1.0, failures.WRONG),
        (YEAR, answered("Gulls nest"), 0.0, failures.MISSED_WRONG),
        (YEAR, answered("in 1911", start=40), 1.0, failures.MISQUOTED),
        (YEAR, answered("The pier was built in 1911.", start=24), 1.0, None),
        (ABSENT, answered("Gulls nest"), None, failures.ANSWERED),
        (ABSENT, REFUSED, None, None),
    ],
)
def test_each_failure_has_its_cause(
    question: Question, row: dict[str, Any], retrieved: float | None, cause: str | None
) -> None:
    one = scored(question, row)
    if retrieved is not None:
        one.scores["retrieval.AP"] = retrieved
    assert failures.cause_of(one) == cause


POST = {
    "article_id": "pier",
    "outlet": "Harbour Post",
    "published": "2026-02-03",
    "quote": "The pier was built in 1911.",
}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The pier was built in 1911.", True),
        ("Harbour Post (3 February 2026): “The pier was built in 1911.”", True),
        ("According to Harbour Post, the pier was built in 1911.", True),
        ("Mountain Times (3 February 2026): “The pier was built in 1911.”", False),
        ("Harbour Post (3 February 2026): “The pier was built in 1920.”", False),
    ],
)
def test_a_true_attribution_is_set_aside_and_a_false_one_finds_no_support(claim: str, expected: bool) -> None:
    assert supports(claim, [POST]) is expected
