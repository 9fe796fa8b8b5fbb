"""A child process, the pipe to it, and the calls that wait for its replies. Knows no engine."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue

from rag.engine_process.child import OpenEngine, serve
from rag.engine_process.messages import OPENING, Call, Ended, Failed, Goodbye, Opening, Reply, Request
from rag.errors import EngineEndedError

_log = logging.getLogger(__name__)
_CLOSING_S = 10.0


class Child:
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
