"""Reading a database file past SQLite without giving up the locks that SQLite holds on it.

When a process closes any handle of a file, POSIX forgets all locks that the process has on it: another process could
then take the database for unused and delete its log, and what this one writes afterwards is lost ("How To Corrupt An
SQLite Database File", section 2.2). So a file that a connection of this process uses is opened once, and that handle is
closed only after the last connection. This module knows nothing of what is in the file.
"""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

File = tuple[int, int]  # device and inode

_AT_ONCE = 2**20


@dataclass(slots=True)
class _Held:
    handle: int
    users: int


_held: dict[File, _Held] = {}
_turn = threading.Lock()


def hold(path: Path) -> File:
    """Keep a handle of the file open until as many calls of `release`; raises OSError when it cannot be read."""
    with _turn:
        status = path.stat()
        file = status.st_dev, status.st_ino
        if file not in _held:
            _held[file] = _Held(os.open(path, os.O_RDONLY), 0)
        _held[file].users += 1
        return file


def release(file: File) -> None:
    """Say that a connection was closed; with the last one the handle is closed too."""
    with _turn:
        held = _held[file]
        held.users -= 1
        if not held.users:
            os.close(_held.pop(file).handle)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, which a connection of this process may have open."""
    file = hold(path)
    try:
        total, start = hashlib.sha256(), 0
        while part := os.pread(_held[file].handle, _AT_ONCE, start):
            total.update(part)
            start += len(part)
        return total.hexdigest()
    finally:
        release(file)
