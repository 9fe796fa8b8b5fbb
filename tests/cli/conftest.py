"""Runs `rag` in this process on a fake engine, and gives back what a shell would see."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from cli_fakes import FakeEngine, Outcome, Run

from rag import cli
from rag.cli import options


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RAG_"):
            monkeypatch.delenv(name)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def created() -> list[bool]:
    """Return the list that tells, for each opening, whether an index was to be made."""
    return []


@pytest.fixture
def opened_with(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine, created: list[bool]) -> list[Any]:
    """Put the fake behind the command line; the list receives the settings it is opened with."""
    seen: list[Any] = []

    def open_fake(settings: Any, *, create: bool = False) -> FakeEngine:
        seen.append(settings)
        created.append(create)
        engine.settings = settings
        return engine

    monkeypatch.setattr(options, "open_engine", open_fake)
    return seen


@pytest.fixture
def run(
    opened_with: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Run:
    """Run `rag` in an empty folder, without settings of this machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("RAG_DEBUG", "RAG_GENERATOR", "RAG_INDEX", "RAG_K", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run_words(*words: str) -> Outcome:
        code = cli.main(words)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_words
