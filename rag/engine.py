"""The one door to Footnote for the command line, the web chat and batch evaluation.

Opening an engine opens the index only; models load when the first question needs them, or in `warm`. One engine may be
used by several threads. This module knows no model, format or page: it hands records from one room to the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from rag.errors import InputError
from rag.events import Event, Finished, Retrieved, Written
from rag.models import EXTRACTIVE, Models, chunking_of, generator_of, reranker_of
from rag.records import Answer, Article, Filters, Turn
from rag.searching import Asked, FollowUp, SearchResult, search
from rag.settings import Settings
from rag.stores import (
    ArticleVersion,
    NamedBy,
    Overview,
    PassageStore,
    StoredArticle,
    manifest_of,
    open_store,
    overview_of,
    refuse_mismatch,
)

if TYPE_CHECKING:
    from rag.asking import Asking
    from rag.encoders import Encoder
    from rag.generators.protocol import Generator
    from rag.indexing import IndexProgress, IndexSummary

__all__ = ["Engine", "Event", "Finished", "Retrieved", "SearchResult", "SourceState", "Turn", "Written"]


SourceState = Literal["current", "changed", "removed"]


class Engine:
    """Answers questions from one index. Make one with `Engine.open`; close it when done."""

    def __init__(self, settings: Settings, store: PassageStore, models: Models | None = None) -> None:
        self.settings = settings
        self._store = store
        self._loading = threading.RLock()
        self._models = models
        self._reranker = reranker_of(settings)
        self._generators: dict[str, Generator | None] = {}

    @classmethod
    def open(cls, settings: Settings, *, create: bool = False) -> Engine:
        """Open the index of these settings; with `create`, start an empty one if there is none.

        Raises IndexStateError, with the command that mends it, when there is none or another encoder, chunking or
        version built it.
        """
        if not create:
            return cls(settings, open_store(settings.index))
        models = Models(settings)
        manifest = manifest_of(models.encoder, chunking_of(settings).fingerprint)
        return cls(settings, open_store(settings.index, manifest=manifest, create=True), models)

    def close(self) -> None:
        """Close the index."""
        self._store.close()

    @property
    def ready(self) -> bool:
        """Return whether the models for an extractive answer are loaded."""
        return self._models is not None

    def warm(self, generator: str | None = None) -> None:
        """Load the models that a question to this generator (default: the one of the settings) will need."""
        self._loaded()
        self._generator(generator or self.settings.generator)
        if self._store.counts()[0]:
            self.ask("Who is in the news?", generator=EXTRACTIVE)

    def search(
        self, question: str, *, k: int | None = None, filters: Filters | None = None, question_date: str | None = None
    ) -> SearchResult:
        """Return the passages nearest to a question, best first.

        `question_date` (ISO 8601) is what "this week" is counted from; today unless given.
        """
        _refuse_blank(question)
        asked = Asked(FollowUp(question, question), k or self.settings.k, filters or Filters(), question_date)
        return search(asked, self._store, self._loaded().encoder, self._reranker)[0]

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int | None = None,
        filters: Filters | None = None,
        generator: str | None = None,
        question_date: str | None = None,
    ) -> Answer:
        """Return the cited answer to a question, or a refusal; arguments as for `stream`."""
        *_, last = self.stream(
            question, history=history, k=k, filters=filters, generator=generator, question_date=question_date
        )
        if not isinstance(last, Finished):
            raise RuntimeError("the stream of an answer ended without the answer")
        return last.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int | None = None,
        filters: Filters | None = None,
        generator: str | None = None,
        question_date: str | None = None,
    ) -> Iterator[Event]:
        """Yield what happens while a question is answered: Retrieved, each Written sentence, Finished.

        `question_date` (ISO 8601) is what "this week" is counted from; today unless given.
        """
        from rag.conversation import follow_up

        _refuse_blank(question)
        started = time.perf_counter()
        name = generator or self.settings.generator
        writer, asking = self._generator(name), self._asking()
        load_ms = _ms_since(started)
        asked = Asked(follow_up(question, history), k or self.settings.k, filters or Filters(), question_date)
        yield from asking.stream(asked, writer, name, load_ms)

    @property
    def fingerprint(self) -> str:
        """Return a short hash of what the index holds now, whichever process put it there."""
        return self._store.fingerprint

    def articles(self) -> Iterator[StoredArticle]:
        """Yield the stored articles, ordered by id."""
        return self._store.articles()

    def overview(self, listed: int) -> Overview:
        """Return what the index holds in brief, with at most `listed` articles listed."""
        return overview_of(self._store, listed)

    def names(self, field: NamedBy) -> list[str]:
        """Return every outlet, author or language that an article has, ascending."""
        return self._store.names(field)

    def article(self, article_id: str, version: str | None = None) -> Article | None:
        """Return a stored article, or None; with `version`, as it was under a content hash with this start."""
        return self._store.article(article_id) if version is None else self._store.version(article_id, version)

    def versions(self, article_id: str) -> list[ArticleVersion]:
        """Return what an article was before it was changed, newest first."""
        return self._store.versions(article_id)

    def source_state(self, article_id: str, version: str) -> SourceState:
        """Return whether a cited version of an article is what is stored now, was changed since, or is gone."""
        mark = self._store.marks([article_id]).get(article_id)
        if mark is None:
            return "removed"
        return "current" if version.startswith(mark.version) or mark.version.startswith(version) else "changed"

    @property
    def encoder(self) -> Encoder:
        """Return the encoder of the index, loaded."""
        return self._loaded().encoder

    def add(
        self,
        paths: Sequence[str],
        *,
        prune: bool = False,
        progress: IndexProgress | None = None,
        encoder: Encoder | None = None,
        workers: int = 1,
    ) -> IndexSummary:
        """Add or update articles; see `rag.indexing.index_paths`. `encoder` gives the same vectors from elsewhere."""
        from rag.indexing import index_paths

        chunking = chunking_of(self.settings)
        through = encoder or self.encoder
        return index_paths(paths, self._store, through, chunking, prune=prune, progress=progress, workers=workers)

    def remove(self, article_ids: Sequence[str]) -> int:
        """Remove articles by id; return how many there were."""
        return self._store.remove(article_ids)

    def example_questions(self, n: int = 4) -> list[str]:
        """Return questions about the names the corpus speaks of most, each one that it does answer."""
        from rag.examples import questions_about

        found: list[str] = []
        for question in questions_about(stored.article for stored in self._store.articles()):
            if len(found) == n:
                break
            if not self.ask(question, generator=EXTRACTIVE).abstained:
                found.append(question)
        return found

    def _asking(self) -> Asking:
        """Return the way to an answer, whose rooms a search does without and does not wait for."""
        from rag.asking import Asking, Limits
        from rag.evidence.scoring import load_coefficients

        settings = self.settings
        threshold = settings.abstain_threshold
        limits = Limits(
            load_coefficients().threshold if threshold is None else threshold,
            settings.max_sentences,
            settings.generator_timeout_s,
        )
        return Asking(self._store, self._loaded(), self._reranker, limits)

    def _loaded(self) -> Models:
        with self._loading:
            if self._models is None:
                models = Models(self.settings)
                manifest = manifest_of(models.encoder, chunking_of(self.settings).fingerprint)
                refuse_mismatch(self._store.manifest, manifest, self.settings.index)
                self._models = models
            return self._models

    def _generator(self, name: str) -> Generator | None:
        from rag.verification import load_parser

        with self._loading:
            if name not in self._generators:
                if name != EXTRACTIVE:  # what it writes will be parsed; loaded here, where no other thread imports
                    load_parser()
                self._generators[name] = generator_of(name, self.settings)
            return self._generators[name]


def _refuse_blank(question: str) -> None:
    if not question.strip():
        raise InputError("the question is empty; ask something")


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
