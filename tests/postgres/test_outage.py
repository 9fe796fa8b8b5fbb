"""The database goes away while servers answer: they say so, answer nothing wrong, and go on when it is back."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest
from news_store import ENCODER, MANIFEST, NEWS, put
from postgres_server import Server

from rag.errors import IndexStateError
from rag.records import Filters
from rag.stores import open_store
from rag.stores.postgres import connections

pytestmark = pytest.mark.postgres
OUTAGE_S = float(os.environ.get("FOOTNOTE_OUTAGE_S", "4"))


@pytest.fixture
def database() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


def test_searches_fail_in_one_line_while_the_database_is_gone_and_are_right_again_after(
    database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_CONNECT_S", 1)
    store = open_store(database.location, manifest=MANIFEST, create=True)
    for article in NEWS:
        put(store, article)
    vector = ENCODER.encode(["ferry"])[0]
    expected = store.lexical("ferry", 5, Filters()), store.dense(vector, 5, Filters())
    answers, problems, waits, over = [], [], [], threading.Event()

    def search() -> None:
        while not over.is_set():
            began = time.monotonic()
            try:
                answers.append((store.lexical("ferry", 5, Filters()), store.dense(vector, 5, Filters())))
            except IndexStateError as error:
                problems.append(str(error))
            waits.append(time.monotonic() - began)
            time.sleep(0.01)

    threads = [threading.Thread(target=search) for _ in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    database.kill()
    time.sleep(OUTAGE_S)
    database.start()
    back, known = time.monotonic(), len(answers)
    while len(answers) < known + 20 and time.monotonic() < back + 20:
        time.sleep(0.05)
    recovered_s = time.monotonic() - back
    over.set()
    for thread in threads:
        thread.join()
    store.close()
    assert recovered_s < 5
    assert all(answer == expected for answer in answers)
    assert problems
    assert all("\n" not in problem and database.host in problem for problem in problems)
    assert max(waits) < 6


def test_a_database_with_every_connection_busy_is_not_taken_for_gone(database: Server) -> None:
    store = open_store(database.location, manifest=MANIFEST, create=True)
    pool = store._db  # type: ignore[attr-defined]
    done: list[object] = []
    threads = [threading.Thread(target=lambda: done.append(pool.rows("SELECT pg_sleep(0.5)"))) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert len(done) == len(threads)
