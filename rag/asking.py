"""One question, from its words to its answer: retrieve, choose evidence, write, compare the sources, report.

The order of the stages stands here and nowhere else. What each stage does is in its own room; who loads the models and
opens the index is the engine.
"""

from __future__ import annotations

import time
from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answering import Composer, admit, correct, failure_notice, place_in_time, quote_all, warn, write
from rag.disagreement import find_disagreements
from rag.errors import GeneratorError
from rag.events import Event, Finished, Retrieved, Written
from rag.evidence.parts import Part, about_the_part, part_of
from rag.evidence.selection import select
from rag.generators.metering import MeteredGenerator
from rag.models import Models
from rag.prompts import REFUSAL, false_premise, in_question_words, not_mentioned, read_as
from rag.question_parts import question_parts
from rag.questions import analyse
from rag.records import Answer, Disagreement, Hit
from rag.reranking import Reranker
from rag.searching import Asked, SearchResult, search
from rag.stores import PassageStore
from rag.verification import verify

if TYPE_CHECKING:
    from rag.encoders import Vectors
    from rag.generators.protocol import Generator


@dataclass(frozen=True, slots=True)
class Limits:
    """Under which confidence a part is refused, how many sentences answer it, how long a generator may take."""

    threshold: float
    sentences: int
    generator_timeout_s: float


class Asking:
    """Answers questions from one store with the models of an engine. Safe to share between threads."""

    def __init__(self, store: PassageStore, models: Models, reranker: Reranker | None, limits: Limits) -> None:
        self._store, self._models, self._reranker, self._limits = store, models, reranker, limits

    def stream(self, asked: Asked, generator: Generator | None, name: str, load_ms: float = 0.0) -> Iterator[Event]:
        """Yield Retrieved (twice when the question is read again), each Written sentence, Finished.

        `generator` None answers in quotes only.

        `load_ms` is what had to be waited for before, and counts into the answer's timings.
        """
        started = time.perf_counter() - load_ms / 1000
        found, vector = search(asked, self._store, self._models.encoder, self._reranker)
        yield Retrieved(found.hits)
        timings = {"load": load_ms, **found.timings_ms}
        mark = time.perf_counter()
        parts, read = self._parts(found.question, found.hits, vector), None
        if not (told := self._told(parts)):
            again = self._read_again(asked, found)
            if again is not None:
                found, parts, read = again
                told = self._told(parts)
                yield Retrieved(found.hits)
        missing = tuple(in_question_words(p.question.text) for p in parts if p not in told) if told else ()
        timings["evidence"] = _ms_since(mark)
        mark = time.perf_counter()
        composer, writer = Composer(), MeteredGenerator(generator) if generator else None
        failed = yield from self._written(told, writer, composer)
        yield from admit(missing, composer)
        timings["answer"] = _ms_since(mark)
        mark = time.perf_counter()
        disagreements = self._disagreements(told, found.hits)
        timings |= {"disagreement": _ms_since(mark), "total": _ms_since(started)}
        answer = Answer(
            question=asked.text.question,
            standalone_question=found.question,
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
            notice=" ".join(filter(None, (read, failed))) or None,
            tokens=writer.tokens if writer else {},
            missing=missing,
            further=found.further,
            false_premises=tuple(sentence for part in told for sentence in _put_right(part)),
        )
        yield Finished(answer)

    def _told(self, parts: Sequence[Part]) -> list[Part]:
        """Return the parts that are answered."""
        return [p for p in parts if p.selection.confidence >= self._limits.threshold and p.selection.evidence]

    def _read_again(self, asked: Asked, found: SearchResult) -> tuple[SearchResult, list[Part], str] | None:
        """Return what answers the question with its slips of spelling put right, and how it was read, or None."""
        from rag.spelling import respelt, with_words

        meant = respelt(found.question, (hit.passage.text for hit in found.hits))
        if not meant:
            return None
        text = asked.text
        spelt = replace(text, question=with_words(text.question, meant), standalone=with_words(text.standalone, meant))
        again, vector = search(replace(asked, text=spelt), self._store, self._models.encoder, self._reranker)
        parts = self._parts(again.question, again.hits, vector)
        return (again, parts, read_as(list(meant), again.question)) if self._told(parts) else None

    def _parts(self, question: str, hits: Sequence[Hit], vector: Vectors) -> list[Part]:
        """Return each part of a question with the evidence chosen for it; `vector` is the whole question's."""
        texts, models = question_parts(question), self._models
        vectors = [vector] if len(texts) == 1 else models.encoder.encode(texts, role="query")
        seen = (models.texts, models.words, models.tokens)
        parts = []
        for part, of_part in zip(map(analyse, texts), vectors, strict=True):
            chosen = select(part, hits, of_part, *seen, most=self._limits.sentences)
            if len(texts) > 1:
                chosen = about_the_part(chosen, in_question_words(part.text))
            parts.append(part_of(part, chosen, hits))
        return parts

    def _written(
        self, told: Sequence[Part], writer: Generator | None, composer: Composer
    ) -> Steps[Written, None, str | None]:
        """Yield the answer to each part; return what a reader is told when the generator failed (quotes stand in)."""
        notice = None
        for part in told:
            yield from warn(part.unmentioned, composer)
            if part.premises:
                yield from correct(part.premises, composer)
            elif writer is None or notice:
                yield from quote_all(part.selection.evidence, composer)
            else:
                timeout_s = self._limits.generator_timeout_s
                try:
                    yield from write(
                        part.question, part.selection.evidence, writer, verify, composer, timeout_s=timeout_s
                    )
                except GeneratorError as error:
                    notice = failure_notice(error)
            yield from place_in_time(part.question, part.selection.evidence, composer)
        return notice

    def _disagreements(self, told: Sequence[Part], hits: Sequence[Hit]) -> tuple[Disagreement, ...]:
        """Return what the sources say differently about each part that is answered."""
        models = self._models
        rows = [find_disagreements(p.question, hits, p.selection.evidence, models.texts, models.words) for p in told]
        return tuple(row for of_part in rows for row in of_part)


def _put_right(part: Part) -> list[str]:
    """Return a sentence for each thing that a part of a question states and the sources contradict or lack."""
    return [false_premise(p.asked, p.said) for p in part.premises] + [not_mentioned(a) for a in part.unmentioned]


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
