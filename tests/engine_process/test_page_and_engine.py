"""A page over an engine in a process of its own: what kills the engine does not end the page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

_SERVE = """
import sys
sys.path.insert(0, sys.argv[1])
from functools import partial
from pathlib import Path
from dying_engine import opened
from rag.settings import Settings
from rag.web import serve
serve(Settings(port=0, index=sys.argv[2]), partial(opened, Path(sys.argv[2])))
"""


@dataclass
class Page:
    """A page being served, and the folder in which its engine leaves its marks."""

    url: str
    folder: Path

    def ask(self, question: str, generator: str) -> tuple[str, Any]:
        """Return the last event of an answer, and what it carries."""
        data = [question, generator, 0, "", "", "", "", ""]
        called = httpx.post(f"{self.url}gradio_api/call/ask", json={"data": data}, timeout=30).json()
        told = httpx.get(f"{self.url}gradio_api/call/ask/{called['event_id']}", timeout=30).text
        event, _, value = told.strip().split("\n\n")[-1].partition("\n")
        return event.removeprefix("event: "), json.loads(value.removeprefix("data: "))

    @property
    def engines(self) -> list[int]:
        """Return the process numbers of the engines that were opened, the last one last."""
        return [int(line) for line in (self.folder / "opened").read_text().split()]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("marks")
    command = [sys.executable, "-c", _SERVE, str(Path(__file__).parent), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Page(process.stdout.readline().split()[3], folder)
        process.terminate()
        assert process.wait(20) == 0


def test_an_engine_that_a_model_takes_with_it_is_replaced_and_quotes_answer(page: Page) -> None:
    (page.folder / "died").unlink(missing_ok=True)
    before = len(page.engines) if (page.folder / "opened").exists() else 1
    event, (answer,) = page.ask("die once", "local")
    assert (event, answer["generator"], answer["abstained"]) == ("complete", "extractive", False)
    assert "memory runs out" in answer["notice"]
    assert len(page.engines) == before + 1


def test_a_question_that_kills_every_engine_is_told_so_and_the_next_is_answered(page: Page) -> None:
    event, _ = page.ask("die", "extractive")
    assert event == "error"
    event, (answer,) = page.ask("who", "extractive")
    assert (event, answer["answer"]) == ("complete", "Told.")


def test_an_engine_killed_between_questions_is_not_missed(page: Page) -> None:
    assert page.ask("who", "extractive")[0] == "complete"
    os.kill(page.engines[-1], signal.SIGKILL)
    event, (answer,) = page.ask("who", "extractive")
    assert (event, answer["answer"], answer["notice"]) == ("complete", "Told.", None)
