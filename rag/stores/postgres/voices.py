"""Groups of near-copies and earlier versions, by the rules of the local store, in PostgreSQL's dialect.

What decides is inherited from `rag.stores.groups` and `rag.stores.versions`; here are only the statements that the two
databases write differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from psycopg import Connection

from rag.likeness import bands, is_near_copy, may_be_copies
from rag.records import Article
from rag.stores.database import Database
from rag.stores.groups import Groups, Sketch
from rag.stores.postgres.connections import Row
from rag.stores.versions import Versions

_MOST_COMPARED = 200  # as locally
_CONTENT = "text, source, title, outlet, author, published, url, language"


class Statements:
    """Runs the inherited statements, whose placeholders are question marks, on one connection."""

    def __init__(self, connection: Connection[Row]) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(_with_placeholders(statement), list(values))

    def executemany(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_with_placeholders(statement), [list(row) for row in rows])

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        return self._connection.execute(_with_placeholders(statement), list(values)).fetchall()

    def among(self, query: str, values: Iterable[object]) -> list[Any]:
        """Return the rows of a query that ends in `IN`; in no order."""
        statement = query.removesuffix("IN") + "= ANY(?)"
        return self._connection.execute(_with_placeholders(statement), [list(values)]).fetchall()


class PostgresGroups(Groups):
    """The groups, within the transactions of the connection's owner."""

    def __init__(self, connection: Connection[Row]) -> None:
        self._connection = connection
        super().__init__(cast(Database, Statements(connection)))

    def place(self, article_id: str, sketch: Sketch) -> None:
        self.forget([article_id])
        keys = bands(sketch.signature)
        alike = self._alike(keys, sketch)
        statement = "INSERT INTO voices (article_id, group_id, signature) VALUES (%s, %s, %s) RETURNING number"
        row = self._connection.execute(statement, (article_id, article_id, sketch.signature)).fetchone()
        assert row is not None
        self._connection.execute(
            "INSERT INTO voice_bands SELECT DISTINCT unnest(%s::bigint[]), %s::bigint", (keys, row[0])
        )
        if alike:
            self._join([article_id, *alike])

    def _alike(self, keys: Sequence[int], own: Sketch) -> list[str]:
        rows = self._connection.execute(
            "SELECT v.group_id, v.article_id, v.signature FROM voice_bands b JOIN voices v ON v.number = b.number"
            " WHERE b.band = ANY(%s::bigint[]) GROUP BY v.number ORDER BY count(*) DESC, v.article_id LIMIT %s",
            (list(keys), _MOST_COMPARED),
        ).fetchall()
        found: list[str] = []
        for group, article_id, other in rows:
            if group in found or not may_be_copies(own.signature, other):
                continue
            if is_near_copy(own.profile, self._profile(article_id)):
                found.append(group)
        return found


class PostgresVersions(Versions):
    """The earlier versions, within the transactions of the connection's owner."""

    def __init__(self, connection: Connection[Row]) -> None:
        self._connection = connection
        super().__init__(cast(Database, Statements(connection)))

    def keep(self, article: Article) -> None:
        coming = (article.article_id, article.content_hash)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._connection.execute(
            "DELETE FROM versions v USING articles a WHERE a.article_id = %s AND a.content_hash <> %s"
            " AND v.article_id = a.article_id AND v.content_hash = a.content_hash",
            coming,
        )
        self._connection.execute(
            f"INSERT INTO versions (article_id, content_hash, {_CONTENT}, replaced)"
            f" SELECT article_id, content_hash, {_CONTENT}, %s FROM articles"
            " WHERE article_id = %s AND content_hash <> %s".encode(),
            (now, *coming),
        )
        self._connection.execute("DELETE FROM versions WHERE article_id = %s AND content_hash = %s", coming)


def _with_placeholders(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()
