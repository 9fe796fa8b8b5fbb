"""The page of evaluations: who may run, what a run gives, how it is stopped and continued, what is drawn."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from web_fakes import COST, NOWHERE, PAYLOADS, FakeEngine

from rag.evaluation.progress import Progress
from rag.records import Answer
from rag.settings import Settings
from rag.web.door import Door
from rag.web.evaluation_view import overview_html, progress_html

pytest.importorskip("gradio")
from rag.web.evaluation import Evaluation

OFFERED = {"extractive": "Quotes only"}


def evaluation(tmp_path: Path, engine: FakeEngine | None = None, **settings: object) -> Evaluation:
    door = Door(lambda report: engine or FakeEngine())
    door.start()
    assert door.wait(5)
    chosen = Settings(index=str(tmp_path / "index"), **settings)  # type: ignore[arg-type]
    return Evaluation(door, chosen, OFFERED)


def questions(tmp_path: Path, *texts: str) -> str:
    path = tmp_path / "set.jsonl"
    rows = [{"id": str(i), "question": text, "answers": ["2.3 million"]} for i, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def ran(page: Evaluation, file: object) -> tuple[object, ...]:
    async def last() -> tuple[object, ...]:
        return [drawn async for drawn in page.run(file, "extractive", False, 0)][-1]

    return asyncio.run(last())


def test_a_run_is_drawn_with_failures_first_and_can_be_taken_whole(tmp_path: Path) -> None:
    told, result, _, _, path = ran(evaluation(tmp_path), questions(tmp_path, COST, NOWHERE))
    assert "2 questions asked" in str(told)
    assert "1 failure" in str(result)
    assert NOWHERE in str(result)
    assert {"answers.jsonl", "settings.json", "report.html"} <= set(zipfile.ZipFile(str(path)).namelist())


class SlowEngine(FakeEngine):
    """Answers after telling that it was asked."""

    def __init__(self, on_ask: Callable[[int], None]) -> None:
        super().__init__()
        self.on_ask, self.count = on_ask, 0

    def ask(self, question: str, **options: object) -> Answer:  # type: ignore[override]
        self.count += 1
        self.on_ask(self.count)
        return super().ask(question)


def test_a_cancelled_run_is_continued_by_the_same_file_without_asking_twice(tmp_path: Path) -> None:
    page: Evaluation
    engine = SlowEngine(lambda count: page.cancel() if count == 2 else None)
    page = evaluation(tmp_path, engine)
    file = questions(tmp_path, COST, NOWHERE, "Who leads the inquiry?", "When?")
    assert "Stopped after 2 of 4" in str(ran(page, file)[0])
    assert page.runs == []
    assert "4 questions asked" in str(ran(page, file)[0])
    assert engine.count == 4


def test_two_runs_are_compared_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    page = evaluation(tmp_path)
    ran(page, questions(tmp_path, COST))
    (run,) = page.runs
    assert "1 question in common" in page.compare(run.name, run.name)
    assert "choose a finished run" in page.compare("../index", run.name)


def test_strangers_may_not_run_or_draft(tmp_path: Path) -> None:
    page = evaluation(tmp_path, host="0.0.0.0")
    assert "only on this machine" in str(ran(page, questions(tmp_path, COST))[0])
    assert "only on this machine" in str(page.draft()[1])


def test_a_file_that_is_no_question_set_is_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"question": "a?"}\n{"quest', encoding="utf-8")
    assert "line 2" in str(ran(evaluation(tmp_path), str(path))[0])


def test_drafted_questions_can_be_run(tmp_path: Path) -> None:
    page = evaluation(tmp_path)
    path, told = page.draft()
    assert "unchecked" in str(told)
    assert "asked" in str(ran(page, path)[0])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_question_becomes_markup(tmp_path: Path, payload: str) -> None:
    page = evaluation(tmp_path)
    ran(page, questions(tmp_path, f"{payload} chess?"))
    drawn = overview_html(page.runs[0])
    assert payload not in drawn or "<" not in payload


def test_progress_says_what_is_left() -> None:
    assert "12 of 90 questions, 1 failed, 1 min 5 s left" in progress_html(Progress(12, 90, 1, 10.0, 65.2))
