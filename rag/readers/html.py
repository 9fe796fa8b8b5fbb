"""Saved and fetched web pages → one article: main content by trafilatura, metadata by what the page declares.

The text of the page's main content passes the furniture reader too, which knows share bars and newsletter boxes that
sit inside it. The headline is metadata and not repeated in the text. A short page without menus, forms or scripts is
no news page and is taken whole, headline and all; so is one where trafilatura finds nothing. The publication date is
one the page declares (JSON-LD, meta, `time`), or that htmldate finds without searching the text; a date in running
text is never taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag.errors import ReadError
from rag.readers.assembly import article
from rag.readers.canonical import one_line
from rag.readers.decoding import Decoded, decode
from rag.readers.furniture import strip_furniture
from rag.readers.markup import paragraphs_of
from rag.readers.origin import Origin
from rag.readers.pagemeta import declared_metadata
from rag.records import Article

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)|<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>|<!doctype[^>]*>", re.IGNORECASE)
_BULLET = re.compile(r"^[-–•*|]\s+")
_PAGE_PARTS = (
    "//nav | //aside | //footer | //form | //article | //iframe | //script[@src] | //div[contains(@class, 'menu')]"
)
_WHOLE_PAGE_WORDS = 400


def parse(data: bytes, origin: Origin) -> Iterator[Article]:
    """Yield the one article of a web page. Raises ReadError when there is no text in it."""
    text = decode_markup(data, origin.charset).text
    tree = _tree(text)
    metadata = declared_metadata(tree, origin.url)
    yield article(origin, _main_content(text, tree, metadata.title), metadata)


def decode_markup(data: bytes, charset: str | None) -> Decoded:
    """Return the text of HTML or XML by its mark, its transport's charset, or the encoding it declares."""
    match = _DECLARED.search(data[:4096].replace(b"\\x00", b""))
    declared = (match[1] or match[2]).decode("ascii", "replace") if match else None
    if declared and declared.lower().startswith(("utf-16", "utf-32")):
        declared = "utf-8"
    return decode(data, charset or declared)


def _tree(text: str) -> Any:
    from trafilatura import load_html

    tree = load_html(text)
    if tree is None:
        tree = load_html(f"<html><body>{_PROLOG.sub('', text)}</body></html>")
    if tree is None:
        raise ReadError("no HTML that can be read")
    return tree


def _main_content(text: str, tree: Any, title: str | None) -> list[str]:
    """Return the paragraphs of the main content; all of a short page that has no menu, and of a page where none is
    found.
    """
    from trafilatura import extract

    found = extract(text, include_comments=False, include_tables=True, with_metadata=False) or ""
    paragraphs = list(filter(None, (_BULLET.sub("", line).strip(" |") for line in found.split("\n"))))
    if not paragraphs or not tree.xpath(_PAGE_PARTS):
        whole = paragraphs_of(text)
        if not paragraphs:
            return list(strip_furniture(whole).paragraphs)
        if len(" ".join(whole).split()) <= _WHOLE_PAGE_WORDS:
            return whole
    return _without_title(strip_furniture(paragraphs, is_main_content=True).paragraphs, title)


def _without_title(paragraphs: Sequence[str], title: str | None) -> list[str]:
    """Return the paragraphs below the headline, where it stands among the first three."""
    wanted = _letters(title or "")
    for i, paragraph in enumerate(paragraphs[:3]):
        if wanted and _letters(paragraph) == wanted and len(paragraphs) > i + 1:
            return list(paragraphs[i + 1 :])
    return list(paragraphs)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, one_line(text).casefold()))
