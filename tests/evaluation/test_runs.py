"""Runs: what the folder holds, that nothing is lost or asked twice, and that a killed run ends in the same figures."""

from __future__ import annotations

import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from evaluation_fakes import QUESTIONS, OverlapEngine

from rag.errors import InputError
from rag.evaluation import Question, run_evaluation
from rag.evaluation.progress import Progress

TIMED = ("elapsed_ms", "timings_ms")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def untimed(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """Return answers, metrics and the report of a run without what depends on the clock."""
    rows = [
        {name: value for name, value in row.items() if name not in TIMED} for row in lines(folder / "answers.jsonl")
    ]
    metrics = json.loads((folder / "metrics.json").read_text())
    for tree in (metrics, *metrics["by_type"].values()):
        for part in (tree, tree["intervals_95"], tree["counts"]):
            part.pop("latency_ms", None)
    metrics.pop("run")
    report = (folder / "report.html").read_text(encoding="utf-8")
    report = re.sub(r'<svg[^>]*aria-label="Latency".*?</svg>', "", report, flags=re.DOTALL)
    return rows, metrics, [line for line in report.splitlines() if not re.search(r"\d ms|begun|<td>path", line)]


def leaves(tree: object) -> Iterator[object]:
    if isinstance(tree, dict | list):
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from leaves(branch)
    else:
        yield tree


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_evaluation(OverlapEngine(fail_on="boats"), QUESTIONS, tmp_path_factory.mktemp("whole") / "run").path


def test_the_folder_holds_what_the_contract_names(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()}
    assert {"answers.jsonl", "metrics.json", "run.trec", "report.html", "settings.json"} <= names
    assert not [name for name in names if name.endswith(".part")]


def test_every_question_has_its_row_in_order_with_a_state(whole: Path) -> None:
    rows = lines(whole / "answers.jsonl")
    assert [row["id"] for row in rows] == [question.question_id for question in QUESTIONS]
    assert [row["state"] for row in rows] == ["ok", "ok", "ok", "error", "abstained", "ok", "ok"]
    assert rows[3]["error"] == "the endpoint did not answer"


def test_figures_are_those_worked_out_by_hand(whole: Path) -> None:
    metrics = json.loads((whole / "metrics.json").read_text())
    assert metrics["states"] == {"ok": 5, "abstained": 1, "error": 1}
    assert metrics["answers"]["contains"] == 0.75
    assert metrics["abstention"]["correct_refusal"] == 0.5
    assert metrics["abstention"]["wrong_refusal"] == 0.0
    assert metrics["overall"]["right"] == pytest.approx(4 / 6, abs=1e-6)
    assert metrics["retrieval"]["R@5"] == 0.75
    assert metrics["citations"]["valid"] == 1.0


def test_every_figure_has_an_interval_around_it_and_none_is_nan(whole: Path) -> None:
    metrics = json.loads((whole / "metrics.json").read_text())
    for tree in (metrics, *metrics["by_type"].values()):
        for section, intervals in tree["intervals_95"].items():
            for name, (low, high) in intervals.items():
                assert low <= tree[section][name] <= high, (section, name)
    assert all(math.isfinite(leaf) for leaf in leaves(metrics) if isinstance(leaf, float))


def test_retrieval_figures_can_be_recomputed_from_the_trec_files(whole: Path) -> None:
    measures = [ir_measures.R @ 5, ir_measures.nDCG @ 10, ir_measures.AP, ir_measures.RR @ 10]
    qrels = list(ir_measures.read_trec_qrels(str(whole / "qrels.trec")))
    run = list(ir_measures.read_trec_run(str(whole / "run.trec")))
    figures = json.loads((whole / "metrics.json").read_text())["retrieval"]
    for measure, value in ir_measures.calc_aggregate(measures, qrels, run).items():
        assert figures[str(measure)] == pytest.approx(value, abs=1e-6)


def test_questions_alone_still_give_answers_and_latency(tmp_path: Path) -> None:
    metrics = run_evaluation(OverlapEngine(), [Question("a", QUESTIONS[-1].question)], tmp_path).metrics
    assert metrics["citations"]["valid"] == 1.0
    assert metrics["latency_ms"]["p50"] > 0
    assert set(metrics["not_measured"]) == {"retrieval", "answers", "abstention"}


def test_without_answers_only_retrieval_is_measured(tmp_path: Path) -> None:
    engine = OverlapEngine()
    metrics = run_evaluation(engine, QUESTIONS, tmp_path, answers=False).metrics
    assert engine.asked == []
    assert metrics["retrieval"]["R@5"] == 0.75
    assert metrics["answers"] == {}


@pytest.mark.parametrize("seed", range(6))
def test_a_run_cut_at_any_byte_and_resumed_ends_the_same(whole: Path, tmp_path: Path, seed: int) -> None:
    run_evaluation(OverlapEngine(fail_on="boats"), QUESTIONS, tmp_path)
    answers = tmp_path / "answers.jsonl"
    kept = random.Random(seed).randrange(answers.stat().st_size)
    os.truncate(answers, kept)
    finished = answers.read_bytes().count(b"\n")
    engine = OverlapEngine(fail_on="boats")
    run_evaluation(engine, QUESTIONS, tmp_path, resume=True)
    assert engine.asked == [question.question for question in QUESTIONS[finished:]]
    assert untimed(tmp_path) == untimed(whole)


def test_a_finished_run_is_measured_again_without_asking(tmp_path: Path) -> None:
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path)
    before, engine = untimed(tmp_path), OverlapEngine()
    run_evaluation(engine, QUESTIONS, tmp_path, resume=True)
    assert engine.asked == []
    assert untimed(tmp_path) == before


def test_threads_give_the_same_rows_in_the_same_order(whole: Path, tmp_path: Path) -> None:
    run_evaluation(OverlapEngine(fail_on="boats"), QUESTIONS, tmp_path, workers=3)
    assert untimed(tmp_path) == untimed(whole)


def test_a_run_is_not_overwritten_without_resume(tmp_path: Path) -> None:
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path)
    with pytest.raises(InputError, match="holds a run already; add --resume"):
        run_evaluation(OverlapEngine(), QUESTIONS, tmp_path)


@pytest.mark.parametrize(
    ("engine", "options", "changed"),
    [
        (OverlapEngine(), {"k": 3}, "asking"),
        (OverlapEngine(), {"limit": 2}, "questions"),
        (OverlapEngine(), {"settings": {"max_sentences": 1}}, "settings"),
        (OverlapEngine({"harbour": "The harbour was sold."}), {}, "index"),
    ],
)
def test_another_run_is_not_continued(
    tmp_path: Path, engine: OverlapEngine, options: dict[str, Any], changed: str
) -> None:
    run_evaluation(OverlapEngine(), QUESTIONS, tmp_path)
    with pytest.raises(InputError, match=f"was begun with other {changed}, so it cannot be continued"):
        run_evaluation(engine, QUESTIONS, tmp_path, resume=True, **options)


def test_a_folder_that_another_process_writes_is_refused(tmp_path: Path) -> None:
    class Nested(OverlapEngine):
        def warm(self, generator: str | None = None) -> None:
            run_evaluation(OverlapEngine(), QUESTIONS, tmp_path, resume=True)

    with pytest.raises(InputError, match="another process is writing this run"):
        run_evaluation(Nested(), QUESTIONS, tmp_path)


def test_gold_articles_that_are_not_indexed_are_reported(tmp_path: Path) -> None:
    run_evaluation(OverlapEngine(), [Question("a", "Who sings?", evidence=("opera",))], tmp_path)
    assert "1 of 1 gold articles are not in the index" in (tmp_path / "settings.json").read_text()
    assert "1 of 1 gold articles are not in the index" in (tmp_path / "report.html").read_text()


def test_progress_counts_up_and_ends_with_nothing_left(tmp_path: Path) -> None:
    reports: list[Progress] = []
    run_evaluation(OverlapEngine(fail_on="boats"), QUESTIONS, tmp_path, progress=reports.append)
    assert [report.done for report in reports] == list(range(1, len(QUESTIONS) + 1))
    assert (reports[-1].left_s, reports[-1].errors) == (0.0, 1)


def test_a_date_is_passed_to_an_engine_that_takes_one(tmp_path: Path) -> None:
    class Dated(OverlapEngine):
        def ask(self, question: str, *, question_date: str = "", **given: Any) -> Any:
            return super().ask(f"{question} ({question_date})", **given)

    engine = Dated()
    run_evaluation(engine, [Question("a", "Who sings?", question_date="2026-01-08")], tmp_path)
    assert engine.asked == ["Who sings? (2026-01-08)"]


SLOW_RUN = """
import sys, time
from pathlib import Path
from evaluation_fakes import OverlapEngine, QUESTIONS
from dataclasses import replace
from rag.evaluation import run_evaluation
class Slow(OverlapEngine):
    def ask(self, question, **given):
        with open(sys.argv[2], "a") as log:
            log.write(question + "\\n")
        time.sleep(0.02)
        return super().ask(question, **given)
def copy(q, n):
    return replace(q, question_id=f"{q.question_id}-{n}", question=f"{q.question} {n}")
questions = [copy(q, n) for n in range(12) for q in QUESTIONS]
run_evaluation(Slow(), questions, sys.argv[1], resume=Path(sys.argv[1], "settings.json").exists())
"""


@pytest.mark.slow
def test_a_run_killed_five_times_ends_like_one_that_was_not(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}

    def start(name: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", SLOW_RUN, str(tmp_path / name), str(tmp_path / f"{name}.log")]
        return subprocess.Popen(words, env=environment)

    assert start("whole").wait() == 0
    for kill in range(5):
        process, answers = start("killed"), tmp_path / "killed" / "answers.jsonl"
        while not answers.exists() or answers.read_bytes().count(b"\n") < 14 * (kill + 1):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start("killed").wait() == 0
    assert untimed(tmp_path / "killed") == untimed(tmp_path / "whole")
    asked = (tmp_path / "killed.log").read_text().splitlines()
    assert len(asked) - len(set(asked)) <= 5  # only the one under way when the kill came is asked again
