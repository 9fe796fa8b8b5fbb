"""Dates: when something happened. A weekday or a day without a year is resolved by the day of publication.

A fuller date agrees with a partial one; different days, months or stated years do not. Dates are read as in
`rag.verification.dates`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rag.disagreement.statements import Kind, Place, Statement, Value, nearness
from rag.verification.dates import Date, dates_in
from rag.verification.words import Word

_LEAST_FIT = 0.25
_AHEAD = re.compile(r"\b(?:will|next|coming|to be|is set)\b", re.IGNORECASE)
_ASKING = frozenset("year date day month time take place".split())


@dataclass(frozen=True, slots=True)
class Day:
    """A day as far as it is known; what is not known is None."""

    year: int | None
    month: int | None
    day: int | None


class Days:
    """Reads the date a question asks for."""

    kind: Kind = "value"

    def __init__(self, question: str, terms: Sequence[Word]) -> None:
        self._terms = [
            t for t in terms if t.text.lower() not in ("year", "date", "day", "month", "time", "take", "place")
        ]
        self._year_asked = bool(re.search(r"\b(?:what|which) year\b", question, re.IGNORECASE))

    def read(self, place: Place) -> list[Value]:
        """Return the dates that stand near the question's words."""
        found = []
        for dated in dates_in(place.words):
            if dated.date.decade or (self._year_asked and not dated.date.year):
                continue
            day = resolved(dated.date, place)
            fit = nearness(place.words, dated.first, dated.end, self._terms)
            if day is not None and fit >= _LEAST_FIT:
                shown = " ".join(w.text for w in place.words[dated.first : dated.end]).replace(" ,", ",")
                unknown = sum(part is None for part in (day.year, day.month, day.day))
                found.append(Value(day, shown, fit, dated.first, unknown))
        return found

    def agree(self, one: Statement, other: Statement) -> bool | None:
        """Say whether no part of two dates differs; None when they share no part."""
        a, b = one.value.content, other.value.content
        parts = ((a.year, b.year), (a.month, b.month), (a.day, b.day))
        shared = [(x, y) for x, y in parts if x is not None and y is not None]
        if self._year_asked:
            shared = shared[:1]
        return all(x == y for x, y in shared) if shared else None

    def moves(self, earlier: Value, later: Value) -> bool:
        """Return False: a day that has passed does not change; a postponed one is told by its words."""
        return False


def resolved(stated: Date, place: Place) -> Day | None:
    """Return the day a date means in an article published on a known day; None for a weekday that nothing fixes."""
    if stated.month is not None or stated.year is not None:
        return Day(stated.year, stated.month, stated.day)
    if stated.weekday is None or place.published is None:
        return None
    back = (place.published.weekday() - stated.weekday) % 7
    day: date = place.published - timedelta(days=back)
    if _AHEAD.search(place.text):
        day = place.published + timedelta(days=(7 - back) % 7)
    return Day(day.year, day.month, day.day)
