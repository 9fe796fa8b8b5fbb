"""Several processes and one folder: writers take turns or fail clearly, readers go on and see what is there now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event

import pytest
from killed_indexing import PROCESSES, article, perform
from news_store import ENCODER, MANIFEST, NEWS, put

from rag.errors import IndexStateError
from rag.records import Article, Filters
from rag.stores import PassageStore, local, open_store

Fill = Callable[[PassageStore, Article], None]


def index_numbers(location: str, first: int, begin: Event) -> None:
    begin.wait(30)
    store = open_store(location, manifest=MANIFEST, create=True)
    perform(store, ("index", tuple((first + i, i) for i in range(4))))
    store.close()


def hold(location: str, held: Event, done: Event) -> None:
    store = open_store(location, manifest=MANIFEST, create=True)
    with store.writing():
        put(store, NEWS[0])
        held.set()
        done.wait(30)
    store.close()


@pytest.fixture
def busy(location: str) -> Iterator[Event]:
    """Another process that is indexing until it is told to end."""
    held, done = PROCESSES.Event(), PROCESSES.Event()
    writer = PROCESSES.Process(target=hold, args=(location, held, done))
    writer.start()
    assert held.wait(30)
    yield done
    done.set()
    writer.join(30)
    assert writer.exitcode == 0


def test_processes_that_index_into_the_same_new_folder_take_turns(location: str) -> None:
    begin = PROCESSES.Event()
    writers = [PROCESSES.Process(target=index_numbers, args=(location, first, begin)) for first in (0, 4, 8)]
    for writer in writers:
        writer.start()
    begin.set()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    store = open_store(location)
    assert set(store.content_hashes()) == {f"a{n}" for n in range(12)}
    assert len(store.dense(ENCODER.encode(["tower"])[0], 10_000, Filters())) == store.counts()[1]
    store.close()


def test_indexing_fails_clearly_while_another_process_goes_on(
    busy: Event, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "LOCK_WAIT_S", 0.2)
    store = open_store(location)
    with pytest.raises(IndexStateError, match=r"another process is changing .*; wait until it has finished"):
        perform(store, ("index", ((0, 0),)))
    busy.set()
    monkeypatch.setattr(local, "LOCK_WAIT_S", 30.0)
    perform(store, ("index", ((0, 0),)))
    assert set(store.content_hashes()) == {"a0", "ferry"}
    store.close()


def test_a_reader_is_not_kept_waiting_by_a_writer(busy: Event, location: str) -> None:
    started = time.monotonic()
    reader = open_store(location, read_only=True)
    assert reader.lexical("ferry", 5, Filters())
    assert reader.dense(ENCODER.encode(["ferry"])[0], 5, Filters())
    assert reader.marks(["ferry"])["ferry"].group == "ferry"
    reader.close()
    assert time.monotonic() - started < local.LOCK_WAIT_S
    assert not busy.is_set()


@pytest.mark.parametrize("how", ["remove", "prune", "change"])
def test_what_is_gone_is_not_found_by_a_process_that_held_the_index_open(location: str, how: str) -> None:
    steps = {"remove": ("remove", ((0, 0),)), "prune": ("prune", ((1, 2),)), "change": ("index", ((0, 5),))}
    store = open_store(location, manifest=MANIFEST, create=True)
    perform(store, ("index", ((0, 0), (1, 2))))
    reader = open_store(location, read_only=True)
    before = {p.passage_id for p in reader.passages_of("a0")}
    assert before & {i for i, _ in reader.lexical("lighthouse tower lamp", 100, Filters())}
    writer = PROCESSES.Process(target=do, args=(location, steps[how]))
    writer.start()
    writer.join(60)
    assert not before & {i for i, _ in reader.lexical("lighthouse tower lamp", 100, Filters())}
    assert not before & {i for i, _ in reader.dense(ENCODER.encode(["lighthouse"])[0], 100, Filters())}
    assert reader.passages(sorted(before)) == []
    assert (reader.article("a0") == article(0, 5)) is (how == "change")
    reader.close()
    store.close()


def test_a_process_that_has_saved_goes_on_seeing_what_others_write_and_loses_nothing(location: str) -> None:
    store = open_store(location, manifest=MANIFEST, create=True)
    perform(store, ("index", ((0, 0),)))
    for number in (1, 2):
        other = PROCESSES.Process(target=do, args=(location, ("index", ((number, 2),))))
        other.start()
        other.join(60)
        assert other.exitcode == 0
        assert store.article(f"a{number}") == article(number, 2)
    perform(store, ("remove", ((1, 2),)))
    again = open_store(location)
    assert set(again.content_hashes()) == {"a0", "a2"}
    again.close()
    store.close()


def do(location: str, step: tuple[str, tuple[tuple[int, int], ...]]) -> None:
    store = open_store(location)
    perform(store, step)
    store.close()
