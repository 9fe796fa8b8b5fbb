"""Where a passage holds what was cited and what gold looks like: its text cut into pieces to be marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

_KINDS = ("", "evidence", "answer", "both")
_MAX_CHARS = 900


def highlighted(
    hit: Mapping[str, Any], citations: Iterable[Mapping[str, Any]], golds: Sequence[str]
) -> list[tuple[str, str]]:
    """Return (kind, piece) in order; joined, the pieces are the hit's text, cut at 900 characters.

    `kind` is empty, `evidence` (cited), `answer` (spelled like a gold answer) or `both`.
    """
    text = str(hit["text"])[:_MAX_CHARS]
    kinds = [0] * len(text)
    for citation in citations:
        if citation["article_id"] == hit["article_id"]:
            _mark(kinds, citation["start"] - hit["start"], citation["end"] - hit["start"], 1)
    for gold in golds:
        for match in re.finditer(re.escape(gold), text, re.IGNORECASE):
            _mark(kinds, match.start(), match.end(), 2)
    pieces, position = [], 0
    for kind, run in groupby(kinds):
        length = len(list(run))
        pieces.append((_KINDS[kind], text[position : position + length]))
        position += length
    return [*pieces, ("", " …")] if len(str(hit["text"])) > _MAX_CHARS else pieces


def _mark(kinds: list[int], start: int, end: int, bit: int) -> None:
    for position in range(max(start, 0), min(end, len(kinds))):
        kinds[position] |= bit
