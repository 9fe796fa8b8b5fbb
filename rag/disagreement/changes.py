"""Update or contradiction: does the later source report a newer state of the same thing?

It does when every source of one claim was published on a later day than every source of the other, and either the
thing is one that moves (a toll that grew, a prisoner who was released) or the words say so ("has risen to", "revised",
"no longer thought"). Different claims of one day, or of unknown days, contradict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from rag.disagreement.statements import Reading, Statement

_NEWER = re.compile(
    r"\b(?:rose|risen|rises|climb(?:ed|s)?|has reached|now|updat\w+|revis\w+|correct(?:ed|ion)|latest|no longer"
    r"|ruled out|initially|at first|earlier (?:reports?|count|toll|figures?)|previous(?:ly)?|first (?:thought|reports?)"
    r"|originally|new toll|further investigation|new evidence|after all|postponed|rescheduled|moved (?:to|from)|delayed"
    r"|overturned|since then)\b",
    re.IGNORECASE,
)
_PROVISIONAL = re.compile(
    r"\b(?:so far|at least|preliminary|(?:first|early) reports|initial\w*|feared)\b", re.IGNORECASE
)


def relation(claims: Sequence[Sequence[Statement]], reading: Reading) -> Literal["contradiction", "update"]:
    """Return how these claims relate; an update only if each is newer than the one before."""
    dated = [[s.place.published for s in claim] for claim in claims]
    if any(day is None for days in dated for day in days):
        return "contradiction"
    order = sorted(claims, key=lambda claim: min(s.place.published for s in claim if s.place.published))
    return "update" if all(_newer(a, b, reading) for a, b in pairwise(order)) else "contradiction"


def _newer(earlier: Sequence[Statement], later: Sequence[Statement], reading: Reading) -> bool:
    last = max(s.place.published for s in earlier if s.place.published)
    first = min(s.place.published for s in later if s.place.published)
    if last >= first:
        return False
    if reading.moves(earlier[0].value, later[0].value):
        return True
    return any(_NEWER.search(s.place.text) for s in later) or (
        reading.kind == "value" and any(_PROVISIONAL.search(s.place.text) for s in earlier)
    )
