"""One cluster of two nodes for the session, and the command run against it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from invented_news import write_articles, write_questions
from two_nodes import TwoNodes

Run = subprocess.CompletedProcess[str]
Command = Callable[..., Run]
_COMMAND_S = 240


@pytest.fixture(scope="session")
def nodes() -> Iterator[TwoNodes]:
    pytest.importorskip("ray.exceptions")
    started = TwoNodes()
    try:
        started.start_head()
        started.start_other()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ray")
    write_articles(made / "news.jsonl", 60)
    write_questions(made / "questions.jsonl", 40)
    return made


@pytest.fixture(scope="session")
def command(nodes: TwoNodes, folder: Path) -> Command:
    """Run `rag` (or a script of its arguments) in a folder of its own, with the cluster's token."""

    def run(*words: str, program: tuple[str, ...] = ("-m", "rag"), **environment: str) -> Run:
        return subprocess.run(
            [sys.executable, *program, *words],
            cwd=folder,
            env={**nodes.environment, **environment},
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def undisturbed(command: Command, nodes: TwoNodes) -> dict[str, Any]:
    """Index over both nodes through Ray Client; return the summary that was printed."""
    run = command("index", "news.jsonl", "--index", "whole", "--on", nodes.client_address, "--json")
    assert run.returncode == 1, run.stderr  # one line is no article
    summary: dict[str, Any] = json.loads(run.stdout)
    return summary
