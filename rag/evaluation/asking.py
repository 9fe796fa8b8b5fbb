"""One question put to an engine → one row of `answers.jsonl`, whatever happens: answered, refused or failed.

`state` of a row is `ok`, `abstained` or `error`; a failure is a result with its cause, never a missing row. The date of
a question and its history are passed on when the engine takes them. Knows nothing of gold answers.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rag.errors import RagError
from rag.evaluation.question_sets import Question
from rag.records import Answer, Article, Hit, Turn
from rag.wire import answer_json, search_json

if TYPE_CHECKING:
    from rag.stores.protocol import StoredArticle

Row = dict[str, Any]
State = Literal["ok", "abstained", "error"]


class Found(Protocol):
    """What a search gives."""

    @property
    def hits(self) -> tuple[Hit, ...]: ...
    @property
    def timings_ms(self) -> dict[str, float]: ...
    @property
    def further(self) -> tuple[str, ...]: ...


class EvaluatedEngine(Protocol):
    """What evaluation needs of the engine. Keywords of `ask` beyond k and generator are used only where it has them."""

    @property
    def ask(self) -> Callable[..., Answer]: ...
    @property
    def search(self) -> Callable[..., Found]: ...
    def warm(self, generator: str | None = None) -> None: ...
    def article(self, article_id: str) -> Article | None: ...
    def articles(self) -> Iterator[StoredArticle]: ...


@dataclass(frozen=True, slots=True)
class Asking:
    """How every question of a run is asked: with answers or only searched, how many hits, by which generator."""

    answers: bool = True
    k: int | None = None
    generator: str | None = None


class Asker:
    """Puts questions to an engine and never raises for one of them."""

    def __init__(self, engine: EvaluatedEngine, asking: Asking) -> None:
        self._engine = engine
        self._asking = asking
        call = engine.ask if asking.answers else engine.search
        self._keywords = frozenset(inspect.signature(call).parameters)

    def row(self, question: Question) -> Row:
        """Return the answer, the refusal or the error, with the milliseconds it took."""
        started = time.perf_counter()
        try:
            row = self._asked(question)
        except RagError as error:
            row = _failed(question, str(error))
        except Exception as error:  # noqa: BLE001  any failure of one question is its result; the others go on
            row = _failed(question, f"{type(error).__name__}: {error}")
        return row | {"elapsed_ms": round(1000 * (time.perf_counter() - started), 2)}

    def _asked(self, question: Question) -> Row:
        keywords = self._arguments(question)
        if not self._asking.answers:
            found = self._engine.search(question.question, **keywords)
            row = search_json(question.question, found.hits, found.timings_ms)
            return {"id": question.question_id, "state": "ok", **row, "further": list(found.further)}
        answer = self._engine.ask(question.question, generator=self._asking.generator, **keywords)
        state: State = "abstained" if answer.abstained else "ok"
        return {"id": question.question_id, "state": state, **answer_json(answer), "further": list(answer.further)}

    def _arguments(self, question: Question) -> dict[str, object]:
        arguments: dict[str, object] = {"k": self._asking.k}
        if question.question_date is not None and "question_date" in self._keywords:
            arguments["question_date"] = question.question_date
        if question.history and "history" in self._keywords:
            arguments["history"] = _turns(question.history)
        return arguments


def _turns(history: Sequence[tuple[str, str]]) -> list[Turn]:
    """Return the turns that an engine would have kept, each a question with the answer that followed it."""
    turns: list[Turn] = []
    asked: str | None = None
    for role, text in history:
        if role == "user":
            asked = text
        elif asked is not None:
            turns.append(Turn(asked, _told(asked, text)))
            asked = None
    return turns


def _told(question: str, text: str) -> Answer:
    return Answer(question, question, text, False, (), (), (), {}, generator="", encoder="", index_fingerprint="")


def _failed(question: Question, cause: str) -> Row:
    return {
        "id": question.question_id,
        "state": "error",
        "error": " ".join(cause.split()) or "no cause given",
        "question": question.question,
        "hits": [],
        "timings_ms": {},
    }
