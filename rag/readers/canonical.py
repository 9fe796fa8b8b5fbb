"""Text as articles store it: NFC, `\\n` line ends, each paragraph on one line, paragraphs apart by one blank line.

Removed for good, because they are invisible and so could hide words from the reader that the encoder sees: NUL and
control characters, lone surrogates, soft hyphens, zero-width spaces, bidi controls and tag characters. A zero-width
(non-)joiner stays behind a letter that needs it (Arabic, Indic, emoji). Visible characters are never changed except
by NFC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_STRAY_JOINER = re.compile("(?<![\u0590-\u1fff\u2190-\u2bff\u3000-\ufaff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+")
_BLANKS = re.compile(r"[^\S\n]+")
_PARAGRAPH_ENDS = re.compile(r"\n[^\S\n]*\n\s*|\u2029")


def cleaned(text: str) -> str:
    """Return `text` in NFC with `\\n` line ends and without invisible characters; lines and blanks are kept."""
    text = _LINE_ENDS.sub("\n", text)
    text = _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Return `text` cleaned and on one line, runs of blanks and line ends as one space: a title, a name, a
    paragraph.
    """
    return " ".join(cleaned(text).split())


def canonical(paragraphs: Iterable[str]) -> str:
    """Return the canonical text of paragraphs (headings are paragraphs too); empty ones vanish."""
    return "\n\n".join(filter(None, map(one_line, paragraphs)))


def split_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of text that marks them by blank lines."""
    return [line for part in _PARAGRAPH_ENDS.split(cleaned(text)) if (line := _BLANKS.sub(" ", part).strip())]
