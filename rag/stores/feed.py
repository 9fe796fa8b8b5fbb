"""What derived indexes ask of the truth: how far it is, what was added and what has gone since, and exact vectors.

Nothing here grows with the size of the index but `count`, which is asked only after a change (a scan of the smallest
SQLite index, 10 ms a million).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rag.encoders.protocol import Vectors
from rag.stores.filters import Keys
from rag.stores.sqlite import Ids, Truth

_PAGE = 4000


class Feed:
    """Reads the database of a store. Not safe for threads: its owner takes turns."""

    def __init__(self, truth: Truth) -> None:
        self._truth, self._database = truth, truth.database

    def count(self, *, whole_articles: bool = False) -> int:
        """Return how many passages there are, or articles that have any."""
        table = "first_passages" if whole_articles else "passages"
        return int(self._database.rows(f"SELECT count(*) FROM {table}")[0][0])

    def newest(self) -> int:
        """Return the greatest id among the stored passages, 0 when there are none."""
        return int(self._database.rows("SELECT coalesce(max(passage_id), 0) FROM passages")[0][0])

    def gone_since(self, change: int) -> Ids:
        """Return the ids of passages removed by a later change than this."""
        return _ids(self._database.rows("SELECT passage_id FROM gone WHERE change > ?", (change,)))

    def vectors_above(self, passage_id: int) -> Iterator[tuple[Ids, Vectors]]:
        """Yield ids and vectors of the passages with greater ids, ascending, some at a time."""
        query = (
            "SELECT passage_id, vector FROM passages JOIN vectors USING (vector_id)"
            " WHERE passage_id > ? ORDER BY passage_id LIMIT ?"
        )
        while rows := self._database.rows(query, (passage_id, _PAGE)):
            yield _ids(rows), self._truth.vectors([row[1] for row in rows])
            passage_id = rows[-1][0]

    def vectors_of(self, passage_ids: Sequence[int]) -> tuple[Ids, Vectors]:
        """Return ids and vectors of those of the passages that are there, in no order."""
        query = "SELECT passage_id, vector FROM passages JOIN vectors USING (vector_id) WHERE passage_id IN"
        rows = self._database.among(query, [int(i) for i in passage_ids])
        return _ids(rows), self._truth.vectors([row[1] for row in rows])

    def keys_above(self, passage_id: int) -> Iterator[list[tuple[int, Keys]]]:
        """Yield ids of the passages with greater ids and what each is filtered by, ascending, some at a time."""
        query = (
            "SELECT passage_id, outlet_key, author_key, language_key, day"
            " FROM passages JOIN articles USING (article_id) WHERE passage_id > ? ORDER BY passage_id LIMIT ?"
        )
        while rows := self._database.rows(query, (passage_id, _PAGE)):
            yield [(row[0], Keys(*row[1:])) for row in rows]
            passage_id = rows[-1][0]


def _ids(rows: Sequence[Sequence[object]]) -> Ids:
    return np.array([row[0] for row in rows], dtype=np.int64)
