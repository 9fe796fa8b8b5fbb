"""Reads from a real streaming replica: when it is fresh enough, when it lags, when it or the primary has gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest
from news_store import ENCODER, MANIFEST, NEWS, put
from postgres_server import Server

from rag.errors import IndexStateError, InputError
from rag.records import Article, Filters
from rag.stores import PassageStore, open_store
from rag.stores.postgres import replicas
from rag.stores.postgres.address import address_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def primary() -> Iterator[Server]:
    server = Server(durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def standby(primary: Server) -> Iterator[Server]:
    server = Server(durable=False, copy_of=primary)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def store(primary: Server, standby: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[PassageStore]:
    """A store that reads from the replica, looks at it at every read, and takes a second of lag for too much."""
    monkeypatch.setattr(replicas, "LOOK_S", 0.0)
    monkeypatch.setattr(replicas, "MOST_BEHIND_S", 1.0)
    opened = open_store(f"{primary.location}?replicas={standby.host}", manifest=MANIFEST, create=True)
    for article in NEWS:
        put(opened, article)
    yield opened
    opened.close()


def asked(server: Server, statement: str) -> object:
    with psycopg.connect(server.location, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def searches(server: Server) -> int:
    """Return how often postings were looked up at a server."""
    return int(str(asked(server, "SELECT coalesce(sum(idx_scan + seq_scan), 0) FROM pg_stat_user_tables"
                                 " WHERE relname = 'recent'")))  # fmt: skip


def eventually(true: Callable[[], bool], within_s: float = 20.0) -> bool:
    deadline = time.monotonic() + within_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
    return true()


def reads_a_replica(store: PassageStore) -> bool:
    return store._db._replicas.fit() is not None  # type: ignore[attr-defined]


def found(store: PassageStore) -> list[tuple[int, float]]:
    return store.lexical("ferry", 5, Filters()) + store.dense(ENCODER.encode(["ferry"])[0], 5, Filters())


def test_a_fresh_replica_answers_with_what_the_primary_would(store: PassageStore, standby: Server) -> None:
    assert eventually(lambda: reads_a_replica(store))
    expected = open_store(store._address.shown.partition("?")[0])  # type: ignore[attr-defined]
    before = searches(standby)
    assert found(store) == found(expected)
    assert eventually(lambda: searches(standby) > before)
    expected.close()


def test_what_this_process_wrote_is_read_at_once(store: PassageStore, standby: Server) -> None:
    assert eventually(lambda: reads_a_replica(store))
    asked(standby, "SELECT pg_wal_replay_pause()")
    put(store, Article("late", "A heron was seen at the weir.", NEWS[0].metadata, "late.md"))
    assert store.article("late") is not None
    assert not reads_a_replica(store)
    asked(standby, "SELECT pg_wal_replay_resume()")
    assert eventually(lambda: reads_a_replica(store))
    assert store.article("late") is not None


def test_a_replica_that_lags_behind_others_is_left_until_it_has_caught_up(
    store: PassageStore, primary: Server, standby: Server
) -> None:
    other = open_store(primary.location)
    assert eventually(lambda: reads_a_replica(store))
    asked(standby, "SELECT pg_wal_replay_pause()")
    put(other, replace(NEWS[0], article_id="late", source="late.md", text="A heron was seen at the weir."))
    assert eventually(lambda: not reads_a_replica(store))
    assert store.article("late") is not None
    asked(standby, "SELECT pg_wal_replay_resume()")
    assert eventually(lambda: reads_a_replica(store))
    other.close()


def test_a_replica_that_dies_costs_no_answer(store: PassageStore, standby: Server) -> None:
    assert eventually(lambda: reads_a_replica(store))
    expected = found(store)
    standby.kill()
    assert [found(store) for _ in range(3)] == [expected] * 3
    assert not reads_a_replica(store)
    standby.start()
    assert eventually(lambda: reads_a_replica(store), within_s=40)


def test_without_the_primary_replicas_go_on_answering_and_changes_are_refused(
    store: PassageStore, primary: Server
) -> None:
    assert eventually(lambda: reads_a_replica(store))
    expected, fingerprint = found(store), store.fingerprint
    primary.kill()
    assert found(store) == expected
    assert store.fingerprint == fingerprint
    with pytest.raises(IndexStateError, match="cannot be used"):
        store.remove(["ferry"])
    primary.start()
    assert store.remove(["ferry"]) == 1
    assert store.article("ferry") is None


def test_replicas_take_over_name_password_and_port_of_the_address() -> None:
    address = address_of("postgresql://me:s3cret@db:6000/news?sslmode=require&replicas=r1,r2:7000,[::1]&schema=a")
    assert address.replicas == (
        "postgresql://me:s3cret@r1:6000/news?sslmode=require",
        "postgresql://me:s3cret@r2:7000/news?sslmode=require",
        "postgresql://me:s3cret@[::1]:6000/news?sslmode=require",
    )
    assert "s3cret" not in f"{address!r} {address.shown}"
    assert "replicas=r1" in address.shown
    with pytest.raises(InputError, match="no HOST or HOST:PORT"):
        address_of("postgresql://me@db/news?replicas=r1 host")
