"""The parent's side: an engine whose every method is a message to the child, which is started again if it has died."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from rag.engine_process.child import OpenEngine, serve
from rag.engine_process.messages import (
    OPENING,
    Call,
    Ended,
    Enough,
    Failed,
    Goodbye,
    Items,
    More,
    Opening,
    Progress,
    Reply,
    Request,
    Value,
)
from rag.errors import EngineEndedError
from rag.prompts import NOTICE_GENERATOR_FAILED

if TYPE_CHECKING:
    from rag.engine import SearchResult, SourceState
    from rag.events import Event
    from rag.indexing import IndexProgress, IndexSummary
    from rag.records import Answer, Article, Filters, Turn
    from rag.stores.protocol import StoredArticle

_log = logging.getLogger(__name__)
_CLOSING_S = 10.0
_EXTRACTIVE = "extractive"


class _Child:
    """One child process, the pipe to it and the calls that wait for it."""

    def __init__(self, open_engine: OpenEngine) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._sending, self._numbers = threading.Lock(), itertools.count(OPENING + 1)
        self._waiting: dict[int, SimpleQueue[Reply]] = {OPENING: SimpleQueue()}
        self._registering, self._ended = threading.Lock(), False
        self._process = context.Process(target=serve, args=(theirs, open_engine), name="footnote-engine", daemon=True)
        self._process.start()
        theirs.close()
        threading.Thread(target=self._receive, args=(self._connection,), name="footnote-replies", daemon=True).start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return not self._ended

    def opened(self, report: Callable[[str], None]) -> None:
        """Wait until the engine is open; raises what kept it from opening. Only one thread may wait."""
        while True:
            match self._waiting[OPENING].get():
                case Opening(None):
                    return
                case Opening(str() as status):
                    report(status)
                case Failed(_, error):
                    raise error
                case _:
                    raise EngineEndedError(self.told_end())

    @contextmanager
    def call(self, call: Callable[[int], Call]) -> Iterator[SimpleQueue[Reply]]:
        """Send a call, made for a number, and give what its replies arrive in."""
        number, replies = next(self._numbers), SimpleQueue[Reply]()
        with self._registering:
            self._waiting[number] = replies
            if self._ended:
                replies.put(Ended())
        try:
            self.send(call(number))
            yield replies
        finally:
            with self._registering:
                del self._waiting[number]

    def send(self, request: Request) -> None:
        """Send a request; that nobody is there any more is told by what arrives."""
        with self._sending, suppress(OSError):
            self._connection.send(request)

    def told_end(self) -> str:
        """Return in a few words how the process came to its end."""
        self._process.join(1.0)
        code = self._process.exitcode
        if code == -9:
            return "the engine's process was killed, as the system does when memory runs out"
        return f"the engine's process ended by itself (exit code {code})"

    def close(self) -> None:
        """Let the child end, and see to it that it does."""
        self.send(Goodbye())
        self._process.join(_CLOSING_S)
        if self._process.is_alive():
            self._process.kill()

    def _receive(self, connection: Connection) -> None:
        """Hand each reply to the call that waits for it, until the pipe ends or cannot be understood."""
        try:
            while True:
                reply: Reply = connection.recv()
                waiting = self._waiting.get(OPENING if isinstance(reply, Opening) else reply.number)
                if waiting is not None:
                    waiting.put(reply)
        except (EOFError, OSError):
            pass
        except Exception:  # noqa: BLE001 - whatever it is, nobody must wait for ever
            _log.exception("what the engine's process sent cannot be understood")
            self._process.kill()
        with self._registering:
            self._ended = True
            for waiting in self._waiting.values():
                waiting.put(Ended())


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
        self._child = _Child(open_engine)
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

    def _running(self) -> _Child:
        """Return the child, a new one if the last has died."""
        with self._starting:
            if self._closed:
                raise EngineEndedError("the engine is closed")
            if not self._child.is_running:
                _log.warning("%s; another is started", self._child.told_end())
                self._child = _Child(self._open)
                self._child.opened(lambda status: None)
            return self._child


def _noticed(answer: Answer, error: EngineEndedError) -> Answer:
    return replace(answer, notice=NOTICE_GENERATOR_FAILED.format(cause=error))
