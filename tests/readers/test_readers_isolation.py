"""The process that parses: killed when it takes too long, replaced when it dies, used again, gone with its parent."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import ReadError
from rag.readers import Failure, isolation, read, workers
from rag.readers.frames import LENGTH, message_of, outcome_of, packed
from rag.readers.isolation import parsed_safely
from rag.readers.origin import Origin, ReadLimits
from rag.readers.workers import close_workers
from rag.records import Article, Metadata

WORDS = "The harbour of Lunsk reopened on Monday after eleven days of storm damage, the port authority said."
MESSAGE = f"From: Ana <ana@lunsk.example>\nSubject: Harbour\n\n{WORDS}\n".encode()
SLOW = ("<html><p " + " ".join(f"a{i}='1'" for i in range(150_000)) + f">{WORDS}</p></html>").encode()


@pytest.fixture(autouse=True)
def no_workers() -> Iterator[None]:
    close_workers()
    yield
    close_workers()


def outcomes(kind: str, data: bytes) -> list[Article | Failure]:
    return list(parsed_safely(kind, data, Origin("/data/a", "a"), ReadLimits()))


def worker_pid() -> int:
    (worker,) = workers._idle
    return worker._process.pid


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def test_short_plain_text_needs_no_process(tmp_path: Path) -> None:
    for name in ("a.md", "b.txt"):
        (tmp_path / name).write_text(WORDS)
    assert len(list(read([str(tmp_path)]))) == 2
    assert workers._idle == []


def test_a_worker_is_used_again() -> None:
    outcomes("mail", MESSAGE)
    pid = worker_pid()
    (article,) = outcomes("mail", MESSAGE)
    assert isinstance(article, Article)
    assert (article.text, article.metadata.title, worker_pid()) == (WORDS, "Harbour", pid)


def test_what_takes_too_long_is_killed_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PART_S", 1.0)
    started = time.monotonic()
    (failure,) = outcomes("html", SLOW)
    assert failure == Failure("/data/a", "parsing took longer than 1 s; the file was not read")
    assert time.monotonic() - started < 3
    assert workers._idle == []


def test_a_slow_member_does_not_take_its_neighbours_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PART_S", 2.0)
    first, slow, last = outcomes("zip", archive(a_txt=WORDS.encode(), b_html=SLOW, c_txt=WORDS.encode()))
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert isinstance(slow, Failure)
    assert slow.path == "/data/a#b.html"


def test_an_archive_of_slow_members_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "PART_S", 0.5)
    monkeypatch.setattr(isolation, "FILE_S", 0.5)
    monkeypatch.setattr(isolation, "EACH_S", 0.0)
    with pytest.raises(ReadError, match="the rest of the archive was not read"):
        outcomes("zip", archive(a_html=SLOW, b_html=SLOW, c_txt=WORDS.encode()))


def test_a_worker_that_was_killed_meanwhile_is_replaced() -> None:
    outcomes("mail", MESSAGE)
    os.kill(worker_pid(), signal.SIGKILL)
    (article,) = outcomes("mail", MESSAGE)
    assert isinstance(article, Article)


def test_a_parser_that_dies_is_a_failure_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, take = [], isolation.take
    monkeypatch.setattr(isolation, "take", lambda *request: taken.append(take(*request)) or taken[-1])
    stream = parsed_safely("zip", archive(a_txt=WORDS.encode(), b_html=SLOW), Origin("/data/a", "a"), ReadLimits())
    assert isinstance(next(stream), Article)
    os.kill(taken[0]._process.pid, signal.SIGKILL)
    failure = next(stream)
    assert isinstance(failure, Failure)
    assert "signal 9" in failure.error
    stream.close()
    assert isinstance(outcomes("mail", MESSAGE)[0], Article)


def test_after_an_archive_is_refused_the_next_file_gets_its_own_answer() -> None:
    with pytest.raises(ReadError, match="damaged"):
        outcomes("zip", b"PK\x03\x04 rubbish")
    (article,) = outcomes("mail", MESSAGE)
    assert isinstance(article, Article)


def test_reading_that_is_broken_off_leaves_no_worker_with_answers_in_its_pipe() -> None:
    stream = parsed_safely("mbox", b"From x\n" + MESSAGE + b"\nFrom x\n" + MESSAGE, Origin("/d", "d"), ReadLimits())
    next(stream)
    del stream
    assert workers._idle == []


def test_threads_read_at_the_same_time() -> None:
    found: list[Article | Failure] = []
    threads = [threading.Thread(target=lambda: found.extend(outcomes("mail", MESSAGE))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [isinstance(outcome, Article) for outcome in found] == [True] * 4
    assert len(workers._idle) <= 2


def test_a_worker_ends_with_its_parent() -> None:
    code = (
        "from rag.readers import isolation, origin, workers\n"
        f"list(isolation.parsed_safely('mail', {MESSAGE!r}, origin.Origin('a', 'a'), origin.ReadLimits()))\n"
        "print(workers._idle[0]._process.pid, flush=True)\nimport os; os.kill(os.getpid(), 9)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(run.stdout)
    for _ in range(50):
        if not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the worker outlives its parent")


def test_a_worker_sees_no_secrets_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_OPENAI_API_KEY", "secret-of-lunsk")
    outcomes("mail", MESSAGE)
    assert b"secret-of-lunsk" not in Path(f"/proc/{worker_pid()}/environ").read_bytes()


def test_a_folder_one_reads_in_is_not_searched_for_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert isinstance(outcomes("mail", MESSAGE)[0], Article)


@pytest.mark.parametrize("outcome", [
    Article("a", "Häfen \U0001f6a2", Metadata("T", published="2026-03-09"), "/d/\udcff.eml#a"),
    Failure("/d/\udcff", "bad"),
])  # fmt: skip
def test_outcomes_travel_whole(outcome: Article | Failure) -> None:
    import json

    assert outcome_of(json.loads(packed(message_of(outcome))[LENGTH.size :])) == outcome


@pytest.mark.parametrize("message", [{"article": {"text": 1}}, {"article": []}, {"failure": {"path": "a"}}])
def test_answers_of_another_shape_are_refused(message: dict[str, object]) -> None:
    with pytest.raises(ReadError, match="cannot be used"):
        outcome_of(message)
