"""Changes of an index in PostgreSQL, each one transaction: an article comes or goes with all that belongs to it.

The rules (who owns a source, when an article goes, what is kept as a version) are those of `rag.stores.sqlite`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psycopg import Connection

from rag.chunking import encoder_input
from rag.encoders.protocol import Vectors
from rag.records import Article, Passage
from rag.stores.filters import keys_of
from rag.stores.postgres import postings
from rag.stores.postgres.articles import input_hash, text_hash
from rag.stores.postgres.connections import Row
from rag.stores.postgres.lexemes import Analysis
from rag.stores.postgres.voices import PostgresGroups, PostgresVersions

_COLUMNS = (
    "article_id", "text", "title", "outlet", "author", "published", "url", "language", "source",
    "content_hash", "text_hash", "outlet_key", "author_key", "language_key", "day",
)  # fmt: skip
_PUT_ARTICLE = (
    f"INSERT INTO articles ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
    f" ON CONFLICT (article_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
    " RETURNING article_no"
).encode()


class Changes:
    """Changes what is stored, on the writer's connection."""

    def __init__(self, connection: Connection[Row], dimension: int, analysis: Analysis) -> None:
        self._db, self._dimension, self._analysis = connection, dimension, analysis
        self._groups, self._versions = PostgresGroups(connection), PostgresVersions(connection)

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Add or replace an article with its passages; it keeps its sources, and `article.source` becomes one."""
        inputs = [input_hash(encoder_input(article.metadata, p)) for p in passages]
        rows = np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1, self._dimension)
        by_hash = dict(zip(inputs, rows, strict=True))
        sketch = self._groups.sketch(article.text)
        terms = [self._analysis.of_unit(p.text, article.metadata) for p in passages]
        whole = [self._analysis.of_unit(article.text, article.metadata, whole_article=True)] if passages else []
        with self._db.transaction():
            self._versions.keep(article)
            self._forget_passages([article.article_id])
            row = self._db.execute(_PUT_ARTICLE, _article_row(article)).fetchone()
            assert row is not None
            self._own(article.article_id, article.source)
            with self._db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO vectors (input_hash, vector) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    list(by_hash.items()),
                )
            ids = self._new_ids(len(passages))
            lengths = [postings.lengths_of([t, *whole] if t is terms[0] else [t]) for t in terms]
            with self._db.cursor() as cursor:
                cursor.executemany(
                    'INSERT INTO passages (passage_id, article_no, start, "end", vector_id, words, tokens) SELECT'
                    " %s, %s, %s, %s, (SELECT vector_id FROM vectors WHERE input_hash = %s),"
                    " array_to_tsvector(string_to_array(%s, ' ')), %s",
                    [
                        (i, row[0], p.start, p.end, h, " ".join(t.words), n)
                        for i, p, h, t, n in zip(ids, passages, inputs, terms, lengths, strict=True)
                    ],
                )
            postings.add(self._db, [*zip(ids, terms, strict=True), *zip(ids[:1], whole, strict=True)])
            self._groups.place(article.article_id, sketch)
            self._changed()

    def pack(self) -> None:
        """Pack the postings if many came since that was done last, so that a long run of changes needs no more disk."""
        postings.pack_if_many(self._db)

    def remove(self, article_ids: Sequence[str]) -> int:
        with self._db.transaction():
            return self._remove(article_ids)

    def add_source(self, article_id: str, source: str) -> None:
        with self._db.transaction():
            self._own(article_id, source)

    def remove_sources(self, sources: Sequence[str]) -> int:
        """Forget sources; an article is removed with its last one, and otherwise named by another of its own."""
        with self._db.transaction():
            rows = self._db.execute("DELETE FROM sources WHERE source = ANY(%s) RETURNING article_id", (list(sources),))
            owners = sorted({str(row[0]) for row in rows.fetchall()})
            return self._remove([article_id for article_id in owners if self._is_orphan(article_id)])

    def _own(self, article_id: str, source: str) -> None:
        """Give a source to an article; the one that had it is removed when it is left with none."""
        former = self._db.execute(
            "SELECT article_id FROM sources WHERE source = %s AND article_id <> %s", (source, article_id)
        ).fetchall()
        self._db.execute(
            "INSERT INTO sources VALUES (%s, %s) ON CONFLICT (source) DO UPDATE SET article_id = excluded.article_id",
            (source, article_id),
        )
        self._remove([owner for (owner,) in former if self._is_orphan(owner)])

    def _is_orphan(self, article_id: str) -> bool:
        """Tell whether no source holds the article any more; one that lost its first source is named by another."""
        query = "SELECT source FROM sources WHERE article_id = %s ORDER BY source"
        left = [source for (source,) in self._db.execute(query, (article_id,)).fetchall()]
        if left:
            rename = "UPDATE articles SET source = %s WHERE article_id = %s AND source <> ALL(%s)"
            self._db.execute(rename, (left[0], article_id, left))
        return not left

    def _remove(self, article_ids: Sequence[str]) -> int:
        unique = list(dict.fromkeys(article_ids))
        if not unique:
            return 0
        self._groups.forget(unique)
        self._forget_passages(unique)
        gone = self._db.execute("DELETE FROM articles WHERE article_id = ANY(%s)", (unique,)).rowcount
        if gone:
            self._changed()
        return gone

    def _forget_passages(self, article_ids: Sequence[str]) -> None:
        rows = self._db.execute(
            "DELETE FROM passages p USING articles a WHERE a.article_no = p.article_no AND a.article_id = ANY(%s)"
            " RETURNING p.passage_id, p.article_no, p.tokens",
            (list(article_ids),),
        ).fetchall()
        if rows:
            ids, articles, tokens = zip(*rows, strict=True)
            postings.remove(self._db, ids, len(set(articles)), tokens)

    def _new_ids(self, n: int) -> list[int]:
        """Return ids that were never given: a sequence goes on also when its transaction is undone."""
        statement = "SELECT nextval(pg_get_serial_sequence('passages', 'passage_id')) FROM generate_series(1, %s)"
        return sorted(int(row[0]) for row in self._db.execute(statement, (n,)).fetchall())

    def _changed(self) -> None:
        self._db.execute("UPDATE state SET changes = changes + 1")


def _article_row(article: Article) -> tuple[object, ...]:
    m, keys = article.metadata, keys_of(article.metadata)
    return (
        article.article_id, article.text, m.title, m.outlet, m.author, m.published, m.url, m.language, article.source,
        article.content_hash, text_hash(article.text), keys.outlet, keys.author, keys.language, keys.day,
    )  # fmt: skip
