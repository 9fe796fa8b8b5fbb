"""What articles were before they were changed, so that an old citation can still be shown with the words it quoted.

Each distinct content of an article is kept once, with the last time it was replaced; what an article is now is not
among its versions, also when a change was taken back. Versions go with their article. This module knows no passage: an
earlier version is read, never searched.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rag.records import Article, Metadata
from rag.stores.database import Database
from rag.stores.protocol import ArticleVersion

_CONTENT = "text, source, title, outlet, author, published, url, language"


class Versions:
    """Reads and changes the earlier versions, within the transactions of its owner."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, article: Article) -> None:
        """Keep what is stored under this article's id, if the article is about to change it."""
        coming = (article.article_id, article.content_hash)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute(
            f"INSERT OR REPLACE INTO versions (article_id, content_hash, {_CONTENT}, replaced)"
            f" SELECT article_id, content_hash, {_CONTENT}, ? FROM articles WHERE article_id = ? AND content_hash <> ?",
            (now, *coming),
        )
        self._db.execute("DELETE FROM versions WHERE article_id = ? AND content_hash = ?", coming)

    def of(self, article_id: str) -> list[ArticleVersion]:
        """Return the earlier versions of an article, newest first."""
        query = f"SELECT {_CONTENT}, replaced FROM versions WHERE article_id = ? ORDER BY number DESC"
        return [ArticleVersion(_article(article_id, r), r[-1]) for r in self._db.rows(query, (article_id,))]

    def find(self, article_id: str, prefix: str) -> Article | None:
        """Return the newest earlier version whose content hash starts so."""
        rows = self._db.rows(
            f"SELECT {_CONTENT} FROM versions WHERE article_id = ? AND substr(content_hash, 1, ?) = ?"
            " ORDER BY number DESC LIMIT 1",
            (article_id, len(prefix), prefix),
        )
        return _article(article_id, rows[0]) if rows else None


def _article(article_id: str, row: Any) -> Article:
    return Article(article_id, row[0], Metadata(*row[2:8]), row[1])
