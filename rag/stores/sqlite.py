"""The truth of a local index: articles, their sources, passages and vectors, in one SQLite file.

Every change is one transaction and raises the change counter, by which anything derived from this file notices that it
is behind. Passage ids only grow and are never used again, so what was added since are the ids above the greatest one
known. Vectors are kept by the hash of what the encoder read, also after their article is gone: an embedding is never
computed twice. This module knows no index and no query.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.chunking import encoder_input
from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.records import Article, Filters, Metadata, Passage
from rag.stores.database import Database
from rag.stores.filters import Keys, day_bounds, fold, keys_of
from rag.stores.protocol import StoredArticle

Ids = NDArray[np.int64]

_PAGE = 500
_METADATA = "a.title, a.outlet, a.author, a.published, a.url, a.language"
_ARTICLE_COLUMNS = (
    "article_id", "text", "title", "outlet", "author", "published", "url", "language", "source",
    "content_hash", "text_hash", "outlet_key", "author_key", "language_key", "day",
)  # fmt: skip
_PUT_ARTICLE = (
    f"INSERT INTO articles ({', '.join(_ARTICLE_COLUMNS)}) VALUES ({', '.join('?' * len(_ARTICLE_COLUMNS))})"
    f" ON CONFLICT (article_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _ARTICLE_COLUMNS[1:])}"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A derived index on disk: its file or folder, its hash, and which passages it holds, as of which change."""

    kind: str
    name: str
    sha256: str
    passages: int
    max_id: int
    changes: int


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage with all that an index is made from."""

    passage_id: int
    text: str
    metadata: Metadata
    keys: Keys


class Truth:
    """Reads and changes what is stored. Not safe for threads: its owner takes turns."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Add or replace an article with its passages; it keeps its sources, and `article.source` becomes one."""
        inputs = [_input_hash(encoder_input(article.metadata, p)) for p in passages]
        blobs = np.ascontiguousarray(vectors, dtype="<f4").reshape(-1, self.database.manifest.dimension)
        db = self.database
        with db.transaction():
            db.execute("DELETE FROM passages WHERE article_id = ?", (article.article_id,))
            db.execute(_PUT_ARTICLE, _article_row(article))
            self._own(article.article_id, article.source)
            db.executemany(
                "INSERT INTO vectors (input_hash, vector) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(h, v.tobytes()) for h, v in zip(inputs, blobs, strict=True)],
            )
            db.executemany(
                'INSERT INTO passages (article_id, start, "end", vector_id)'
                " VALUES (?, ?, ?, (SELECT vector_id FROM vectors WHERE input_hash = ?))",
                [(article.article_id, p.start, p.end, h) for p, h in zip(passages, inputs, strict=True)],
            )
            db.execute(
                "INSERT INTO first_passages SELECT min(passage_id), article_id FROM passages"
                " WHERE article_id = ? GROUP BY article_id",
                (article.article_id,),
            )
            db.changed()

    def remove(self, article_ids: Sequence[str]) -> int:
        with self.database.transaction():
            return self._remove(article_ids)

    def add_source(self, article_id: str, source: str) -> None:
        with self.database.transaction():
            self._own(article_id, source)

    def remove_sources(self, sources: Sequence[str]) -> int:
        """Forget sources; an article is removed with its last one, and otherwise named by another of its own."""
        forget = "DELETE FROM sources WHERE source = ? RETURNING article_id"
        with self.database.transaction():
            owners = {article_id for source in sources for (article_id,) in self.database.rows(forget, (source,))}
            return self._remove([article_id for article_id in sorted(owners) if self._is_orphan(article_id)])

    def _own(self, article_id: str, source: str) -> None:
        """Give a source to an article; the one that had it is removed when it is left with none."""
        query = "SELECT article_id FROM sources WHERE source = ? AND article_id <> ?"
        former = self.database.rows(query, (source, article_id))
        self.database.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", (source, article_id))
        self._remove([owner for (owner,) in former if self._is_orphan(owner)])

    def _is_orphan(self, article_id: str) -> bool:
        """Tell whether no source holds the article any more; one that lost its first source is named by another."""
        query = "SELECT source FROM sources WHERE article_id = ? ORDER BY source"
        left = [source for (source,) in self.database.rows(query, (article_id,))]
        if left:
            rename = f"UPDATE articles SET source = ? WHERE article_id = ? AND source NOT IN ({_marks(left)})"
            self.database.execute(rename, (left[0], article_id, *left))
        return not left

    def _remove(self, article_ids: Sequence[str]) -> int:
        forget = "DELETE FROM articles WHERE article_id = ?"
        gone = sum(self.database.execute(forget, (article_id,)).rowcount for article_id in dict.fromkeys(article_ids))
        if gone:
            self.database.changed()
        return gone

    def article(self, article_id: str) -> Article | None:
        rows = self.database.rows(
            f"SELECT article_id, text, source, {_METADATA} FROM articles a WHERE article_id = ?", (article_id,)
        )
        return _article(rows[0]) if rows else None

    def articles(self) -> Iterator[StoredArticle]:
        """Yield every article by id, a page at a time, so that no transaction stays open between two of them."""
        query = (
            f"SELECT article_id, text, source, {_METADATA},"
            " (SELECT count(*) FROM passages p WHERE p.article_id = a.article_id)"
            " FROM articles a WHERE article_id > ? ORDER BY article_id LIMIT ?"
        )
        after = ""
        while rows := self.database.rows(query, (after, _PAGE)):
            yield from (StoredArticle(_article(row), row[-1]) for row in rows)
            after = rows[-1][0]

    def metadata(self, article_ids: Sequence[str]) -> dict[str, Metadata]:
        rows = self._among(f"SELECT article_id, {_METADATA} FROM articles a WHERE article_id IN", article_ids)
        return {row[0]: Metadata(*row[1:]) for row in rows}

    def content_hashes(self) -> dict[str, str]:
        return dict(self.database.rows("SELECT article_id, content_hash FROM articles ORDER BY article_id"))

    def counts(self) -> tuple[int, int]:
        (row,) = self.database.rows("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")
        return row[0], row[1]

    def same_text(self, text: str) -> str | None:
        query = "SELECT article_id FROM articles WHERE text_hash = ? ORDER BY article_id LIMIT 1"
        rows = self.database.rows(query, (_text_hash(text),))
        return rows[0][0] if rows else None

    def sources(self) -> dict[str, str]:
        return dict(self.database.rows("SELECT source, article_id FROM sources ORDER BY source"))

    def cached_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        by_hash = {_input_hash(text): text for text in texts}
        rows = self._among("SELECT input_hash, vector FROM vectors WHERE input_hash IN", list(by_hash))
        return {by_hash[row[0]]: self._vectors([row[1]])[0] for row in rows}

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        rows = self._among('SELECT passage_id, article_id, start, "end" FROM passages WHERE passage_id IN', passage_ids)
        texts = dict(self._among("SELECT article_id, text FROM articles WHERE article_id IN", {r[1] for r in rows}))
        found = {r[0]: Passage(r[1], r[2], r[3], texts[r[1]][r[2] : r[3]], r[0]) for r in rows if r[1] in texts}
        return [found[i] for i in passage_ids if i in found]

    def passages_of(self, article_id: str) -> list[Passage]:
        query = "SELECT passage_id FROM passages WHERE article_id = ? ORDER BY start, passage_id"
        return self.passages([row[0] for row in self.database.rows(query, (article_id,))])

    def newest_passage_id(self) -> int:
        """Return the greatest id among the stored passages, 0 when there are none."""
        return int(self.database.rows("SELECT coalesce(max(passage_id), 0) FROM passages")[0][0])

    def passage_ids(self, filters: Filters | None = None) -> Ids:
        """Return the ids of the passages whose articles pass the filters, ascending."""
        condition, values = _condition(filters or Filters())
        joined = f" JOIN articles a USING (article_id) WHERE {condition}" if condition else ""
        rows = self.database.rows(f"SELECT passage_id FROM passages{joined} ORDER BY passage_id", values)
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def rows_above(self, passage_id: int) -> Iterator[list[PassageRow]]:
        """Yield the passages with greater ids, ascending, some at a time."""
        query = (
            f'SELECT passage_id, p.article_id, start, "end", {_METADATA},'
            " outlet_key, author_key, language_key, day"
            " FROM passages p JOIN articles a USING (article_id) WHERE passage_id > ? ORDER BY passage_id LIMIT ?"
        )
        while rows := self.database.rows(query, (passage_id, _PAGE)):
            texts = dict(self._among("SELECT article_id, text FROM articles WHERE article_id IN", {r[1] for r in rows}))
            yield [PassageRow(r[0], texts[r[1]][r[2] : r[3]], Metadata(*r[4:10]), Keys(*r[10:14])) for r in rows]
            passage_id = rows[-1][0]

    def article_of(self, passage_ids: Sequence[int]) -> dict[int, str]:
        return dict(self._among("SELECT passage_id, article_id FROM passages WHERE passage_id IN", passage_ids))

    def first_passages(self, article_ids: Sequence[str]) -> dict[int, str]:
        """Return the least passage id of each article → the article's id."""
        found: dict[int, str] = {}
        for row in self._among("SELECT passage_id, article_id FROM first_passages WHERE article_id IN", article_ids):
            found[row[0]] = row[1]
        return found

    def first_passage_ids(self) -> Ids:
        """Return the least passage id of every article that has passages, ascending."""
        rows = self.database.rows("SELECT passage_id FROM first_passages ORDER BY passage_id")
        return np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))

    def article_rows_above(self, passage_id: int) -> Iterator[list[PassageRow]]:
        """Yield whole articles under their least passage id, of those where it is greater, ascending."""
        query = (
            f"SELECT f.passage_id, a.text, {_METADATA}, outlet_key, author_key, language_key, day"
            " FROM first_passages f JOIN articles a USING (article_id)"
            " WHERE f.passage_id > ? ORDER BY f.passage_id LIMIT ?"
        )
        while rows := self.database.rows(query, (passage_id, _PAGE // 4)):
            yield [PassageRow(r[0], r[1], Metadata(*r[2:8]), Keys(*r[8:12])) for r in rows]
            passage_id = rows[-1][0]

    def vectors_above(self, passage_id: int) -> Iterator[tuple[Ids, Vectors]]:
        """Yield ids and vectors of the passages with greater ids, ascending, some at a time."""
        query = (
            "SELECT passage_id, vector FROM passages JOIN vectors USING (vector_id)"
            " WHERE passage_id > ? ORDER BY passage_id LIMIT ?"
        )
        while rows := self.database.rows(query, (passage_id, 8 * _PAGE)):
            yield np.array([row[0] for row in rows], dtype=np.int64), self._vectors([row[1] for row in rows])
            passage_id = rows[-1][0]

    def snapshot(self, kind: str) -> Snapshot | None:
        rows = self.database.rows("SELECT * FROM snapshots WHERE kind = ?", (kind,))
        return Snapshot(*rows[0]) if rows else None

    def record_snapshot(self, snapshot: Snapshot) -> None:
        """Make this the snapshot of its kind that the next start loads."""
        row = tuple(asdict(snapshot).values())
        with self.database.transaction():
            self.database.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)", row)

    def _vectors(self, blobs: Sequence[bytes]) -> Vectors:
        dimension = self.database.manifest.dimension
        if any(len(blob) != 4 * dimension for blob in blobs):
            raise IndexStateError(f"the index database is damaged (a vector is not {dimension} numbers long)")
        return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(-1, dimension).astype(np.float32)

    def _among(self, query: str, values: Any) -> list[Any]:
        wanted = list(values)
        found: list[Any] = []
        for start in range(0, len(wanted), _PAGE):
            some = wanted[start : start + _PAGE]
            found.extend(self.database.rows(f"{query} ({_marks(some)})", some))
        return found


def _article_row(article: Article) -> tuple[object, ...]:
    m, keys = article.metadata, keys_of(article.metadata)
    return (
        article.article_id, article.text, m.title, m.outlet, m.author, m.published, m.url, m.language, article.source,
        article.content_hash, _text_hash(article.text), keys.outlet, keys.author, keys.language, keys.day,
    )  # fmt: skip


def _article(row: Any) -> Article:
    return Article(article_id=row[0], text=row[1], source=row[2], metadata=Metadata(*row[3:9]))


def _condition(filters: Filters) -> tuple[str, list[object]]:
    names = (("outlet", filters.outlet), ("author", filters.author), ("language", filters.language))
    given = [(name, fold(value)) for name, value in names if value is not None]
    clauses = [f"a.{name}_key = ?" for name, _ in given]
    values: list[object] = [value for _, value in given]
    if (days := day_bounds(filters)) is not None:
        clauses.append("a.day BETWEEN ? AND ?")
        values.extend(days)
    return " AND ".join(clauses), values


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _input_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
