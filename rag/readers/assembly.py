"""Named fields → `Article`: which names mean what, the id, and the rule that an empty text is an error.

The one place that knows the accepted names (front matter, CSV columns, JSON keys), compared without case:
`id` · `title headline` · `text body content article_text full_text` · `outlet source publisher site sitename` ·
`published date published_at pubdate` · `url link` · `author authors byline` · `language lang`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rag.errors import ReadError
from rag.readers.canonical import canonical, one_line
from rag.readers.dates import iso_date
from rag.readers.origin import Origin, declared_id
from rag.records import Article, Metadata

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "article_id"),
    "title": ("title", "headline"),
    "text": ("text", "body", "content", "article_text", "full_text"),
    "outlet": ("outlet", "source", "publisher", "site", "sitename"),
    "published": ("published", "date", "published_at", "pubdate", "publication_date"),
    "url": ("url", "link"),
    "author": ("author", "authors", "byline"),
    "language": ("language", "lang"),
}
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_][a-z0-9_-]*)?", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_LONGEST_FIELD = 1000


def field(row: Mapping[str, Any], name: str) -> str | None:
    """Return the first filled value of `row` under any spelling of `name`, as text; lists are joined by commas."""
    lowered = {str(key).strip().lower(): value for key, value in row.items() if key is not None}
    for spelling in NAMES[name]:
        value = lowered.get(spelling)
        if isinstance(value, list):
            value = ("\n\n" if name == "text" else ", ").join(
                str(part) for part in value if part and isinstance(part, (str, int, float))
            )
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return None


def metadata_of(row: Mapping[str, Any]) -> Metadata:
    """Return what `row` states about its article; what it does not state, or states unreadably, is None."""
    url = tidy(field(row, "url"))
    return Metadata(
        title=tidy(field(row, "title")),
        outlet=tidy(field(row, "outlet")),
        author=tidy(field(row, "author")),
        published=iso_date(field(row, "published")),
        url=url if url and _WEB_ADDRESS.fullmatch(url) else None,
        language=language_code(field(row, "language")),
    )


def tidy(value: str | None) -> str | None:
    """Return a metadata value on one line, or None when nothing is left of it."""
    return one_line(value)[:_LONGEST_FIELD].rstrip() or None if value else None


def language_code(value: str | None) -> str | None:
    """Return the ISO 639-1 code that a language tag (`en`, `pt-BR`) begins with, or None."""
    match = _LANGUAGE.fullmatch(value.strip()) if value else None
    return match[1].lower() if match else None


def article(origin: Origin, paragraphs: Iterable[str], metadata: Metadata, article_id: str | None = None) -> Article:
    """Return the article; its id is the declared one or the file's stem. Raises ReadError when no text is left."""
    text = canonical(paragraphs)
    if not text:
        raise ReadError("no article text in it")
    return Article(declared_id(article_id or "") or origin.stem, text, metadata, origin.source)
