"""Comparing and gating: a real loss is seen, noise is not, and runs that cannot be compared are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from evaluation_fakes import QUESTIONS, TEXTS, OverlapEngine

from rag.errors import InputError
from rag.evaluation import run_evaluation
from rag.evaluation.compare_report import compare_page
from rag.evaluation.comparison import Run, compare_runs, load_run
from rag.evaluation.gating import gate

RNG = np.random.default_rng(11)
WITH_ANSWERS = {"asking": {"answers": True}}


def run_of(right: np.ndarray, name: str = "run") -> Run:
    """Return a run of answers that are right (1) or wrong (0), with what follows from it for the other measures."""
    scores = {
        str(i): {
            "overall.right": r,
            "answers.contains": r,
            "answers.F1": 0.2 + 0.6 * r,
            "overall.error": 0.0,
            "latency_ms.mean": 5.0,
        }
        for i, r in enumerate(right.tolist())
    }
    return Run(Path(name), WITH_ANSWERS, {}, scores)


BASE = (RNG.random(1000) < 0.7).astype(float)


def test_a_seeded_loss_of_three_points_in_a_thousand_fails() -> None:
    worse = BASE.copy()
    worse[np.flatnonzero(worse)[:30]] = 0.0
    result = gate(run_of(worse), run_of(BASE))
    assert not result.passed
    assert {one.measure for one in result.measures if one.outcome == "loss"} >= {"overall.right", "answers.contains"}


def test_a_loss_hidden_in_changes_both_ways_fails_too() -> None:
    worse, right = BASE.copy(), np.flatnonzero(BASE)
    worse[right[:50]], worse[np.flatnonzero(BASE == 0)[:20]] = 0.0, 1.0
    assert not gate(run_of(worse), run_of(BASE)).passed


def test_two_noisy_runs_of_the_same_settings_pass_in_95_of_100_resamplings() -> None:
    chances = RNG.beta(2, 1, 1000)
    passed = sum(
        gate(
            run_of((RNG.random(1000) < chances).astype(float)), run_of((RNG.random(1000) < chances).astype(float))
        ).passed
        for _ in range(100)
    )
    assert passed >= 95


def test_a_significant_loss_within_the_margin_passes() -> None:
    slightly = BASE.copy()
    slightly[np.flatnonzero(slightly)[:8]] = 0.0
    assert gate(run_of(slightly), run_of(BASE)).passed
    assert not gate(run_of(slightly), run_of(BASE), margin=0.005).passed


def test_strict_fails_when_too_few_questions_can_rule_a_loss_out() -> None:
    few = (np.arange(20) % 2).astype(float)
    other = few.copy()
    other[[0, 1, 2, 3]] = 1 - other[[0, 1, 2, 3]]
    assert gate(run_of(other), run_of(few)).passed
    assert not gate(run_of(other), run_of(few), strict=True).passed
    assert gate(run_of(few), run_of(few), strict=True).passed


def test_more_wrong_refusals_are_a_loss() -> None:
    def refusing(count: int) -> Run:
        scores = {str(i): {"abstention.wrong_refusal": float(i < count)} for i in range(300)}
        return Run(Path("run"), WITH_ANSWERS, {}, scores)

    assert not gate(refusing(60), refusing(20)).passed
    assert gate(refusing(20), refusing(60)).passed


def test_runs_of_other_questions_are_not_gated() -> None:
    with pytest.raises(InputError, match=r"1000 and 900 questions, 900 in common; the gate needs two runs of one"):
        gate(run_of(BASE), run_of(BASE[:900]))


def test_a_run_without_answers_is_not_gated_against_one_with(tmp_path: Path) -> None:
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path / "a")
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path / "b", answers=False)
    with pytest.raises(InputError, match="only one of the two asked for answers"):
        gate(load_run(tmp_path / "b"), load_run(tmp_path / "a"))


def test_better_and_worse_follow_the_direction_of_the_measure() -> None:
    worse = BASE.copy()
    worse[np.flatnonzero(worse)[:60]] = 0.0
    (comparison,) = compare_runs([run_of(BASE, "base"), run_of(worse, "other")])
    verdicts = {change.measure: change.better for change in comparison.changes}
    assert verdicts["overall.right"] is False
    assert verdicts["overall.error"] is None
    assert verdicts["latency_ms.mean"] is None


def test_the_page_shows_the_questions_that_were_lost(tmp_path: Path) -> None:
    less = {name: text for name, text in TEXTS.items() if name != "orchard"}
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path / "whole")
    run_evaluation(OverlapEngine(less), QUESTIONS, tmp_path / "less")
    comparisons = compare_runs([load_run(tmp_path / "whole"), load_run(tmp_path / "less")])
    shown = compare_page(comparisons)
    assert "Who planted the orchard at Hale?" in shown
    assert "index.articles" in shown
    assert comparisons[0].common == len(QUESTIONS)


def test_an_unfinished_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished run"):
        load_run(tmp_path)
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path)
    (tmp_path / "scores.jsonl").write_text(json.dumps({"id": "a"})[:-3] + "\n")
    with pytest.raises(InputError, match="damaged"):
        load_run(tmp_path)
