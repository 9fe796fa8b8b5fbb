"""A passage store in one folder: SQLite holds the truth, FAISS and tantivy are derived from it and follow it.

Before each search the derived indexes are compared with the change counter of the database and brought up to date, so a
search sees every committed article, whoever wrote it. One process writes at a time; readers are never blocked.
May be used from several threads.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path

from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.records import Article, Filters, Metadata, Passage
from rag.stores.database import Database
from rag.stores.derived import DenseKind, Derived, LexicalKind
from rag.stores.protocol import ArticleMark, ArticleVersion, Manifest, NamedBy, StoredArticle
from rag.stores.snapshots import sweep
from rag.stores.sqlite import Truth

LOCK_WAIT_S = 5.0


class LocalStore:
    """The `PassageStore` of one machine. Open it with `rag.stores.open_store`."""

    def __init__(self, root: Path, database: Database, *, read_only: bool = False) -> None:
        self._root = root
        self._read_only = read_only
        self._truth = Truth(database)
        self._dense = Derived(DenseKind(self._truth), root, self._truth)
        self._lexical = Derived(LexicalKind(root, self._truth), root, self._truth)
        self._whole = Derived(LexicalKind(root, self._truth, whole_articles=True), root, self._truth)
        self._turn = threading.RLock()
        self._writer = threading.RLock()
        self._writing = 0
        self._unsaved = False
        self._closed = False
        self._fingerprint: tuple[int, str] = (-1, "")

    @property
    def manifest(self) -> Manifest:
        return self._truth.database.manifest

    @property
    def fingerprint(self) -> str:
        with self._turn:
            changes = self._truth.database.changes()
            if self._fingerprint[0] != changes:
                total = hashlib.sha256(repr(astuple(self.manifest)).encode())
                for article_id, content_hash in sorted(self._truth.content_hashes().items()):
                    total.update(f"{article_id}\x00{content_hash}\n".encode())
                self._fingerprint = (changes, total.hexdigest()[:16])
            return self._fingerprint[1]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one place of a writer; waits a little for another process, then raises IndexStateError."""
        if self._read_only:
            raise IndexStateError(
                f"the index {self._root} is open for reading only, or lies where nothing can be written"
            )
        with self._writer:
            if self._writing:
                yield
                return
            lock = _locked(self._root)
            self._writing = 1
            try:
                yield
            finally:
                self._writing = 0
                os.close(lock)

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        with self.writing(), self._turn:
            self._truth.put(article, passages, vectors)
            self._unsaved = True

    def remove(self, article_ids: Sequence[str]) -> int:
        with self.writing(), self._turn:
            self._unsaved = True
            return self._truth.remove(article_ids)

    def add_source(self, article_id: str, source: str) -> None:
        with self.writing(), self._turn:
            self._truth.add_source(article_id, source)

    def remove_sources(self, sources: Sequence[str]) -> int:
        with self.writing(), self._turn:
            self._unsaved = True
            return self._truth.remove_sources(sources)

    def article(self, article_id: str) -> Article | None:
        with self._turn:
            return self._truth.article(article_id)

    def articles(self) -> Iterator[StoredArticle]:
        pages = self._truth.articles()
        while True:
            with self._turn:
                stored = next(pages, None)
            if stored is None:
                return
            yield stored

    def metadata(self, article_ids: Sequence[str]) -> dict[str, Metadata]:
        with self._turn:
            return self._truth.metadata(article_ids)

    def names(self, field: NamedBy) -> list[str]:
        with self._turn:
            return self._truth.names(field)

    def marks(self, article_ids: Sequence[str]) -> dict[str, ArticleMark]:
        with self._turn:
            return self._truth.marks(article_ids)

    def groups(self) -> dict[str, list[str]]:
        with self._turn:
            return self._truth.groups.all()

    def versions(self, article_id: str) -> list[ArticleVersion]:
        with self._turn:
            return self._truth.versions.of(article_id)

    def version(self, article_id: str, prefix: str) -> Article | None:
        with self._turn:
            return self._truth.version(article_id, prefix)

    def content_hashes(self) -> Mapping[str, str]:
        with self._turn:
            return self._truth.content_hashes()

    def counts(self) -> tuple[int, int]:
        with self._turn:
            return self._truth.counts()

    def same_text(self, text: str) -> str | None:
        with self._turn:
            return self._truth.same_text(text)

    def sources(self) -> Mapping[str, str]:
        with self._turn:
            return self._truth.sources()

    def cached_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._turn:
            return self._truth.cached_vectors(texts)

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        with self._turn:
            return self._truth.passages(passage_ids)

    def passages_of(self, article_id: str) -> list[Passage]:
        with self._turn:
            return self._truth.passages_of(article_id)

    def dense(self, vector: Vectors, k: int, filters: Filters) -> list[tuple[int, float]]:
        with self._turn:
            index = self._dense.current()
            return index.search(vector, k, index.columns.allowed(filters))

    def lexical(self, query: str, k: int, filters: Filters) -> list[tuple[int, float]]:
        with self._turn:
            return self._lexical.current().search(query, k, filters)

    def dense_scores(self, vector: Vectors, passage_ids: Sequence[int]) -> dict[int, float]:
        with self._turn:
            return self._dense.current().scores(vector, passage_ids)

    def lexical_scores(self, query: str, passage_ids: Sequence[int]) -> dict[int, float]:
        with self._turn:
            return self._lexical.current().scores(query, passage_ids)

    def article_of(self, passage_ids: Sequence[int]) -> dict[int, str]:
        with self._turn:
            return self._truth.article_of(passage_ids)

    def article_scores(self, query: str, article_ids: Sequence[str]) -> dict[str, float]:
        with self._turn:
            first = self._truth.first_passages(article_ids)
            scores = self._whole.current().scores(query, list(first))
            return {first[i]: score for i, score in scores.items()}

    def flush(self) -> None:
        """Save the derived indexes for the next start, and clear away what is no longer needed."""
        with self.writing(), self._turn:
            self._dense.publish()
            self._lexical.publish()
            self._whole.publish()
            current = (self._truth.snapshot(kind) for kind in ("dense", "lexical", "articles"))
            sweep(self._root, {snapshot.name for snapshot in current if snapshot is not None})
            self._truth.database.seal()
            self._unsaved = False

    def close(self) -> None:
        """Save what is not saved yet and let go of every file. Closing twice is allowed."""
        with self._turn:
            if self._closed:
                return
            self._closed = True
            try:
                if self._unsaved:
                    self.flush()
            finally:
                self._dense.close()
                self._lexical.close()
                self._whole.close()
                self._truth.database.close()


def _locked(root: Path) -> int:
    """Return an open handle that holds the writer's lock."""
    try:
        handle = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise IndexStateError(f"the index {root} cannot be written to: {error.strerror}") from error
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(handle)
                raise IndexStateError(
                    f"another process is changing the index {root}; wait until it has finished and try again"
                ) from None
            time.sleep(0.05)
        else:
            return handle
