"""Zip archives of articles → the articles of each member, read in memory: nothing is ever written, so no name can
escape.

Bounded by the number of members, the unpacked size in all and of each, and the ratio of unpacked to packed size; what
a member claims and what it unpacks to are both counted. An archive inside an archive is not opened. `opened` serves
DOCX and EPUB too.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.parsers.expat import ExpatError

from rag.errors import ReadError
from rag.readers.canonical import one_line
from rag.readers.kinds import HEAD_BYTES, is_passed_over, kind_of
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.parsing import guarded, parsed
from rag.records import Article

try:
    from lzma import LZMAError
except ImportError:  # a Python built without it unpacks no such member
    LZMAError = zipfile.BadZipFile  # type: ignore[assignment,misc]

DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, zlib.error, LZMAError, OSError, EOFError, ValueError, RuntimeError, LookupError, TypeError,
    AttributeError, SyntaxError, ExpatError,
)  # fmt: skip
"""What the libraries that read zip archives and XML in them raise for damaged ones."""

_SMALL = 1024 * 1024


def parse(data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Article | Failure]:
    """Yield the articles and failures of every member, sorted by name. Raises ReadError when the archive is refused
    whole.
    """
    members = Members(data, origin, limits)
    for number in range(len(members)):
        yield from members.outcomes(number)


class Members:
    """The members of an archive that may hold articles, sorted by name; none is unpacked before it is asked for."""

    def __init__(self, data: bytes, origin: Origin, limits: ReadLimits) -> None:
        """Open the archive. Raises ReadError when it is refused whole."""
        self._archive = opened(data, limits)
        self._origin, self._limits = origin, limits
        files = [info for info in self._archive.infolist() if not _is_passed_over(info.filename)]
        self._files = sorted(files, key=lambda info: info.filename)
        if not files:
            raise ReadError("no article files in the archive")

    def __len__(self) -> int:
        return len(self._files)

    def source(self, number: int) -> str:
        """Return where the articles of a member come from: the archive's path, `#` and the name in the archive."""
        return f"{self._origin.source}#{one_line(self._files[number].filename)}"

    def outcomes(self, number: int) -> Iterator[Article | Failure]:
        """Yield what a member holds; whatever goes wrong becomes a failure of this member."""
        return guarded(self._parsed(number), self.source(number))

    def _parsed(self, number: int) -> Iterator[Article | Failure]:
        info = self._files[number]
        inner = Origin(self.source(number), PurePosixPath(one_line(info.filename)).name or "member")
        content = member_bytes(self._archive, info, self._limits)
        kind = kind_of(content[:HEAD_BYTES], inner.name)
        if kind == "zip":
            raise ReadError("an archive inside an archive is not opened; unpack it first")
        yield from parsed(kind, content, inner, self._limits)


def opened(data: bytes, limits: ReadLimits) -> zipfile.ZipFile:
    """Return the archive after checking what it claims to hold against the limits. Raises ReadError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE as error:
        raise ReadError(f"the archive is damaged ({' '.join(str(error).split())[:100]})") from error
    members = archive.infolist()
    if len(members) > limits.max_members:
        raise ReadError(f"{len(members)} members are over the limit of {limits.max_members}")
    unpacked = sum(info.file_size for info in members)
    if unpacked > limits.max_unpacked_bytes:
        raise ReadError(f"it unpacks to {unpacked} bytes, over the limit of {limits.max_unpacked_bytes}")
    if unpacked > _SMALL and unpacked > limits.max_ratio * max(len(data), 1):
        raise ReadError(
            f"it unpacks to {unpacked // max(len(data), 1)} times its size, over the limit of {limits.max_ratio}"
        )
    return archive


def member_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ReadLimits) -> bytes:
    """Return the content of one member, counted while it unpacks. Raises ReadError."""
    if info.flag_bits & 0x1:
        raise ReadError("it is encrypted; unpack it with its password first")
    try:
        with archive.open(info) as stream:
            content = stream.read(limits.max_file_bytes + 1)
    except DAMAGE as error:
        raise ReadError(f"it is damaged or packed in an unknown way ({' '.join(str(error).split())[:100]})") from error
    if len(content) > limits.max_file_bytes:
        raise ReadError(f"it unpacks to more than the limit of {limits.max_file_bytes} bytes for one file")
    return content


def _is_passed_over(name: str) -> bool:
    if name.endswith("/"):  # a folder; `is_dir` takes it that every member has a name
        return True
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in path.parts)
    return hidden or is_passed_over(path.name)
