"""A conversation as the page keeps it: exchanges of a question and its answer, and their form in the browser.

The browser is the only place where conversations outlive a visit, so what comes back from it is checked like any
foreign input (`restore`). Knows nothing of engines and of Gradio.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, cast

from pydantic import Field, TypeAdapter, ValidationError

from rag.errors import InputError
from rag.records import Answer, AnswerSentence, Citation, Evidence, Filters, Hit

MAX_RESTORED_CHARS = 3_000_000
MAX_EXCHANGES = 200
_Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with what has become of it: at work (`status`), answered, stopped, or failed (`problem`)."""

    exchange_id: _Name
    question: str
    asked_at: str
    generator: str
    filters: Filters = field(default_factory=Filters)
    articles: int = 0
    status: str | None = None
    hits: tuple[Hit, ...] = ()
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    problem: str | None = None
    stopped: bool = False

    def finished(self, answer: Answer) -> Exchange:
        """Return the exchange with its answer, which replaces what was shown while it was written."""
        return replace(self, answer=answer, status=None, hits=(), sentences=(), citations=())

    @property
    def shown_sentences(self) -> tuple[AnswerSentence, ...]:
        return self.answer.sentences if self.answer else self.sentences

    @property
    def shown_citations(self) -> tuple[Citation, ...]:
        return self.answer.citations if self.answer else self.citations

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Return every span that is shown: those cited, and those in the table of disagreements."""
        cited = tuple(citation.evidence for citation in self.shown_citations)
        tables = self.answer.disagreements if self.answer else ()
        return cited + tuple(e for table in tables for claim in table.claims for e in claim.evidence)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges in the order they were asked."""

    conversation_id: _Name
    exchanges: tuple[Exchange, ...] = ()

    def with_last(self, exchange: Exchange) -> Conversation:
        """Return the conversation with this exchange at its end, in place of the one with its id if that is last."""
        kept = self.exchanges
        if kept and kept[-1].exchange_id == exchange.exchange_id:
            kept = kept[:-1]
        return replace(self, exchanges=(*kept, exchange))

    def before(self, exchange_id: str) -> Conversation:
        """Return the conversation up to, not including, the exchange with this id; all of it when there is none."""
        ids = [exchange.exchange_id for exchange in self.exchanges]
        return replace(self, exchanges=self.exchanges[: ids.index(exchange_id)]) if exchange_id in ids else self

    def exchange(self, exchange_id: str) -> Exchange | None:
        return next((e for e in self.exchanges if e.exchange_id == exchange_id), None)


_stored = TypeAdapter(Conversation)


def new_conversation() -> Conversation:
    return Conversation(secrets.token_hex(8))


def new_exchange(question: str, *, generator: str, filters: Filters, articles: int, status: str) -> Exchange:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Exchange(secrets.token_hex(6), question, now, generator, filters, articles, status)


def dump(conversation: Conversation) -> dict[str, object]:
    """Return the form that a browser keeps: plain JSON values that `restore` reads back equal."""
    return cast(dict[str, object], _stored.dump_python(conversation, mode="json"))


def restore(kept: object) -> Conversation:
    """Return the conversation a browser kept; raise InputError when it is not one, or too large."""
    if not isinstance(kept, str) or len(kept) > MAX_RESTORED_CHARS:
        raise InputError("the conversation kept in this browser is too large or not text; start a new one")
    try:
        conversation = _stored.validate_python(json.loads(kept))
    except (ValidationError, ValueError, RecursionError):
        raise InputError("the conversation kept in this browser cannot be read; start a new one") from None
    if len(conversation.exchanges) > MAX_EXCHANGES:
        raise InputError(f"the conversation kept in this browser has more than {MAX_EXCHANGES} questions")
    settled = tuple(replace(e, status=None, stopped=e.stopped or e.answer is None) for e in conversation.exchanges)
    return replace(conversation, exchanges=settled)
