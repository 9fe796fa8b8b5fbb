"""The parent's side: an engine whose every method is a message to the child, which is started again if it has died."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.engine_process.child import OpenEngine
from rag.engine_process.connection import Child
from rag.engine_process.messages import Call, Enough, Failed, Items, More, Progress, Value
from rag.errors import EngineEndedError
from rag.prompts import NOTICE_GENERATOR_FAILED

if TYPE_CHECKING:
    from rag.engine import SearchResult, SourceState
    from rag.events import Event
    from rag.indexing import IndexProgress, IndexSummary
    from rag.records import Answer, Article, Filters, Turn
    from rag.stores import Overview, StoredArticle

_log = logging.getLogger(__name__)
_EXTRACTIVE = "extractive"


class EngineProcess:
    """An engine in a child process, with the methods of `rag.engine.Engine`. Safe to share between threads.

    A call that only reads is made again, once, when the process dies under it. An answer that a language model was
    writing is then given in quotes, and says why. Any method raises EngineEndedError when that does not help.
    """

    def __init__(self, open_engine: OpenEngine) -> None:
        """Start the process and return; `open_engine` is given to it, so a module must hold it or what it is made of.

        It is given a function to report in a few words what it is doing.
        """
        self._open = open_engine
        self._starting = threading.Lock()
        self._child = Child(open_engine)
        self._closed = False

    def opened(self, report: Callable[[str], None]) -> EngineProcess:
        """Wait until the engine is open and return it; raises what kept it from opening."""
        self._child.opened(report)
        return self

    def close(self) -> None:
        """End the process; answers under way are lost."""
        self._closed = True
        self._child.close()

    @property
    def pid(self) -> int | None:
        """Return the number of the process that answers now."""
        return self._child.pid

    @property
    def fingerprint(self) -> str:
        found: str = self._read("fingerprint")
        return found

    def warm(self, generator: str | None = None) -> None:
        self._read("warm", generator)

    def search(
        self, question: str, *, k: int | None = None, filters: Filters | None = None, question_date: str | None = None
    ) -> SearchResult:
        found: SearchResult = self._read("search", question, k=k, filters=filters, question_date=question_date)
        return found

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
        given: dict[str, Any] = {"history": tuple(history), "k": k, "filters": filters, "question_date": question_date}
        try:
            answer: Answer = self._value("ask", question, generator=generator, **given)
        except EngineEndedError as error:
            answer = self._value("ask", question, generator=generator and _EXTRACTIVE, **given)
            return answer if generator in (None, _EXTRACTIVE) else _noticed(answer, error)
        return answer

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
        """Yield the events of an answer; a second Retrieved begins it anew, without what was written before."""
        given: dict[str, Any] = {"history": tuple(history), "k": k, "filters": filters, "question_date": question_date}
        try:
            yield from self._items("stream", question, generator=generator, **given)
        except EngineEndedError as error:
            from rag.events import Finished

            for event in self._items("stream", question, generator=generator and _EXTRACTIVE, **given):
                told = isinstance(event, Finished) and generator not in (None, _EXTRACTIVE)
                yield Finished(_noticed(event.answer, error)) if told else event

    def articles(self) -> Iterator[StoredArticle]:
        return self._items("articles")

    def overview(self, listed: int) -> Overview:
        found: Overview = self._read("overview", listed)
        return found

    def article(self, article_id: str, version: str | None = None) -> Article | None:
        found: Article | None = self._read("article", article_id, version)
        return found

    def source_state(self, article_id: str, version: str) -> SourceState:
        found: SourceState = self._read("source_state", article_id, version)
        return found

    def add(self, paths: Sequence[str], *, prune: bool = False, progress: IndexProgress | None = None) -> IndexSummary:
        """Add or update articles; when the process dies, what was committed before stays."""
        summary: IndexSummary = self._value("add", tuple(paths), prune=prune, progress=progress)
        return summary

    def remove(self, article_ids: Sequence[str]) -> int:
        removed: int = self._value("remove", tuple(article_ids))
        return removed

    def example_questions(self, n: int = 4) -> list[str]:
        found: list[str] = self._read("example_questions", n)
        return found

    def _read(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        try:
            return self._value(method, *arguments, **keywords)
        except EngineEndedError as error:
            _log.warning("%s; it is started again", error)
            return self._value(method, *arguments, **keywords)

    def _value(self, method: str, *arguments: Any, progress: IndexProgress | None = None, **keywords: Any) -> Any:
        child = self._running()
        with child.call(lambda n: Call(n, method, arguments, keywords, progress is not None)) as replies:
            while True:
                match replies.get():
                    case Value(_, value):
                        return value
                    case Progress(_, name, argument):
                        getattr(progress, name)(argument)
                    case Failed(_, error):
                        raise error
                    case _:
                        raise EngineEndedError(child.told_end())

    def _items(self, method: str, *arguments: Any, **keywords: Any) -> Iterator[Any]:
        child, number = self._running(), 0

        def call(given: int) -> Call:
            nonlocal number
            number = given
            return Call(given, method, arguments, keywords)

        with child.call(call) as replies:
            try:
                while True:
                    child.send(More(number))
                    match replies.get():
                        case Items(_, ()):
                            return
                        case Items(_, items):
                            yield from items
                        case Failed(_, error):
                            raise error
                        case _:
                            raise EngineEndedError(child.told_end())
            finally:
                child.send(Enough(number))

    def _running(self) -> Child:
        """Return the child, a new one if the last has died."""
        with self._starting:
            if self._closed:
                raise EngineEndedError("the engine is closed")
            if not self._child.is_running:
                _log.warning("%s; another is started", self._child.told_end())
                self._child = Child(self._open)
                self._child.opened(lambda status: None)
            return self._child


def _noticed(answer: Answer, error: EngineEndedError) -> Answer:
    return replace(answer, notice=NOTICE_GENERATOR_FAILED.format(cause=error))
