"""The process that parses what strangers wrote: `python -m rag.readers.worker`, started by `rag.readers.isolation`.

Reads requests from standard input and answers on standard output, in the frames of `rag.readers.frames`, one request at
a time. It holds at most `MEMORY_BYTES` of address space, is killed by the kernel after `CPU_S` seconds of work without
an answer, and ends when its parent does or when nothing has come for `IDLE_S` seconds. How long it may take by the
clock is its parent's business.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

from rag.errors import ReadError
from rag.readers.frames import LENGTH, message_of, packed
from rag.readers.origin import Origin, ReadLimits
from rag.readers.parsing import guarded, parsed

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_S = 20
IDLE_S = 120
_TIRED_BYTES = 400 * 1024 * 1024
_PARENT_CHECK_S = 1.0


def main() -> None:
    """Answer requests until standard input ends."""
    requests, answers = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # a library that prints must not speak into the answers
    with contextlib.suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    while select.select([requests], [], [], IDLE_S)[0]:
        head = _exactly(requests, LENGTH.size)
        if len(head) < LENGTH.size:
            return
        request = json.loads(_exactly(requests, LENGTH.unpack(head)[0]))
        _answer(request, _exactly(requests, request["bytes"]), answers)


def _answer(request: dict[str, Any], data: bytes, answers: BinaryIO) -> None:
    """Send what the data hold, frame by frame, and that this was all."""
    origin = Origin(**request["origin"])
    known = {field.name for field in fields(ReadLimits)}
    limits = ReadLimits(**{name: value for name, value in request["limits"].items() if name in known})
    _renew_cpu_limit()
    number = request["number"]
    for message in _messages(request["kind"], data, origin, limits, request["first"]):
        _send(answers, {**message, "number": number})
        _renew_cpu_limit()
    _send(answers, {"done": True, "tired": _address_space() > _TIRED_BYTES, "number": number})


def _messages(kind: str, data: bytes, origin: Origin, limits: ReadLimits, first: int) -> Iterator[dict[str, Any]]:
    """Yield the outcomes; before each member of an archive, from the `first` on, which one comes."""
    if kind != "zip":
        yield from map(message_of, guarded(_lazily(kind, data, origin, limits), origin.source))
        return
    from rag.readers.archives import Members

    try:
        members = Members(data, origin, limits)
    except ReadError as error:
        yield {"refused": str(error)}
        return
    for number in range(first, len(members)):
        yield {"member": number, "source": members.source(number)}
        yield from map(message_of, members.outcomes(number))


def _lazily(kind: str, data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Any]:
    """Yield as `parsed` does, its set-up included, so that all of it is guarded."""
    yield from parsed(kind, data, origin, limits)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """Return `size` bytes, or fewer at the end of the stream."""
    parts = bytearray()
    while len(parts) < size and (part := stream.read(min(size - len(parts), 1 << 20))):
        parts += part
    return bytes(parts)


def _send(answers: BinaryIO, message: dict[str, Any]) -> None:
    rest = memoryview(packed(message))
    while rest:
        rest = rest[answers.write(rest) or 0 :]


def _renew_cpu_limit() -> None:
    """Let the kernel end this process after `CPU_S` more seconds of work: a guard for when the parent cannot."""
    used = int(time.process_time())
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_S, resource.RLIM_INFINITY))


def _address_space() -> int:
    """Return the bytes mapped by this process, 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 0


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(0)


if __name__ == "__main__":
    sys.setrecursionlimit(2000)
    main()
