"""Which day "on Saturday" or "last month" was, counted from the day an article was published.

Only words whose day follows without doubt are counted: not those of a sentence that looks ahead, nor "overnight" or
"recently". The day of publication is the outlet's own, without its time zone. English.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_LOOKS_AHEAD = re.compile(
    r"\b(?:will|would|shall|going to|due to|expected|scheduled|set to|plan(?:s|ned)?"
    r"|until|next|coming|upcoming|every|each)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:(?P<near>yesterday|today|tonight|this (?:morning|afternoon|evening))"
    rf"|on (?P<day>{'|'.join(_DAYS)})|(?P<which>last|this) (?P<span>month|year))\b(?!['’])",
    re.IGNORECASE,
)
_MONTH_OR_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def counted_from(quote: str, published: str | None) -> tuple[str, str] | None:
    """Return the first such words of a quote and the day, month or year they mean, written out; None in doubt."""
    found = _COUNTED.search(quote)
    if not published or not found or _LOOKS_AHEAD.search(quote) or _MONTH_OR_YEAR.search(quote):
        return None
    try:
        day = date.fromisoformat(published[:10])
    except ValueError:
        return None
    return found.group(), _meant(found, day)


def _meant(found: re.Match[str], day: date) -> str:
    if found["span"]:
        last = found["which"].casefold() == "last"
        if found["span"].casefold() == "year":
            return str(day.year - last)
        month = day.replace(day=1) - timedelta(days=1) if last else day
        return f"{month:%B %Y}"
    if found["day"]:
        day -= timedelta(days=(day.weekday() - _DAYS.index(found["day"].casefold())) % 7)
    elif found["near"].casefold() == "yesterday":
        day -= timedelta(days=1)
    return f"{day.day} {day:%B %Y}"
