"""The truth of a local index: articles, their sources, passages and vectors, in one SQLite file.

Every change is one transaction and raises the change counter, by which anything derived from this file notices that it
is behind. Passage ids only grow and are never used again, so what was added since are the ids above the greatest one
known. Vectors are kept by the hash of what the encoder read, also after their article is gone: an embedding is never
computed twice. What an answer is made of is checked when it is read, in a file of any size: an article against the hash
of its content, a passage against that of what the encoder read, a vector against a CRC-32 behind its numbers. This
module knows no index and no query.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.chunking import encoder_input
from rag.encoders.protocol import Vectors
from rag.records import Article, Metadata, Passage
from rag.stores.database import DamagedIndexError, Database, places
from rag.stores.filters import Keys, keys_of
from rag.stores.groups import Groups
from rag.stores.protocol import VERSION_DIGITS, ArticleMark, NamedBy, StoredArticle
from rag.stores.versions import Versions

Ids = NDArray[np.int64]

_PAGE = 500
_CHECK_BYTES = 4
_BUILD_AGAIN = "move the folder of the index away and build it again with: rag index PATH…"
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
        self.groups = Groups(database)
        self.versions = Versions(database)

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Add or replace an article with its passages; it keeps its sources, and `article.source` becomes one."""
        inputs = [_input_hash(encoder_input(article.metadata, p)) for p in passages]
        blobs = np.ascontiguousarray(vectors, dtype="<f4").reshape(-1, self.database.manifest.dimension)
        sketch = self.groups.sketch(article.text)
        db = self.database
        with db.transaction():
            self.versions.keep(article)
            db.execute("DELETE FROM passages WHERE article_id = ?", (article.article_id,))
            db.execute(_PUT_ARTICLE, _article_row(article))
            self._own(article.article_id, article.source)
            db.executemany(
                "INSERT INTO vectors (input_hash, vector) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(h, _with_check(v.tobytes())) for h, v in zip(inputs, blobs, strict=True)],
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
            self.groups.place(article.article_id, sketch)
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
            rename = f"UPDATE articles SET source = ? WHERE article_id = ? AND source NOT IN ({places(left)})"
            self.database.execute(rename, (left[0], article_id, *left))
        return not left

    def _remove(self, article_ids: Sequence[str]) -> int:
        forget = "DELETE FROM articles WHERE article_id = ?"
        self.groups.forget(article_ids)
        gone = sum(self.database.execute(forget, (article_id,)).rowcount for article_id in dict.fromkeys(article_ids))
        if gone:
            self.database.changed()
        return gone

    def article(self, article_id: str) -> Article | None:
        query = f"SELECT article_id, text, source, {_METADATA}, content_hash FROM articles a WHERE article_id = ?"
        for row in self.database.rows(query, (article_id,)):
            article = _article(row)
            self._check(article_id, article.content_hash == row[-1])
            return article
        return None

    def articles(self) -> Iterator[StoredArticle]:
        """Yield every article by id, a page at a time, so that no transaction stays open between two of them."""
        query = (
            f"SELECT article_id, text, source, {_METADATA},"
            " (SELECT count(*) FROM passages p WHERE p.article_id = a.article_id), group_id, content_hash"
            " FROM articles a JOIN voices USING (article_id) WHERE article_id > ? ORDER BY article_id LIMIT ?"
        )
        after = ""
        while rows := self.database.rows(query, (after, _PAGE)):
            yield from (StoredArticle(_article(r), r[9], r[10], r[11][:VERSION_DIGITS]) for r in rows)
            after = rows[-1][0]

    def metadata(self, article_ids: Sequence[str]) -> dict[str, Metadata]:
        rows = self.database.among(f"SELECT article_id, {_METADATA} FROM articles a WHERE article_id IN", article_ids)
        return {row[0]: Metadata(*row[1:]) for row in rows}

    def names(self, field: NamedBy) -> list[str]:
        rows = self.database.rows(f"SELECT DISTINCT {field} FROM articles WHERE {field} <> ''")
        return sorted(row[0] for row in rows)

    def marks(self, article_ids: Sequence[str]) -> dict[str, ArticleMark]:
        query = "SELECT article_id, group_id, content_hash FROM articles JOIN voices USING (article_id)"
        rows = self.database.among(f"{query} WHERE article_id IN", article_ids)
        return {row[0]: ArticleMark(row[1], row[2][:VERSION_DIGITS]) for row in rows}

    def version(self, article_id: str, prefix: str) -> Article | None:
        """Return the article as it is under this start of a content hash, or else as it was."""
        rows = self.database.rows("SELECT content_hash FROM articles WHERE article_id = ?", (article_id,))
        if rows and rows[0][0].startswith(prefix):
            return self.article(article_id)
        return self.versions.find(article_id, prefix)

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
        rows = self.database.among("SELECT input_hash, vector FROM vectors WHERE input_hash IN", list(by_hash))
        return {by_hash[row[0]]: self.vectors([row[1]])[0] for row in rows}

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        query = 'SELECT passage_id, article_id, start, "end", input_hash FROM passages JOIN vectors USING (vector_id)'
        rows = self.database.among(f"{query} WHERE passage_id IN", passage_ids)
        articles = self._articles({r[1] for r in rows})
        found: dict[int, Passage] = {}
        for passage_id, article_id, start, end, input_hash in rows:
            if article_id in articles:
                article = articles[article_id]
                passage = found[passage_id] = Passage(article_id, start, end, article.text[start:end], passage_id)
                self._check(article_id, _input_hash(encoder_input(article.metadata, passage)) == input_hash)
        return [found[i] for i in passage_ids if i in found]

    def passages_of(self, article_id: str) -> list[Passage]:
        query = "SELECT passage_id FROM passages WHERE article_id = ? ORDER BY start, passage_id"
        return self.passages([row[0] for row in self.database.rows(query, (article_id,))])

    def rows_above(self, passage_id: int) -> Iterator[list[PassageRow]]:
        """Yield the passages with greater ids, ascending, some at a time."""
        query = (
            f'SELECT passage_id, p.article_id, start, "end", {_METADATA},'
            " outlet_key, author_key, language_key, day"
            " FROM passages p JOIN articles a USING (article_id) WHERE passage_id > ? ORDER BY passage_id LIMIT ?"
        )
        while rows := self.database.rows(query, (passage_id, _PAGE)):
            articles = self._articles({r[1] for r in rows})
            yield [
                PassageRow(r[0], articles[r[1]].text[r[2] : r[3]], Metadata(*r[4:10]), Keys(*r[10:14])) for r in rows
            ]
            passage_id = rows[-1][0]

    def article_of(self, passage_ids: Sequence[int]) -> dict[int, str]:
        return dict(self.database.among("SELECT passage_id, article_id FROM passages WHERE passage_id IN", passage_ids))

    def first_passages(self, article_ids: Sequence[str]) -> dict[int, str]:
        """Return the least passage id of each article → the article's id."""
        query = "SELECT passage_id, article_id FROM first_passages WHERE article_id IN"
        return dict(self.database.among(query, article_ids))

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

    def snapshot(self, kind: str) -> Snapshot | None:
        rows = self.database.rows("SELECT * FROM snapshots WHERE kind = ?", (kind,))
        return Snapshot(*rows[0]) if rows else None

    def record_snapshot(self, snapshot: Snapshot) -> None:
        """Make this the snapshot of its kind that the next start loads."""
        row = tuple(asdict(snapshot).values())
        with self.database.transaction():
            self.database.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?)", row)

    def _articles(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; raises DamagedIndexError for one that is not what was stored."""
        query = f"SELECT article_id, text, source, {_METADATA}, content_hash FROM articles a WHERE article_id IN"
        found = {row[0]: (_article(row), row[-1]) for row in self.database.among(query, article_ids)}
        for article_id, (article, content_hash) in found.items():
            self._check(article_id, article.content_hash == content_hash)
        return {article_id: article for article_id, (article, _) in found.items()}

    def _check(self, article_id: str, is_sound: bool) -> None:
        if not is_sound:
            raise DamagedIndexError(f"the stored article {article_id} is damaged; {_BUILD_AGAIN}")

    def vectors(self, blobs: Sequence[bytes]) -> Vectors:
        """Return vectors as they are stored, a row each; raises DamagedIndexError for one that is not what was put."""
        dimension = self.database.manifest.dimension
        bare = [_checked(blob, 4 * dimension) for blob in blobs]
        return np.frombuffer(b"".join(bare), dtype="<f4").reshape(-1, dimension).astype(np.float32)


def _article_row(article: Article) -> tuple[object, ...]:
    m, keys = article.metadata, keys_of(article.metadata)
    return (
        article.article_id, article.text, m.title, m.outlet, m.author, m.published, m.url, m.language, article.source,
        article.content_hash, _text_hash(article.text), keys.outlet, keys.author, keys.language, keys.day,
    )  # fmt: skip


def _article(row: Any) -> Article:
    return Article(article_id=row[0], text=row[1], source=row[2], metadata=Metadata(*row[3:9]))


def _with_check(vector: bytes) -> bytes:
    return vector + zlib.crc32(vector).to_bytes(_CHECK_BYTES, "little")


def _checked(blob: bytes, size: int) -> bytes:
    """Return the bytes of a vector; an index of before there were checks has vectors without one."""
    vector = blob[:size]
    if len(blob) != size and blob != _with_check(vector):
        raise DamagedIndexError(f"a stored vector is damaged; {_BUILD_AGAIN}")
    return vector


def _input_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
