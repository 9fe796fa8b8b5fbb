"""Quotations: what a claim puts between quotation marks must stand in the evidence, word for word.

Compared after normalising marks, dashes, case and white space. An ellipsis may leave words out and `[brackets]` may put
words in, but the pieces must follow one another in one evidence span. Single quotation marks count only where they
cannot be apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.verification.findings import Finding
from rag.verification.words import folded, normalised

_QUOTED = re.compile(r"\"([^\"]+)\"|(?<!\w)'(?=\w)([^'\"]*?(?:\w'\w[^'\"]*?)*)(?<=[\w.,!?])'(?!\w)")
_GAP = re.compile(r"\.\.\.|\[[^\]]*\]")
_NOT_WORDS = re.compile(r"[^\w%$£€]+")


def quotations(text: str) -> list[str]:
    """Return what stands between quotation marks in a text, normalised."""
    found = ("".join(groups).strip() for groups in _QUOTED.findall(normalised(text)))
    return [quote for quote in found if any(c.isalnum() for c in quote)]


def check_quotes(claim: str, evidence: Sequence[str]) -> list[Finding]:
    """Return a finding for each quotation of the claim that no evidence span contains."""
    quotes = quotations(claim)
    if not quotes:
        return []
    spans = [_plain(span) for span in evidence]
    return [
        Finding("missing", f"the quotation “{_short(quote)}” is not in the evidence")
        for quote in quotes
        if not any(_pieces_follow(quote, span) for span in spans)
    ]


def _pieces_follow(quote: str, span: str) -> bool:
    position = 0
    for piece in filter(None, (_plain(part).strip() for part in _GAP.split(quote))):
        at = span.find(f" {piece} ", position)
        if at < 0:
            return False
        position = at + len(piece)
    return True


def _plain(text: str) -> str:
    return f" {_NOT_WORDS.sub(' ', folded(normalised(text))).strip()} "


def _short(quote: str) -> str:
    return quote if len(quote) <= 60 else quote[:57] + "..."
