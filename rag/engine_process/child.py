"""The child's side: opens the engine, does what the pipe asks for, each call in a thread, and ends with the pipe."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import FrameType
from typing import Any

from rag.cores import keep_products_whole
from rag.engine_process.messages import (
    OPENING,
    Call,
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
from rag.errors import RagError

_log = logging.getLogger(__name__)
_THREADS = 64  # as many as the page lets wait
_AT_ONCE = {"articles": 200}  # items of an iterator to a message; one unless it stands here
_GRACE_S = 5.0
OpenEngine = Callable[[Callable[[str], None]], Any]


def serve(connection: Connection, open_engine: OpenEngine) -> None:
    """Open the engine and serve it until the other end of the connection is closed; what a child process runs."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is for the page, which then closes the pipe
    faulthandler.enable()
    keep_products_whole()
    calls = Calls(connection)
    signal.signal(signal.SIGTERM, calls.end_soon)
    try:
        engine = open_engine(lambda status: calls.send(Opening(status)))
    except Exception as error:  # noqa: BLE001 - the page says why there is no engine
        calls.send(Failed(OPENING, _sendable(error)))
        return
    calls.send(Opening(None))
    try:
        calls.answer(engine)
    finally:
        engine.close()


class Calls:
    """The calls under way. Several threads send; one, the main thread, receives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._under_way: dict[int, SimpleQueue[Request]] = {}

    def send(self, reply: Reply) -> None:
        """Send a reply; does nothing when nobody listens any more."""
        with self._sending, suppress(OSError):
            self._connection.send(reply)

    def answer(self, engine: Any) -> None:
        """Do what is asked for until nobody can ask any more."""
        with ThreadPoolExecutor(_THREADS, "footnote-call") as pool:
            while True:
                request = self._received()
                if isinstance(request, Goodbye):
                    self._end_at_the_latest()
                    for wanted in list(self._under_way.values()):
                        wanted.put(Enough(OPENING))
                    return
                if isinstance(request, Call):
                    self._under_way[request.number] = SimpleQueue()
                    pool.submit(self._do, engine, request)
                elif request.number in self._under_way:
                    self._under_way[request.number].put(request)

    def end_soon(self, number: int, frame: FrameType | None) -> None:
        """End the process when no call is under way any more, at the latest in a few seconds; handles SIGTERM."""
        threading.Thread(target=self._end_when_idle, daemon=True).start()

    def _received(self) -> Request:
        try:
            request: Request = self._connection.recv()
        except (EOFError, OSError):  # the other end is gone
            return Goodbye()
        return request

    def _end_at_the_latest(self) -> None:
        """See to it that a call which takes long does not keep the process alive for nobody."""
        last = threading.Timer(_GRACE_S, os._exit, (0,))
        last.daemon = True
        last.start()

    def _end_when_idle(self) -> None:
        last = time.monotonic() + _GRACE_S
        while self._under_way and time.monotonic() < last:
            time.sleep(0.05)
        os._exit(0)

    def _do(self, engine: Any, call: Call) -> None:
        keywords = dict(call.keywords or {})
        if call.progress:
            keywords["progress"] = _ToldProgress(self, call.number)
        try:
            found = getattr(engine, call.method)
            value = found(*call.arguments, **keywords) if callable(found) else found
            if isinstance(value, Iterator):
                self._give(call, value)
            else:
                self.send(Value(call.number, value))
        except Exception as error:  # noqa: BLE001 - raised again where it was called
            self.send(Failed(call.number, _sendable(error)))
        finally:
            del self._under_way[call.number]

    def _give(self, call: Call, items: Iterator[Any]) -> None:
        """Send items as they are asked for; one thread takes them all, as an iterator may expect."""
        wanted, at_once = self._under_way[call.number], _AT_ONCE.get(call.method, 1)
        try:
            while isinstance(wanted.get(), More):
                some = tuple(islice(items, at_once))
                self.send(Items(call.number, some))
                if not some:
                    return
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()


class _ToldProgress:
    """Sends what an indexing run tells of its progress; see `rag.indexing.IndexProgress`."""

    def __init__(self, calls: Calls, number: int) -> None:
        self._calls, self._number = calls, number

    def reading(self, source: str) -> None:
        self._calls.send(Progress(self._number, "reading", source))

    def to_encode(self, passages: int) -> None:
        self._calls.send(Progress(self._number, "to_encode", passages))

    def encoded(self, passages: int) -> None:
        self._calls.send(Progress(self._number, "encoded", passages))


def _sendable(error: Exception) -> Exception:
    """Return the error if it is one of ours, else one that says as much and surely travels; the log gets the rest."""
    if isinstance(error, RagError):
        return error
    _log.error("a call of the engine failed", exc_info=error)
    return RuntimeError(f"{type(error).__name__}: {error}")
