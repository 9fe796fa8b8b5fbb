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

from rag.errors import ReadError
from rag.readers.canonical import one_line
from rag.readers.kinds import HEAD_BYTES, is_passed_over, kind_of
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.records import Article

_SMALL = 1024 * 1024


def parse(data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Article | Failure]:
    """Yield the articles and failures of every member, sorted by name. Raises ReadError when the archive is refused
    whole.
    """
    from rag.readers.reading import parsed

    archive = opened(data, limits)
    members = [info for info in archive.infolist() if not info.is_dir() and not _is_passed_over(info.filename)]
    if not members:
        raise ReadError("no article files in the archive")
    for info in sorted(members, key=lambda member: member.filename):
        name = one_line(info.filename)
        inner = Origin(f"{origin.source}#{name}", PurePosixPath(name).name or "member")
        try:
            content = member_bytes(archive, info, limits)
            kind = kind_of(content[:HEAD_BYTES], inner.name)
            if kind == "zip":
                raise ReadError("an archive inside an archive is not opened; unpack it first")
            yield from parsed(kind, content, inner, limits)
        except ReadError as error:
            yield Failure(inner.source, str(error))


def opened(data: bytes, limits: ReadLimits) -> zipfile.ZipFile:
    """Return the archive after checking what it claims to hold against the limits. Raises ReadError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
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
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ReadError(f"it is damaged or packed in an unknown way ({' '.join(str(error).split())[:100]})") from error
    if len(content) > limits.max_file_bytes:
        raise ReadError(f"it unpacks to more than the limit of {limits.max_file_bytes} bytes for one file")
    return content


def _is_passed_over(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in path.parts)
    return hidden or is_passed_over(path.name)
