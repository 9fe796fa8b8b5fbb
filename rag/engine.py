"""The one door to Footnote for the command line, the web chat and batch evaluation.

Opening an engine opens the index only; models load when the first question needs them, or in `warm`. One engine may be
used by several threads. This module knows no model, format or page: it hands records from one room to the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rag.answering import Composer, Written, failure_notice, quote_all, write
from rag.conversation import standalone_question
from rag.errors import GeneratorError, InputError
from rag.evidence.scoring import load_coefficients
from rag.evidence.selection import Selection, select
from rag.models import EXTRACTIVE, Models, chunking_of, generator_of
from rag.prompts import REFUSAL
from rag.questions import Question, analyse
from rag.records import Answer, Article, Filters, Hit
from rag.retrieval import retrieve
from rag.settings import Settings
from rag.stores import PassageStore, StoredArticle, manifest_of, open_store, refuse_mismatch
from rag.verification import verify

if TYPE_CHECKING:
    from rag.encoders import Vectors
    from rag.generators.protocol import Generator
    from rag.indexing import IndexProgress, IndexSummary

__all__ = ["Engine", "Event", "Finished", "Retrieved", "SearchResult", "Turn", "Written"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question asked before in the same conversation, with its answer."""

    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages found for a question, best first."""

    question: str
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, before anything is written."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer, or the refusal; always the last event."""

    answer: Answer


Event = Retrieved | Written | Finished


class Engine:
    """Answers questions from one index. Make one with `Engine.open`; close it when done."""

    def __init__(self, settings: Settings, store: PassageStore, models: Models | None = None) -> None:
        self.settings = settings
        self._store = store
        self._loading = threading.RLock()
        self._models = models
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
        return self._found(question, k, filters, question_date)[0]

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
        _refuse_blank(question)
        started = time.perf_counter()
        name = generator or self.settings.generator
        writer, models = self._generator(name), self._loaded()
        timings = {"load": _ms_since(started)}
        standalone = standalone_question(question, history)
        found, vector = self._found(standalone, k, filters, question_date)
        timings.update(found.timings_ms)
        yield Retrieved(found.hits)
        mark = time.perf_counter()
        asked = analyse(standalone)
        selection = select(asked, found.hits, vector, models.texts, models.words, most=self.settings.max_sentences)
        timings["evidence"] = _ms_since(mark)
        mark = time.perf_counter()
        composer, notice = Composer(), None
        abstained = not selection.evidence or selection.confidence < self._threshold
        if not abstained:
            try:
                yield from _written(asked, selection, writer, composer)
            except GeneratorError as error:
                notice = failure_notice(error)
        timings |= {"answer": _ms_since(mark), "total": _ms_since(started)}
        yield Finished(
            Answer(
                question=question,
                standalone_question=standalone,
                text=REFUSAL if abstained else composer.text,
                abstained=abstained,
                sentences=tuple(composer.sentences),
                citations=tuple(composer.citations),
                hits=found.hits,
                timings_ms=timings,
                generator=name,
                encoder=self._store.manifest.encoder,
                index_fingerprint=self._store.fingerprint,
                confidence=selection.confidence,
                notice=notice,
            )
        )

    def articles(self) -> Iterator[StoredArticle]:
        """Yield the stored articles, ordered by id."""
        return self._store.articles()

    def article(self, article_id: str) -> Article | None:
        """Return a stored article, or None."""
        return self._store.article(article_id)

    def add(self, paths: Sequence[str], *, prune: bool = False, progress: IndexProgress | None = None) -> IndexSummary:
        """Add or update articles; see `rag.indexing.index_paths`."""
        from rag.indexing import index_paths

        return index_paths(
            paths, self._store, self._loaded().encoder, chunking_of(self.settings), prune=prune, progress=progress
        )

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

    def _found(
        self, question: str, k: int | None, filters: Filters | None, question_date: str | None
    ) -> tuple[SearchResult, Vectors]:
        """Return the hits for a question, and its vector."""
        _refuse_blank(question)
        asked_on = _day(question_date)
        started = time.perf_counter()
        encoder = self._loaded().encoder
        vector = encoder.encode([question], role="query")[0]
        encoded_ms = _ms_since(started)
        hits, timings = retrieve(
            question,
            self._store,
            encoder,
            k=k or self.settings.k,
            filters=filters or Filters(),
            asked_on=asked_on,
            vector=vector,
        )
        timings |= {"encode": encoded_ms, "total": _ms_since(started)}
        return SearchResult(question, tuple(hits), timings), vector

    @property
    def _threshold(self) -> float:
        chosen = self.settings.abstain_threshold
        return load_coefficients().threshold if chosen is None else chosen

    def _loaded(self) -> Models:
        with self._loading:
            if self._models is None:
                models = Models(self.settings)
                manifest = manifest_of(models.encoder, chunking_of(self.settings).fingerprint)
                refuse_mismatch(self._store.manifest, manifest, self.settings.index)
                self._models = models
            return self._models

    def _generator(self, name: str) -> Generator | None:
        with self._loading:
            if name not in self._generators:
                self._generators[name] = generator_of(name, self.settings)
            return self._generators[name]


def _written(asked: Question, selection: Selection, writer: Generator | None, composer: Composer) -> Iterator[Written]:
    if writer is None:
        yield from quote_all(selection.evidence, composer)
    else:
        yield from write(asked, selection.evidence, writer, verify, composer)


def _refuse_blank(question: str) -> None:
    if not question.strip():
        raise InputError("the question is empty; ask something")


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        raise InputError(f"the question's date is {text!r}; give a day as YYYY-MM-DD") from None


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
