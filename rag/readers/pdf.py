"""PDF → one article, by pypdfium2 (PDFium). Lines become paragraphs again; running heads and page numbers are dropped.

Title and author are the document's own properties unless a program filled them in; its dates are of the file and not
taken. A scan without a text layer is refused: there is no character recognition here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.errors import ReadError
from rag.readers.assembly import article, tidy
from rag.readers.origin import Origin
from rag.readers.plain import paragraphs_in
from rag.records import Article, Metadata

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_HYPHEN_BREAK = re.compile("(?:[\ufffe\u00ad\x02]|(?<=[a-z])-)[ \t]*\r?\n(?=[a-zà-ÿ])|[\ufffe\x02]")
_DIGITS = re.compile(r"\d+")
_PROGRAM_TITLE = re.compile(
    r"(?i)(?:microsoft (?:word|powerpoint) - .*|untitled.*|document\d*|title|\W*"
    r"|.*\.(?:docx?|pdf|indd|qxd|tex|rtf|odt|pptx?|xlsx?))"
)
_EDGE_LINES = 2
_LONGEST_RUNNING_HEAD = 100


def parse(data: bytes, origin: Origin) -> Iterator[Article]:
    """Yield the one article of a PDF. Raises ReadError when it is encrypted, damaged or has no text."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        secret = "password" in str(error).lower()
        raise ReadError("it needs a password" if secret else "the PDF is damaged") from error
    try:
        pages = [_page_lines(document, number) for number in range(len(document))]
        stated = {name: tidy(document.get_metadata_value(name)) for name in ("Title", "Author")}
    finally:
        document.close()
    text = "\n\n".join("\n".join(lines) for lines in _without_running_heads(pages))
    paragraphs = paragraphs_in(text, is_ragged=True)
    if not paragraphs:
        raise ReadError("no text in it; a scan needs character recognition (OCR) first")
    title = stated["Title"] if stated["Title"] and not _PROGRAM_TITLE.fullmatch(stated["Title"]) else None
    yield article(origin, paragraphs, Metadata(title=title, author=stated["Author"]))


def _page_lines(document: PdfDocument, number: int) -> list[str]:
    """Return the lines of one page, words that were broken at line ends joined."""
    import pypdfium2

    try:
        text = document[number].get_textpage().get_text_bounded()
    except pypdfium2.PdfiumError:
        return []
    return _HYPHEN_BREAK.sub("", text).replace("\r\n", "\n").split("\n")


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Return the pages without the lines that stand at the top or bottom of most of them; digits count as equal."""
    if len(pages) < 3:
        return pages
    edges = Counter(
        key for lines in pages for key in {_running_key(line) for line in [*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:]]}
    )
    running = {key for key, count in edges.items() if key and count >= max(3, 0.6 * len(pages))}
    return [
        [line for i, line in enumerate(lines) if not (_is_edge(i, lines) and _running_key(line) in running)]
        for lines in pages
    ]


def _is_edge(i: int, lines: list[str]) -> bool:
    return i < _EDGE_LINES or i >= len(lines) - _EDGE_LINES


def _running_key(line: str) -> str:
    return _DIGITS.sub("0", line.strip()) if len(line) <= _LONGEST_RUNNING_HEAD else ""
