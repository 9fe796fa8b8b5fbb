"""The one door to Footnote for the command line, the web chat and batch evaluation.

Opening an engine opens the index only; models load when the first question needs them, or in `warm`. One engine may be
used by several threads. This module knows no model, format or page: it hands records from one room to the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from rag.answering import Composer, Written, admit, correct, failure_notice, quote_all, write
from rag.conversation import FollowUp, follow_up
from rag.disagreement import find_disagreements
from rag.errors import GeneratorError, InputError
from rag.evidence.parts import Part, part_of
from rag.evidence.scoring import load_coefficients
from rag.evidence.selection import select
from rag.generators.metering import MeteredGenerator
from rag.models import EXTRACTIVE, Models, chunking_of, generator_of, reranker_of
from rag.prompts import REFUSAL, false_premise, in_question_words
from rag.question_parts import question_parts
from rag.questions import analyse
from rag.records import Answer, Article, Disagreement, Filters, Hit
from rag.retrieval import Before, retrieve
from rag.settings import Settings
from rag.stores import ArticleVersion, PassageStore, StoredArticle, manifest_of, open_store, refuse_mismatch
from rag.verification import verify

if TYPE_CHECKING:
    from rag.encoders import Vectors
    from rag.generators.protocol import Generator
    from rag.indexing import IndexProgress, IndexSummary

__all__ = ["Engine", "Event", "Finished", "Retrieved", "SearchResult", "SourceState", "Turn", "Written"]


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
        return self._found(FollowUp(question, question), k, filters, question_date)[0]

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
        loaded, models = self._generator(name), self._loaded()
        writer = MeteredGenerator(loaded) if loaded else None
        timings = {"load": _ms_since(started)}
        asked = follow_up(question, history)
        standalone = asked.standalone
        found, vector = self._found(asked, k, filters, question_date)
        timings.update(found.timings_ms)
        yield Retrieved(found.hits)
        mark = time.perf_counter()
        parts = self._selected(standalone, found.hits, vector, models)
        told = [part for part in parts if part.selection.confidence >= self._threshold and part.selection.evidence]
        missing = tuple(in_question_words(part.question.text) for part in parts if part not in told) if told else ()
        timings["evidence"] = _ms_since(mark)
        mark = time.perf_counter()
        composer = Composer()
        notice = yield from _written(told, writer, composer)
        yield from admit(missing, composer)
        disagreements = _disagreements(told, found.hits, models, timings)
        timings |= {"answer": _ms_since(mark) - timings["disagreement"], "total": _ms_since(started)}
        yield Finished(
            Answer(
                question=question,
                standalone_question=standalone,
                text=composer.text if told else REFUSAL,
                abstained=not told,
                sentences=tuple(composer.sentences),
                citations=tuple(composer.citations),
                hits=found.hits,
                timings_ms=timings,
                generator=name,
                encoder=self._store.manifest.encoder,
                index_fingerprint=self._store.fingerprint,
                confidence=max((part.selection.confidence for part in told or parts), default=0.0),
                disagreements=disagreements,
                notice=notice,
                tokens=writer.tokens if writer else {},
                missing=missing,
                false_premises=tuple(false_premise(p.asked, p.said) for part in told for p in part.premises),
            )
        )

    def articles(self) -> Iterator[StoredArticle]:
        """Yield the stored articles, ordered by id."""
        return self._store.articles()

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
        self, asked: FollowUp, k: int | None, filters: Filters | None, question_date: str | None
    ) -> tuple[SearchResult, Vectors]:
        """Return the hits for a question, and the vector of what it asks when it stands alone."""
        _refuse_blank(asked.question)
        asked_on = _day(question_date)
        started = time.perf_counter()
        models = self._loaded()
        texts = list(dict.fromkeys((asked.question, asked.standalone, *asked.earlier)))
        vectors = dict(zip(texts, models.encoder.encode(texts, role="query"), strict=True))
        before = None
        if asked.earlier:
            before = Before(asked.earlier, [vectors[text] for text in asked.earlier], asked.weight, asked.cited)
        encoded_ms = _ms_since(started)
        hits, timings = retrieve(
            asked.question,
            self._store,
            models.encoder,
            k=k or self.settings.k,
            filters=filters or Filters(),
            asked_on=asked_on,
            vector=vectors[asked.question],
            before=before,
            reranker=self._reranker,
        )
        timings |= {"encode": encoded_ms, "total": _ms_since(started)}
        return SearchResult(asked.standalone, tuple(hits), timings), vectors[asked.standalone]

    def _selected(self, question: str, hits: Sequence[Hit], vector: Vectors, models: Models) -> list[Part]:
        """Return each part of a question with the evidence chosen for it; `vector` is the whole question's."""
        texts = question_parts(question)
        vectors = [vector] if len(texts) == 1 else models.encoder.encode(texts, role="query")
        parts = []
        for asked, of_part in zip(map(analyse, texts), vectors, strict=True):
            seen = (models.texts, models.words, models.tokens)
            parts.append(part_of(asked, select(asked, hits, of_part, *seen, most=self.settings.max_sentences), hits))
        return parts

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


def _written(told: Sequence[Part], writer: Generator | None, composer: Composer) -> Steps[Written, None, str | None]:
    """Yield the answer to each part; return what a reader is told when the generator failed (quotes stand in)."""
    notice = None
    for part in told:
        if part.premises:
            yield from correct(part.premises, composer)
        elif writer is None or notice:
            yield from quote_all(part.selection.evidence, composer)
        else:
            try:
                yield from write(part.question, part.selection.evidence, writer, verify, composer)
            except GeneratorError as error:
                notice = failure_notice(error)
    return notice


def _disagreements(
    told: Sequence[Part], hits: Sequence[Hit], models: Models, timings: dict[str, float]
) -> tuple[Disagreement, ...]:
    """Return what the sources say differently about each part that is answered, and note the time it took."""
    started = time.perf_counter()
    rows = [find_disagreements(p.question, hits, p.selection.evidence, models.texts, models.words) for p in told]
    timings["disagreement"] = _ms_since(started)
    return tuple(row for of_part in rows for row in of_part)


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
