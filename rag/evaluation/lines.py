"""Numbered lines of a text file that nobody has checked: bounded, strictly UTF-8, each fault named by line and byte.

A line is never held beyond `MAX_LINE_BYTES`, so a file without line ends cannot fill the memory. Knows nothing of what
the lines mean.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from rag.errors import InputError

MAX_LINE_BYTES = 4 * 1024 * 1024
_OTHER_ENCODINGS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line with its line end) of a UTF-8 file; a byte order mark is dropped.

    Raises InputError for a file that cannot be opened, another encoding, or a line above `MAX_LINE_BYTES`.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), start=1):
                if len(raw) > MAX_LINE_BYTES:
                    raise InputError(
                        f"{path} line {number}: longer than {MAX_LINE_BYTES // 1024 // 1024} MB; one question a line"
                    )
                yield number, _decoded(path, number, raw)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _decoded(path: Path, number: int, raw: bytes) -> str:
    if number == 1:
        for mark, name in _OTHER_ENCODINGS.items():
            if raw.startswith(mark):
                raise InputError(f"{path}: is {name}; save it as UTF-8")
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1} (0x{raw[error.start]:02x})"
        raise InputError(f"{path} line {number}: {where} is not UTF-8; save the file as UTF-8") from None
    if "\x00" in line:
        raise InputError(f"{path} line {number}: holds a NUL character, so it is no text file; save it as UTF-8 text")
    return line
