"""What each event of the page does. Handlers take widget values, check them, and return what is drawn.

The output order is that of `rag.web.page`: talk, sources, ledger, then what the event adds. A conversation comes from
the browser with each event and goes back to it: the process keeps none, so that any server may answer what comes next.
One session answers one question at a time; a stop flag per running session is all that is shared between requests.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import InputError, RagError
from rag.records import Answer
from rag.web.article_view import opened_html
from rag.web.asking import answer_exchange, filters_of, generator_of, question_of
from rag.web.conversation import Conversation, Exchange, dump, new_conversation, new_exchange, restore
from rag.web.documents import answer_page, answer_word
from rag.web.door import Door
from rag.web.exports import answer_document, answer_markdown
from rag.web.render import conversation_html, welcome_html
from rag.web.sources import articles_html, sources_html
from rag.web.standing import Standing

Drawn = tuple[Any, ...]
_POLL_S = 0.2


class Handlers:
    """The page's handlers over one engine."""

    def __init__(self, door: Door, generators: Mapping[str, str]) -> None:
        self._door, self._generators = door, generators
        self._stops: dict[str, threading.Event] = {}

    async def greet(self) -> AsyncIterator[Drawn]:
        """Draw welcome, list of articles and filters, again whenever there is more to tell, until all is loaded."""
        shown: tuple[object, ...] | None = None
        await asyncio.to_thread(self._door.look_again)
        while True:
            complete, now = self._door.complete, (self._door.status, self._door.problem, self._door.corpus)
            if now != shown:
                shown = now
                yield self.greeting()
            if complete:
                return
            await asyncio.sleep(_POLL_S)

    async def recall(self, kept: object, request: gr.Request) -> AsyncIterator[Drawn]:
        """Draw the conversation that this tab showed before it was loaded again; without one, change nothing."""
        if not kept:
            yield (gr.skip(), gr.skip(), {"recalled": True})
            return
        conversation = _restored(kept)
        yield await asyncio.to_thread(self._recalled, conversation)
        if self._door.wait(0):
            return
        while not self._door.wait(0):
            await asyncio.sleep(_POLL_S)
        if str(request.session_hash) not in self._stops:
            yield (gr.skip(), (await asyncio.to_thread(self._columns, conversation))[1], gr.skip())

    async def ask_typed(
        self, question: object, generator: object, outlet: object, since: object, until: object, author: object,
        language: object, kept: object, request: gr.Request,
    ) -> AsyncIterator[Drawn]:  # fmt: skip
        """Answer what was typed."""
        chosen = (generator, outlet, since, until, author, language)
        async for drawn in self._ask(question, _restored(kept), chosen, request, clear=True):
            yield drawn

    async def ask_told(
        self, generator: object, outlet: object, since: object, until: object, author: object, language: object,
        request: gr.Request, event: gr.EventData,
    ) -> AsyncIterator[Drawn]:  # fmt: skip
        """Answer a question that was clicked, edited or asked again; what stood at and after it is dropped."""
        data = data_of(event)
        kept, before = _restored(data.get("kept")), data.get("before")
        if isinstance(before, str) and before:
            kept = kept.before(before)
        chosen = (generator, outlet, since, until, author, language)
        async for drawn in self._ask(data.get("question"), kept, chosen, request):
            yield drawn

    def stop(self, request: gr.Request) -> None:
        """Stop the answer that this visitor is waiting for."""
        running = self._stops.get(str(request.session_hash))
        if running is not None:
            running.set()

    def open_article(self, event: gr.EventData) -> str:
        """Draw a whole article with what the chosen answer cites of it."""
        data = data_of(event)
        article_id, start, end = data.get("article"), data.get("start"), data.get("end")
        if not isinstance(article_id, str) or not isinstance(start, int) or not isinstance(end, int):
            raise gr.Error("an article id and a span are needed to open an article", print_exception=False)
        version = str(data.get("version") or "")[:64]
        evidence = self._door.evidence_of(_restored(data.get("kept")), str(data.get("turn")), article_id)
        try:
            engine = self._door.engine
            return opened_html(engine, article_id, version, evidence, (start, end), now=bool(data.get("now")))
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def take(self, event: gr.EventData) -> dict[str, object]:
        """Return an answer as a file for the browser to save."""
        data = data_of(event)
        exchange = _restored(data.get("kept")).exchange(str(data.get("turn")))
        if exchange is None or exchange.answer is None:
            raise gr.Error("there is no such answer to download", print_exception=False)
        return {"parcel": _parcel(exchange.answer, str(data.get("format")))}

    def restore(self, event: gr.EventData) -> Drawn:
        """Draw a conversation that the browser kept."""
        return self._recalled(_restored(data_of(event).get("kept")))

    def fresh(self) -> Drawn:
        """Begin a new conversation."""
        return (*self._columns(new_conversation()), None)

    async def _ask(
        self, question: object, conversation: Conversation, chosen: tuple[object, ...], request: gr.Request, *,
        clear: bool = False,
    ) -> AsyncIterator[Drawn]:  # fmt: skip
        session = str(request.session_hash)
        if session in self._stops:
            return
        try:
            exchange = self._begin(question, chosen)
        except InputError as error:
            gr.Warning(str(error))
            return
        stop = self._stops[session] = threading.Event()
        try:
            standing = await asyncio.to_thread(self._door.standing, conversation)  # the index may take its time
            yield (*self._drawing(conversation, exchange, standing), "" if clear else gr.skip())
            async for advanced in answer_exchange(self._door, conversation, exchange, stop):
                exchange = advanced
                if exchange.status is not None:
                    yield (*self._drawing(conversation, exchange, standing), gr.skip())
        finally:
            stop.set()
            self._stops.pop(session, None)
        done = conversation.with_last(replace(exchange, status=None))
        columns = await asyncio.to_thread(self._columns, done)
        yield (*columns, _ledger(done, done.exchanges[-1:]), gr.skip())

    def _begin(self, question: object, chosen: tuple[object, ...]) -> Exchange:
        generator, *limits = chosen
        return new_exchange(
            question_of(question),
            generator=generator_of(generator, self._generators),
            filters=filters_of(*limits),
            articles=self._door.corpus.total,
            status="Searching…",
        )

    def _drawing(self, conversation: Conversation, exchange: Exchange, standing: Standing) -> Drawn:
        return (*self._columns(conversation.with_last(exchange), standing), gr.skip())

    def _columns(self, conversation: Conversation, standing: Standing | None = None) -> tuple[str, str]:
        drawn = conversation_html(conversation, self._door.follow_ups(conversation))
        return drawn, sources_html(conversation, standing or self._door.standing(conversation))

    def _recalled(self, conversation: Conversation) -> Drawn:
        kept_again = _ledger(conversation, conversation.exchanges) or {}
        return (*self._columns(conversation), {**kept_again, "recalled": True})

    def greeting(self) -> Drawn:
        """Draw welcome, list of articles, outlets, authors and languages as they are now."""
        corpus, door = self._door.corpus, self._door
        welcome = welcome_html(door.questions[:4], corpus.total, len(corpus.outlets), door.problem, door.status)
        named = (corpus.outlets, corpus.authors, corpus.languages)
        choices = (gr.Dropdown(choices=[("Any", ""), *((name, name) for name in names)]) for names in named)
        return welcome, articles_html(corpus.listed, corpus.total), *choices


def data_of(event: gr.EventData) -> Mapping[str, object]:
    """Return what the page sent with an event; whoever uses it checks each value."""
    data = event._data
    return data if isinstance(data, Mapping) else {}


def _parcel(answer: Answer, form: str) -> dict[str, str]:
    kinds: dict[str, tuple[str, Callable[[Answer], bytes]]] = {
        "html": ("text/html;charset=utf-8", lambda a: answer_page(a).encode()),
        "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", answer_word),
    }
    if form not in kinds:
        raise gr.Error("answers are given as html or docx", print_exception=False)
    kind, write = kinds[form]
    return {"name": f"answer.{form}", "type": kind, "data": base64.b64encode(write(answer)).decode()}


def _restored(kept: object) -> Conversation:
    if not kept:
        return new_conversation()
    try:
        return restore(kept)
    except InputError as error:
        gr.Warning(str(error))
        return new_conversation()


def _ledger(conversation: Conversation, exchanges: tuple[Exchange, ...]) -> dict[str, object] | None:
    """Return what the browser keeps and lets a person take away."""
    if not conversation.exchanges:
        return None
    taken = {
        e.exchange_id: {"md": answer_markdown(e.answer), "json": answer_document(e.answer)}
        for e in exchanges
        if e.answer
    }
    return {"conversation": dump(conversation), "exports": taken}
