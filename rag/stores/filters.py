"""Filters in the form in which a store keeps and compares them; nothing here knows a database or an index.

Names compare case-insensitively and whole; a day is the number 20260108, and 0 when it is unknown.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rag.records import Filters, Metadata

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
FAR_FUTURE = 99991231


@dataclass(frozen=True, slots=True)
class Keys:
    """What an article is filtered by: folded names, None where unknown, and its day, 0 where unknown."""

    outlet: str | None
    author: str | None
    language: str | None
    day: int


def keys_of(metadata: Metadata) -> Keys:
    """Return the keys under which an article is kept."""
    return Keys(fold(metadata.outlet), fold(metadata.author), fold(metadata.language), day_number(metadata.published))


def day_number(published: str | None) -> int:
    """Return the day of an ISO 8601 date or date and time as a number that sorts; 0 for none or another form."""
    found = _DAY.match(published or "")
    return int("".join(found.groups())) if found else 0


def day_bounds(filters: Filters) -> tuple[int, int] | None:
    """Return the first and last day that pass, or None when every day and an unknown one does."""
    if filters.since is None and filters.until is None:
        return None
    since = day_number(filters.since) if filters.since is not None else 1
    return max(since, 1), day_number(filters.until) if filters.until is not None else FAR_FUTURE


def fold(name: str | None) -> str | None:
    """Return a name as it is compared: compatibility forms, case and surrounding white space do not count."""
    if name is None:
        return None
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
