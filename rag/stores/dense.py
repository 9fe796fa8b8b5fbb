"""Nearest passages by cosine: the one module that knows FAISS.

Vectors are unit vectors, so the inner product is the cosine; the search is exact (IndexFlatIP behind IndexIDMap2, keyed
by passage id). Filters are ids handed to FAISS before it ranks, never sifted afterwards. Everything here can be made
again from the stored vectors, so a file is only read when its hash has been checked by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.stores.sqlite import Ids


class DenseIndex:
    """Passage ids and their vectors, in memory."""

    def __init__(self, dimension: int, path: Path | None = None) -> None:
        """Start empty, or with what `save` wrote to `path`; raises IndexStateError when that is no such index."""
        import faiss

        faiss.omp_set_num_threads(1)  # one question is one row: more threads only wait for each other (12 ms, not 1)
        self._faiss: Any = faiss
        self._dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)) if path is None else self._read(path)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def ids(self) -> Ids:
        """Return every passage id held, in no order."""
        ids: Ids = self._faiss.vector_to_array(self._index.id_map).astype(np.int64)
        return ids

    def add(self, ids: Ids, vectors: Vectors) -> None:
        self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        self._index.remove_ids(self._faiss.IDSelectorBatch(ids))

    def search(self, vector: Vectors, k: int, allowed: Ids | None = None) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine), best first and equal ones by id, among the allowed ids if given."""
        k = min(k, len(self) if allowed is None else len(allowed))
        if k < 1:
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, self._dimension)
        if allowed is None:
            scores, ids = self._index.search(query, k)
        else:
            selector = self._faiss.IDSelectorBatch(allowed)
            scores, ids = self._index.search(query, k, params=self._faiss.SearchParameters(sel=selector))
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def scores(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of these passages, which must all be held."""
        if not len(ids):
            return {}
        vectors = np.stack([self._index.reconstruct(int(i)) for i in ids])
        return dict(zip((int(i) for i in ids), (vectors @ vector.reshape(-1)).tolist(), strict=True))

    def save(self, path: Path) -> None:
        self._faiss.write_index(self._index, str(path))

    def _read(self, path: Path) -> Any:
        try:
            index = self._faiss.read_index(str(path))
        except RuntimeError as error:
            raise IndexStateError(f"the vector index {path} cannot be read ({error})") from error
        if not isinstance(index, self._faiss.IndexIDMap2) or index.d != self._dimension:
            raise IndexStateError(f"the vector index {path} is of another kind")
        return index
