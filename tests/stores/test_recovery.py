"""Whatever happens to the derived indexes, the next search finds exactly what is stored."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from news_store import ENCODER, NEWS

from rag.errors import IndexStateError
from rag.records import Article, Filters
from rag.stores import PassageStore, open_store

Fill = Callable[[PassageStore, Article], None]
EVERYTHING = Filters()


def assert_whole(store: PassageStore) -> None:
    """FAISS, tantivy and SQLite hold the same passages, and every passage belongs to a stored article."""
    stored = {p.passage_id for s in store.articles() for p in store.passages_of(s.article.article_id)}
    dense = store._dense.current()  # type: ignore[attr-defined]
    lexical = store._lexical.current()  # type: ignore[attr-defined]
    whole = store._whole.current()  # type: ignore[attr-defined]
    assert {int(i) for i in dense.ids()} == {int(i) for i in lexical.ids()} == stored
    assert {int(i) for i in whole.ids()} == {
        store.passages_of(s.article.article_id)[0].passage_id for s in store.articles() if s.passages
    }
    assert len(stored) == store.counts()[1]
    hits = store.dense(ENCODER.encode(["ferry"])[0], 10_000, EVERYTHING)
    assert {i for i, _ in hits} == stored


def snapshots(location: str, kind: str) -> list[Path]:
    return [p for p in Path(location).iterdir() if p.name.startswith(f"{kind}-") and not p.name.endswith(".work")]


def damage(path: Path) -> None:
    for file in [path] if path.is_file() else [f for f in path.iterdir() if f.stat().st_size]:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)


def delete(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("kind", ["dense", "lexical", "articles"])
@pytest.mark.parametrize("harm", [damage, delete])
def test_a_damaged_or_missing_index_is_made_again(
    store: PassageStore, location: str, kind: str, harm: Callable[[Path], None]
) -> None:
    before = store.lexical("harbour storm", 10, EVERYTHING)
    store.close()
    (snapshot,) = snapshots(location, kind)
    harm(snapshot)
    again = open_store(location)
    assert_whole(again)
    assert dict(again.lexical("harbour storm", 10, EVERYTHING)) == pytest.approx(dict(before))
    again.flush()
    (mended,) = snapshots(location, kind)
    assert mended != snapshot
    again.close()


def test_an_older_index_swapped_in_is_noticed(store: PassageStore, location: str, fill: Fill, tmp_path: Path) -> None:
    store.flush()
    (old,) = snapshots(location, "dense")
    shutil.copytree(old, tmp_path / "old")
    fill(store, replace(NEWS[0], article_id="new", source="new.md"))
    store.close()
    (new,) = snapshots(location, "dense")
    delete(new)
    shutil.copytree(tmp_path / "old", new)
    again = open_store(location)
    assert_whole(again)
    again.close()


def test_what_was_committed_but_never_saved_is_found_after_reopening(
    store: PassageStore, location: str, fill: Fill
) -> None:
    store.flush()
    fill(store, Article("late", "A late ferry.", NEWS[0].metadata, "late.md"))
    store.remove(["bakery"])
    again = open_store(location)
    assert_whole(again)
    assert again.article("late") is not None
    again.close()


def test_another_process_s_changes_are_seen_by_an_open_reader(store: PassageStore, location: str, fill: Fill) -> None:
    reader = open_store(location, read_only=True)
    assert_whole(reader)
    fill(store, Article("late", "A late ferry.", NEWS[0].metadata, "late.md"))
    store.remove(["storm"])
    assert_whole(reader)
    store.flush()
    assert_whole(reader)
    reader.close()


def test_saving_leaves_one_snapshot_of_each_kind_and_no_scratch(store: PassageStore, location: str, fill: Fill) -> None:
    for i in range(3):
        fill(store, replace(NEWS[0], article_id=f"f{i}", source=f"f{i}.md"))
        store.flush()
    store.close()
    names = {p.name.split("-")[0] for p in Path(location).iterdir()}
    assert names == {".lock", "index.db", "index.db.sha256", "dense", "lexical", "articles"}
    assert len(list(Path(location).iterdir())) == 6


def test_scratch_of_a_process_that_died_is_cleared_away(store: PassageStore, location: str) -> None:
    left = Path(location, "lexical-0123456789ab.work")
    left.mkdir()
    (left / ".alive").touch()
    Path(location, "dense-0123456789ab.tmp").write_bytes(b"half")
    store.flush()
    assert not left.exists()
    assert not Path(location, "dense-0123456789ab.tmp").exists()


WRITER = """
import sys
sys.path[:0] = {paths!r}
from dataclasses import replace
from news_store import MANIFEST, NEWS, put
from rag.stores import open_store

store = open_store({location!r}, manifest=MANIFEST, create=True)
start = int(sys.argv[1])
for i in range(start, start + 1000):
    put(store, replace(NEWS[i % 3], article_id=f"a{{i}}", source=f"a{{i}}.md", text=f"Ferry {{i}} sailed. " * 6))
    print("put", f"a{{i}}", flush=True)
    if i % 7 == 3:
        store.remove([f"a{{i - 2}}"])
        print("gone", f"a{{i - 2}}", flush=True)
    if i % 5 == 4:
        store.flush()
"""


def killed_writer(location: str, start: int, seconds: float) -> list[tuple[str, str]]:
    """Run a writer, kill it without warning after its first change and so many seconds; return what it acknowledged."""
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), str(here.parents[1])]
    script = WRITER.format(paths=paths, location=location)
    process = subprocess.Popen([sys.executable, "-c", script, str(start)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    lines += process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    return [(parts[0], parts[1]) for line in lines if len(parts := line.split()) == 2]


def assert_survives_kills(location: str, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    kept: set[str] = set()
    for kill in range(kills):
        acknowledged = killed_writer(location, kill * 1000, chance.uniform(0, 0.4))
        kept |= {article_id for what, article_id in acknowledged if what == "put"}
        gone = {article_id for what, article_id in acknowledged if what == "gone"}
        last = max(int(article_id[1:]) for what, article_id in acknowledged if what == "put")
        under_way = {f"a{last - 2}"} if last % 7 == 3 else set()  # its removal was perhaps made, but not acknowledged
        store = open_store(location)
        present = {s.article.article_id for s in store.articles()}
        assert kept - gone - present <= under_way
        assert not gone & present
        kept = present
        assert_whole(store)
        store.close()


def test_a_killed_writer_loses_nothing_it_acknowledged(location: str) -> None:
    assert_survives_kills(location, kills=2, seed=1)


@pytest.mark.slow
def test_fifty_kills_at_random_moments_lose_nothing(location: str) -> None:
    assert_survives_kills(location, kills=60, seed=20)


def test_a_truncated_database_is_refused_not_searched(store: PassageStore, location: str) -> None:
    store.close()
    file = Path(location, "index.db")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(IndexStateError, match="damaged"):
        open_store(location)
