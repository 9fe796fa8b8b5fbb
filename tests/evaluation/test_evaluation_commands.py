"""The evaluation commands as a shell sees them: exit codes, one JSON document on stdout, one line for each failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from evaluation_fakes import QUESTIONS, OverlapEngine

from rag.cli import evaluation as commands
from rag.cli import options
from rag.errors import InputError
from rag.evaluation.folder import json_line

Invoke = Callable[..., Result]


class ClosingEngine(OverlapEngine):
    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(options, "open_engine", lambda settings, **given: ClosingEngine(fail_on="boats"))
    (tmp_path / "q.jsonl").write_text("".join(json_line(question.row()) for question in QUESTIONS))

    def run(command: click.Command, *words: str) -> Result:
        return CliRunner().invoke(command, words)

    return run


def test_evaluate_prints_one_json_document_and_names_what_failed(invoke: Invoke) -> None:
    result = invoke(commands.evaluate, "q.jsonl", "--out", "run", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["answers"]["contains"] == 0.75
    assert "q.jsonl: question often: the endpoint did not answer" in result.stderr.splitlines()


def test_evaluate_without_failures_exits_0_and_names_the_report(invoke: Invoke) -> None:
    result = invoke(commands.evaluate, "q.jsonl", "--out", "run", "--limit", "3")
    assert result.exit_code == 0
    assert "run/report.html" in result.stdout
    assert "R@5" in result.stdout


def test_ragas_rows_leave_out_what_failed(invoke: Invoke, tmp_path: Path) -> None:
    invoke(commands.evaluate, "q.jsonl", "--out", "run", "--ragas", "ragas.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "ragas.jsonl").read_text().splitlines()]
    assert len(rows) == len(QUESTIONS) - 1
    assert rows[0]["reference"] == "1987"
    assert set(rows[4]) == {"user_input", "response", "retrieved_contexts"}


def test_no_secret_is_recorded(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("RAG_AUTH", "me:password")
    invoke(commands.evaluate, "q.jsonl", "--out", "run", "--limit", "1")
    recorded = (tmp_path / "run" / "settings.json").read_text()
    assert "very-secret" not in recorded
    assert "password" not in recorded


def test_compare_and_gate_of_a_run_with_itself(invoke: Invoke, tmp_path: Path) -> None:
    for name in ("a", "b"):
        invoke(commands.evaluate, "q.jsonl", "--out", name)
    compared = invoke(commands.compare, "a", "b", "--out", "c.html", "--json")
    (comparison,) = json.loads(compared.stdout)["comparisons"]
    assert comparison["measures"]["overall.right"]["difference"] == 0.0
    assert "Comparison of runs" in (tmp_path / "c.html").read_text()
    assert invoke(commands.gate, "b", "--against", "a").exit_code == 0


def test_the_gate_exits_1_on_a_loss(invoke: Invoke, tmp_path: Path) -> None:
    invoke(commands.evaluate, "q.jsonl", "--out", "a")
    scores = [{"id": str(i), "elapsed_ms": 1.0, "scores": {"overall.right": 1.0}} for i in range(200)]
    (tmp_path / "a" / "scores.jsonl").write_text("".join(map(json_line, scores)))
    (tmp_path / "b").mkdir()
    for name in ("metrics.json", "settings.json"):
        (tmp_path / "b" / name).write_text((tmp_path / "a" / name).read_text())
    for row in scores[:20]:
        row["scores"] = {"overall.right": 0.0}
    (tmp_path / "b" / "scores.jsonl").write_text("".join(map(json_line, scores)))
    result = invoke(commands.gate, "b", "--against", "a", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["passed"] is False


def test_questions_are_drafted_and_marked_unchecked(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke(commands.questions, "--out", "drafts.jsonl", "-n", "3")
    assert "3 questions drafted to drafts.jsonl, unchecked" in result.stdout
    rows = [json.loads(line) for line in (tmp_path / "drafts.jsonl").read_text().splitlines()]
    assert all(row["unchecked"] for row in rows)


def test_unusable_input_is_an_error_that_the_command_line_turns_into_one_line(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("id\n1\n")
    result = invoke(commands.evaluate, "bad.csv", "--out", "run")
    assert isinstance(result.exception, InputError)
    assert "no column is called 'question'" in str(result.exception)
