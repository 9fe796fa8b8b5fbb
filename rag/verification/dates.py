"""Dates: partial ones agree with fuller ones, a different day, month, weekday or year is a conflict.

Reads English forms (`3 January 2026`, `Jan. 3`, `January 2026`, `2026-01-03`, `Saturday`, `the 1990s`). A weekday
follows from a full date. Relative words such as "yesterday" are compared as words elsewhere: this module knows no
publication date and takes no year from context.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.verification.findings import Finding
from rag.verification.words import Word, words_of

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH_NAMES = " January February March April May June July August September October November December".split(" ")
_DAY_NAMES = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_WEEKDAYS = {name: i for i, day in enumerate(_DAY_NAMES) for name in (day.lower(), day.lower() + "s")}
_AMBIGUOUS = frozenset(("may", "march", "mar", "jan", "jun", "sep", "apr", "dec"))
_BEFORE_MONTH = frozenset(
    "in since until till by of from during last next this early late mid through before after every to and - on".split()
)
_BEFORE_AMOUNT = frozenset(("$", "£", "€", "than", "about", "nearly", "almost", "roughly", "some", "least", "only"))
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_SUFFIXES = ("st", "nd", "rd", "th")


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as the text gives it; what it does not give is None. `decade` marks `the 1990s`."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    decade: bool = False

    def __str__(self) -> str:
        parts = (
            None if self.weekday is None else _DAY_NAMES[self.weekday],
            None if self.day is None else str(self.day),
            None if self.month is None else _MONTH_NAMES[self.month],
            None if self.year is None else f"{self.year}s" if self.decade else str(self.year),
        )
        return " ".join(part for part in parts if part)

    @property
    def implied_weekday(self) -> int | None:
        """Return the weekday, given or computed from a full date."""
        if self.weekday is None and self.year and self.month and self.day:
            try:
                return datetime.date(self.year, self.month, self.day).weekday()
            except ValueError:
                return None
        return self.weekday


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and the half-open range of word indexes it was read from."""

    date: Date
    first: int
    end: int


def dates_in(words: Sequence[Word]) -> list[Dated]:
    """Return the dates among the words, in order."""
    found: list[Dated] = []
    i = 0
    while i < len(words):
        dated = _date_at(words, i)
        if dated is None:
            i += 1
        else:
            found.append(dated)
            i = dated.end
    return found


def is_date_word(word: Word) -> bool:
    """Say whether a word names a month or a weekday."""
    return word.text.lower() in _MONTHS or word.text.lower() in _WEEKDAYS


def check_dates(claim: str, evidence: Sequence[str]) -> list[Finding]:
    """Return a finding for each date of the claim that no date of the evidence agrees with."""
    claimed = [d.date for d in dates_in(words_of(claim))]
    if not claimed:
        return []
    known = [d.date for span in evidence for d in dates_in(words_of(span))]
    numbers = {word.text for span in evidence for word in words_of(span) if word.text[0].isdecimal()}
    return [finding for date in claimed if (finding := _checked(date, known, numbers))]


def _checked(date: Date, known: Sequence[Date], numbers: set[str]) -> Finding | None:
    if any(_agree(date, other) and _covers(date, other) for other in known):
        return None
    if date.year and not date.month and str(date.year) in numbers:
        return None
    partial = [other for other in known if _agree(date, other) and _shared(date, other)]
    if partial:
        if _covered_jointly(date, known):
            return None
        return Finding("weak", f"the evidence gives the date only as {partial[0]}, not as {date}")
    rivals = [other for other in known if _shared(date, other)]
    if rivals:
        return Finding("conflict", f"the evidence says {rivals[0]}, not {date}")
    return Finding("missing", f"the date {date} is not in the evidence")


def _agree(date: Date, other: Date) -> bool:
    if date.decade or other.decade:
        years_agree = not (date.year and other.year) or date.year // 10 == other.year // 10
    else:
        years_agree = not (date.year and other.year) or date.year == other.year
    weekday, other_weekday = date.implied_weekday, other.implied_weekday
    return (
        years_agree
        and (date.month is None or other.month is None or date.month == other.month)
        and (date.day is None or other.day is None or date.day == other.day)
        and (weekday is None or other_weekday is None or weekday == other_weekday)
    )


def _covers(date: Date, other: Date) -> bool:
    return (
        (date.year is None or (other.year is not None and (date.decade or not other.decade)))
        and (date.month is None or other.month is not None)
        and (date.day is None or other.day is not None)
        and (date.weekday is None or other.implied_weekday is not None)
    )


def _shared(date: Date, other: Date) -> bool:
    return bool(
        (date.year and other.year)
        or (date.month and other.month)
        or (date.day and other.day)
        or (date.weekday is not None and other.implied_weekday is not None)
    )


def _covered_jointly(date: Date, known: Sequence[Date]) -> bool:
    agreeing = [other for other in known if _agree(date, other)]
    return (
        (date.year is None or any(o.year and (date.decade or not o.decade) for o in agreeing))
        and (date.month is None or any(o.month for o in agreeing))
        and (date.day is None or any(o.day and o.month == date.month for o in agreeing))
        and (date.weekday is None or any(o.implied_weekday is not None for o in agreeing))
    )


def _date_at(words: Sequence[Word], i: int) -> Dated | None:
    return _iso(words, i) or _weekday_first(words, i) or _calendar_day(words, i) or _year(words, i)


def _iso(words: Sequence[Word], i: int) -> Dated | None:
    texts = [word.text for word in words[i : i + 5]]
    if len(texts) == 5 and texts[1] == texts[3] == "-" and _YEAR.fullmatch(texts[0]):
        month, day = texts[2], texts[4]
        if month.isdecimal() and day.isdecimal() and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return Dated(Date(int(texts[0]), int(month), int(day)), i, i + 5)
    return None


def _weekday_first(words: Sequence[Word], i: int) -> Dated | None:
    weekday = _WEEKDAYS.get(words[i].text.lower()) if words[i].text[0].isupper() else None
    if weekday is None:
        weekday = _WEEKDAYS.get(words[i].text.lower()) if words[i].text.lower() not in ("sun", "sat") else None
    if weekday is None:
        return None
    at = i + 1
    while at < len(words) and at < i + 3 and words[at].text.lower() in (",", "the"):
        at += 1
    rest = _calendar_day(words, at) if at < len(words) else None
    if rest and rest.date.day:
        return Dated(Date(rest.date.year, rest.date.month, rest.date.day, weekday), i, rest.end)
    return Dated(Date(weekday=weekday), i, i + 1)


def _calendar_day(words: Sequence[Word], i: int) -> Dated | None:
    """Read `3 January`, `3rd of January`, `January 3`, `January`, each with or without a year."""
    day, at = _day(words, i)
    if day is not None:
        if at < len(words) and words[at].text.lower() == "of":
            at += 1
        month = _month(words, at, known_date=True)
        if month is None:
            return None
        at += 1
    else:
        month = _month(words, i, known_date=False)
        if month is None:
            return None
        at = _skip(words, i + 1, ".")
        day, after = _day(words, at)
        if day is not None:
            at = after
    at = _skip(words, at, ".")
    year_at = _skip(words, at, ",")
    if year_at < len(words) and _YEAR.fullmatch(words[year_at].text):
        return Dated(Date(int(words[year_at].text), month, day), i, year_at + 1)
    return Dated(Date(month=month, day=day), i, at)


def _day(words: Sequence[Word], i: int) -> tuple[int | None, int]:
    if i < len(words) and words[i].text.isdecimal() and len(words[i].text) <= 2 and 1 <= int(words[i].text) <= 31:
        has_suffix = i + 1 < len(words) and words[i + 1].text.lower() in _SUFFIXES
        return int(words[i].text), i + 2 if has_suffix else i + 1
    return None, i


def _month(words: Sequence[Word], i: int, *, known_date: bool) -> int | None:
    if i >= len(words):
        return None
    text = words[i].text
    month = _MONTHS.get(text.lower())
    if month is None or (known_date and (text[0].isupper() or text != "may")):
        return month
    if text.lower() not in _AMBIGUOUS and (text[0].isupper() or len(text) > 4):
        return month
    following = words[_skip(words, i + 1, ".")].text if _skip(words, i + 1, ".") < len(words) else ""
    if following.isdecimal():
        return month
    return month if text[0].isupper() and i > 0 and words[i - 1].text.lower() in _BEFORE_MONTH else None


def _year(words: Sequence[Word], i: int) -> Dated | None:
    text = words[i].text
    if not _YEAR.fullmatch(text):
        return None
    before = words[i - 1].text.lower() if i else ""
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    if before in _BEFORE_AMOUNT or (int(text) < 1900 and len(following) > 3 and following.endswith("s")):
        return None
    glued = i + 1 < len(words) and words[i + 1].start == words[i].start + len(text)
    if glued and following == "s":
        return Dated(Date(int(text), decade=True), i, i + 2)
    if following == "-" and i + 2 < len(words) and words[i + 2].text.isdecimal() and len(words[i + 2].text) == 2:
        return Dated(Date(int(text)), i, i + 3)
    return Dated(Date(int(text)), i, i + 1)


def _skip(words: Sequence[Word], i: int, mark: str) -> int:
    return i + 1 if i < len(words) and words[i].text == mark else i
