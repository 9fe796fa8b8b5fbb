"""Plain text in any encoding → one article; scraped page furniture is dropped, what it states becomes metadata.

Paragraphs are told apart by blank lines; without them each line is one, unless the lines were wrapped at a fixed width,
which shows in that the next word would not have fitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rag.readers.assembly import article
from rag.readers.canonical import cleaned
from rag.readers.decoding import decode
from rag.readers.furniture import strip_furniture
from rag.readers.origin import Origin
from rag.records import Article, Metadata

_NARROWEST_WRAP, _WIDEST_WRAP_OF_FEW, _WIDEST_WRAP = 40, 100, 132


def parse(data: bytes, origin: Origin) -> Iterator[Article]:
    """Yield the one article of a text file. Raises ReadError when it is empty or binary."""
    page = strip_furniture(paragraphs_in(decode(data, origin.charset).text))
    metadata = Metadata(page.title, page.outlet, page.author, page.published, origin.url)
    yield article(origin, page.paragraphs, metadata)


def paragraphs_in(text: str, *, is_ragged: bool = False) -> list[str]:
    """Return the paragraphs of plain text, each on one line, hard-wrapped lines joined again.

    `is_ragged` says that lines were broken by width on paper, not by characters, as in a PDF.
    """
    paragraphs: list[str] = []
    block: list[str] = []
    for line in [*cleaned(text).replace("\u2029", "\n\n").split("\n"), ""]:
        if line.strip():
            block.append(" ".join(line.split()))
        elif block:
            paragraphs.extend(_unragged(block) if is_ragged else _unwrapped(block))
            block = []
    return paragraphs


def _unwrapped(lines: list[str]) -> list[str]:
    """Join the lines of one block where they were wrapped; otherwise every line is a paragraph."""
    width = max(map(len, lines))
    full = [len(line) + 1 + len(following.split(" ", 1)[0]) > width for line, following in pairwise(lines)]
    widest = _WIDEST_WRAP if sum(full) >= 3 else _WIDEST_WRAP_OF_FEW
    if not full or not _NARROWEST_WRAP <= width <= widest or sum(full) < 0.6 * len(full):
        return lines
    joined = [lines[0]]
    for line, was_full in zip(lines[1:], full, strict=True):
        if was_full:
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _unragged(lines: list[str]) -> list[str]:
    """Join lines of about equal length; a short line, or a sentence's end before a capital on a shorter one, ends a
    paragraph.
    """
    width = sorted(map(len, lines))[int(0.9 * (len(lines) - 1))]
    joined = [lines[0]]
    for previous, line in pairwise(lines):
        ends = previous.endswith((".", "!", "?", ":", "”", '"')) and line[:1].isupper()
        is_full = width >= _NARROWEST_WRAP // 2 and len(previous) >= (0.9 if ends else 0.75) * width
        if is_full or (line[:1].islower() and len(previous) >= 0.5 * width):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined
