"""An engine that answers with what it was asked and dies, waits or counts on demand. A child process imports it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import IndexStateError, InputError
from rag.events import Event, Finished, Retrieved, Written
from rag.indexing import IndexSummary
from rag.records import Answer, AnswerSentence, Article, Filters, Metadata, Turn
from rag.searching import SearchResult
from rag.stores import Overview, StoredArticle

MANY = 450


def opened(folder: Path, report: Callable[[str], None]) -> DyingEngine:
    """Open the engine; it leaves its marks in the folder, and a file "refuse" there keeps it from opening."""
    report("reading")
    report("loading")
    with (folder / "opened").open("a") as file:
        file.write(f"{os.getpid()}\n")
    if (folder / "refuse").exists():
        raise IndexStateError("the index is damaged: run `rag index --rebuild`")
    return DyingEngine(folder)


class Garbled:
    """Something that can be sent and not be received."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("no number",)


class DyingEngine:
    """A question names what happens: `die once`, `die`, `wait`, `wrong`, `broken`; all others are answered."""

    fingerprint = "f1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def warm(self, generator: str | None = None) -> None:
        (self._folder / "warmed").write_text(str(generator))

    def search(
        self, question: str, *, k: int | None = None, filters: Filters | None = None, question_date: str | None = None
    ) -> SearchResult:
        return SearchResult(f"{question} {k} {filters} {question_date}", (), {})

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
        self._happens(question)
        told = f"{question} {len(history)} {k} {question_date}"
        return answer(told, generator or "extractive")

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
        try:
            yield Retrieved(())
            yield Written(AnswerSentence("First.", "supported", ()), ())
            self._happens(question)
            yield Written(AnswerSentence("Second.", "supported", ()), ())
            yield Finished(answer(question, generator or "extractive"))
        finally:
            (self._folder / "ended").touch()

    def articles(self) -> Iterator[StoredArticle]:
        for number in range(MANY):
            yield StoredArticle(article(f"a{number}"), 1)

    def overview(self, listed: int) -> Overview:
        return Overview(MANY, listed=tuple(islice(self.articles(), listed)))

    def article(self, article_id: str, version: str | None = None) -> Article | None:
        return article(article_id) if version is None else None

    def source_state(self, article_id: str, version: str) -> str:
        return "changed"

    def add(self, paths: Sequence[str], *, prune: bool = False, progress: Any = None) -> IndexSummary:
        if progress is not None:
            progress.to_encode(2)
            for path in paths:
                progress.reading(path)
                progress.encoded(1)
        with (self._folder / "added").open("a") as file:
            file.write("once\n")
        self._happens(paths[0])
        return IndexSummary(len(paths), 0, 0, 0, 0, (), len(paths), 7, 1.5)

    def remove(self, article_ids: Sequence[str]) -> int:
        return len(article_ids)

    def example_questions(self, n: int = 4) -> list[Any]:
        return [Garbled()] if n == 13 else [f"Who is {i}?" for i in range(n)]

    def close(self) -> None:
        (self._folder / "closed").touch()

    def _happens(self, question: str) -> None:
        if question == "wrong":
            raise InputError("the question is wrong; ask another")
        if question == "broken":
            raise ZeroDivisionError("a bug")
        if question == "wait":
            (self._folder / "waiting").touch()
            time.sleep(1.0)
        first = not (self._folder / "died").exists()
        if question == "die" or (question == "die once" and first):
            (self._folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)


def article(article_id: str) -> Article:
    return Article(article_id, f"Text of {article_id}.", Metadata(title=article_id), "x.md")


def answer(question: str, generator: str) -> Answer:
    return Answer(question, question, "Told.", False, (), (), (), {}, generator, "encoder", "f1")
