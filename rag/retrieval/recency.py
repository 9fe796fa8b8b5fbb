"""Which articles are recent, for a question that asks for what is ("this week"), seen from the day it is asked.

Rules for English. Knows nothing of ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from rag.records import Metadata

RECENT_DAYS = 14  # "this week" is asked some days later, and reported some days earlier

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ASKS_FOR_RECENT = re.compile(
    rf"\b(?:(?:this|last|past) (?:past )?(?:week|weekend|month|night|{_WEEKDAY})|on {_WEEKDAY}"
    r"|today|tonight|yesterday|recent|recently|latest|just|now|currently)\b",
    re.IGNORECASE,
)


def asks_for_recent(question: str) -> bool:
    """Return whether a question wants what happened lately."""
    return bool(_ASKS_FOR_RECENT.search(question))


def published_around(day: date, known: Mapping[str, Metadata], article_ids: Iterable[str]) -> set[str]:
    """Return the articles that appeared shortly before a day, or on the day after it."""
    first, last = day - timedelta(days=RECENT_DAYS), day + timedelta(days=1)
    days = {i: day_of((known[i].published or "")[:10]) for i in article_ids if i in known}
    return {article_id for article_id, d in days.items() if d is not None and first <= d <= last}


def day_of(text: str) -> date | None:
    """Return the day that a text writes as YYYY-MM-DD and in no other way, or None."""
    try:
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None
