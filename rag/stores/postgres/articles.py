"""The truth of an index in PostgreSQL: what is stored is read on any connection of the pool.

Ids and offsets are those of `rag.stores.sqlite`, whose meaning this module keeps; texts of passages are cut from their
articles by the server, which counts in code points. It knows no ranking and changes nothing (`changes.py` does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np

from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.records import Article, Metadata, Passage
from rag.stores.postgres.connections import Connections
from rag.stores.protocol import VERSION_DIGITS, ArticleMark, ArticleVersion, Manifest, NamedBy, StoredArticle

_PAGE = 500
_METADATA = "a.title, a.outlet, a.author, a.published, a.url, a.language"
_CONTENT = f"a.text, a.source, {_METADATA}"


class Articles:
    """Reads what is stored. May be used from several threads."""

    def __init__(self, database: Connections) -> None:
        self._db = database

    def article(self, article_id: str) -> Article | None:
        query = f"SELECT a.article_id, {_CONTENT}, a.content_hash FROM articles a WHERE a.article_id = %s"
        for row in self._db.rows(query, (article_id,)):
            article = _article(row)
            if article.content_hash != row[-1]:
                raise IndexStateError(
                    f"the stored article {article_id} is damaged; put it in again with: rag index PATH…"
                )
            return article
        return None

    def all(self) -> Iterator[StoredArticle]:
        """Yield every article by id, a page at a time, so that no transaction stays open between two of them."""
        query = (
            f"SELECT a.article_id, {_CONTENT},"
            " (SELECT count(*) FROM passages p WHERE p.article_no = a.article_no), v.group_id, a.content_hash"
            " FROM articles a JOIN voices v USING (article_id) WHERE a.article_id > %s ORDER BY a.article_id LIMIT %s"
        )
        after = ""
        while rows := self._db.rows(query, (after, _PAGE)):
            yield from (StoredArticle(_article(r), r[9], r[10], r[11][:VERSION_DIGITS]) for r in rows)
            after = rows[-1][0]

    def metadata(self, article_ids: Sequence[str]) -> dict[str, Metadata]:
        query = f"SELECT a.article_id, {_METADATA} FROM articles a WHERE a.article_id = ANY(%s)"
        return {row[0]: Metadata(*row[1:]) for row in self._db.rows(query, (list(article_ids),))}

    def names(self, field: NamedBy) -> list[str]:
        rows = self._db.rows(f"SELECT DISTINCT a.{field} FROM articles a WHERE a.{field} <> ''")
        return sorted(row[0] for row in rows)

    def marks(self, article_ids: Sequence[str]) -> dict[str, ArticleMark]:
        query = (
            "SELECT a.article_id, v.group_id, a.content_hash FROM articles a JOIN voices v USING (article_id)"
            " WHERE a.article_id = ANY(%s)"
        )
        rows = self._db.rows(query, (list(article_ids),))
        return {row[0]: ArticleMark(row[1], row[2][:VERSION_DIGITS]) for row in rows}

    def groups(self) -> dict[str, list[str]]:
        query = (
            "SELECT group_id, array_agg(article_id ORDER BY article_id) FROM voices"
            " GROUP BY group_id HAVING count(*) > 1 ORDER BY group_id"
        )
        return {group: list(members) for group, members in self._db.rows(query)}

    def versions(self, article_id: str) -> list[ArticleVersion]:
        query = f"SELECT a.article_id, {_CONTENT}, a.replaced FROM versions a WHERE a.article_id = %s"
        rows = self._db.rows(f"{query} ORDER BY a.number DESC", (article_id,))
        return [ArticleVersion(_article(row), row[-1]) for row in rows]

    def version(self, article_id: str, prefix: str) -> Article | None:
        """Return the article as it is under this start of a content hash, or else as it was."""
        current = self.article(article_id)
        if current is not None and current.content_hash.startswith(prefix):
            return current
        found = (v.article for v in self.versions(article_id) if v.article.content_hash.startswith(prefix))
        return next(found, None)

    def content_hashes(self) -> dict[str, str]:
        return dict(self._db.rows("SELECT article_id, content_hash FROM articles ORDER BY article_id"))

    def fingerprint(self, manifest: Manifest) -> str:
        """Return the hash that the local store gives for equal contents."""
        total = hashlib.sha256(repr(astuple(manifest)).encode())
        with self._db.reading() as connection, connection.cursor(name="footnote_hashes") as cursor:
            cursor.itersize = 10_000
            for article_id, content_hash in cursor.execute(
                "SELECT article_id, content_hash FROM articles ORDER BY article_id"
            ):
                total.update(f"{article_id}\x00{content_hash}\n".encode())
        return total.hexdigest()[:16]

    def changes(self) -> int:
        return int(self._db.rows("SELECT changes FROM state")[0][0])

    def counts(self) -> tuple[int, int]:
        (row,) = self._db.rows("SELECT (SELECT count(*) FROM articles), (SELECT units FROM fields WHERE field = 0)")
        return int(row[0]), int(row[1])

    def same_text(self, text: str) -> str | None:
        query = "SELECT article_id FROM articles WHERE text_hash = %s ORDER BY article_id LIMIT 1"
        rows = self._db.rows(query, (text_hash(text),))
        return str(rows[0][0]) if rows else None

    def sources(self) -> dict[str, str]:
        return dict(self._db.rows("SELECT source, article_id FROM sources ORDER BY source"))

    def cached_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        by_hash = {input_hash(text): text for text in texts}
        query = "SELECT input_hash, vector FROM vectors WHERE input_hash = ANY(%s)"
        found = {bytes(row[0]): row[1] for row in self._db.rows(query, (list(by_hash),))}
        return {text: _numbers(found[h]) for h, text in by_hash.items() if h in found}

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        query = (
            'SELECT a.article_id, p.start, p."end", substring(a.text FROM p.start + 1 FOR p."end" - p.start),'
            " p.passage_id FROM passages p JOIN articles a USING (article_no) WHERE p.passage_id = ANY(%s::bigint[])"
        )
        found = {row[4]: Passage(*row) for row in self._db.rows(query, (list(passage_ids),))}
        return [found[i] for i in passage_ids if i in found]

    def passages_of(self, article_id: str) -> list[Passage]:
        query = (
            'SELECT a.article_id, p.start, p."end", substring(a.text FROM p.start + 1 FOR p."end" - p.start),'
            " p.passage_id FROM passages p JOIN articles a USING (article_no) WHERE a.article_id = %s"
            " ORDER BY p.start, p.passage_id"
        )
        return [Passage(*row) for row in self._db.rows(query, (article_id,))]

    def article_of(self, passage_ids: Sequence[int]) -> dict[int, str]:
        query = (
            "SELECT p.passage_id, a.article_id FROM passages p JOIN articles a USING (article_no)"
            " WHERE p.passage_id = ANY(%s::bigint[])"
        )
        return dict(self._db.rows(query, (list(passage_ids),)))

    def first_passages(self, article_ids: Sequence[str]) -> dict[int, str]:
        """Return the least passage id of each article → the article's id."""
        query = (
            "SELECT min(p.passage_id), a.article_id FROM passages p JOIN articles a USING (article_no)"
            " WHERE a.article_id = ANY(%s) GROUP BY a.article_id"
        )
        return dict(self._db.rows(query, (list(article_ids),)))


def input_hash(text: str) -> bytes:
    """Return the hash under which the vector of an encoder input is kept."""
    return hashlib.sha256(text.encode()).digest()


def text_hash(text: str) -> str:
    """Return the hash by which an equal text is found."""
    return hashlib.sha256(text.encode()).hexdigest()


def _numbers(vector: Any) -> Vectors:
    return np.asarray(vector.to_numpy() if hasattr(vector, "to_numpy") else vector, dtype=np.float32)


def _article(row: Sequence[Any]) -> Article:
    return Article(article_id=row[0], text=row[1], metadata=Metadata(*row[3:9]), source=row[2])
