"""Connections to PostgreSQL: a pool for readers, one of its own for the writer, every failure one line.

Each connection is set up once: statement timeout, pgvector's settings (after its library is loaded, as they are
silently dropped before), plans made for the values at hand. The place of the one writer is an advisory lock of the
session, which the server takes back when the writer dies; a pooler between here and the server must therefore pool
sessions, not transactions. This module knows no table.
"""

from __future__ import annotations

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

Row = tuple[Any, ...]

LOCK_WAIT_S = 5.0
STATEMENT_S = 60
_CONNECT_S = 10
_MOST_CONNECTIONS = 8
_SETTINGS = {
    "hnsw.iterative_scan": "strict_order",
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
        with self.translated():
            psycopg.connect(address.conninfo, connect_timeout=_CONNECT_S).close()
            self._pool: ConnectionPool[Connection[Row]] = ConnectionPool(
                address.conninfo,
                kwargs={"autocommit": True, "connect_timeout": _CONNECT_S, "application_name": "footnote"},
                min_size=1,
                max_size=_MOST_CONNECTIONS,
                timeout=_CONNECT_S,
                configure=self._configure,
                check=ConnectionPool.check_connection,
                open=False,
            )

    def open(self) -> None:
        """Open the pool; the extension must be there by now."""
        with self.translated():
            self._pool.open(wait=True, timeout=_CONNECT_S)

    def rows(self, statement: str, values: Sequence[object] | dict[str, object] = ()) -> list[Row]:
        """Return the rows of one statement that reads, on any connection."""
        with self.translated(), self._pool.connection() as connection, connection.cursor(binary=True) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()

    @contextmanager
    def reading(self) -> Iterator[Connection[Row]]:
        """Hold one connection of the pool in a transaction that sees a single state."""
        with self.translated(), self._pool.connection() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

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
        self._pool.close()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn every failure of the database into an IndexStateError of one line, without the address's password."""
        try:
            yield
        except PoolTimeout:
            raise IndexStateError(
                f"the database {self.address.shown} gives no connection within {_CONNECT_S} s"
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
        if connection.execute("SELECT current_setting('hnsw.iterative_scan')").fetchone() != ("strict_order",):
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
