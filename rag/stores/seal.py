"""A checksum over a database at rest: SQLite does not notice a flipped bit within a text or a number.

Whoever has the writer's place leaves the SHA-256 of the file beside it once its log is folded in, and deletes it,
synced to disk, before the next change. So a seal says that nothing has written since, and a file that differs from its
seal is damaged. It is kept twice, so that damage to the seal itself is told from damage to the file, and ignored. A
killed writer leaves no seal, and a file of more than SEALED_BYTES gets none, since reading it through would delay every
start: there SQLite's own check and the hashes of the texts that are read are left. This module knows no SQL.
"""

from __future__ import annotations

import os
from pathlib import Path

from rag.stores import handles

SEALED_BYTES = 128 * 2**20


def seal(file: Path) -> None:
    """Seal a file that nothing writes to until `unseal`, unless it is large."""
    if file.stat().st_size > SEALED_BYTES:
        return
    scratch = _beside(file, ".tmp")
    with scratch.open("w", encoding="ascii") as stream:
        sha256 = handles.sha256(file)
        stream.write(f"{sha256} {sha256}\n")
        stream.flush()
        os.fsync(stream.fileno())
    scratch.replace(_beside(file))
    _sync_folder(file)


def unseal(file: Path) -> None:
    """Break the seal of a file that is going to be changed; without one this costs nothing."""
    try:
        _beside(file).unlink()
    except FileNotFoundError:
        return
    _sync_folder(file)


def is_sound(file: Path) -> bool | None:
    """Tell whether a file is what was sealed; None when it has no seal, or loses it while it is read."""
    sealed = _sealed(file)
    if sealed is None or not file.exists():
        return None
    is_same = handles.sha256(file) == sealed
    return is_same if is_same or _sealed(file) == sealed else None


def _sealed(file: Path) -> str | None:
    try:
        text = _beside(file).read_bytes()
    except FileNotFoundError:
        return None
    first, _, second = text.strip().partition(b" ")
    return first.decode() if first == second and len(first) == 64 and first.isalnum() else None


def _beside(file: Path, ending: str = "") -> Path:
    return file.with_name(f"{file.name}.sha256{ending}")


def _sync_folder(file: Path) -> None:
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
