"""An index that is missing, damaged or built by something else is refused with the command that mends it."""

from __future__ import annotations

import multiprocessing
import re
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from news_store import ENCODER, MANIFEST, NEWS

from rag.errors import IndexStateError
from rag.records import Article, Filters
from rag.stores import PassageStore, local, open_store

Fill = Callable[[PassageStore, Article], None]


def make_empty(location: str) -> None:
    open_store(location, manifest=MANIFEST, create=True).close()


def test_a_missing_index_is_refused_with_the_command_that_builds_one(location: str) -> None:
    with pytest.raises(IndexStateError, match=r"no index in .*; build one with: rag index PATH… --index "):
        open_store(location)
    assert not Path(location).exists()


def test_an_empty_index_opens_unless_articles_are_needed(location: str) -> None:
    make_empty(location)
    open_store(location).close()
    with pytest.raises(IndexStateError, match="is empty; add articles with: rag index"):
        open_store(location, nonempty=True)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(MANIFEST, encoder="another"), "encoder hashing, not another"),
        (replace(MANIFEST, encoder_fingerprint="f2"), "other weights or settings"),
        (replace(MANIFEST, dimension=64), "other weights or settings"),
        (replace(MANIFEST, chunking="lines"), "the chunking '.*', not 'lines'"),
    ],
)
def test_an_index_built_with_anything_else_is_refused(location: str, other: object, said: str) -> None:
    make_empty(location)
    with pytest.raises(IndexStateError, match=f"{said}.*; to build it again: mv .* && rag index"):
        open_store(location, manifest=other)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["1", "99"])
def test_an_index_of_another_format_version_is_refused(location: str, version: str) -> None:
    make_empty(location)
    db = sqlite3.connect(f"{location}/index.db")
    db.execute("UPDATE manifest SET value = ? WHERE key = 'format_version'", (version,))
    db.commit()
    db.close()
    with pytest.raises(
        IndexStateError, match=f"format version {version}, not 2; to build it again: mv .* && rag index"
    ):
        open_store(location)


def test_an_index_as_version_1_made_it_is_refused_before_its_tables_are_missed(location: str) -> None:
    make_empty(location)
    db = sqlite3.connect(f"{location}/index.db")
    for table in ("voices", "voice_bands", "versions"):
        db.execute(f"DROP TABLE {table}")
    db.execute("UPDATE manifest SET value = '1' WHERE key = 'format_version'")
    db.commit()
    db.close()
    for options in ({"manifest": MANIFEST, "create": True}, {"nonempty": True}, {"read_only": True}):
        with pytest.raises(IndexStateError, match="format version 1, not 2"):
            open_store(location, **options)  # type: ignore[arg-type]


def test_a_file_that_is_no_database_is_refused(location: str) -> None:
    Path(location).mkdir()
    Path(location, "index.db").write_text("not a database, whatever its name says" * 100)
    with pytest.raises(IndexStateError, match=r"is damaged .*to build it again"):
        open_store(location)


def test_a_database_with_damaged_pages_is_refused(store: PassageStore, location: str) -> None:
    store.close()
    file = Path(location, "index.db")
    data = bytearray(file.read_bytes())
    data[4096 * 2 : 4096 * 9] = b"\xa5" * (4096 * 7)
    file.write_bytes(data)
    with pytest.raises(IndexStateError, match="is damaged"):
        open_store(location)


def test_another_database_is_refused(location: str) -> None:
    Path(location).mkdir()
    db = sqlite3.connect(f"{location}/index.db")
    db.execute("CREATE TABLE photos (id)")
    db.close()
    with pytest.raises(IndexStateError, match="holds no index"):
        open_store(location)


def test_a_location_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexStateError, match="cannot be used"):
        open_store(str(tmp_path / "file"), manifest=MANIFEST, create=True)


def test_a_mending_command_quotes_the_folder(tmp_path: Path) -> None:
    with pytest.raises(IndexStateError, match=re.escape(f"--index '{tmp_path}/my index'")):
        open_store(str(tmp_path / "my index"))


def test_a_read_only_store_refuses_to_change(store: PassageStore, location: str) -> None:
    reader = open_store(location, read_only=True)
    with pytest.raises(IndexStateError, match="reading only"):
        reader.remove(["ferry"])
    reader.close()


def _hold_the_lock(location: str, held: object, done: object) -> None:
    store = open_store(location)
    with store.writing():
        held.set()  # type: ignore[attr-defined]
        done.wait(30)  # type: ignore[attr-defined]
    store.close()


def test_a_second_writer_fails_clearly_and_readers_are_not_blocked(
    store: PassageStore, location: str, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LOCK_WAIT_S", 0.2)
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    writer = context.Process(target=_hold_the_lock, args=(location, held, done))
    writer.start()
    assert held.wait(30)
    with pytest.raises(IndexStateError, match="another process is changing the index"):
        fill(store, NEWS[0])
    assert len(store.dense(ENCODER.encode(["ferry"])[0], 3, Filters())) == 3
    done.set()
    writer.join(30)
    fill(store, NEWS[0])


def test_threads_may_search_while_another_writes(store: PassageStore, fill: Fill) -> None:
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(30):
                store.lexical("ferry", 3, Filters())
                store.dense(ENCODER.encode(["ferry"])[0], 3, Filters())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(20):
        fill(store, replace(NEWS[0], article_id=f"f{i}", source=f"f{i}.md"))
    for thread in threads:
        thread.join()
    assert failures == []
