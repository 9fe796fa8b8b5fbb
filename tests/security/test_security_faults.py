"""Things break: each fault ends in one clear line, the index is intact afterwards, and quotes stand in for a generator.

Killed processes, damaged files and two writers have their own tests in `tests/stores`.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from evidence_fakes import FakeModels
from injection import write_clean

from rag import answering, asking
from rag import engine as engine_module
from rag.engine import Engine
from rag.errors import GeneratorError, IndexStateError
from rag.generators.protocol import Prompt
from rag.settings import Settings
from rag.stores import open_store

ASKED = "Who sold the paper mill of Trude?"
MEGABYTE = 1 << 20


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(engine_module, "Models", FakeModels)
    write_clean(tmp_path / "articles")
    engine = Engine.open(Settings(index=str(tmp_path / "index")), create=True)
    engine.add([str(tmp_path / "articles")])
    yield engine
    engine.close()


class Failing:
    """A generator that says something and then raises what it is given, or writes garbage when given nothing."""

    name = "failing"

    def __init__(self, error: BaseException | None, *pieces: str) -> None:
        self.error, self.pieces = error, pieces

    def stream(self, prompt: Prompt) -> Iterator[str]:
        yield from self.pieces
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [MemoryError(), OSError("no device"), RuntimeError("CUDA out of memory"), KeyError(1),
                                   UnicodeError("bad"), RecursionError()])  # fmt: skip
def test_whatever_a_generator_raises_quotes_stand_in_for_it_and_say_so(
    opened: Engine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(engine_module, "generator_of", lambda name, settings: Failing(error, "Carlos Vega "))
    answer = opened.ask(ASKED, generator="local")
    assert "“Carlos Vega sold the paper mill" in answer.text
    assert "failed" in str(answer.notice)
    assert "\n" not in str(answer.notice)


@pytest.mark.parametrize(
    "garbage", ["\x00\xff" * 500, "�" * 2000, "{'a': [" * 300, "\ud800", "🜁" * 900, "a" * 100_000, "\n" * 5000]
)
def test_garbage_from_a_generator_is_never_shown(opened: Engine, monkeypatch: pytest.MonkeyPatch, garbage: str) -> None:
    monkeypatch.setattr(engine_module, "generator_of", lambda name, settings: Failing(None, garbage, "."))
    answer = opened.ask(ASKED, generator="local")
    assert "“Carlos Vega sold the paper mill" in answer.text
    assert garbage[:20].strip() not in answer.text or not garbage.strip()


def test_a_generator_that_hangs_is_given_up(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging:
        name = "hanging"

        def stream(self, prompt: Prompt) -> Iterator[str]:
            time.sleep(5)
            yield "late"

    monkeypatch.setattr(engine_module, "generator_of", lambda name, settings: Hanging())
    monkeypatch.setattr(asking, "write", lambda *given, **_: answering.write(*given, timeout_s=0.2))
    started = time.monotonic()
    answer = opened.ask(ASKED, generator="local")
    assert time.monotonic() - started < 4
    assert "not finished" in str(answer.notice)
    assert "“Carlos Vega" in answer.text


def test_an_answer_does_not_depend_on_the_clock(opened: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened.ask(ASKED)
    monkeypatch.setattr(time, "time", lambda: 3600.0)
    opened.remove(["tram"])
    assert opened.ask(ASKED).text == before.text
    again = Engine.open(opened.settings)
    assert again.ask(ASKED).text == before.text
    again.close()


def test_a_folder_removed_while_open_loses_no_answer_and_changes_fail_in_one_line(opened: Engine) -> None:
    before = opened.ask(ASKED).text
    shutil.rmtree(opened.settings.index)
    assert opened.ask(ASKED).text == before
    with pytest.raises(IndexStateError) as raised:
        opened.remove(["tram"])
    assert "\n" not in str(raised.value)
    Path(opened.settings.index).mkdir()


def index_in_child(folder: Path, index: Path, *, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run an indexing in a process of its own, with the models of the tests."""
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *map(str, rooms())]!r}\n{before}\n"
        "from evidence_fakes import FakeModels\nfrom rag import engine\nengine.Models = FakeModels\n"
        "from rag.errors import RagError\nfrom rag.settings import Settings\n"
        f"try:\n    e = engine.Engine.open(Settings(index={str(index)!r}), create=True)\n"
        f"    print(e.add([{str(folder)!r}]).articles)\n    e.close()\n"
        "except RagError as error:\n    print(f'rag: {error}', file=sys.stderr); sys.exit(2)\n"
    )
    run = [sys.executable, "-c", code]
    return subprocess.run(run, capture_output=True, text=True, check=False, timeout=120)


def rooms() -> list[Path]:
    return [Path(__file__).parents[1] / "evidence", Path(__file__).parents[1]]


def large_articles(folder: Path) -> None:
    folder.mkdir()
    for number in range(60):
        words = " ".join(f"Word{number}x{i} was seen in Lunsk." for i in range(800))
        (folder / f"long-{number}.md").write_text(f"---\ntitle: Long {number}\n---\n{words}\n", encoding="utf-8")


def assert_refused_in_one_line(run: subprocess.CompletedProcess[str]) -> None:
    assert run.returncode == 2, (run.returncode, run.stderr[-1500:])
    assert "Traceback" not in run.stderr
    assert len([line for line in run.stderr.splitlines() if line.startswith("rag: ")]) == 1


def assert_intact(index: Path, wanted: set[str]) -> None:
    store = open_store(str(index))
    assert wanted <= {stored.article.article_id for stored in store.articles()}
    store.close()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can be mounted by root only")
def test_a_full_disk_ends_in_one_line_and_keeps_what_was_there(tmp_path: Path) -> None:
    disk, clean = tmp_path / "disk", tmp_path / "clean"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        write_clean(clean)
        assert index_in_child(clean, disk / "index").stdout.strip() == "6"
        large_articles(tmp_path / "large")
        assert_refused_in_one_line(index_in_child(tmp_path / "large", disk / "index"))
        assert_intact(disk / "index", {"mill", "ferry", "tram"})
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.slow
def test_a_file_that_may_not_grow_ends_in_one_line_and_keeps_what_was_there(tmp_path: Path) -> None:
    write_clean(tmp_path / "clean")
    assert index_in_child(tmp_path / "clean", tmp_path / "index").stdout.strip() == "6"
    large_articles(tmp_path / "large")
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({MEGABYTE}, {MEGABYTE}))"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert_refused_in_one_line(index_in_child(tmp_path / "large", tmp_path / "index", before=limit))
    assert_intact(tmp_path / "index", {"mill", "ferry", "tram"})


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Show a folder once more, on a disk that cannot be written to."""
    disk, mounts = tmp_path / "read-only", []

    def mounted(folder: Path) -> Path:
        disk.mkdir()
        if os.geteuid() or subprocess.run(["mount", "--bind", folder, disk], check=False).returncode:
            pytest.skip("no folder can be mounted here")
        mounts.append(disk)
        subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)
        return disk

    yield mounted
    for mount in mounts:
        subprocess.run(["umount", mount], check=True)


def test_a_read_only_index_is_searched_and_its_changes_fail_in_one_line(
    opened: Engine, read_only: Callable[[Path], Path]
) -> None:
    opened.close()
    index = Path(opened.settings.index)
    kept = {file: file.read_bytes() for file in index.iterdir() if file.is_file()}
    engine = Engine.open(Settings(index=str(read_only(index))), create=True)
    assert "Carlos Vega" in engine.ask(ASKED).text
    with pytest.raises(IndexStateError, match=r"^the index \S+ is open for reading only, or lies where[^\n]+$"):
        engine.remove(["tram"])
    engine.close()
    assert {file: file.read_bytes() for file in index.iterdir() if file.is_file()} == kept


def test_a_read_only_index_with_changes_in_its_log_is_refused_in_one_line(
    opened: Engine, read_only: Callable[[Path], Path], tmp_path: Path
) -> None:
    opened.remove(["tram"])
    copied = tmp_path / "copied"
    shutil.copytree(opened.settings.index, copied)
    assert (copied / "index.db-wal").stat().st_size
    (copied / "index.db-shm").unlink()
    with pytest.raises(IndexStateError, match=r"^the index \S+ [^\n]+index\.db-wal[^\n]+$"):
        Engine.open(Settings(index=str(read_only(copied))))


def test_a_read_only_index_that_changes_while_it_is_read_is_refused(
    opened: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.close()
    monkeypatch.setattr("rag.stores.database.lies_still", lambda file: True)
    engine = Engine.open(opened.settings)
    assert "Carlos Vega" in engine.ask(ASKED).text
    os.utime(Path(opened.settings.index) / "index.db")
    with pytest.raises(IndexStateError, match="has changed while it was read; open it again"):
        engine.ask(ASKED)
    engine.close()


@pytest.mark.slow
def test_indexing_on_a_read_only_disk_ends_in_one_line_and_changes_nothing(
    tmp_path: Path, read_only: Callable[[Path], Path]
) -> None:
    write_clean(tmp_path / "clean")
    assert index_in_child(tmp_path / "clean", tmp_path / "index").stdout.strip() == "6"
    assert_refused_in_one_line(index_in_child(tmp_path / "clean", read_only(tmp_path / "index")))
    assert_intact(tmp_path / "index", {"mill", "ferry", "tram"})


def test_a_generator_error_that_is_foreseen_is_told_in_its_own_words(
    opened: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "generator_of", lambda n, s: Failing(GeneratorError("the endpoint is gone"), ""))
    assert "the endpoint is gone" in str(opened.ask(ASKED, generator="openai").notice)
