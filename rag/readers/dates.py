"""Dates as people and machines write them → ISO 8601, or None. Never guesses.

A time is kept only with its offset (without one it means nothing elsewhere): otherwise the day alone is kept. A
numeric date that could be read two ways (`03/04/2026`) is unknown, and so is the time in a zone that several
countries call the same (`IST`). Relative dates (`2 hours ago`) are unknown. Month
names in the languages below are read by dateparser, which is loaded only when ISO 8601 and RFC 2822 do not fit.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib import import_module

_ISO_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*(?: ?(?:Z|[+-]\d{2}:?\d{2}))?)?")
_ISO_DAY = re.compile(r"(\d{4})(?:[-/.]|[年년] ?)(\d{1,2})(?:[-/.]|[月월] ?)(\d{1,2})(?:\b|[日일])")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{6}Z?)?")
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3}, ?)?\d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}.*")
_NUMERIC = re.compile(r"\b(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{4})\b")
_DAY = re.compile(r"(?<![\d:])(?:0?[1-9]|[12]\d|3[01])(?![\d:])")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MOST_WORDS = 8
_LANGUAGES = [
    "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "sv", "da", "nb", "fi", "cs", "tr", "ro", "hu", "el",
    "id", "ca", "hr", "bg", "vi", "ar", "he", "hi",
]  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_PREFIXING = ("he", "ar")
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d{2}(?!\d)")
_LONGEST_DATE = 80
_ZONES = re.compile(r"\b(?:Z|UTC|GMT|[ECMP][SD]T|CES?T|BST|MSK|JST|[+-]\d{2}:?\d{2})\b|[+-]\d{2}:?\d{2}\b")


def iso_date(value: str | date | datetime | None) -> str | None:
    """Return `value` as an ISO 8601 day, or as day, time and offset where it states all three; None when unreadable."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, date):
        return value.isoformat()
    text = " ".join(value.split()).strip(" .,|·•–-")
    if not text or len(text) > _LONGEST_DATE:
        return None
    found = _machine_date(text)
    return found if found is not None else _written_date(text)


def _machine_date(text: str) -> str | None:
    """Read ISO 8601 and RFC 2822."""
    try:
        if _ISO_LIKE.fullmatch(text):
            return _iso(datetime.fromisoformat(text)) if len(text) > 10 else date.fromisoformat(text).isoformat()
        if match := _COMPACT.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        if match := _ISO_DAY.match(text):
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        if _RFC_2822.fullmatch(text):
            return _iso(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None
    return None


def _written_date(text: str) -> str | None:
    """Read a date with a month name or an unambiguous numeric one; the year must be written out."""
    if not _YEAR.search(text):
        return None
    if match := _NUMERIC.search(text):
        return _numeric_date(int(match[1]), int(match[3]), int(match[4]), dotted=match[2] == ".")
    if not _DAY.search(text) or not 1 <= len(_LETTERS.findall(text)) <= _MOST_WORDS:
        return None
    languages = _languages_of(text)
    moment = _parsed(text, languages) if languages else None
    if moment is None or str(moment.year) not in text:
        return None
    return _iso(moment) if moment.tzinfo and _ZONES.search(text) else moment.date().isoformat()


def _languages_of(text: str) -> list[str]:
    """Return the languages in which a word of `text` names a month, English alone if it is one: asking dateparser for
    all of them takes twenty times as long.
    """
    months = _month_names()
    words = [word.casefold() for word in _LETTERS.findall(text)]
    found = {language for word in words for language in months.get(word, ())}
    if not found:  # a preposition may be written together with the month
        found = {
            language for word in words for language in _PREFIXING if word[1:] and language in months.get(word[1:], ())
        }
    return ["en"] if "en" in found else [language for language in _LANGUAGES if language in found]


@cache
def _month_names() -> dict[str, frozenset[str]]:
    """Return the languages of every month name that dateparser knows in the languages above."""
    names: dict[str, set[str]] = {}
    for language in ["en", *_LANGUAGES]:
        info = import_module(f"dateparser.data.date_translation_data.{language}").info
        for month in _MONTHS:
            for name in info[month]:
                for word in _LETTERS.findall(name.casefold()):
                    names.setdefault(word, set()).add(language)
    return {name: frozenset(languages) for name, languages in names.items()}


def _parsed(text: str, languages: list[str]) -> datetime | None:
    """Ask dateparser, which knows month names; all three parts must be written out."""
    from dateparser import parse

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            moment: datetime | None = parse(
                text,
                languages=languages,
                settings={"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]},
            )
        except (ValueError, OverflowError, RecursionError, TypeError):
            return None
    return moment


def _numeric_date(first: int, second: int, year: int, *, dotted: bool) -> str | None:
    """Read day and month in the only order that fits; with dots the day comes first, as everywhere dots are used."""
    if dotted or first == second or first > 12:
        day, month = first, second
    elif second > 12:
        day, month = second, first
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _iso(moment: datetime) -> str:
    """Return day, time and offset; the day alone when the offset is unknown, or finer than clocks are set by."""
    offset = moment.utcoffset()
    if offset is None or offset.microseconds:
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds")
