"""Wrong usage, broken pipes and unforeseen errors: one line on stderr, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_fakes import Run

from rag import cli
from rag.cli import options, output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["aks", "x"], "No such command 'aks'. Did you mean 'ask'?"),
        (["ask"], "Missing argument 'QUESTION...'"),
        (["ask", "x", "--jsn"], "No such option '--jsn'"),
        (["ask", "  "], "the question is empty"),
        (["ask", "x" * 3000], "the question has 3000 characters; at most 2000 are read"),
        (["ask", "x", "--generator", "gpt"], "'gpt' should be 'extractive', 'local' or 'openai'"),
        (["ask", "x", "-k", "0"], "flag -k: k = 0 should be greater than or equal to 1"),
        (["search", "x", "-k", "9999999999999"], "should be less than or equal to 1000"),
        (["search", "x", "-k", "many"], "'many' is not a valid integer"),
        (["search", "x", "--since", "yesterday"], "'yesterday' is not a day; write it like 2026-01-31"),
        (["search", "x", "--since", "2026-02-30"], "'2026-02-30' is not a day"),
        (["ask", "x", "--since", "2026-02-02", "--until", "2026-02-01"], "--since 2026-02-02 is later than"),
        (["ask", "caf\udce9"], r"the argument 'caf\xe9' is not valid UTF-8"),
        (["search", "x", "--index", ""], "flag --index: index = ''"),
        (["remove"], "Missing argument"),
        (["serve", "--port", "70000"], "flag --port: port = 70000"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(run: Run, words: list[str], told: str) -> None:
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("rag: ")
    assert outcome.err.count("\n") == 1
    assert told in outcome.err


def test_a_bare_rag_shows_the_help_and_exits_with_2(run: Run) -> None:
    outcome = run()
    assert outcome.code == 2
    assert "Commands:" in outcome.err


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(settings: Any, *, create: bool = False) -> None:
        raise error

    monkeypatch.setattr(options, "open_engine", fail)


def test_an_unforeseen_error_is_one_line_that_says_how_to_see_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ValueError("two\nlines"))
    outcome = run("articles")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "rag: unexpected ValueError: two lines; run with RAG_DEBUG=1 for the traceback\n"


def test_debugging_lets_the_traceback_through(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, ValueError("seen"))
    monkeypatch.setenv("RAG_DEBUG", "1")
    with pytest.raises(ValueError, match="seen"):
        run("articles")


def test_an_interrupt_is_one_line_and_exit_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    outcome = run("articles")
    assert (outcome.code, outcome.err.strip()) == (130, "rag: interrupted")


def test_settings_show_value_and_origin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("rag.toml").write_text("k = 4\n")
    monkeypatch.setenv("RAG_GENERATOR", "local")
    shown = {row["name"]: row for row in json.loads(run("settings", "--json").out)["settings"]}
    assert (shown["k"]["value"], Path(shown["k"]["origin"]).name) == (4, "rag.toml")
    assert (shown["generator"]["value"], shown["generator"]["origin"]) == ("local", "environment RAG_GENERATOR")
    assert "environment RAG_GENERATOR" in run("settings").out


def test_a_wrong_settings_file_stops_every_command_that_reads_it(run: Run) -> None:
    Path("rag.toml").write_text("generatr = 'local'\n")
    outcome = run("ask", "x")
    assert outcome.code == 2
    assert "rag.toml: no setting is called 'generatr' (did you mean 'generator'?)" in outcome.err


def test_text_of_articles_cannot_steer_the_terminal() -> None:
    assert output.plain("a\x1b[31mb\x9bc\u202ed\re\tf\n") == "a\ufffd[31mb\ufffdc\ufffdd\ufffde\tf\n"
    assert output.one_line("a\n\n b\x07") == "a b\ufffd"


def test_python_m_rag_and_the_command_are_the_same() -> None:
    run = subprocess.run([sys.executable, "-m", "rag", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == "rag, version 0.1.0\n"
    assert cli.main(["--version"]) == 0


def test_a_reader_that_goes_away_ends_the_command_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        words = [sys.executable, "-m", "rag", "settings", "--json"]
        run = subprocess.run(words, cwd=tmp_path, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)
    assert run.stderr == ""


def test_json_is_valid_on_a_terminal_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text("model = 'modèle-🚣'\n", encoding="utf-8")
    words = [sys.executable, "-m", "rag", "settings", "--json"]
    environ = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    run = subprocess.run(words, cwd=tmp_path, env=environ, capture_output=True, check=True)
    shown = {row["name"]: row["value"] for row in json.loads(run.stdout.decode("ascii"))["settings"]}
    assert shown["model"] == "modèle-🚣"
