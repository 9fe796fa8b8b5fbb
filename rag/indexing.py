"""Articles into the store: what is new or has changed is chunked, encoded and put; everything else is left alone.

Articles stream through, their passages are encoded many at a time, and each article is committed by itself. While one
batch is encoded, the one before it is stored and the next one read and chunked, so that no core waits; an interruption
costs at most the two batches under way. Which article is which, in this order:

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
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rag import readers
from rag.chunking import Chunking, chunk, encoder_input
from rag.encoders.protocol import Encoder, Vectors
from rag.errors import ReadError
from rag.readers import Failure
from rag.records import Article, Passage
from rag.stores.protocol import PassageStore

Reader = Callable[[Sequence[str]], Iterator[Article | Failure]]

_BATCH_PASSAGES = 256
_BATCH_ARTICLES = 128
_FIRST_SHARE = 4  # the first batch is so much smaller, so that encoding starts early
_GATHERED = 2  # batches a worker at a time, so that few wait for the last piece
_FLUSH_S = 60.0  # a long run saves its derived indexes this often, so that a start after a crash is quick


class IndexProgress(Protocol):
    """Is told how far indexing has come; all numbers are of this run. `reading` is called beside the other two."""

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
    workers: int = 1,
) -> IndexSummary:
    """Add or update every article of files, folders and URLs; with `prune`, drop those that are no longer there.

    `workers` is how many machines or cores share one call of the encoder: so much more is gathered for each.
    An article that cannot be read is counted as failed while the rest goes on. Raises InputError for a path that does
    not exist and IndexStateError when another process is writing.
    """
    started = time.monotonic()
    outcomes = read(paths)
    with store.writing():
        with _Encoding(encoder, progress) as encoding:
            run = _Run(store, encoding, encoder, chunking, progress, workers)
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
    """Articles that are encoded together, and the vectors of their passages as far as they are known."""

    articles: list[tuple[Article, list[Passage]]] = field(default_factory=list)
    passages: int = 0
    taken: set[str] = field(default_factory=set)  # ids and texts that the next article must not collide with unseen
    missing: list[str] = field(default_factory=list)  # inputs that are being encoded
    encoded: Future[Vectors] | None = None


class _Encoding:
    """Encodes in a thread of its own, one call after the other; leaving the block ends what is under way."""

    def __init__(self, encoder: Encoder, progress: IndexProgress | None) -> None:
        self._encoder, self._progress = encoder, progress
        self._thread = ThreadPoolExecutor(1, "encoding")
        self._is_left = False

    def __enter__(self) -> _Encoding:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_left = True
        self._thread.shutdown(cancel_futures=True)

    def start(self, texts: Sequence[str]) -> Future[Vectors]:
        return self._thread.submit(self._encode, texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        if self._progress is not None:
            self._progress.to_encode(len(texts))
        return self._encoder.encode(texts, progress=self._done)

    def _done(self, texts: int) -> None:
        if self._is_left:
            raise CancelledError
        if self._progress is not None:
            self._progress.encoded(texts)


class _Run:
    """One pass over what is read. Holds ids, hashes and sources of the store, and the texts of two batches."""

    def __init__(
        self,
        store: PassageStore,
        encoding: _Encoding,
        encoder: Encoder,
        chunking: Chunking,
        progress: IndexProgress | None,
        workers: int,
    ) -> None:
        gathered = 1 if workers == 1 else _GATHERED * workers
        self._batch_passages, self._batch_articles = gathered * _BATCH_PASSAGES, gathered * _BATCH_ARTICLES
        self._store, self._encoder, self._chunking, self._progress = store, encoder, chunking, progress
        self._encoding = encoding
        self._share = _FIRST_SHARE  # of a full batch that the next one is
        self._hashes = dict(store.content_hashes())
        self._owners = dict(store.sources())
        self._shares = Counter(self._owners.values())
        self._seen: set[str] = set()
        self._batch = _Batch()
        self._under_way: _Batch | None = None
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
        if self._waits_for(_claims(outcome)):
            self.commit()
        try:
            self._place(outcome)
        except ReadError as error:
            self.tally.failed.append(Failure(outcome.source, str(error)))

    def _waits_for(self, claims: set[str]) -> bool:
        """Tell whether an article that is not stored yet has one of these ids or texts."""
        batches = (self._batch, self._under_way)
        return any(not batch.taken.isdisjoint(claims) for batch in batches if batch is not None)

    def commit(self) -> None:
        """Encode and put everything that waits."""
        self._hand_over()
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._put(under_way)

    def _hand_over(self) -> None:
        """Let the batch be encoded, and put the one before it meanwhile."""
        if not self._batch.articles:
            return
        before, batch = self._under_way, self._batch
        self._under_way, self._batch, self._share = batch, _Batch(), 1
        texts = dict.fromkeys(text for inputs in _inputs(batch) for text in inputs)
        known = {*self._store.cached_vectors(list(texts)), *(before.missing if before is not None else ())}
        batch.missing = [text for text in texts if text not in known]
        if batch.missing:
            batch.encoded = self._encoding.start(batch.missing)
        if before is not None:
            self._put(before)

    def _put(self, batch: _Batch) -> None:
        """Put the articles of a batch once it is encoded, each in a transaction of its own."""
        encoded = batch.encoded.result() if batch.encoded is not None else ()
        vectors: dict[str, Any] = dict(zip(batch.missing, encoded, strict=True))
        inputs = _inputs(batch)
        vectors |= self._store.cached_vectors([text for texts in inputs for text in texts if text not in vectors])
        for (article, passages), texts in zip(batch.articles, inputs, strict=True):
            shape = (len(texts), self._encoder.dimension)
            rows = np.array([vectors[text] for text in texts], dtype=np.float32)
            self._store.put(article, passages, rows.reshape(shape))
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
        if same is not None and self._waits_for({f"id {same}"}):  # and so may have another text soon
            self.commit()
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
        filled = max(self._batch.passages / self._batch_passages, len(self._batch.articles) / self._batch_articles)
        if filled * self._share >= 1:
            self._hand_over()


def _inputs(batch: _Batch) -> list[list[str]]:
    return [[encoder_input(article.metadata, p) for p in passages] for article, passages in batch.articles]


def _claims(article: Article) -> set[str]:
    return {f"id {article.article_id}", f"text {hashlib.sha256(article.text.encode()).hexdigest()}"}


def _completed(article: Article) -> str:
    return f"{article.article_id}-{hashlib.sha256(article.source.encode()).hexdigest()[:6]}"


def _is_under(source: str, root: str) -> bool:
    return source == root or source.startswith((f"{root.rstrip('/')}/", f"{root}#"))


def _file_of(source: str) -> str:
    return source if Path(source).exists() else source.rsplit("#", 1)[0]
