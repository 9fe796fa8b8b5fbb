"""An index derived from the truth: loaded if its snapshot is sound, brought up to date by passage ids, or made again.

Ids only grow, so what is missing are the ids above the greatest one known; what is gone stands in the log of removals,
by change. So catching up costs as much as what has changed, not as much as what is stored, and the same step repairs a
crash, another process's changes and one's own. If the numbers then differ, the index is made again. Nothing here knows
which index it is: `Kind` does.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from rag.errors import IndexStateError
from rag.stores.dense import BODY, DenseIndex
from rag.stores.feed import Feed
from rag.stores.lexical import LexicalIndex
from rag.stores.snapshots import copy_folder, digest, publish, working_folder
from rag.stores.sqlite import Ids, Snapshot, Truth

log = logging.getLogger(__name__)

_ATTEMPTS = 3  # a snapshot may be replaced by the writer between reading its name and opening it


class Searchable(Protocol):
    """What every derived index can do."""

    def __len__(self) -> int: ...

    def ids(self) -> Ids: ...

    def remove(self, ids: Ids) -> None:
        """Remove entries; ids that are not held are passed over."""
        ...


IndexT = TypeVar("IndexT", bound=Searchable)


class Kind(Protocol[IndexT]):
    """How one kind of index is loaded, changed and saved."""

    name: str

    def load(self, snapshot: Path) -> IndexT: ...

    def empty(self) -> IndexT: ...

    def changeable(self, index: IndexT) -> IndexT:
        """Return the index in a form that may be changed without touching a snapshot."""
        ...

    def count(self) -> int:
        """Return how many entries the index should hold."""
        ...

    def extend(self, index: IndexT, above: int) -> None:
        """Add what has greater ids."""
        ...

    def commit(self, index: IndexT) -> None: ...

    def save(self, index: IndexT, target: Path) -> None: ...

    def saved(self, index: IndexT, snapshot: Path) -> IndexT:
        """Return the index to go on with once it was saved as this snapshot."""
        ...

    def close(self) -> None: ...


class Derived(Generic[IndexT]):
    """One derived index of a store. Its owner takes turns."""

    def __init__(self, kind: Kind[IndexT], root: Path, truth: Truth) -> None:
        self._kind, self._root, self._truth = kind, root, truth
        self._feed = Feed(truth)
        self._index: IndexT | None = None
        self._max_id = 0
        self._changes = -1
        self._is_damaged = False  # what is saved

    def current(self) -> IndexT:
        """Return the index, holding exactly the passages that are stored now."""
        if self._index is not None and self._changes == self._truth.database.changes():
            return self._index
        try:
            return self._caught_up(self._index if self._index is not None else self._loaded())
        except (IndexStateError, OSError, RuntimeError, ValueError) as error:
            log.warning("the %s index is made again from the stored passages: %s", self._kind.name, error)
            self._index, self._is_damaged = None, True
            return self._made_again()

    def publish(self) -> None:
        """Save the index as the snapshot that the next start loads, if it is newer than the one there."""
        index = self.current()
        saved = self._truth.snapshot(self._kind.name)
        is_saved = saved is not None and saved.changes == self._changes and (self._root / saved.name).exists()
        if is_saved and not self._is_damaged:
            return
        name, sha256 = publish(self._root, self._kind.name, lambda target: self._kind.save(index, target))
        self._truth.record_snapshot(Snapshot(self._kind.name, name, sha256, len(index), self._max_id, self._changes))
        self._index, self._is_damaged = self._kind.saved(index, self._root / name), False

    def close(self) -> None:
        self._index = None
        self._kind.close()

    def _made_again(self) -> IndexT:
        try:
            return self._caught_up(None)
        except (IndexStateError, ValueError) as error:
            raise IndexStateError(
                f"the {self._kind.name} index cannot be made from the database in {self._root} ({error});"
                " move that folder away and build it again with: rag index PATH…"
            ) from error

    def _loaded(self) -> IndexT | None:
        for _ in range(_ATTEMPTS):
            saved = self._truth.snapshot(self._kind.name)
            if saved is None:
                return None
            try:
                index = self._verified(saved)
            except (IndexStateError, OSError):
                if self._truth.snapshot(self._kind.name) == saved:
                    raise
                continue
            self._max_id, self._changes = saved.max_id, saved.changes
            return index
        raise IndexStateError(f"its snapshot was replaced {_ATTEMPTS} times while it was opened")

    def _verified(self, saved: Snapshot) -> IndexT:
        path = self._root / saved.name
        if digest(path) != saved.sha256:
            raise IndexStateError(f"{path} is not what was written")
        index = self._kind.load(path)
        if len(index) != saved.passages:
            raise IndexStateError(f"{path} holds {len(index)} passages, not {saved.passages}")
        return index

    def _caught_up(self, index: IndexT | None) -> IndexT:
        with self._truth.database.transaction(write=False):
            changes, newest = self._truth.database.changes(), self._feed.newest()
            if index is None:
                index, self._max_id, self._changes = self._kind.empty(), 0, changes
            elif self._changes > changes:
                raise IndexStateError(f"it is of change {self._changes}, the database of {changes}")
            gone = self._feed.gone_since(self._changes)
            if newest > self._max_id or len(gone):
                index = self._changed(self._kind.changeable(index), gone)
            if len(index) != (count := self._kind.count()):
                raise IndexStateError(f"it holds {len(index)} of {count} entries")
        self._index, self._changes = index, changes
        self._max_id = max(newest, self._max_id)
        return index

    def _changed(self, index: IndexT, gone: Ids) -> IndexT:
        self._kind.extend(index, self._max_id)
        if len(gone := gone[gone <= self._max_id]):
            index.remove(gone)
        self._kind.commit(index)
        return index


class DenseKind:
    """FAISS: what is new in memory, the rest of a large index mapped from its file."""

    name = "dense"

    def __init__(self, truth: Truth) -> None:
        self._feed = Feed(truth)
        self._dimension = truth.database.manifest.dimension

    def load(self, snapshot: Path) -> DenseIndex:
        return DenseIndex(self._dimension, snapshot, self._feed.vectors_of)

    def empty(self) -> DenseIndex:
        return DenseIndex(self._dimension, exact=self._feed.vectors_of)

    def changeable(self, index: DenseIndex) -> DenseIndex:
        return index

    def count(self) -> int:
        return self._feed.count()

    def extend(self, index: DenseIndex, above: int) -> None:
        for rows in self._feed.keys_above(above):
            index.columns.add(rows)
        for ids, vectors in self._feed.vectors_above(above):
            index.add(ids, vectors)

    def commit(self, index: DenseIndex) -> None:
        """Nothing to do: changes are seen at once."""

    def save(self, index: DenseIndex, target: Path) -> None:
        index.save(target)

    def saved(self, index: DenseIndex, snapshot: Path) -> DenseIndex:
        """Go on with what was written where that is, or has become, a compressed index."""
        return self.load(snapshot) if (snapshot / BODY).exists() else index

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

    def count(self) -> int:
        return Feed(self._truth).count(whole_articles=self._whole_articles)

    def extend(self, index: LexicalIndex, above: int) -> None:
        for rows in (self._truth.article_rows_above if self._whole_articles else self._truth.rows_above)(above):
            index.add(rows)

    def commit(self, index: LexicalIndex) -> None:
        index.commit()

    def save(self, index: LexicalIndex, target: Path) -> None:
        index.settle()
        folder = self._folder or self._snapshot
        assert folder is not None  # one of the two is set by whatever made the index
        copy_folder(folder, target)

    def saved(self, index: LexicalIndex, snapshot: Path) -> LexicalIndex:
        return index

    def close(self) -> None:
        self._folders.close()

    def _new_folder(self) -> Path:
        self._folders.close()
        return self._folders.enter_context(working_folder(self._root, self.name))
