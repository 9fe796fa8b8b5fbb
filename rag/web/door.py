"""Opens the engine behind the page: the page is there at once, the models come when they come.

A thread of its own prepares (indexes the corpus when that was asked for), opens the index and loads the models; the
page reads `status` and a question asked meanwhile waits for `ready`. Knows the engine only as `ChatEngine`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from rag.errors import RagError
from rag.records import Answer, Article, Evidence, Filters, Turn
from rag.stores import Overview, StoredArticle
from rag.web.conversation import Conversation
from rag.web.standing import Standing

if TYPE_CHECKING:
    from rag.engine import SearchResult, SourceState
    from rag.events import Event
    from rag.indexing import IndexProgress, IndexSummary

_log = logging.getLogger(__name__)
_EXAMPLES = 8
_LISTED = 500
_LOOK_S = 5.0


class ChatEngine(Protocol):
    """What the page needs of `rag.engine.Engine`."""

    @property
    def fingerprint(self) -> str: ...

    def warm(self, generator: str | None = None) -> None: ...

    def search(self, question: str, *, k: int | None = None, filters: Filters | None = None) -> SearchResult: ...

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int | None = None,
        filters: Filters | None = None,
        generator: str | None = None,
    ) -> Iterable[Event]: ...

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        k: int | None = None,
        filters: Filters | None = None,
        generator: str | None = None,
    ) -> Answer: ...

    def articles(self) -> Iterator[StoredArticle]: ...

    def overview(self, listed: int) -> Overview: ...

    def article(self, article_id: str, version: str | None = None) -> Article | None: ...

    def source_state(self, article_id: str, version: str) -> SourceState: ...

    def add(
        self, paths: Sequence[str], *, prune: bool = False, progress: IndexProgress | None = None
    ) -> IndexSummary: ...

    def remove(self, article_ids: Sequence[str]) -> int: ...

    def example_questions(self, n: int = 4) -> list[str]: ...

    def close(self) -> None: ...


class Door:
    """Holds the engine once it is open.

    `status` is None when it is ready or has failed, and `problem` says why it failed; `complete` tells that nothing
    more is coming, not even the example questions, which are found after the engine is ready.
    """

    def __init__(
        self, open_engine: Callable[[Callable[[str], None]], ChatEngine], generator: str | None = None
    ) -> None:
        """`open_engine` is given a function to report in a few words what it is doing."""
        self._open, self._generator = open_engine, generator
        self._engine: ChatEngine | None = None
        self._settled = threading.Event()
        self.status: str | None = "Starting…"
        self.problem: str | None = None
        self.corpus = Overview()
        self.questions: tuple[str, ...] = ()
        self.complete = False
        self._looking, self._looked_at = threading.Lock(), time.monotonic()

    def start(self) -> None:
        """Begin to open and warm the engine in a thread; return at once."""
        threading.Thread(target=self._run, name="footnote-warming", daemon=True).start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the engine is ready or has failed; return whether that has happened."""
        return self._settled.wait(timeout_s)

    @property
    def engine(self) -> ChatEngine:
        """Return the open engine; raise RagError with the reason when it could not be opened."""
        self._settled.wait()
        if self._engine is None or self.problem is not None:
            raise RagError(self.problem or "the engine is not open")
        return self._engine

    def refresh(self) -> None:
        """Read anew what the page shows of the corpus, after articles were added or removed."""
        engine = self.engine
        self.corpus, self.questions = engine.overview(_LISTED), tuple(engine.example_questions(_EXAMPLES))

    def look_again(self) -> None:
        """Read the corpus anew if another process has changed the articles; looks at most every few seconds."""
        if self._engine is None or not self.complete:
            return
        with self._looking:
            if time.monotonic() - self._looked_at < _LOOK_S:
                return
            self._looked_at = time.monotonic()
            try:
                if self._engine.fingerprint != self.corpus.fingerprint:
                    self.corpus = self._engine.overview(_LISTED)
            except RagError as error:
                _log.warning("what is listed is not brought up to date: %s", error)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    def follow_ups(self, conversation: Conversation, n: int = 3) -> list[str]:
        """Return questions of the corpus that were not asked yet, those about the articles last cited first."""
        from rag.web.text import words

        asked = {words(exchange.question) for exchange in conversation.exchanges}
        last = conversation.exchanges[-1].answer if conversation.exchanges else None
        told = words(last.text) if last is not None else frozenset[str]()
        fresh = [question for question in self.questions if words(question) not in asked]
        return sorted(fresh, key=lambda question: -len(words(question) & told))[:n]

    def evidence_of(self, conversation: Conversation, exchange_id: str, article_id: str) -> list[Evidence]:
        """Return what an answer shows of one article: what it cites, and what its table of disagreements holds."""
        exchange = conversation.exchange(exchange_id)
        shown = exchange.evidence if exchange else ()
        return [evidence for evidence in shown if evidence.article_id == article_id]

    def standing(self, conversation: Conversation) -> Standing:
        """Return what has become of the sources of a conversation; nothing is known while the index cannot be read."""
        if self._engine is None or not self.wait(0):
            return Standing()
        cited = {(e.article_id, e.version) for exchange in conversation.exchanges for e in exchange.evidence}
        try:
            states = {(key, version): self._engine.source_state(key, version) for key, version in cited}
        except RagError as error:
            _log.warning("what has become of the sources is not known: %s", error)
            return Standing()
        return Standing(states, self.corpus.copies)

    def _run(self) -> None:
        try:
            engine = self._open(self._report)
            self._engine = engine
            self._report("Loading the models…")
            self.corpus = engine.overview(_LISTED)
            engine.warm(self._generator)
            self.status = None
            self._settled.set()
            self.questions = tuple(engine.example_questions(_EXAMPLES))
        except RagError as error:
            self.problem = str(error)
        except Exception as error:  # noqa: BLE001 - the page must say that it cannot work, whatever the cause
            _log.exception("the engine could not be opened")
            self.problem = f"The engine could not be opened ({type(error).__name__}); the log says more."
        finally:
            self.status = None
            self._settled.set()
            self.complete = True

    def _report(self, status: str) -> None:
        self.status = status
