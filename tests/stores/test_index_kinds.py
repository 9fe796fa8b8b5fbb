"""Few passages are searched exactly, many from a compressed file with a tail; what comes out is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.records import Filters
from rag.stores import compressed, dense
from rag.stores.columns import Columns
from rag.stores.dense import DenseIndex
from rag.stores.filters import Keys

DIMENSION = 16
NEARLY_ALL = 0.96  # of so few vectors in so many lists
Truth = dict[int, np.ndarray]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "FLAT_UP_TO", 2000)
    monkeypatch.setattr(dense, "MERGE_ABOVE", 300)


def gathered(n: int, seed: int) -> np.ndarray:
    """Return unit vectors round forty centres."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((40, DIMENSION))
    vectors = centres[random.integers(0, 40, n)] + 0.4 * random.standard_normal((n, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Kept:
    """An index with the truth that it is derived from."""

    def __init__(self, folder: Path) -> None:
        self.truth: Truth = {}
        self._folders = (folder / str(n) for n in range(99))
        self.index = DenseIndex(DIMENSION, exact=self.exact)

    def exact(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        return np.array(ids, dtype=np.int64), np.stack([self.truth[int(i)] for i in ids])

    def add(self, n: int, seed: int) -> None:
        first = max(self.truth, default=0) + 1
        ids, vectors = np.arange(first, first + n, dtype=np.int64), gathered(n, seed)
        self.truth |= dict(zip(ids.tolist(), vectors, strict=True))
        self.index.add(ids, vectors)

    def remove(self, ids: Sequence[int]) -> None:
        self.index.remove(np.array(ids, dtype=np.int64))
        for i in ids:
            del self.truth[i]

    def reopen(self) -> None:
        folder = next(self._folders)
        self.index.save(folder)
        self.index = DenseIndex(DIMENSION, folder, self.exact)

    def recall(self, allowed: np.ndarray | None = None, k: int = 10) -> float:
        """Return the share of the true nearest that is found; scores of what is found must be exact."""
        ids = np.array([i for i in self.truth if allowed is None or (i < len(allowed) and allowed[i])])
        matrix, shares = np.stack([self.truth[i] for i in ids.tolist()]), []
        for query in gathered(30, 99):
            cosines = matrix @ query
            best = set(ids[np.argsort(-cosines)[:k]].tolist())
            found = dict(self.index.search(query, k, allowed))
            assert found == pytest.approx({i: float(self.truth[i] @ query) for i in found}, abs=1e-6)
            shares.append(len(best & set(found)) / len(best))
        return float(np.mean(shares))


@pytest.fixture
def many(tmp_path: Path) -> Kept:
    kept = Kept(tmp_path)
    kept.add(3000, seed=1)
    kept.reopen()
    assert kept.index.is_compressed
    return kept


def test_few_passages_stay_exact_when_saved(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.add(2000, seed=1)
    kept.reopen()
    assert not kept.index.is_compressed
    assert kept.recall() == 1.0


def test_many_are_found_as_by_brute_force(many: Kept) -> None:
    assert many.recall() >= NEARLY_ALL
    assert len(many.index) == len(many.index.ids()) == 3000


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 0.001])
def test_a_filter_costs_no_recall_and_lets_nothing_else_through(many: Kept, share: float) -> None:
    allowed = np.random.default_rng(5).random(3001) < share
    allowed[17] = True
    assert many.recall(allowed) >= NEARLY_ALL
    found = many.index.search(many.truth[1], 3000, allowed)
    assert all(allowed[i] for i, _ in found)
    assert many.index.search(many.truth[1], 10, np.zeros(3001, dtype=np.bool_)) == []


def test_a_filter_that_passes_only_what_is_far_from_the_question_finds_the_nearest_of_it(many: Kept) -> None:
    away = many.truth[1]
    nearness = np.array([-2.0, *(float(v @ away) for v in many.truth.values())])
    allowed = nearness < np.quantile(nearness, 0.3)
    ids = np.flatnonzero(allowed)[1:]
    best = ids[np.argsort(-nearness[ids])[:10]].tolist()
    allowed[0] = False
    found = [i for i, _ in many.index.search(away, 10, allowed)]
    assert len(set(best) & set(found)) >= 9


def test_all_that_pass_a_narrow_filter_are_found(many: Kept) -> None:
    allowed = np.zeros(3001, dtype=np.bool_)
    allowed[5::10] = True
    assert len(many.index.search(many.truth[1], 1000, allowed)) == 300


def test_new_passages_are_found_beside_the_body_before_and_after_saving(many: Kept) -> None:
    many.add(200, seed=2)
    for _ in range(2):
        assert many.index.search(many.truth[3100], 1)[0] == (3100, pytest.approx(1.0))
        assert many.recall() >= NEARLY_ALL
        many.reopen()
    assert len(many.index) == 3200


def test_removed_passages_are_never_found_before_and_after_saving(many: Kept) -> None:
    gone = list(range(2, 500, 2))
    many.remove(gone)
    for _ in range(2):
        assert not set(gone) & {i for i, _ in many.index.search(gathered(1, 99)[0], 3000)}
        assert not set(gone) & set(many.index.ids().tolist())
        assert many.recall() >= NEARLY_ALL
        many.reopen()
    assert len(many.index) == len(many.truth)


def test_removing_what_is_not_held_changes_nothing(many: Kept) -> None:
    many.index.remove(np.array([9999, 2, 2], dtype=np.int64))
    many.index.remove(np.array([2, 10_000], dtype=np.int64))
    assert len(many.index) == 2999


@pytest.mark.parametrize("outgrown", [False, True])
def test_past_the_threshold_the_body_is_written_anew(
    many: Kept, outgrown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if outgrown:
        monkeypatch.setattr(compressed, "_LISTS_FOR_ROOT", 1)
    body = many.index._body
    many.add(400, seed=3)
    many.remove([5, 3005])
    many.reopen()
    assert many.index._body is not None
    assert body is not None
    assert len(many.index._body) == len(many.index) == len(many.truth) == 3398
    assert many.recall() >= NEARLY_ALL


def test_scores_of_given_passages_are_their_cosines_wherever_they_lie(many: Kept) -> None:
    many.add(5, seed=4)
    query = many.truth[7]
    expected = {i: float(many.truth[i] @ query) for i in (7, 8, 3002)}
    assert many.index.scores(query, [8, 3002, 7]) == pytest.approx(expected, abs=1e-6)
    many.remove([8])
    assert set(many.index.scores(query, [8, 7])) == {7}


def test_columns_survive_saving_and_grow_after_it(tmp_path: Path) -> None:
    columns = Columns()
    columns.add([(1, Keys("ledger", None, "en", 20260312)), (4, Keys("courier", "a. b", None, 0))])
    columns.save(tmp_path)
    again = Columns(tmp_path)
    again.add([(5, Keys("ledger", None, None, 20270101))])
    passing: Callable[[Filters], list[int]] = lambda f: np.flatnonzero(again.allowed(f)).tolist()  # type: ignore[arg-type]  # noqa: E731
    assert passing(Filters(outlet=" LEDGER")) == [1, 5]
    assert passing(Filters(outlet="ledger", until="2026-12-31")) == [1]
    assert passing(Filters(author="A. B")) == [4]
    assert passing(Filters(language="xx")) == []
    assert again.allowed(Filters()) is None
