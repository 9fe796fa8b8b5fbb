"""Turns words from articles and people into text that is safe inside a page, a link or a Markdown file.

Nothing that was read from a corpus, typed by a person or kept by a browser reaches a page except through `esc`, and
nothing becomes a link except through `safe_url`. Knows nothing of records, pages or Gradio.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date, datetime
from urllib.parse import urlsplit

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_URL = re.compile(r"[!-~]+", re.ASCII)
_MARKDOWN = re.compile(r"([\\`*_\[\]()<>!#|~&])")
_WORD = re.compile(r"\w+")


def esc(text: str) -> str:
    """Escape text for HTML content and quoted attributes; control and direction-changing characters are dropped."""
    return html.escape(_HIDDEN.sub("", text), quote=True)


def verbatim(text: str) -> str:
    """Escape quoted text for HTML and keep every character of it, so that what is marked equals the stored span."""
    return html.escape(text, quote=True)


def plain(text: str) -> str:
    """Return one line of text: white space folded, control and direction-changing characters dropped."""
    return " ".join(_HIDDEN.sub("", text).split())


def markdown(text: str) -> str:
    """Return one line of text in which no character means anything in Markdown, so that no link or image can form."""
    return _MARKDOWN.sub(r"\\\1", plain(text))


def safe_url(url: str | None) -> str | None:
    """Return the URL if it is a plain http(s) one that a reader can judge by its look, else None.

    Refused: other schemes, user names, hosts outside ASCII (look-alike letters), white space and control characters.
    """
    if not url or len(url) > 2000 or not _URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "\\" in url:
        return None
    return url


def site(url: str) -> str:
    """Return the host of a URL without `www.`, to show beside a link."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def day(published: str | None) -> str | None:
    """Return a stored date as people write it (`8 January 2026`), or as it stands when it is no ISO 8601 date."""
    if not published:
        return None
    try:
        moment = date.fromisoformat(published) if len(published) == 10 else datetime.fromisoformat(published).date()
    except ValueError:
        return published
    return f"{moment.day} {moment:%B %Y}"


def words(text: str) -> frozenset[str]:
    """Return the lower-case words of four letters or more, for telling how alike two short texts are."""
    return frozenset(w for w in _WORD.findall(unicodedata.normalize("NFC", text).casefold()) if len(w) > 3)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters of one line, cut at a word with an ellipsis."""
    line = plain(text)
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"


def plural(count: int, noun: str) -> str:
    """Return `1 article`, `2 articles`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
