"""Asks the engine for the page: validates the question, waits for the models, streams events, can be stopped.

The engine works in a thread of its own and hands its events to the event loop, so that a stop or a closed tab is felt
at once; the thread ends at the engine's next event. Limits: a question has 1 to 2,000 characters, filters are plain
dates and names. Whatever the interface or a script sends is checked here, as widgets check nothing for a raw API call.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from rag.errors import InputError, RagError
from rag.events import Event, Finished, Retrieved
from rag.records import Filters, Turn
from rag.web.conversation import Conversation, Exchange
from rag.web.door import Door
from rag.web.text import plain, plural

_log = logging.getLogger(__name__)
MAX_QUESTION_CHARS = 2000
MAX_HISTORY = 6
ASKED_AT_ONCE = 4  # so that the cores have work while other answers are being handed over
_POLL_S = 0.15


def question_of(value: object) -> str:
    """Return the question trimmed; raise InputError when it is not text, empty or too long."""
    if not isinstance(value, str):
        raise InputError(f"a question must be text, not {type(value).__name__}")
    question = plain(value)
    if not question:
        raise InputError("the question is empty; type one first")
    if len(question) > MAX_QUESTION_CHARS:
        raise InputError(f"the question has {len(question):,} characters; at most {MAX_QUESTION_CHARS:,} are read")
    return question


def filters_of(outlet: object, since: object, until: object, author: object = "", language: object = "") -> Filters:
    """Return the filters; empty values let everything pass. Raises InputError for what is no name or no date."""
    first, last = _day("since", since), _day("until", until)
    if first and last and first > last:
        raise InputError(f"since ({first}) is after until ({last})")
    named = {"outlet": outlet, "author": author, "language": language}
    return Filters(**{name: _name(name, value) for name, value in named.items()}, since=first, until=last)


def generator_of(value: object, known: Mapping[str, str]) -> str:
    """Return the generator's name if it is one of those offered."""
    if not isinstance(value, str) or value not in known:
        raise InputError(f"unknown generator {value!r}; choose one of {', '.join(known)}")
    return value


def k_of(value: object) -> int | None:
    """Return how many passages to retrieve; None or 0 is the setting's own number."""
    if value is None or value == 0:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
        raise InputError(f"k must be a whole number from 1 to 100, not {value!r}")
    return value


def _name(what: str, value: object) -> str | None:
    if value and not (isinstance(value, str) and len(value) <= 200):
        raise InputError(f"the {what} must be a name of at most 200 characters")
    return str(value) if value else None


def _day(name: str, value: object) -> str | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value.strip() if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise InputError(f"{name} must be a date such as 2026-01-31, not {str(value)[:40]!r}") from None


async def answer_exchange(
    door: Door, conversation: Conversation, exchange: Exchange, stop: threading.Event
) -> AsyncIterator[Exchange]:
    """Yield the exchange each time there is more to show; the last one is answered, stopped or has a problem."""
    while not door.wait(0):
        if stop.is_set():
            yield replace(exchange, status=None, stopped=True)
            return
        yield replace(exchange, status=f"{door.status or 'Starting…'} Your question waits for them.")
        await asyncio.sleep(_POLL_S)
    searched = door.corpus.total
    exchange = replace(exchange, articles=searched, status=f"Searching {plural(searched, 'article')}…")
    yield exchange
    try:
        async for event in _events(partial(_stream, door, conversation, exchange), stop):
            exchange = _advanced(exchange, event)
            yield exchange
        if exchange.answer is None:
            yield replace(exchange, status=None, stopped=True)
    except RagError as error:
        yield replace(exchange, status=None, problem=str(error))
    except Exception:  # noqa: BLE001 - a reader is told that it failed; the cause belongs in the log
        _log.exception("answering failed")
        yield replace(exchange, status=None, problem="Answering failed for a reason that the log of the server names.")


def _stream(door: Door, conversation: Conversation, exchange: Exchange) -> Iterator[Event]:
    turns = [Turn(e.question, e.answer) for e in conversation.exchanges if e.answer is not None][-MAX_HISTORY:]
    events = door.engine.stream(
        exchange.question, history=turns, filters=exchange.filters, generator=exchange.generator
    )
    return iter(events)


def _advanced(exchange: Exchange, event: Event) -> Exchange:
    if isinstance(event, Finished):
        return exchange.finished(event.answer)
    if isinstance(event, Retrieved):
        sources = len({hit.passage.article_id for hit in event.hits})
        status = f"Reading {plural(len(event.hits), 'passage')} of {plural(sources, 'article')}, writing…"
        return replace(exchange, hits=event.hits, sentences=(), citations=(), status=status)
    sentences, citations = (*exchange.sentences, event.sentence), (*exchange.citations, *event.citations)
    return replace(exchange, sentences=sentences, citations=citations, status="Writing…")


async def _events(begin: Callable[[], Iterator[Event]], stop: threading.Event) -> AsyncIterator[Event]:
    """Yield what the iterator gives, taken in a thread, until it ends or `stop` is set; raise its exceptions here."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    ended = object()

    def put(item: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    def take() -> None:
        try:
            events = begin()
            for event in events:
                put(event)
                if stop.is_set():
                    break
            close = getattr(events, "close", None)
            if close is not None:
                close()
            put(ended)
        except Exception as error:  # noqa: BLE001 - handed over and raised where it is awaited
            put(error)

    threading.Thread(target=take, name="footnote-asking", daemon=True).start()
    try:
        while not stop.is_set():
            try:
                item = await asyncio.wait_for(arrived.get(), _POLL_S)
            except TimeoutError:
                continue
            if item is ended:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()
