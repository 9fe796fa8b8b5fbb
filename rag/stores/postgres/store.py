"""The passage store of many machines: everything in one PostgreSQL with pgvector, nothing in the process.

Every search is one statement on a connection of a pool and sees what is committed, whoever wrote it; several web
servers may use one database. One process writes at a time, held apart by an advisory lock. May be used from several
threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from psycopg import Connection

from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.records import Article, Filters, Metadata, Passage
from rag.stores.postgres import nearest, postings, schema
from rag.stores.postgres.address import Address
from rag.stores.postgres.articles import Articles
from rag.stores.postgres.changes import Changes
from rag.stores.postgres.connections import Connections, Row
from rag.stores.postgres.lexemes import Analysis
from rag.stores.protocol import ArticleMark, ArticleVersion, Manifest, NamedBy, StoredArticle

_TABLES = ("articles", "passages", "vectors", "recent", "lists", "parts", "gone", "fields", "voices", "sources")


class PostgresStore:
    """The `PassageStore` of a database. Open it with `rag.stores.open_store`."""

    def __init__(self, address: Address, *, create: Manifest | None = None, read_only: bool = False) -> None:
        """Connect; with `create`, make the tables first where they are missing. Raises IndexStateError."""
        self._address, self._read_only = address, read_only
        self._db = Connections(address)
        with self._db.translated():
            self._prepare(create)
        self._db.open()
        self._articles = Articles(self._db)
        self._analysis = Analysis()
        self._writer = threading.RLock()
        self._connection: Connection[Row] | None = None
        self._unsaved = self._closed = False
        self._fingerprint: tuple[int, str] = (-1, "")

    def _prepare(self, create: Manifest | None) -> None:
        """Bring the tables up to date if this store may, and read what the index was built with."""
        connection = self._db.alone(configured=False)
        try:
            if create is not None and schema.version(connection) < len(schema.STEPS):
                schema.migrate(connection, self._address, create)
            if not schema.version(connection):
                raise IndexStateError(
                    f"no index in {self._address.shown}; build one with:"
                    f" rag index PATH… --index '{self._address.shown}'"
                )
            self._db.check(connection)
            self._manifest, self._hnsw = schema.read_manifest(connection, self._address)
        finally:
            connection.close()

    @property
    def manifest(self) -> Manifest:
        return self._manifest

    @property
    def fingerprint(self) -> str:
        changes = self._articles.changes()
        known = self._fingerprint
        if known[0] != changes:
            known = self._fingerprint = (changes, self._articles.fingerprint(self._manifest))
        return known[1]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one place of a writer; waits a little for another process, then raises IndexStateError."""
        with self._changing():
            yield

    @contextmanager
    def _changing(self) -> Iterator[Changes]:
        if self._read_only:
            raise IndexStateError(f"the index {self._address.shown} was opened for reading only")
        with self._writer:
            outermost = self._connection is None
            connection = self._connection or self._db.alone()
            try:
                if outermost:
                    self._db.take_turn(connection)
                    self._connection = connection
                with self._db.translated(), self._db.changing(connection):
                    yield Changes(connection, self._manifest.dimension, self._analysis)
            finally:
                if outermost:
                    self._connection = None
                    connection.close()

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        with self._changing() as changes:
            changes.put(article, passages, vectors)
            self._unsaved = True
            changes.pack()

    def remove(self, article_ids: Sequence[str]) -> int:
        with self._changing() as changes:
            self._unsaved = True
            return changes.remove(article_ids)

    def add_source(self, article_id: str, source: str) -> None:
        with self._changing() as changes:
            changes.add_source(article_id, source)

    def remove_sources(self, sources: Sequence[str]) -> int:
        with self._changing() as changes:
            self._unsaved = True
            return changes.remove_sources(sources)

    def article(self, article_id: str) -> Article | None:
        return self._articles.article(article_id)

    def articles(self) -> Iterator[StoredArticle]:
        return self._articles.all()

    def metadata(self, article_ids: Sequence[str]) -> dict[str, Metadata]:
        return self._articles.metadata(article_ids)

    def names(self, field: NamedBy) -> list[str]:
        return self._articles.names(field)

    def marks(self, article_ids: Sequence[str]) -> dict[str, ArticleMark]:
        return self._articles.marks(article_ids)

    def groups(self) -> dict[str, list[str]]:
        return self._articles.groups()

    def versions(self, article_id: str) -> list[ArticleVersion]:
        return self._articles.versions(article_id)

    def version(self, article_id: str, prefix: str) -> Article | None:
        return self._articles.version(article_id, prefix)

    def content_hashes(self) -> Mapping[str, str]:
        return self._articles.content_hashes()

    def counts(self) -> tuple[int, int]:
        return self._articles.counts()

    def same_text(self, text: str) -> str | None:
        return self._articles.same_text(text)

    def sources(self) -> Mapping[str, str]:
        return self._articles.sources()

    def cached_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        return self._articles.cached_vectors(texts)

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        return self._articles.passages(passage_ids)

    def passages_of(self, article_id: str) -> list[Passage]:
        return self._articles.passages_of(article_id)

    def dense(self, vector: Vectors, k: int, filters: Filters) -> list[tuple[int, float]]:
        return nearest.search(self._db, vector, k, filters, self._hnsw, self._manifest.dimension)

    def lexical(self, query: str, k: int, filters: Filters) -> list[tuple[int, float]]:
        passing, values = nearest.condition(filters)
        rows = postings.best(self._db, self._analysis.of_query(query), max(k, 0), passing, values)
        return [(passage_id, score) for passage_id, score in rows]

    def dense_scores(self, vector: Vectors, passage_ids: Sequence[int]) -> dict[int, float]:
        return nearest.scores(self._db, vector, passage_ids) if passage_ids else {}

    def lexical_scores(self, query: str, passage_ids: Sequence[int]) -> dict[int, float]:
        return postings.scores(self._db, self._analysis.of_query(query), passage_ids)

    def article_of(self, passage_ids: Sequence[int]) -> dict[int, str]:
        return self._articles.article_of(passage_ids)

    def article_scores(self, query: str, article_ids: Sequence[str]) -> dict[str, float]:
        first = self._articles.first_passages(article_ids)
        asked = self._analysis.of_query(query, whole_articles=True)
        return {first[i]: score for i, score in postings.scores(self._db, asked, list(first)).items()}

    def flush(self) -> None:
        """Build what is made only once there is much (graph, lists), and bring the planner's statistics up to date."""
        with self._changing(), self._db.translated():
            connection = self._connection
            assert connection is not None
            connection.execute("SET statement_timeout = 0")
            nearest.build(connection, self._hnsw, self._manifest.dimension)
            postings.pack(connection)
            for table in _TABLES:
                connection.execute(f"VACUUM (ANALYZE) {table}".encode())
            self._unsaved = False

    def close(self) -> None:
        """Flush what is not flushed yet and let go of every connection. Closing twice is allowed."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._unsaved:
                self.flush()
        finally:
            self._db.close()
