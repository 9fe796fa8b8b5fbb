"""FAISS against brute force in NumPy, with scores."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.errors import IndexStateError
from rag.stores.dense import DenseIndex

RNG = np.random.default_rng(7)


def unit(n: int, dimension: int = 24) -> np.ndarray:
    vectors = RNG.standard_normal((n, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


IDS = np.arange(1, 501, dtype=np.int64) * 3
VECTORS = unit(500)


@pytest.fixture
def index() -> DenseIndex:
    made = DenseIndex(24)
    made.add(IDS, VECTORS)
    return made


def flags(ids: np.ndarray) -> np.ndarray:
    flagged = np.zeros(1501, dtype=np.bool_)
    flagged[ids] = True
    return flagged


def brute(query: np.ndarray, k: int, allowed: set[int]) -> list[tuple[int, float]]:
    scored = [(int(i), float(v @ query)) for i, v in zip(IDS, VECTORS, strict=True) if int(i) in allowed]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


@pytest.mark.parametrize("share", [1.0, 0.3, 0.01])
def test_search_equals_brute_force_with_scores_and_filters(index: DenseIndex, share: float) -> None:
    allowed = IDS[RNG.random(500) < share] if share < 1 else IDS
    for query in unit(20):
        found = index.search(query, 10, None if share == 1 else flags(allowed))
        expected = brute(query, 10, {int(i) for i in allowed})
        assert [i for i, _ in found] == [i for i, _ in expected]
        np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-5)


def test_nothing_is_found_among_no_ids_or_in_an_empty_index(index: DenseIndex) -> None:
    assert index.search(VECTORS[0], 5, flags(IDS[:0])) == []
    assert DenseIndex(24).search(VECTORS[0], 5) == []


def test_removed_ids_are_never_found(index: DenseIndex) -> None:
    index.remove(IDS[::2])
    assert len(index) == 250
    assert {i for i, _ in index.search(VECTORS[0], 500)} == {int(i) for i in IDS[1::2]}


def test_scores_of_given_ids_are_their_cosines(index: DenseIndex) -> None:
    scores = index.scores(VECTORS[4], [15, 3])
    assert scores == pytest.approx({15: 1.0, 3: float(VECTORS[0] @ VECTORS[4])}, abs=1e-5)


def test_equal_vectors_are_ordered_by_id() -> None:
    index = DenseIndex(24)
    index.add(np.array([9, 4, 7], dtype=np.int64), np.repeat(VECTORS[:1], 3, axis=0))
    assert [i for i, _ in index.search(VECTORS[0], 3)] == [4, 7, 9]


def test_a_saved_index_gives_the_same_hits(index: DenseIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "dense")
    again = DenseIndex(24, tmp_path / "dense")
    assert again.search(VECTORS[1], 10) == index.search(VECTORS[1], 10)


def test_an_unreadable_file_or_another_dimension_is_refused(index: DenseIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "dense")
    shutil.copytree(tmp_path / "dense", tmp_path / "noise")
    (tmp_path / "noise" / "tail.faiss").write_bytes(b"not an index" * 50)
    for dimension, name in ((24, "noise"), (8, "dense")):
        with pytest.raises(IndexStateError):
            DenseIndex(dimension, tmp_path / name)
