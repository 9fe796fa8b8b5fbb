"""Connections to PostgreSQL: pools for readers, one connection of its own for the writer, every failure one line.

Each connection is set up once: statement timeout, pgvector's settings (after its library is loaded, as they are
silently dropped before), plans made for the values at hand. The place of the one writer is an advisory lock of the
session, which the server takes back when the writer dies; a pooler between here and the server must therefore pool
sessions, not transactions. Reads go to a replica that is fresh enough, if there are any, but not while this process
writes. When the server has gone, the first question waits for it and the ones behind it are told so at once, until it
is back; nothing has to be restarted. This module knows no table.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from pgvector.psycopg import register_vector
from psycopg import Connection, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from rag.errors import IndexStateError
from rag.stores.postgres.address import Address
from rag.stores.postgres.replicas import Pool, Replicas

Row = tuple[Any, ...]

LOCK_WAIT_S = 5.0
STATEMENT_S = 60
_CONNECT_S = 10
_WAIT_WHEN_GONE_S = 0.5
_RECONNECT_S = 2.0  # then the next reader tries, who would otherwise wait for a pause that doubles with each try
_MOST_CONNECTIONS = 8
_SETTINGS = {
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.ef_search": "140",
    "hnsw.max_scan_tuples": "200000",
    "hnsw.scan_mem_multiplier": "8",
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "statement_timeout": f"{STATEMENT_S}s",
    "idle_in_transaction_session_timeout": "300s",
}
_LEAST_VECTOR = (0, 8, 4)  # before: CVE-2026-3172, and graphs that VACUUM leaves broken


class Connections:
    """What a store talks to its database through. May be used from several threads."""

    def __init__(self, address: Address) -> None:
        """Connect; raises IndexStateError when the server cannot be reached."""
        self.address = address
        self._gone = threading.Event()
        self._changing = 0
        with self.translated():
            psycopg.connect(address.conninfo, connect_timeout=_CONNECT_S).close()
            self._pool = self._pool_of(address.conninfo)
            self._replicas = Replicas([self._pool_of(one) for one in address.replicas], self._pool)

    def _pool_of(self, conninfo: str) -> Pool:
        return ConnectionPool(
            conninfo,
            kwargs={"autocommit": True, "connect_timeout": _CONNECT_S, "application_name": "footnote"},
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            timeout=_CONNECT_S,
            reconnect_timeout=_RECONNECT_S,
            configure=self._configure,
            check=ConnectionPool.check_connection,
            open=False,
        )

    def open(self) -> None:
        """Open the pools; the extension must be there by now."""
        with self.translated():
            self._pool.open(wait=True, timeout=_CONNECT_S)
        self._replicas.open()

    def rows(self, statement: str, values: Sequence[object] | dict[str, object] = ()) -> list[Row]:
        """Return the rows of one statement that reads, from a replica if one is fit, else from the primary."""
        replica = None if self._changing else self._replicas.fit()
        if replica is not None:
            try:
                with replica.connection(timeout=_WAIT_WHEN_GONE_S) as connection:
                    return _rows(connection, statement, values)
            except (psycopg.OperationalError, PoolTimeout):  # gone, or its replay had to cancel this
                self._replicas.failed(replica)
        with self._primary() as connection:
            return _rows(connection, statement, values)

    @contextmanager
    def reading(self) -> Iterator[Connection[Row]]:
        """Hold one connection in a transaction that sees a single state."""
        replica = self._replicas.fit() if self._gone.is_set() else None
        held = self._primary() if replica is None else replica.connection()
        with self.translated(), held as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    @contextmanager
    def _primary(self) -> Iterator[Connection[Row]]:
        """Hold a connection to the primary; while it is gone, wait for it only a moment."""
        with self.translated():
            try:
                with self._pool.connection(timeout=_WAIT_WHEN_GONE_S if self._gone.is_set() else None) as connection:
                    self._gone.clear()
                    yield connection
            except PoolTimeout:  # or else every connection is busy
                if not self._answers():
                    self._gone.set()
                raise

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address.conninfo, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    @contextmanager
    def changing(self, connection: Connection[Row]) -> Iterator[None]:
        """Read from the primary meanwhile, and afterwards only from replicas that show what was changed."""
        self._changing += 1
        try:
            yield
            self._replicas.wrote(connection)
        finally:
            self._changing -= 1

    def alone(self, *, configured: bool = True) -> Connection[Row]:
        """Return a connection outside of the pool, autocommitting; its owner closes it."""
        with self.translated():
            connection: Connection[Row] = psycopg.connect(
                self.address.conninfo, autocommit=True, connect_timeout=_CONNECT_S, application_name="footnote writer"
            )
            try:
                if configured:
                    self._configure(connection)
                else:
                    self._use_schema(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    def take_turn(self, connection: Connection[Row]) -> None:
        """Take the place of the one writer; waits a little for another, then raises IndexStateError."""
        deadline = time.monotonic() + LOCK_WAIT_S
        ask = "SELECT pg_try_advisory_lock(hashtext('footnote writer'), hashtext(current_schema()))"
        with self.translated():
            while connection.execute(ask).fetchone() != (True,):
                if time.monotonic() >= deadline:
                    raise IndexStateError(
                        f"another process is changing the index {self.address.shown};"
                        " wait until it has finished and try again"
                    )
                time.sleep(0.05)

    def close(self) -> None:
        self._replicas.close()
        self._pool.close()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn every failure of the database into an IndexStateError of one line, without the address's password."""
        try:
            yield
        except PoolTimeout:
            raise IndexStateError(
                f"the database {self.address.shown} gives no connection; it is tried again with the next question"
            ) from None
        except psycopg.errors.QueryCanceled:
            raise IndexStateError(f"the database {self.address.shown} did not answer within {STATEMENT_S} s") from None
        except psycopg.errors.InsufficientPrivilege as error:
            raise IndexStateError(
                f"the role of {self.address.shown} may not do this ({self._line(error)}); use one that may"
            ) from None
        except psycopg.Error as error:
            raise IndexStateError(f"the database {self.address.shown} cannot be used: {self._line(error)}") from None

    def _use_schema(self, connection: Connection[Row]) -> None:
        path = sql.SQL("SET search_path TO {}, public").format(sql.Identifier(self.address.schema))
        connection.execute(path)

    def _configure(self, connection: Connection[Row]) -> None:
        self._use_schema(connection)
        connection.execute("SELECT '[1]'::vector")
        for name, value in _SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        if connection.execute("SELECT current_setting('hnsw.iterative_scan')").fetchone() != ("relaxed_order",):
            raise IndexStateError(f"the pgvector in {self.address.shown} has no iterative scan; install 0.8.4 or newer")
        register_vector(connection)

    def check(self, connection: Connection[Row]) -> None:
        """Refuse a database whose encoding or pgvector cannot be used."""
        row = connection.execute(
            "SELECT current_setting('server_encoding'), (SELECT extversion FROM pg_extension WHERE extname = 'vector')"
        ).fetchone()
        encoding, extension = row or ("", None)
        if encoding != "UTF8":
            raise IndexStateError(f"the database {self.address.shown} has the encoding {encoding}; make one with UTF8")
        if extension is None:
            raise IndexStateError(
                f"the database {self.address.shown} lacks pgvector; have an administrator run CREATE EXTENSION vector"
            )
        if tuple(int(part) for part in str(extension).split(".")) < _LEAST_VECTOR:
            raise IndexStateError(f"the pgvector of {self.address.shown} is {extension}; install 0.8.4 or newer")

    def _line(self, error: psycopg.Error) -> str:
        return self.address.without_secrets(" ".join(str(error).split())) or type(error).__name__


def _rows(connection: Connection[Row], statement: str, values: Sequence[object] | dict[str, object]) -> list[Row]:
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()
