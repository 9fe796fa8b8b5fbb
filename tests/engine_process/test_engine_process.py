"""The engine in a process of its own: the same methods and errors, and what happens when it is killed."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dying_engine import MANY, opened

from rag.engine import Engine
from rag.engine_process import EngineProcess
from rag.errors import EngineEndedError, IndexStateError, InputError
from rag.events import Finished, Retrieved, Written
from rag.records import Filters, Turn

_ABANDONED = """
import sys, time
from functools import partial
from pathlib import Path
sys.path.insert(0, sys.argv[1])
if __name__ == "__main__":
    from dying_engine import opened
    from rag.engine_process import EngineProcess
    engine = EngineProcess(partial(opened, Path(sys.argv[2]))).opened(lambda status: None)
    print(engine.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EngineProcess]:
    started = EngineProcess(partial(opened, tmp_path))
    try:
        yield started.opened(lambda status: None)
    finally:
        started.close()


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        if happened():
            return True
        time.sleep(0.02)
    return happened()


def is_gone(pid: int | None) -> bool:
    """Return whether a process has ended; one that nobody has asked after, a zombie, has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_every_method_has_the_parameters_of_the_engine() -> None:
    offered = [name for name, value in vars(EngineProcess).items() if inspect.isfunction(value) and name[0] != "_"]
    assert {"ask", "stream", "search", "add", "article", "articles"} <= set(offered)
    for name in set(offered) - {"opened", "add"}:
        assert list(inspect.signature(getattr(EngineProcess, name)).parameters) == list(
            inspect.signature(getattr(Engine, name)).parameters
        ), name


def test_calls_reach_the_engine_and_values_come_back(engine: EngineProcess, tmp_path: Path) -> None:
    turn = Turn("Who?", engine.ask("Who?"))
    assert engine.fingerprint == "f1"
    engine.warm("local")
    assert (tmp_path / "warmed").read_text() == "local"
    assert engine.search("q", k=3, filters=Filters("Post"), question_date="2026-01-01").question == (
        f"q 3 {Filters('Post')} 2026-01-01"
    )
    asked = engine.ask("why", history=[turn], k=5, question_date="2026-02-02", generator="local")
    assert (asked.question, asked.generator, asked.notice) == ("why 1 5 2026-02-02", "local", None)
    assert engine.article("a", "v") is None
    found = engine.article("a")
    assert found is not None
    assert found.metadata.title == "a"
    assert engine.source_state("a", "v") == "changed"
    assert engine.remove(["a", "b"]) == 2
    assert engine.example_questions(2) == ["Who is 0?", "Who is 1?"]
    assert [stored.article.article_id for stored in engine.articles()] == [f"a{i}" for i in range(MANY)]


def test_an_answer_is_streamed_event_by_event(engine: EngineProcess) -> None:
    kinds = [type(event) for event in engine.stream("who")]
    assert kinds == [Retrieved, Written, Written, Finished]


def test_a_stream_that_is_left_ends_in_the_engine_too(engine: EngineProcess, tmp_path: Path) -> None:
    events = engine.stream("who")
    next(events)
    assert not (tmp_path / "ended").exists()
    events.close()  # type: ignore[attr-defined]
    assert within(5, (tmp_path / "ended").exists)


def test_progress_of_indexing_is_told_in_order(engine: EngineProcess) -> None:
    told: list[tuple[str, object]] = []

    class Told:
        def __getattr__(self, name: str) -> Callable[[object], None]:
            return lambda value: told.append((name, value))

    summary = engine.add(["x.md", "y.md"], progress=Told())  # type: ignore[arg-type]
    assert summary.articles == 2
    assert told == [("to_encode", 2), ("reading", "x.md"), ("encoded", 1), ("reading", "y.md"), ("encoded", 1)]


def test_many_threads_get_each_their_own_answer(engine: EngineProcess) -> None:
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda i: engine.ask(f"q{i}").question, range(300)))
    assert answers == [f"q{i} 0 None None" for i in range(300)]


def test_our_errors_arrive_as_they_are_and_others_with_their_name(engine: EngineProcess) -> None:
    with pytest.raises(InputError, match="the question is wrong; ask another"):
        engine.ask("wrong")
    with pytest.raises(InputError, match="wrong"):
        list(engine.stream("wrong"))
    with pytest.raises(RuntimeError, match="ZeroDivisionError: a bug"):
        engine.ask("broken")
    assert engine.ask("who").text == "Told."


def test_what_is_being_done_is_reported_until_the_engine_is_open(tmp_path: Path) -> None:
    told: list[str] = []
    engine = EngineProcess(partial(opened, tmp_path)).opened(told.append)
    engine.close()
    assert told == ["reading", "loading"]
    assert (tmp_path / "closed").exists()
    assert is_gone(engine.pid)
    with pytest.raises(EngineEndedError, match="closed"):
        engine.ask("who")


def test_an_index_that_does_not_open_says_why(tmp_path: Path) -> None:
    (tmp_path / "refuse").touch()
    engine = EngineProcess(partial(opened, tmp_path))
    with pytest.raises(IndexStateError, match="damaged: run `rag index --rebuild`"):
        engine.opened(lambda status: None)
    engine.close()


@pytest.mark.parametrize("generator", [None, "extractive"])
def test_a_question_under_which_the_process_dies_is_asked_again(engine: EngineProcess, generator: str | None) -> None:
    before = engine.pid
    answer = engine.ask("die once", generator=generator)
    assert (answer.text, answer.notice) == ("Told.", None)
    assert engine.pid != before


def test_when_the_model_takes_the_process_with_it_quotes_answer_and_say_so(engine: EngineProcess) -> None:
    answer = engine.ask("die once", generator="local")
    assert answer.generator == "extractive"
    assert "memory runs out" in str(answer.notice)
    assert "quotes only" in str(answer.notice)


def test_a_stream_begins_anew_in_quotes_when_the_model_takes_the_process_with_it(engine: EngineProcess) -> None:
    events = list(engine.stream("die once", generator="local"))
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["Retrieved", "Written", "Retrieved", "Written", "Written", "Finished"]
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.answer.generator, "memory runs out" in str(last.answer.notice)) == ("extractive", True)


def test_a_question_that_always_kills_is_an_error_and_the_next_is_answered(engine: EngineProcess) -> None:
    with pytest.raises(EngineEndedError, match="was killed"):
        engine.ask("die")
    with pytest.raises(EngineEndedError, match="was killed"):
        list(engine.stream("die"))
    assert engine.ask("who").text == "Told."


def test_what_cannot_be_received_is_an_error_and_no_wait_for_ever(engine: EngineProcess) -> None:
    with pytest.raises(EngineEndedError):
        engine.example_questions(13)
    assert engine.example_questions(1) == ["Who is 0?"]


def test_a_process_killed_while_idle_is_replaced_unnoticed(engine: EngineProcess) -> None:
    for _ in range(3):
        pid = engine.pid
        os.kill(int(pid or 0), signal.SIGKILL)
        assert engine.article("a") is not None
        assert engine.pid != pid


def test_indexing_is_not_begun_twice_by_itself(engine: EngineProcess, tmp_path: Path) -> None:
    with pytest.raises(EngineEndedError, match="was killed"):
        engine.add(["die once"])
    assert (tmp_path / "added").read_text() == "once\n"
    assert engine.add(["die once"]).articles == 1


def test_a_process_told_to_end_gives_the_answer_under_way_first(engine: EngineProcess, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(engine.ask, "wait")
        assert within(5, (tmp_path / "waiting").exists)
        os.kill(int(engine.pid or 0), signal.SIGTERM)
        assert asked.result(10).question == "wait 0 None None"
    assert (tmp_path / "opened").read_text().count("\n") == 1
    assert engine.ask("who").text == "Told."


def test_nothing_is_left_behind_when_the_page_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "abandoned.py"
    script.write_text(_ABANDONED)
    command: list[Any] = [sys.executable, script, Path(__file__).parent, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout is not None
        child = int(page.stdout.readline())
        page.kill()
    assert within(10, lambda: is_gone(child))
