"""The language-model judge: asked only where there is something to judge, never twice, and never trusted blindly."""

from __future__ import annotations

from pathlib import Path

from evaluation_fakes import QUESTIONS, OverlapEngine, ScriptedGenerator

from rag.evaluation import run_evaluation


def test_only_answers_with_gold_are_judged_and_agreement_is_printed(tmp_path: Path) -> None:
    judge = ScriptedGenerator("Yes.", "no", "yes")
    metrics = run_evaluation(OverlapEngine(), QUESTIONS, tmp_path, judge=judge).metrics
    assert len(judge.prompts) == 3
    assert metrics["judge"] == {"right": 0.666667, "agreement": 0.666667}
    assert "Mira Tolan" in judge.prompts[1].user


def test_an_unclear_reply_and_a_failure_score_nothing(tmp_path: Path) -> None:
    judge = ScriptedGenerator("It depends", "yes")
    metrics = run_evaluation(OverlapEngine(), QUESTIONS, tmp_path, judge=judge).metrics
    assert metrics["counts"]["judge"]["right"] == 1


def test_measuring_again_asks_the_judge_nothing_twice(tmp_path: Path) -> None:
    first = run_evaluation(OverlapEngine(), QUESTIONS, tmp_path, judge=ScriptedGenerator("yes", "no", "yes")).metrics
    with (tmp_path / "judgements.jsonl").open("a") as file:
        file.write('{"id": "torn')
    silent = ScriptedGenerator()
    again = run_evaluation(OverlapEngine(), QUESTIONS, tmp_path, judge=silent, resume=True).metrics
    assert silent.prompts == []
    assert again["judge"] == first["judge"]
