"""What passages are filtered by, in columns, so that filtering a million of them takes milliseconds.

A column has one number for each passage id that was ever given: the number of a folded name in a list of names, or a
day. Filters come out as one flag for each id. Exact: names are compared by their place in the list, not by a hash. Ids
of removed passages keep their numbers; whoever searches leaves those ids out. This module knows no index.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexStateError
from rag.records import Filters
from rag.stores.filters import Keys, day_bounds, fold

Flags = NDArray[np.bool_]

_NAMED = ("outlet", "author", "language")
_DAY = len(_NAMED)
_UNKNOWN = -1
_NUMBERS, _NAMES = "columns.npy", "names.json"


class Columns:
    """Outlet, author, language and day of each passage, by passage id."""

    def __init__(self, folder: Path | None = None) -> None:
        """Start empty, or with what `save` wrote to a folder; raises IndexStateError when that is none of it."""
        self._names: dict[str, int] = {}
        self._numbers = np.full((_DAY + 1, 0), _UNKNOWN, dtype=np.int32)
        self._last: tuple[Filters, Flags] | None = None
        if folder is not None:
            self._read(folder)

    def add(self, rows: Iterable[tuple[int, Keys]]) -> None:
        """Add the keys of passages; their ids ascend and are greater than every id known."""
        found = list(rows)
        if not found:
            return
        self._make_room(found[-1][0] + 1)
        self._numbers[:, [passage_id for passage_id, _ in found]] = np.array([self._row(keys) for _, keys in found]).T
        self._last = None

    def allowed(self, filters: Filters) -> Flags | None:
        """Return a flag for each passage id up to the greatest, or None when everything passes."""
        if filters == Filters():
            return None
        if self._last is None or self._last[0] != filters:
            self._last = (filters, self._passing(filters))
        return self._last[1]

    def save(self, folder: Path) -> None:
        """Write the columns into a folder, under names of their own."""
        np.save(folder / _NUMBERS, self._numbers, allow_pickle=False)
        (folder / _NAMES).write_text(json.dumps(list(self._names), ensure_ascii=False), encoding="utf-8")

    def _passing(self, filters: Filters) -> Flags:
        passing = np.ones(self._numbers.shape[1], dtype=np.bool_)
        for column, name in zip(self._numbers, (filters.outlet, filters.author, filters.language), strict=False):
            if name is not None:
                passing &= column == self._names.get(fold(name) or "", _UNKNOWN - 1)
        if (days := day_bounds(filters)) is not None:
            day = self._numbers[_DAY]
            passing &= (day >= days[0]) & (day <= days[1])
        return passing

    def _make_room(self, ids: int) -> None:
        """Widen the columns for so many ids and some more; what was read from a file is copied before it changes."""
        known = self._numbers.shape[1]
        if ids <= known and self._numbers.flags.writeable:
            return
        grown = np.full((_DAY + 1, max(ids, known * 3 // 2)), _UNKNOWN, dtype=np.int32)
        grown[:, :known] = self._numbers
        self._numbers = grown

    def _row(self, keys: Keys) -> Sequence[int]:
        names = (keys.outlet, keys.author, keys.language)
        return [_UNKNOWN if n is None else self._names.setdefault(n, len(self._names)) for n in names] + [keys.day]

    def _read(self, folder: Path) -> None:
        try:
            numbers = np.load(folder / _NUMBERS, mmap_mode="r", allow_pickle=False)
            names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
        except ValueError as error:
            raise IndexStateError(f"the filter columns in {folder} cannot be read ({error})") from error
        if numbers.dtype != np.int32 or numbers.ndim != 2 or len(numbers) != _DAY + 1:
            raise IndexStateError(f"the filter columns in {folder} are of another form")
        self._numbers, self._names = numbers, {name: i for i, name in enumerate(names)}
