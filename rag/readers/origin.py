"""What travels inside this room besides articles: where bytes come from, how much is read, what failed.

Knows no format. Every parser here is a pure function of bytes (or a byte stream) and an `Origin`, so that it can be run
in a process of its own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

_MIB = 1024 * 1024
_UNSAFE = re.compile(r"[^\w.-]+")
_UNSAFE_DECLARED = re.compile(r"[^\S]+|[\x00-\x1f\x7f-\x9f]+")
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One file, URL, row or member that could not be read: `path` as given, `error` one line with the cause."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much may be read. `max_file_bytes` bounds a file parsed as a whole, `max_table_bytes` one that is streamed.

    `max_unpacked_bytes`, `max_members` and `max_ratio` (unpacked : packed) bound archives, also DOCX and EPUB;
    `timeout_s`, `max_redirects` and `allow_private_addresses` bear on URLs only.
    """

    max_file_bytes: int = 50 * _MIB
    max_table_bytes: int = 2048 * _MIB
    max_articles: int = 1_000_000
    max_unpacked_bytes: int = 500 * _MIB
    max_members: int = 10_000
    max_ratio: int = 200
    timeout_s: float = 20.0
    max_redirects: int = 5
    allow_private_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes come from: the canonical `source`, the file's `name`, and what the transport declared about them."""

    source: str
    name: str
    charset: str | None = None
    url: str | None = None

    @property
    def stem(self) -> str:
        """Return the id an article gets when it declares none: the file's name without its suffix, made safe."""
        return safe_id(PurePosixPath(self.name).stem) or digest(self.source)

    def part(self, part_id: str) -> Origin:
        """Return the origin of one article of a file that holds many: `source#id`."""
        return Origin(f"{self.source}#{part_id}", self.name, self.charset, self.url)


def safe_id(text: str) -> str:
    """Return `text` with every run outside letters, digits, `_`, `.` and `-` turned into one `-`."""
    return _UNSAFE.sub("-", text).strip("-")[:_LONGEST_ID]


def declared_id(text: str) -> str:
    """Return an id that an article declares itself: kept as it is, blanks and control characters turned into `-`."""
    return _UNSAFE_DECLARED.sub("-", text.strip()).strip("-")[:_LONGEST_ID]


def digest(text: str) -> str:
    """Return ten hex digits that stand for `text` in an id."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
