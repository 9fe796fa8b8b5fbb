"""Formats that strangers can make expensive → articles and failures, parsed in a process that can be killed.

`rag.readers.worker` runs as a process of its own: started when first needed, used again for the next file, replaced
when it was killed, has died or has grown large. It may take `PART_S` seconds until its next article, and for a whole
file `FILE_S` plus `EACH_S` for every article or archive member it has come to; its memory and processor time it bounds
itself. The time in which nobody waits for it does not count. After a kill the next member of an archive is gone on
with, unless `MAX_KILLS` were killed. Short plain text is parsed here: it needs no library that could hang, and no
second process.

Knows no format and no pipe.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import Any

from rag.errors import ReadError
from rag.readers.frames import outcome_of
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.parsing import Outcome, parsed
from rag.readers.workers import EndedError, TooLongError, Worker, give_back, take
from rag.records import Article

PART_S = 12.0
FILE_S = 16.0
EACH_S = 0.5
MAX_KILLS = 3
SMALL_BYTES = 8 * 1024
"""Plain text and Markdown up to this size are parsed in the reading process."""

_PLAIN = frozenset(("text", "markdown"))


def parsed_safely(kind: str, data: bytes, origin: Origin, limits: ReadLimits) -> Generator[Outcome, None, None]:
    """Yield what `data`, in the format `kind`, holds, and a failure for what its parser could not do in its limits.

    Raises ReadError when an archive is refused whole.
    """
    if kind in _PLAIN and len(data) <= SMALL_BYTES:
        yield from parsed(kind, data, origin, limits)
    else:
        yield from _Reading(kind, data, origin, limits).outcomes()


class _Reading:
    """One file on its way through a worker, or through several when they are killed."""

    def __init__(self, kind: str, data: bytes, origin: Origin, limits: ReadLimits) -> None:
        self._kind, self._data, self._origin, self._limits = kind, data, origin, limits
        self._waited_s, self._allowed_s, self._parts, self._kills = 0.0, PART_S, 0, 0
        self._is_answered = False
        self._member: tuple[int, str] | None = None

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what the workers answer until the file is done or given up."""
        first: int | None = 0
        while first is not None:
            self._is_answered = False
            worker = take(self._request(first), self._data)
            cause = ""
            try:
                yield from self._answers(worker)
            except TooLongError:
                left = "the rest" if self._parts and not self._member else "the file"
                cause = f"parsing took longer than {self._allowed_s:.0f} s; {left} was not read"
            except EndedError as error:
                if worker.is_used and not self._is_answered:
                    continue  # it may have ended by itself between two files
                cause = str(error)
            finally:
                give_back(worker)
            first = None
            if cause:
                self._kills += 1
                yield Failure(self._member[1] if self._member else self._origin.source, cause)
                first = self._next_member()

    def _request(self, first: int) -> dict[str, Any]:
        origin, limits = asdict(self._origin), asdict(self._limits)
        return {"kind": self._kind, "origin": origin, "limits": limits, "first": first, "bytes": len(self._data)}

    def _answers(self, worker: Worker) -> Iterator[Outcome]:
        """Yield the answers to one request. Raises ReadError when the worker refuses the file as a whole."""
        refusal = None
        while True:
            started = time.monotonic()
            try:
                self._allowed_s = min(PART_S, self._left_s())
                message = worker.answer(self._allowed_s)
            finally:
                self._waited_s += time.monotonic() - started
            self._is_answered = True
            if "member" in message:
                self._parts += 1
                self._member = (int(message["member"]), str(message["source"]))
            elif outcome := outcome_of(message):
                self._parts += isinstance(outcome, Article)
                yield outcome
            elif "refused" in message:
                refusal = str(message["refused"])
            else:
                worker.is_free = message.get("tired") is False
                break
        if refusal is not None:
            raise ReadError(refusal)

    def _left_s(self) -> float:
        return max(0.0, FILE_S + EACH_S * self._parts - self._waited_s)

    def _next_member(self) -> int | None:
        """Return which member of the archive to go on with, None when the file is done or given up."""
        if self._member is None:
            return None
        if self._kills >= MAX_KILLS or self._left_s() <= 0:
            raise ReadError(f"given up after {self._member[1][-100:]}; the rest of the archive was not read")
        return self._member[0] + 1
