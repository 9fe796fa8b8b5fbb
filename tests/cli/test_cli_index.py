"""`rag index`: exit codes, one line for each failure, and a progress bar that moves with the work."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from cli_fakes import FakeEngine, Run
from rich.console import Console

from rag.cli.progress import ProgressBar, expected_articles
from rag.indexing import IndexSummary
from rag.readers import Failure


def summary(articles: int = 2, removed: int = 0, failed: tuple[Failure, ...] = ()) -> IndexSummary:
    return IndexSummary(1, 0, 1, 0, removed, failed, articles, 5, 0.1234)


@pytest.fixture
def note(run: Run) -> str:
    Path("note.md").write_text("A text.")
    return "note.md"


def test_a_run_ends_with_its_summary(run: Run, engine: FakeEngine, note: str) -> None:
    engine.summary = summary()
    outcome = run("index", note)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "1 added, 1 unchanged; the index holds 2 articles in 5 passages (0.1 s)\n"


def test_the_index_is_made_when_there_is_none(run: Run, engine: FakeEngine, note: str, created: list[bool]) -> None:
    engine.summary = summary()
    run("index", note, "--prune")
    run("articles")
    assert created == [True, False]
    assert engine.added == [((note,), True)]


def test_json_of_a_run_has_every_count_and_failure(run: Run, engine: FakeEngine, note: str) -> None:
    engine.summary = summary(failed=(Failure("a\nb.pdf", "is encrypted"),))
    outcome = run("index", note, "--json")
    assert outcome.code == 1
    assert outcome.err == "a b.pdf: is encrypted\n"
    document = json.loads(outcome.out)
    assert document["failed"] == [{"path": "a\nb.pdf", "error": "is encrypted"}]
    assert {"added", "updated", "unchanged", "duplicates", "removed", "articles", "passages"} <= set(document)


def test_a_missing_path_is_refused_before_anything_is_opened(run: Run, engine: FakeEngine, note: str) -> None:
    outcome = run("index", note, "gone.md")
    assert (outcome.code, engine.added) == (2, [])
    assert outcome.err == "rag: no such file or folder: gone.md\n"


def test_a_folder_without_articles_is_refused(run: Run) -> None:
    Path("bare").mkdir()
    outcome = run("index", "bare")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "bare" in outcome.err


def test_nothing_readable_and_an_empty_index_is_unusable_input(run: Run, engine: FakeEngine, note: str) -> None:
    engine.summary = summary(articles=0, failed=(Failure(note, "is empty"),))
    outcome = run("index", note)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.splitlines() == [
        "note.md: is empty",
        "rag: no article could be read from note.md, and the index is empty",
    ]


def test_an_index_emptied_by_pruning_is_what_was_asked_for(run: Run, engine: FakeEngine, note: str) -> None:
    engine.summary = summary(articles=0, removed=3)
    assert run("index", note, "--prune").code == 0


@pytest.mark.parametrize("words", [("ask", "x"), ("search", "x"), ("chat",)])
def test_questions_to_an_empty_index_are_refused(run: Run, engine: FakeEngine, words: tuple[str, ...]) -> None:
    engine.stored = {}
    outcome = run(*words)
    assert outcome.code == 2
    assert outcome.err.startswith("rag: the index in embeddings is empty; add articles with: rag index")


def test_a_batch_is_done_by_the_share_of_its_passages_that_is_encoded(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.md").write_text(f"Text {name}.")
    with ProgressBar([str(tmp_path)], Console(file=io.StringIO())) as bar:
        bar.reading("a")
        bar.reading("b")
        assert bar.done == 0
        bar.to_encode(8)
        bar.encoded(2)
        assert bar.done == pytest.approx(0.5)
        bar.encoded(6)
        assert bar.done == 2
        bar.reading("c")
        bar.to_encode(0)
        assert (bar.done, bar.total) == (3, 4)


def test_the_total_counts_lines_of_jsonl_and_grows_with_what_turns_up(tmp_path: Path) -> None:
    lines = tmp_path / "many.jsonl"
    lines.write_text("{}\n{}\n{}\n")
    places = [str(lines), "https://example.org/one"]
    assert expected_articles(places) == 4
    with ProgressBar(places, Console(file=io.StringIO())) as bar:
        for number in range(6):
            bar.reading(f"many.jsonl#{number}")
        assert bar.total == 6


def test_a_terminal_sees_passages_a_second_and_the_file_under_way() -> None:
    drawn = io.StringIO()
    with ProgressBar(["https://example.org/one"], Console(file=drawn, force_terminal=True, width=100)) as bar:
        bar.reading("corpus/[red]storm.md")
        bar.to_encode(1)
        bar.encoded(1)
    assert "[red]storm.md" in drawn.getvalue()
    assert "passages/s" in drawn.getvalue()
