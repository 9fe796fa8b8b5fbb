"""RSS and Atom files → one article an item, by feedparser; other XML → its words.

An item's text is its longest content or summary. Its outlet is the feed's title. An item with a title and a link only
is a failure: there is nothing to cite. The feed is given to feedparser as bytes, so that it never fetches anything.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from rag.errors import ReadError
from rag.readers.assembly import article, metadata_of
from rag.readers.furniture import strip_furniture
from rag.readers.html import decode_markup
from rag.readers.markup import paragraphs_of
from rag.readers.origin import Failure, Origin, digest
from rag.records import Article, Metadata

_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse(data: bytes, origin: Origin) -> Iterator[Article | Failure]:
    """Yield an article or a failure for each item of a feed. Raises ReadError when there is none."""
    import feedparser

    text = _PROLOG.sub("", decode_markup(data, origin.charset).text)
    feed = feedparser.parse(io.BytesIO(text.encode()), resolve_relative_uris=False)
    if not feed.entries and not feed.get("version"):
        yield article(origin, paragraphs_of(text), Metadata())
        return
    if not feed.entries:
        raise ReadError("the feed has no items")
    for number, entry in enumerate(feed.entries, 1):
        try:
            yield _item(entry, feed.feed, origin)
        except ReadError:
            yield Failure(
                origin.source,
                f"item {number}: no text, only {entry.get('title') or entry.get('link') or 'an empty item'!r}"[:200],
            )


def _item(entry: Any, feed: Any, origin: Origin) -> Article:
    bodies = [part.get("value") or "" for part in entry.get("content", [])] + [entry.get("summary") or ""]
    paragraphs = paragraphs_of(max(bodies, key=len))
    key = entry.get("id") or entry.get("link") or f"{entry.get('title')} {bodies}"
    item_id = f"{origin.stem}-{digest(key)}"
    stated = {
        "title": " ".join(paragraphs_of(entry.get("title") or "")),
        "author": entry.get("author"),
        "outlet": (entry.get("source") or {}).get("title") or feed.get("title"),
        "published": entry.get("published"),
        "url": entry.get("link"),
        "language": entry.get("language") or feed.get("language"),
    }
    return article(
        origin.part(item_id), strip_furniture(paragraphs, is_main_content=True).paragraphs, metadata_of(stated), item_id
    )
