"""Nearest passages by cosine: exact while they are few, from compressed candidates scored exactly when they are many.

Vectors are unit vectors, so the inner product is the cosine. New passages go into an exact index in memory (the tail).
When it is saved with more of them than `FLAT_UP_TO`, they become the body: an immutable compressed file beside the
tail, of which removed passages are only flagged. Every MERGE_ABOVE new or removed passages later the body is written
anew. So a search sees every passage at once, and scores are always those of the stored vectors. Filters are flags
handed to FAISS before it ranks, never sifted afterwards. Everything here can be made again from the stored vectors.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.stores.columns import Columns, Flags
from rag.stores.compressed import CompressedIndex, Selection, read_checked, write_compressed, write_merged
from rag.stores.sqlite import Ids

FLAT_UP_TO = 30_000
MERGE_ABOVE = 10_000
_MORE_CANDIDATES = 32  # than are wanted, since 8 bits order the last ones wrongly

_TAIL, BODY, _REMOVED = "tail.faiss", "body.faiss", "removed.npy"

Exact = Callable[[Sequence[int]], tuple[Ids, Vectors]]


def _no_vectors(_: Sequence[int]) -> tuple[Ids, Vectors]:
    raise IndexStateError("the vector index was opened without the stored vectors")


class DenseIndex:
    """Passage ids and their vectors, with what they are filtered by."""

    def __init__(self, dimension: int, folder: Path | None = None, exact: Exact = _no_vectors) -> None:
        """Start empty, or with what `save` wrote to `folder`; `exact` gives the stored vectors of passages.

        Raises IndexStateError when the folder holds no such index.
        """
        import faiss

        faiss.omp_set_num_threads(1)  # one question is one row: more threads only wait for each other (12 ms, not 1)
        self._faiss: Any = faiss
        self._dimension, self._exact = dimension, exact
        self._tail: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._body: CompressedIndex | None = None
        self._kept: Flags = np.zeros(0, dtype=np.bool_)  # of the body
        self._removed = 0  # from the body
        self._selected: tuple[Flags | None, Selection] | None = None  # from the body, by the last filter
        self.columns = Columns(folder)
        if folder is not None:
            self._read(folder)

    def __len__(self) -> int:
        return int(self._tail.ntotal) + (len(self._body) - self._removed if self._body is not None else 0)

    def ids(self) -> Ids:
        """Return every passage id held, in no order."""
        return np.concatenate([np.flatnonzero(self._kept), self._tail_ids()])

    @property
    def is_compressed(self) -> bool:
        return self._body is not None

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add passages; ids are greater than any in the body."""
        self._tail.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)

    def remove(self, ids: Ids) -> None:
        """Remove passages; ids that are not held are passed over."""
        self._tail.remove_ids(self._faiss.IDSelectorBatch(ids))
        in_body = np.unique(ids[ids < len(self._kept)])
        self._removed += int(np.count_nonzero(self._kept[in_body]))
        self._kept[in_body] = False
        self._selected = None

    def search(self, vector: Vectors, k: int, allowed: Flags | None = None) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine), best first and equal ones by id, among the flagged ids if given."""
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)
        found = self._from_tail(query, k, allowed) + self._from_body(query, k, allowed)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[: max(k, 0)]

    def scores(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of these passages; those that are not held are left out."""
        query = np.asarray(vector, dtype=np.float32).reshape(-1)
        found = self._scored(query, [i for i in ids if i < len(self._kept) and self._kept[i]])
        tail = [i for i in ids if i >= len(self._kept)]
        if tail:
            vectors = self._tail.reconstruct_batch(np.array(tail, dtype=np.int64))
            found += zip((int(i) for i in tail), (vectors @ query).tolist(), strict=True)
        return dict(found)

    def save(self, folder: Path) -> None:
        """Write everything into a new folder; the body, if it need not change, is linked to where it lies."""
        folder.mkdir()
        self.columns.save(folder)
        tail = self._tail
        if self._is_due():
            self._write_body(folder / BODY)
            tail = self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(self._dimension))
        elif self._body is not None:
            _link(self._body.path, folder / BODY)
            if self._removed:
                np.save(folder / _REMOVED, np.setdiff1d(self._body.ids, np.flatnonzero(self._kept)), allow_pickle=False)
        self._faiss.write_index(tail, str(folder / _TAIL))

    def _is_due(self) -> bool:
        """Tell whether the body is to be written anew."""
        if self._body is None:
            return int(self._tail.ntotal) > FLAT_UP_TO
        return max(int(self._tail.ntotal), self._removed) > MERGE_ABOVE

    def _write_body(self, path: Path) -> None:
        ids, vectors = self._tail_ids(), self._tail_vectors()
        if self._body is None:
            write_compressed(path, self._dimension, len(ids), lambda: iter([(ids, vectors)]))
        elif not write_merged(path, self._dimension, self._body, self._kept, ids, vectors):
            old = np.flatnonzero(self._kept).tolist()
            pages = [old[i : i + MERGE_ABOVE] for i in range(0, len(old), MERGE_ABOVE)]
            source = lambda: (page for page in (*map(self._exact, pages), (ids, vectors)))  # noqa: E731
            write_compressed(path, self._dimension, len(self), source)

    def _from_tail(self, query: Vectors, k: int, allowed: Flags | None) -> list[tuple[int, float]]:
        k = min(k, int(self._tail.ntotal))
        if k < 1:
            return []
        parameters = None
        if allowed is not None:
            selector = self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
            parameters = self._faiss.SearchParameters(sel=selector)
        scores, ids = self._tail.search(query.reshape(1, -1), k, params=parameters)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def _from_body(self, query: Vectors, k: int, allowed: Flags | None) -> list[tuple[int, float]]:
        if self._body is None or k < 1:
            return []
        selection = None if allowed is None and not self._removed else self._selection(self._body, allowed)
        return self._scored(query, self._body.candidates(query, k + _MORE_CANDIDATES, selection).tolist())

    def _selection(self, body: CompressedIndex, allowed: Flags | None) -> Selection:
        """Return what is kept of the body and allowed; that of the last filter is remembered."""
        if self._selected is None or self._selected[0] is not allowed:
            known = len(self._kept) if allowed is None else min(len(allowed), len(self._kept))
            flags = self._kept[:known] if allowed is None else self._kept[:known] & allowed[:known]
            self._selected = (allowed, body.select(flags))
        return self._selected[1]

    def _scored(self, query: Vectors, ids: Sequence[int]) -> list[tuple[int, float]]:
        if not ids:
            return []
        found, vectors = self._exact(ids)
        return list(zip(found.tolist(), (vectors @ query).tolist(), strict=True))

    def _tail_ids(self) -> Ids:
        ids: Ids = self._faiss.vector_to_array(self._tail.id_map).astype(np.int64)
        return ids

    def _tail_vectors(self) -> Vectors:
        flat = self._faiss.downcast_index(self._tail.index)
        vectors: Vectors = self._faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(-1, flat.d)
        return vectors

    def _read(self, folder: Path) -> None:
        self._tail = read_checked(folder / _TAIL)
        if not isinstance(self._tail, self._faiss.IndexIDMap2) or self._tail.d != self._dimension:
            raise IndexStateError(f"the vector index {folder / _TAIL} is of another kind")
        if not (folder / BODY).exists():
            return
        self._body = CompressedIndex(folder / BODY, self._dimension)
        self._kept = np.zeros(int(self._body.ids.max(initial=0)) + 1, dtype=np.bool_)
        self._kept[self._body.ids] = True
        if (folder / _REMOVED).exists():
            gone = np.load(folder / _REMOVED, allow_pickle=False)
            self._kept[gone], self._removed = False, len(gone)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
