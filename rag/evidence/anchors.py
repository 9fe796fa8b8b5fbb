"""The day of an event that one sentence tells and another dates: "That same day the mayor was arrested".

A sentence that counts its day from another ("the same day", "that night") is joined with the sentence it counts from:
the one before, if it holds a date, else one of the article that dates the same named event ("Operation Red Kite"). Both
are cited. Where the article gives the event several days, nothing is joined. Rules, no parser; English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from rag.evidence.candidates import Candidate
from rag.verification.dates import Date, dates_in
from rag.verification.words import folded, words_of

_SAME_DAY = re.compile(
    r"\b(?:(?:that|the|this) (?:very )?same|that|that very) (?:day|night|morning|evening)\b", re.IGNORECASE
)
_EVENT = re.compile(
    r"[“\"«](?P<quoted>[A-Z][^“”\"«»]{2,60}?)[,.]?[”\"»]"
    r"|\b(?P<named>(?:[Oo]peration|[Hh]urricane|[Tt]yphoon|[Cc]yclone|[Ss]torm|[Bb]attle of|[Tt]reaty of) [A-Z][\w-]+)"
)


def anchored(found: Sequence[Candidate]) -> list[Candidate]:
    """Return the sentences that count their day from another one, each joined with the sentence that gives the day."""
    joined = []
    for candidate in found:
        if _SAME_DAY.search(candidate.text) and not _days_of(candidate.text):
            anchor = _anchor_of(candidate, [c for c in found if _article(c) == _article(candidate)])
            if anchor:
                joined.append(replace(candidate, text=f"{anchor.text} {candidate.text}", anchor=anchor))
    return joined


def _anchor_of(candidate: Candidate, article: Sequence[Candidate]) -> Candidate | None:
    """Return the sentence that dates the day that a sentence counts from."""
    for other in article:
        if other.text == candidate.before and len(_days_of(other.text)) == 1:
            return other
    events = _events_of(candidate.before) | _events_of(candidate.text)
    dated = [c for c in article if len(_days_of(c.text)) == 1 and not events.isdisjoint(_events_of(c.text))]
    return dated[0] if len({day for c in dated for day in _days_of(c.text)}) == 1 else None


def _article(candidate: Candidate) -> str:
    return candidate.hit.passage.article_id


@lru_cache(maxsize=20_000)
def _days_of(text: str) -> frozenset[Date]:
    """Return the days that a text gives with their month."""
    return frozenset(d.date for d in dates_in(words_of(text)) if d.date.month and d.date.day)


def _events_of(text: str) -> set[str]:
    found = {match["quoted"] or match["named"].split(" ", 1)[-1] for match in _EVENT.finditer(text)}
    return {folded(name.removeprefix("of ")) for name in found}
