"""Derived indexes on disk, published so that a crash at any moment leaves the former or the new one whole.

A snapshot is written under a name of its own, synced, renamed, and only then recorded in the database with its SHA-256;
former ones are deleted last. Nothing is loaded whose hash differs. This module knows neither FAISS nor tantivy: a
snapshot is a file, or a folder of files.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_NOT_CONTENT = frozenset({".tantivy-meta.lock", ".tantivy-writer.lock", ".alive"})
_JUST_MADE_S = 60
_PART_BYTES = 16 * 2**20
_READ_BYTES = 2**20


def publish(root: Path, kind: str, write: Callable[[Path], None]) -> tuple[str, str]:
    """Let `write` make a file or folder, move it to its final name, and return that name and its SHA-256."""
    name = f"{kind}-{secrets.token_hex(6)}"
    scratch = root / f"{name}.tmp"
    write(scratch)
    for path in _files(scratch):
        _sync(path)
    if scratch.is_dir():
        _sync(scratch)
    sha256 = digest(scratch)
    scratch.rename(root / name)
    _sync(root)
    return name, sha256


def digest(path: Path) -> str:
    """Return a SHA-256 of a file, or of a folder's files with their names and sizes; parts are hashed side by side."""
    parts = [(file, start) for file in _files(path) for start in range(0, max(file.stat().st_size, 1), _PART_BYTES)]
    total = hashlib.sha256()
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for (file, start), part in zip(parts, pool.map(_digest_of_part, *zip(*parts, strict=True)), strict=True):
            if path.is_dir() and not start:
                total.update(f"{file.name}\n{file.stat().st_size}\n".encode())
            total.update(part)
    return total.hexdigest()


def copy_folder(source: Path, target: Path) -> None:
    """Fill a folder with the files of another, linked where the file system can: they are never changed in place."""
    target.mkdir(exist_ok=True)
    for file in _files(source):
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)


@contextlib.contextmanager
def working_folder(root: Path, kind: str) -> Iterator[Path]:
    """Make a folder of this process's own, beside the snapshots or, where that is read-only, among temporary files."""
    folder = _made_folder(root, kind)
    alive = os.open(folder / ".alive", os.O_RDWR | os.O_CREAT)
    fcntl.flock(alive, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        os.close(alive)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path, keep: set[str]) -> None:
    """Delete former snapshots, and what processes that died have left behind. Only the writer may call this."""
    for path in root.iterdir():
        if path.name in keep or not path.name.startswith(("dense-", "lexical-", "articles-")):
            continue
        if path.name.endswith(".work") and _is_alive(path):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _made_folder(root: Path, kind: str) -> Path:
    try:
        folder = root / f"{kind}-{secrets.token_hex(6)}.work"
        folder.mkdir()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="footnote-"))
    return folder


def _is_alive(folder: Path) -> bool:
    try:
        handle = os.open(folder / ".alive", os.O_RDWR)
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime < _JUST_MADE_S
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.iterdir() if file.name not in _NOT_CONTENT)


def _digest_of_part(file: Path, start: int) -> bytes:
    part, left = hashlib.sha256(), _PART_BYTES
    with file.open("rb") as stream:
        stream.seek(start)
        while left and (data := stream.read(min(left, _READ_BYTES))):
            part.update(data)
            left -= len(data)
    return part.digest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
