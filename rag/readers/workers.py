"""Processes that parse, and the pipes to them: started when needed, used again, ended when they do not answer.

A worker is `python -m rag.readers.worker` without the environment's secrets and without the current folder on its path.
Threads may read at the same time: each has a worker to itself while it reads. Knows no format and no policy: how long
to wait is said by `rag.readers.isolation`.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Any

from rag.errors import ReadError
from rag.readers.frames import LARGEST, LENGTH, packed

_KEPT_IDLE = 2
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_PACKAGES = str(Path(__file__).resolve().parents[2])


class EndedError(Exception):
    """The worker ended in the middle of an answer, or before it."""


class TooLongError(Exception):
    """The worker did not answer in time."""


class Worker:
    """A running worker process and the pipes to it; free when it waits for a request."""

    def __init__(self) -> None:
        self.is_free = True
        self._requests = 0
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        places = filter(None, (_PACKAGES, os.environ.get("PYTHONPATH")))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "rag.readers.worker"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
            env={**kept, "PYTHONPATH": os.pathsep.join(places)},
        )  # fmt: skip
        self._owner = os.getpid()

    @property
    def is_usable(self) -> bool:
        """Tell whether a request can be sent: alive, waiting, and not inherited from a process that forked."""
        return self.is_free and self._owner == os.getpid() and self._process.poll() is None

    @property
    def is_used(self) -> bool:
        """Tell whether this is not its first file."""
        return self._requests > 1

    def ask(self, request: dict[str, Any], data: bytes) -> None:
        """Send a request. Raises BrokenPipeError when the worker has just ended."""
        assert self._process.stdin is not None
        self.is_free = False
        self._requests += 1
        for part in (packed({**request, "number": self._requests}), data):
            rest = memoryview(part)
            while rest:
                rest = rest[self._process.stdin.write(rest) or 0 :]

    def answer(self, timeout_s: float) -> dict[str, Any]:
        """Return the next message. Raises TooLongError and EndedError."""
        deadline = time.monotonic() + timeout_s
        (size,) = LENGTH.unpack(self._exactly(LENGTH.size, deadline))
        if size > LARGEST:
            raise EndedError("its parser gave more text than any file holds; the file was not read")
        try:
            message = json.loads(self._exactly(size, deadline))
        except ValueError as error:
            raise EndedError("its parser gave an answer that cannot be used; the file was not read") from error
        if not isinstance(message, dict) or message.get("number") != self._requests:
            raise EndedError("its parser gave an answer to another question; the file was not read")
        return message

    def _exactly(self, size: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        parts = bytearray()
        while len(parts) < size:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TooLongError
            part = self._process.stdout.read(min(size - len(parts), 1 << 20))
            if not part:
                raise EndedError(self._ending())
            parts += part
        return bytes(parts)

    def _ending(self) -> str:
        """Return in one line why the worker ended by itself."""
        code = self._process.wait(timeout=5)
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        return f"its parser ended on it ({how}): damaged, or too much for 1 GiB of memory; the file was not read"

    def close(self) -> None:
        """End the process and its pipes."""
        if self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


_idle: list[Worker] = []
_lock = Lock()


def take(request: dict[str, Any], data: bytes) -> Worker:
    """Return a worker to which the request has been sent: an idle one if there is one that still lives."""
    while True:
        with _lock:
            worker = _idle.pop() if _idle else None
        if worker is not None and not worker.is_usable:
            worker.close()
            continue
        is_new = worker is None
        worker = worker or _started()
        try:
            worker.ask(request, data)
        except OSError as error:
            worker.close()
            if is_new:
                raise ReadError(f"the parsing process does not start ({error.strerror or error})") from error
            continue
        return worker


def _started() -> Worker:
    try:
        return Worker()
    except OSError as error:
        raise ReadError(f"the parsing process does not start ({error.strerror or error})") from error


def give_back(worker: Worker) -> None:
    """Keep a worker that has answered in full for the next file; end any other."""
    with _lock:
        if worker.is_usable and len(_idle) < _KEPT_IDLE:
            _idle.append(worker)
            return
    worker.close()


@atexit.register
def close_workers() -> None:
    """End the idle workers; the next file starts a new one."""
    with _lock:
        idle, _idle[:] = list(_idle), []
    for worker in idle:
        worker.close()
