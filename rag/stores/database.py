"""The SQLite file of a local index: how it is opened, checked, created and locked for a transaction.

Write-ahead log, synchronous=FULL: what is committed is on disk, and readers are never blocked by the writer. Where the
log cannot be written (a read-only disk) a file whose log is folded in is read as it lies, without locks, and refused as
soon as it has changed under the reader. The schema is not trusted to run functions (trusted_schema=OFF). This module
knows no article; `sqlite.py` asks the questions.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.errors import IndexStateError
from rag.stores import handles, seal
from rag.stores.protocol import Manifest

FORMAT_VERSION = 2
_CHECKED_BYTES = 128 * 2**20  # a larger file is not read through at every start; a damaged page is noticed when met
_BUSY_S = 30.0
_AT_ONCE = 500

_SCHEMA = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE articles (
    article_id TEXT PRIMARY KEY, text TEXT NOT NULL, title TEXT, outlet TEXT, author TEXT, published TEXT, url TEXT,
    language TEXT, source TEXT NOT NULL, content_hash TEXT NOT NULL, text_hash TEXT NOT NULL,
    outlet_key TEXT, author_key TEXT, language_key TEXT, day INTEGER NOT NULL) STRICT;
CREATE INDEX articles_by_text ON articles (text_hash);
CREATE TABLE sources (
    source TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles ON DELETE CASCADE) STRICT, WITHOUT ROWID;
CREATE INDEX sources_by_article ON sources (article_id);
CREATE TABLE versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL REFERENCES articles ON DELETE CASCADE,
    text TEXT NOT NULL, source TEXT NOT NULL, title TEXT, outlet TEXT, author TEXT, published TEXT, url TEXT,
    language TEXT, content_hash TEXT NOT NULL, replaced TEXT NOT NULL, UNIQUE (article_id, content_hash)) STRICT;
CREATE TABLE voices (
    number INTEGER PRIMARY KEY, article_id TEXT NOT NULL UNIQUE REFERENCES articles ON DELETE CASCADE,
    group_id TEXT NOT NULL, signature BLOB NOT NULL) STRICT;
CREATE INDEX voices_by_group ON voices (group_id);
CREATE TABLE voice_bands (
    band INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (band, number)) STRICT, WITHOUT ROWID;
CREATE TABLE vectors (vector_id INTEGER PRIMARY KEY, input_hash BLOB NOT NULL UNIQUE, vector BLOB NOT NULL) STRICT;
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector_id INTEGER NOT NULL REFERENCES vectors) STRICT;
CREATE INDEX passages_by_article ON passages (article_id, start);
CREATE TABLE first_passages (
    passage_id INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE, article_id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE gone (passage_id INTEGER PRIMARY KEY, change INTEGER NOT NULL) STRICT;
CREATE INDEX gone_by_change ON gone (change);
CREATE TRIGGER passage_gone AFTER DELETE ON passages BEGIN
    INSERT INTO gone SELECT old.passage_id, value + 1 FROM manifest WHERE key = 'changes'; END;
CREATE TABLE snapshots (
    kind TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, passages INTEGER NOT NULL,
    max_id INTEGER NOT NULL, changes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


class DamagedIndexError(IndexStateError):
    """The file is no index, or not one that can be read: it has to be built again."""


class Database:
    """One connection to the file. Not safe for threads: its owner takes turns. Every failure is an IndexStateError."""

    def __init__(self, path: Path, *, create: Manifest | None = None, read_only: bool = False) -> None:
        """Open the file; with `create`, make the tables first when it has none yet.

        One that `lies_still` is opened for reading whatever was asked for.
        """
        self._path = path
        self._is_open = False
        self._held: list[handles.File] = []
        self._still = _state(path) if lies_still(path) else None
        read_only = read_only or self._still is not None
        mode = "ro&immutable=1" if self._still else "ro" if read_only else "rwc" if create else "rw"
        self._hold()
        is_sound = seal.is_sound(path)
        if is_sound is False:
            self._release()
            raise DamagedIndexError(f"the index database {path} is damaged (it is not what was last written)")
        with self._translated():
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            self._db = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                self._configure(read_only)
                if create is not None and not read_only and not self._has_schema():
                    self._create(create)
                self._check(read_through=is_sound is None)
                self.manifest = self._read_manifest()
                self._hold()
                self._is_open = True
            except BaseException:
                self.close()
                raise

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        with self._translated():
            return self._db.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with self._translated():
            self._db.executemany(statement, rows)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._translated():
            return self._db.execute(statement, values).fetchall()

    def among(self, query: str, values: Iterable[object]) -> list[Any]:
        """Return the rows of a query that ends in `IN`, asked of some values at a time; in no order."""
        wanted, found = list(values), list[Any]()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            found.extend(self.rows(f"{query} ({places(some)})", some))
        return found

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[None]:
        """Run the block as one transaction; any exception undoes all of it. A reading one sees a single state."""
        if write:
            seal.unseal(self._path)
        self.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self.execute("COMMIT")

    def changes(self) -> int:
        """Return the change counter, which every change of articles raises."""
        if self._still is not None and _state(self._path) not in (None, self._still):
            raise IndexStateError(f"the index database {self._path} has changed while it was read; open it again")
        return int(self.rows("SELECT value FROM manifest WHERE key = 'changes'")[0][0])

    def changed(self) -> None:
        """Raise the change counter, within the transaction of the change."""
        self.execute("UPDATE manifest SET value = value + 1 WHERE key = 'changes'")

    def seal(self) -> None:
        """Fold in the log and seal the file, so that damage to it is noticed; only the writer may call this."""
        if self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0] == 0:
            seal.seal(self._path)

    def close(self) -> None:
        self._db.close()
        self._release()

    def _hold(self) -> None:
        """Keep the file held from before it is first read, or since it was made, until the connection is closed."""
        if not self._held and self._path.exists():
            self._held.append(handles.hold(self._path))

    def _release(self) -> None:
        while self._held:
            handles.release(self._held.pop())

    def _configure(self, read_only: bool) -> None:
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON", "synchronous=FULL"):
            self._db.execute(f"PRAGMA {pragma}")
        if not read_only:
            self._use_write_ahead_log()

    def _use_write_ahead_log(self) -> None:
        """Switch the log on; for this SQLite does not wait by itself while another process creates the same file."""
        deadline = time.monotonic() + _BUSY_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() >= deadline:
                    raise
            time.sleep(0.02)

    def _has_schema(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'manifest'").fetchone() is not None

    def _create(self, manifest: Manifest) -> None:
        with self.transaction():
            if not self._has_schema():
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                fields = {**asdict(manifest), "changes": 0}
                self._db.executemany("INSERT INTO manifest VALUES (?, ?)", [(k, str(v)) for k, v in fields.items()])

    def _check(self, *, read_through: bool) -> None:
        if not self._has_schema():
            raise DamagedIndexError(f"{self._path} holds no index")
        if read_through and self._path.stat().st_size <= _CHECKED_BYTES:
            (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise DamagedIndexError(f"the index database {self._path} is damaged ({verdict})")

    def _read_manifest(self) -> Manifest:
        fields = dict(self._db.execute("SELECT key, value FROM manifest"))
        try:
            return Manifest(
                format_version=int(fields["format_version"]),
                encoder=fields["encoder"],
                encoder_fingerprint=fields["encoder_fingerprint"],
                dimension=int(fields["dimension"]),
                chunking=fields["chunking"],
            )
        except (KeyError, ValueError) as error:
            raise DamagedIndexError(f"the manifest in {self._path} is damaged ({error!r})") from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "UTF-8" in str(error):
                raise self._damaged(error) from error
            reason = "another process is writing to it; try again" if "locked" in str(error) else str(error)
            if "unable to open" in reason and _log(self._path).exists():
                reason = f"changes left in {_log(self._path).name} need a folder that can be written to; copy it to one"
            raise IndexStateError(f"the index database {self._path} cannot be used: {reason}") from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error

    def _damaged(self, error: sqlite3.DatabaseError) -> DamagedIndexError:
        """Say what is wrong, and once the file was opened what to do: before that, whoever opens it says so."""
        folder = self._path.parent
        remedy = f"; move {folder} away and build it again with: rag index PATH… --index {folder}"
        return DamagedIndexError(
            f"the index database {self._path} is damaged ({error}){remedy if self._is_open else ''}"
        )


def lies_still(path: Path) -> bool:
    """Tell whether a database is at rest where nothing can be written: no process here can add to it or its log."""
    log = _log(path)
    return path.is_file() and not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:  # what was removed while it was open stays as it is
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def places(values: Sequence[object]) -> str:
    """Return the placeholders that these values fill in a statement."""
    return ", ".join("?" * len(values))
