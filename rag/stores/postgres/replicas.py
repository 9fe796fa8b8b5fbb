"""Streaming replicas that answer reads, and the rule of how fresh one must be.

A replica is read only if it has replayed everything that this process wrote and everything that the primary had
written MOST_BEHIND_S ago; otherwise, and whenever it fails, the primary is read. While the primary cannot be reached,
only the first half of the rule can be checked. Which replica is fit is looked at every LOOK_S seconds and drawn among
those that are, so that the processes of a site spread; in between nothing is asked. Knows no table.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

Pool = ConnectionPool[Connection[tuple[Any, ...]]]

MOST_BEHIND_S = 5.0
LOOK_S = 1.0
_LOOK_WAIT_S = 1.0
_ASK_PRIMARY = "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint"
_ASK_REPLICA = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint ELSE -1 END"
)


class Replicas:
    """The pools of the replicas of one database. May be used from several threads."""

    def __init__(self, pools: Sequence[Pool], primary: Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pools, self._primary, self._clock = list(pools), primary, clock
        self._looking = threading.Lock()
        self._looked_at = -LOOK_S
        self._chosen: Pool | None = None
        self._wrote = 0
        self._history: list[tuple[float, int]] = []

    def open(self) -> None:
        """Begin to connect; a replica that is gone is waited for by nobody."""
        for pool in self._pools:
            pool.open(wait=False)

    def close(self) -> None:
        for pool in self._pools:
            pool.close()

    def fit(self) -> Pool | None:
        """Return the pool of a replica that is fresh enough, or None."""
        if not self._pools:
            return None
        if self._clock() - self._looked_at >= LOOK_S and self._looking.acquire(blocking=False):
            try:
                fresh = self._fresh()
                self._chosen = random.choice(fresh) if fresh else None
                self._looked_at = self._clock()
            finally:
                self._looking.release()
        return self._chosen

    def failed(self, pool: Pool) -> None:
        """Read no more from this replica until it has been looked at again."""
        if self._chosen is pool:
            self._chosen, self._looked_at = None, self._clock()

    def wrote(self, connection: Connection[tuple[Any, ...]]) -> None:
        """Note how far a replica must have come to show what was just committed on this connection."""
        if self._pools:
            row = connection.execute(_ASK_PRIMARY.encode()).fetchone()
            self._wrote = max(self._wrote, int(row[0]) if row else 0)
            self._chosen, self._looked_at = None, -LOOK_S

    def _fresh(self) -> list[Pool]:
        now = self._clock()
        written = _position(self._primary, _ASK_PRIMARY)
        if written is not None:
            self._history.append((now, written))
        while len(self._history) > 1 and self._history[1][0] <= now - MOST_BEHIND_S:
            del self._history[0]
        needed = max(self._wrote, self._history[0][1] if self._history else 0)
        return [pool for pool in self._pools if (_position(pool, _ASK_REPLICA) or -1) >= needed]


def _position(pool: Pool, statement: str) -> int | None:
    """Return how far a server has come in the log, or None when it does not answer."""
    try:
        with pool.connection(timeout=_LOOK_WAIT_S) as connection:
            row = connection.execute(statement.encode()).fetchone()
            return int(row[0]) if row else None
    except (psycopg.Error, PoolTimeout):
        return None
