"""Articles into the store: what is new or has changed is chunked, encoded and put; everything else is left alone.

Articles stream through, their passages are encoded many at a time, and each article is committed by itself, so that an
interruption costs at most the batch under way. Which article is which, in this order:

* A source (path, URL, `path#id`) seen before is the same article: unchanged, or updated in place if its id is its own.
* A text stored already is not stored twice: the article it is gets one more source and keeps its id and metadata.
* An id that another source holds with another text is completed with `-` and hex digits of the source's SHA-256.
* An article that several sources share does not change when one of them does: that one becomes an article of its own.

This module knows no file format, no tokenizer and no database.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rag import readers
from rag.chunking import Chunking, chunk, encoder_input
from rag.encoders.protocol import Encoder
from rag.errors import ReadError
from rag.readers import Failure
from rag.records import Article, Passage
from rag.stores.protocol import PassageStore

Reader = Callable[[Sequence[str]], Iterator[Article | Failure]]

_BATCH_PASSAGES = 256
_BATCH_ARTICLES = 64
_FLUSH_S = 60.0  # a long run saves its derived indexes this often, so that a start after a crash is quick


class IndexProgress(Protocol):
    """Is told how far indexing has come; all numbers are of this run."""

    def reading(self, source: str) -> None:
        """One more article was read from this source, or could not be."""
        ...

    def to_encode(self, passages: int) -> None:
        """So many more passages are going to be encoded."""
        ...

    def encoded(self, passages: int) -> None:
        """So many more passages are encoded."""
        ...


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What a run did; `articles` and `passages` count what the store holds after it."""

    added: int
    updated: int
    unchanged: int
    duplicates: int
    removed: int
    failed: tuple[Failure, ...]
    articles: int
    passages: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the summary in the form that `rag index --json` prints."""
        failed = [{"path": failure.path, "error": failure.error} for failure in self.failed]
        return {**asdict(self), "failed": failed, "seconds": round(self.seconds, 3)}


def index_paths(
    paths: Sequence[str],
    store: PassageStore,
    encoder: Encoder,
    chunking: Chunking,
    *,
    prune: bool = False,
    progress: IndexProgress | None = None,
    read: Reader = readers.read,
) -> IndexSummary:
    """Add or update every article of files, folders and URLs; with `prune`, drop those that are no longer there.

    An article that cannot be read is counted as failed while the rest goes on. Raises InputError for a path that does
    not exist and IndexStateError when another process is writing.
    """
    started = time.monotonic()
    outcomes = read(paths)
    with store.writing():
        run = _Run(store, encoder, chunking, progress)
        for outcome in outcomes:
            run.take(outcome)
        run.commit()
        removed = store.remove_sources(run.gone(paths)) if prune else 0
        store.flush()
    articles, passages = store.counts()
    tally, seconds = run.tally, time.monotonic() - started
    return IndexSummary(
        added=tally.added, updated=tally.updated, unchanged=tally.unchanged, duplicates=tally.duplicates,
        removed=removed, failed=tuple(tally.failed), articles=articles, passages=passages, seconds=seconds,
    )  # fmt: skip


@dataclass(slots=True)
class _Tally:
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    failed: list[Failure] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """Articles waiting to be encoded together."""

    articles: list[tuple[Article, list[Passage]]] = field(default_factory=list)
    passages: int = 0
    taken: set[str] = field(default_factory=set)  # ids and texts that the next article must not collide with unseen


class _Run:
    """One pass over what is read. Holds ids, hashes and sources of the store, and the texts of one batch."""

    def __init__(
        self, store: PassageStore, encoder: Encoder, chunking: Chunking, progress: IndexProgress | None
    ) -> None:
        self._store, self._encoder, self._chunking, self._progress = store, encoder, chunking, progress
        self._hashes = dict(store.content_hashes())
        self._owners = dict(store.sources())
        self._shares = Counter(self._owners.values())
        self._seen: set[str] = set()
        self._batch = _Batch()
        self._flushed = time.monotonic()
        self.tally = _Tally()

    def take(self, outcome: Article | Failure) -> None:
        """Deal with one thing read; what must be encoded waits in the batch."""
        if self._progress is not None:
            self._progress.reading(outcome.path if isinstance(outcome, Failure) else outcome.source)
        if isinstance(outcome, Failure):
            self.tally.failed.append(outcome)
            return
        if outcome.source in self._seen:
            twice = f"the id {outcome.article_id!r} is given twice in it; the first article with it was kept"
            self.tally.failed.append(Failure(outcome.source, twice))
            return
        self._seen.add(outcome.source)
        if not self._batch.taken.isdisjoint(_claims(outcome)):
            self.commit()
        try:
            self._place(outcome)
        except ReadError as error:
            self.tally.failed.append(Failure(outcome.source, str(error)))

    def commit(self) -> None:
        """Encode the batch in one go and put its articles, each in a transaction of its own."""
        batch, self._batch = self._batch, _Batch()
        inputs = [[encoder_input(article.metadata, p) for p in passages] for article, passages in batch.articles]
        vectors = self._vectors([text for texts in inputs for text in texts])
        for (article, passages), texts in zip(batch.articles, inputs, strict=True):
            rows = [vectors[text] for text in texts]
            shape = (len(rows), self._encoder.dimension)
            self._store.put(article, passages, np.array(rows, dtype=np.float32).reshape(shape))
        if time.monotonic() - self._flushed > _FLUSH_S:
            self._store.flush()
            self._flushed = time.monotonic()

    def gone(self, paths: Sequence[str]) -> list[str]:
        """Return the sources under these paths that were not read now, but for those of files that failed."""
        roots = [readers.source_of(path) for path in paths]
        failed = [readers.source_of(failure.path) for failure in self.tally.failed]
        return [
            source
            for source in self._owners
            if source not in self._seen
            and any(_is_under(source, root) for root in roots)
            and not any(_is_under(source, path) or path.startswith(f"{_file_of(source)}:") for path in failed)
        ]

    def _place(self, article: Article) -> None:
        owner = self._owners.get(article.source)
        if owner is not None and self._is_same(article, owner):
            return
        own_ids = (article.article_id, _completed(article))
        alone = owner is not None and self._shares[owner] == 1
        same = self._store.same_text(article.text)
        if alone and owner in own_ids:
            self._queue(replace(article, article_id=owner))
        elif same is not None and not (alone and same == owner):
            self._store.add_source(same, article.source)
            self._record(article.source, same)
            self.tally.duplicates += 1
            return
        else:
            self._queue(replace(article, article_id=own_ids[article.article_id in self._hashes]))
        self.tally.added += owner is None
        self.tally.updated += owner is not None

    def _is_same(self, article: Article, owner: str) -> bool:
        """Count the article as unchanged, or as a duplicate still, if the store holds it as it is."""
        if self._shares[owner] > 1:
            stored = self._store.article(owner)
            if stored is not None and stored.source != article.source:
                self.tally.duplicates += stored.text == article.text
                return stored.text == article.text
        if owner not in (article.article_id, _completed(article)) or self._hashes[owner] != article.content_hash:
            return False
        self.tally.unchanged += 1
        return True

    def _record(self, source: str, owner: str) -> None:
        """Note that a source holds this article now, and forget the article it leaves without any."""
        former = self._owners.get(source)
        self._owners[source] = owner
        self._shares[owner] += 1
        if former is not None:
            self._shares[former] -= 1
            if not self._shares[former]:
                self._hashes.pop(former, None)

    def _queue(self, article: Article) -> None:
        passages = chunk(article, self._encoder, self._chunking)
        self._batch.articles.append((article, passages))
        self._batch.passages += len(passages)
        self._batch.taken.update(_claims(article))
        self._record(article.source, article.article_id)
        self._hashes[article.article_id] = article.content_hash
        if self._batch.passages >= _BATCH_PASSAGES or len(self._batch.articles) >= _BATCH_ARTICLES:
            self.commit()

    def _vectors(self, texts: Sequence[str]) -> dict[str, Any]:
        known: dict[str, Any] = dict(self._store.cached_vectors(texts))
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            if self._progress is not None:
                self._progress.to_encode(len(missing))
            encoded = self._progress.encoded if self._progress is not None else None
            known.update(zip(missing, self._encoder.encode(missing, progress=encoded), strict=True))
        return known


def _claims(article: Article) -> set[str]:
    return {f"id {article.article_id}", f"text {hashlib.sha256(article.text.encode()).hexdigest()}"}


def _completed(article: Article) -> str:
    return f"{article.article_id}-{hashlib.sha256(article.source.encode()).hexdigest()[:6]}"


def _is_under(source: str, root: str) -> bool:
    return source == root or source.startswith((f"{root.rstrip('/')}/", f"{root}#"))


def _file_of(source: str) -> str:
    return source if Path(source).exists() else source.rsplit("#", 1)[0]
