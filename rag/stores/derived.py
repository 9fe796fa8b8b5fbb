"""An index derived from the truth: loaded if its snapshot is sound, brought up to date by passage ids, or made again.

Ids only grow, so what is missing are the ids above the greatest one known; if the numbers then differ, what is gone is
the difference of the two sets of ids. The same step repairs a crash, another process's changes and one's own. Nothing
here knows which index it is: `Kind` does.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from rag.errors import IndexStateError
from rag.stores.dense import DenseIndex
from rag.stores.lexical import LexicalIndex
from rag.stores.snapshots import copy_folder, digest, publish, working_folder
from rag.stores.sqlite import Ids, Snapshot, Truth

log = logging.getLogger(__name__)

_ATTEMPTS = 3  # a snapshot may be replaced by the writer between reading its name and opening it


class Searchable(Protocol):
    """What every derived index can do."""

    def __len__(self) -> int: ...

    def ids(self) -> Ids: ...

    def remove(self, ids: Ids) -> None: ...


IndexT = TypeVar("IndexT", bound=Searchable)


class Kind(Protocol[IndexT]):
    """How one kind of index is loaded, changed and saved."""

    name: str

    def load(self, snapshot: Path) -> IndexT: ...

    def empty(self) -> IndexT: ...

    def changeable(self, index: IndexT) -> IndexT:
        """Return the index in a form that may be changed without touching a snapshot."""
        ...

    def wanted(self) -> Ids:
        """Return the ids that the index should hold."""
        ...

    def extend(self, index: IndexT, above: int) -> int:
        """Add what has greater ids; return how many."""
        ...

    def commit(self, index: IndexT) -> None: ...

    def save(self, index: IndexT, target: Path) -> None: ...

    def close(self) -> None: ...


class Derived(Generic[IndexT]):
    """One derived index of a store. Its owner takes turns."""

    def __init__(self, kind: Kind[IndexT], root: Path, truth: Truth) -> None:
        self._kind, self._root, self._truth = kind, root, truth
        self._index: IndexT | None = None
        self._max_id = 0
        self._changes = -1

    def current(self) -> IndexT:
        """Return the index, holding exactly the passages that are stored now."""
        if self._index is not None and self._changes == self._truth.database.changes():
            return self._index
        try:
            return self._caught_up(self._index if self._index is not None else self._loaded())
        except (IndexStateError, OSError, RuntimeError, ValueError) as error:
            log.warning("the %s index is made again from the stored passages: %s", self._kind.name, error)
            self._index, self._max_id = None, 0
            return self._caught_up(None)

    def publish(self) -> None:
        """Save the index as the snapshot that the next start loads, if it is newer than the one there."""
        index = self.current()
        saved = self._truth.snapshot(self._kind.name)
        if saved is not None and saved.changes == self._changes and (self._root / saved.name).exists():
            return
        name, sha256 = publish(self._root, self._kind.name, lambda target: self._kind.save(index, target))
        self._truth.record_snapshot(Snapshot(self._kind.name, name, sha256, len(index), self._max_id, self._changes))

    def close(self) -> None:
        self._index = None
        self._kind.close()

    def _loaded(self) -> IndexT | None:
        for _ in range(_ATTEMPTS):
            saved = self._truth.snapshot(self._kind.name)
            if saved is None:
                return None
            path = self._root / saved.name
            try:
                if digest(path) != saved.sha256:
                    raise IndexStateError(f"{path} is not what was written")
                index = self._kind.load(path)
            except FileNotFoundError:
                continue
            if len(index) != saved.passages:
                raise IndexStateError(f"{path} holds {len(index)} passages, not {saved.passages}")
            self._max_id = saved.max_id
            return index
        raise IndexStateError(f"the snapshot {saved.name if saved else ''} has gone")

    def _caught_up(self, index: IndexT | None) -> IndexT:
        with self._truth.database.transaction(write=False):
            changes, wanted = self._truth.database.changes(), self._kind.wanted()
            if index is None:
                index, self._max_id = self._kind.empty(), 0
            newest = int(wanted[-1]) if len(wanted) else 0
            if len(index) != len(wanted) or newest > self._max_id:
                index = self._changed(self._kind.changeable(index), wanted)
        self._index, self._changes = index, changes
        self._max_id = max(newest, self._max_id)
        return index

    def _changed(self, index: IndexT, wanted: Ids) -> IndexT:
        before = len(index)
        added = self._kind.extend(index, self._max_id)
        if before + added != len(wanted):
            index.remove(np.setdiff1d(index.ids(), wanted))
        self._kind.commit(index)
        if len(index) != len(wanted):
            raise IndexStateError(f"it holds {len(index)} of {len(wanted)} entries")
        return index


class DenseKind:
    """FAISS: in memory, saved whole to one file."""

    name = "dense"

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._dimension = truth.database.manifest.dimension

    def load(self, snapshot: Path) -> DenseIndex:
        return DenseIndex(self._dimension, snapshot)

    def empty(self) -> DenseIndex:
        return DenseIndex(self._dimension)

    def changeable(self, index: DenseIndex) -> DenseIndex:
        return index

    def wanted(self) -> Ids:
        return self._truth.passage_ids()

    def extend(self, index: DenseIndex, above: int) -> int:
        before = len(index)
        for ids, vectors in self._truth.vectors_above(above):
            index.add(ids, vectors)
        return len(index) - before

    def commit(self, index: DenseIndex) -> None:
        """Nothing to do: changes are seen at once."""

    def save(self, index: DenseIndex, target: Path) -> None:
        index.save(target)

    def close(self) -> None:
        """Nothing to do: it holds no file."""


class LexicalKind:
    """Tantivy: a snapshot is searched where it lies; changes are made in a folder of this process's own.

    Holds the passages, or with `whole_articles` each article as one text under the id of its first passage.
    """

    def __init__(self, root: Path, truth: Truth, *, whole_articles: bool = False) -> None:
        self.name = "articles" if whole_articles else "lexical"
        self._root, self._truth, self._whole_articles = root, truth, whole_articles
        self._folders = contextlib.ExitStack()
        self._snapshot: Path | None = None
        self._folder: Path | None = None

    def load(self, snapshot: Path) -> LexicalIndex:
        self._snapshot, self._folder = snapshot, None
        return LexicalIndex(snapshot)

    def empty(self) -> LexicalIndex:
        self._snapshot = None
        self._folder = self._new_folder()
        return LexicalIndex(self._folder)

    def changeable(self, index: LexicalIndex) -> LexicalIndex:
        if self._snapshot is None:
            return index
        self._folder = self._new_folder()
        copy_folder(self._snapshot, self._folder)
        self._snapshot = None
        return LexicalIndex(self._folder)

    def wanted(self) -> Ids:
        return self._truth.first_passage_ids() if self._whole_articles else self._truth.passage_ids()

    def extend(self, index: LexicalIndex, above: int) -> int:
        added = 0
        for rows in (self._truth.article_rows_above if self._whole_articles else self._truth.rows_above)(above):
            index.add(rows)
            added += len(rows)
        return added

    def commit(self, index: LexicalIndex) -> None:
        index.commit()

    def save(self, index: LexicalIndex, target: Path) -> None:
        index.settle()
        folder = self._folder or self._snapshot
        assert folder is not None  # one of the two is set by whatever made the index
        copy_folder(folder, target)

    def close(self) -> None:
        self._folders.close()

    def _new_folder(self) -> Path:
        self._folders.close()
        return self._folders.enter_context(working_folder(self._root, self.name))
