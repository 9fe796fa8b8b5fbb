"""Nearest passages among very many: inverted lists of 8-bit codes in one immutable file that FAISS maps into memory.

IndexIVFScalarQuantizer (Sivic and Zisserman 2003; Jégou et al. 2011): vectors are gathered round centres, a question is
compared with the lists of the nearest centres only, one byte a dimension. What comes back are candidates, for the
caller to score exactly. Under a filter only lists that hold something allowed are counted, and more of them are read
the less it lets pass, twice as many for each tenth: then recall does not fall, also when what passes is all about
something else than the question. Numbers measured by `benchmarks/bench_index.py`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.stores.columns import Flags
from rag.stores.sqlite import Ids

PROBES = 192
_MORE_PROBES = 0.3  # the power of one over the share that passes a filter
_FEW = 500  # that pass a filter are scored one by one
_LISTS_FOR_ROOT = 4  # as many lists as this times the square root of the number of vectors, to the nearest power of two
_SAMPLE_FOR_LIST = 40  # FAISS wants 39
_ITERATIONS = 8

Source = Callable[[], Iterator[tuple[Ids, Vectors]]]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a filter lets pass: how many, as bits by id for FAISS, which lists hold any, and the ids if they are few."""

    passing: int
    bits: NDArray[np.uint8]
    holding: NDArray[np.bool_]
    few: Ids | None


class CompressedIndex:
    """What `write_compressed` wrote: it is searched where it lies and never changed."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Map a file whose hash the caller has checked; raises IndexStateError when it is no such index."""
        self.path = path
        self._index = _read(path, dimension, mapped=True)
        lists = [_ids_of(self._index, i) for i in range(self._index.nlist)]
        self.ids: Ids = np.sort(np.concatenate(lists))
        self._list_of = np.zeros(int(self.ids.max(initial=0)) + 1, dtype=np.int32)
        for number, ids in enumerate(lists):
            self._list_of[ids] = number

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def select(self, flags: Flags) -> Selection:
        """Prepare the search of some ids, one flag for each up to the greatest; only ids held may be flagged."""
        ids = np.flatnonzero(flags)
        holding = np.bincount(self._list_of[ids], minlength=int(self._index.nlist)) > 0
        return Selection(len(ids), np.packbits(flags, bitorder="little"), holding, ids if len(ids) <= _FEW else None)

    def candidates(self, vector: Vectors, k: int, selection: Selection | None = None) -> Ids:
        """Return at most k ids that are probably the nearest, of a selection all that pass if they are few."""
        query, k = vector.reshape(1, -1), min(k, len(self))
        if selection is None:
            _, found = self._index.search(query, k, params=_faiss().SearchParametersIVF(nprobe=PROBES))
            ids: Ids = found[0][found[0] >= 0]
            return ids
        return selection.few if selection.few is not None else self._among(query, k, selection)

    def _among(self, query: Vectors, k: int, selection: Selection) -> Ids:
        """Search the nearest lists that hold anything selected, by FAISS's C++ side: its Python takes no filter."""
        faiss = _faiss()
        probes = math.ceil(PROBES * (selection.passing / len(self)) ** -_MORE_PROBES)
        empty = int(np.count_nonzero(~selection.holding))  # so the nearest that hold anything are among so many more
        scores, lists = self._index.quantizer.search(query, min(probes + empty, int(self._index.nlist)))
        nearest = np.flatnonzero(selection.holding[lists[0]])[:probes]
        lists, scores = np.ascontiguousarray(lists[:, nearest]), np.ascontiguousarray(scores[:, nearest])
        ids, cosines = np.full((1, k), -1, dtype=np.int64), np.empty((1, k), dtype=np.float32)
        selector = faiss.IDSelectorBitmap(selection.bits)
        parameters = faiss.SearchParametersIVF(nprobe=len(nearest), sel=selector)
        arrays = (faiss.swig_ptr(array) for array in (lists, scores, cosines, ids))
        self._index.search_preassigned_c(1, faiss.swig_ptr(query), k, *arrays, False, parameters)
        found: Ids = ids[ids >= 0]
        return found


def write_compressed(path: Path, dimension: int, count: int, source: Source) -> None:
    """Write an index of all vectors of a source that yields `count` of them, the same ones each time it is called."""
    faiss = _faiss()
    lists = _lists(count)
    stride = max(1, count // (lists * _SAMPLE_FOR_LIST))
    index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ITERATIONS
    with _all_cores():
        index.train(np.concatenate([vectors[::stride] for _, vectors in source()]))
        for ids, vectors in source():
            index.add_with_ids(vectors, ids)
    faiss.write_index(index, str(path))


def write_merged(path: Path, dimension: int, body: CompressedIndex, keep: Flags, ids: Ids, vectors: Vectors) -> bool:
    """Write what an index holds and is flagged, and more vectors; False when it has outgrown its lists instead."""
    faiss = _faiss()
    count = int(np.count_nonzero(keep)) + len(ids)
    index = _read(body.path, dimension, mapped=False)
    if not index.nlist / 2 <= _lists(count) <= index.nlist:
        return False
    index.remove_ids(faiss.IDSelectorNot(faiss.IDSelectorBitmap(np.packbits(keep, bitorder="little"))))
    with _all_cores():
        index.add_with_ids(vectors, ids)
    faiss.write_index(index, str(path))
    return True


def read_checked(path: Path, flags: int = 0) -> Any:
    """Return what FAISS reads from a file; no vector in it can be longer than the file."""
    faiss = _faiss()
    faiss.set_deserialization_vector_byte_limit(max(path.stat().st_size, 1))
    try:
        return faiss.read_index(str(path), flags)
    except RuntimeError as error:
        raise IndexStateError(f"the vector index {path} cannot be read ({error})") from error


def _read(path: Path, dimension: int, *, mapped: bool) -> Any:
    faiss = _faiss()
    index = read_checked(path, faiss.IO_FLAG_MMAP_IFC if mapped else 0)
    if not isinstance(index, faiss.IndexIVFScalarQuantizer) or index.d != dimension:
        raise IndexStateError(f"the vector index {path} is of another kind")
    return index


def _ids_of(index: Any, number: int) -> Ids:
    """Return a copy of the ids of one list, which may be empty."""
    size = index.invlists.list_size(number)
    if not size:
        return np.empty(0, dtype=np.int64)
    ids: Ids = _faiss().rev_swig_ptr(index.invlists.get_ids(number), size).copy()
    return ids


def _lists(count: int) -> int:
    return int(2 ** round(math.log2(_LISTS_FOR_ROOT * math.sqrt(max(count, 1)))))


def _faiss() -> Any:
    """Return the library without its type stubs, which do not know its Python side."""
    import faiss

    return faiss


@contextmanager
def _all_cores() -> Iterator[None]:
    """Let FAISS use every core for the block, and one again after it."""
    _faiss().omp_set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0))))
    try:
        yield
    finally:
        _faiss().omp_set_num_threads(1)
