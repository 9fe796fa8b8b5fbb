"""The head of a scraped page, from its top to the first prose → title, byline, date, outlet, and the lines that stay.

The title is the first line of four words or more behind the menu (a run of three or more shorter lines), else the
longest line. Lines above it go; a standfirst below it stays. A date counts only if a line states it whole, with its
year; `Updated` dates are not publication dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.readers.dates import iso_date

_SEPARATOR = re.compile(r"\s+[|•·–—]\s+|\s*\|\s*|\s*•\s*")
_PARTICLE = r"(?:and |& |y |und |et |de |van |von |der |da |di |al |el |la |bin )"
_NAME = rf"[^\W\d_a-z][\w.'’-]*(?:[ ,]+{_PARTICLE}*[^\W\d_a-z][\w.'’-]*){{0,7}}"
_BYLINE = re.compile(rf"(?i:(?:written |reported |story |words )?by|author:|von|por|par|di|door)[: ]\s*({_NAME})\.?")
_BYLINE_OPENER = re.compile(r"(?:written |story )?by:?|author:?|von|por|par", re.IGNORECASE)
_DATE_OPENER = re.compile(
    r"(?:first |date )?(?:publish(?:ed|ing)?|posted|issued)(?: date| on)?:?|date:?", re.IGNORECASE
)
_WHOLE_NAME = re.compile(_NAME)
_CREDIT = re.compile(
    r"(?i:source|via|originally (?:published|appeared) (?:in|on|by|at)|published by|quelle|fuente|fonte|bron)\s?:?\s+"
    r"([^\s.:][^:]{1,60}?)\.?"
)
_CREDIT_WITH_COLON = re.compile(r"(?i:source|via|quelle|fuente|fonte|bron)\s?:")
_PUBLISHED = re.compile(
    r"(?:(?:first )?published|posted|date|publié|veröffentlicht|publicado|pubblicato)"
    r"(?: (?:on|at|le|am|el|il))?\s?:?\s+",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"(?:last )?(?:updated|modified|edited|aktualisiert|mis à jour|actualizado)\b.*", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_TITLE_WORDS, _MENU_WORDS, _LONGEST_TITLE = 4, 3, 300


@dataclass(frozen=True, slots=True)
class Heads:
    """What the head of a page states, and its lines that belong to the article, headline first."""

    kept: tuple[str, ...] = ()
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None


@dataclass(slots=True)
class _Stated:
    """Metadata collected line by line; the first statement wins."""

    outlet: str | None = None
    author: str | None = None
    published: str | None = None


def heads_of(lines: Sequence[str], furniture: Sequence[bool]) -> Heads:
    """Return what `lines` state; `furniture[i]` says that line `i` is known furniture and may only state metadata."""
    stated = _Stated()
    rest: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        following = lines[position + 1] if position + 1 < len(lines) else ""
        if _DATE_OPENER.fullmatch(line) and iso_date(following):
            stated.published = stated.published or iso_date(following)
            position += 1
        elif _BYLINE_OPENER.fullmatch(line) and _WHOLE_NAME.fullmatch(following) and len(following) <= 80:
            stated.author = stated.author or following
            position += 1
        elif not _states(line, stated) and not furniture[position]:
            rest.append(line)
        position += 1
    title = _title(rest)
    kept = list(dict.fromkeys(_below_menu(rest[rest.index(title) :] if title else rest)))
    return Heads(tuple(kept), title, stated.outlet, stated.author, stated.published)


def _states(line: str, stated: _Stated) -> bool:
    """Take the metadata out of a line; tell whether it holds nothing else."""
    if len(line) > 160:
        return False
    found = [_states_one(part, stated) for part in _SEPARATOR.split(line) if part.strip()]
    return all(found)


def _states_one(part: str, stated: _Stated) -> bool:
    part = part.strip(" ,")
    if _UPDATED.fullmatch(part):
        return True
    if match := _BYLINE.fullmatch(part):
        stated.author = stated.author or match[1].strip(" ,")
        return True
    dated = _PUBLISHED.sub("", part, count=1)
    if len(_WORD.findall(dated)) <= 9 and _YEAR.search(dated) and (day := iso_date(dated)):
        stated.published = stated.published or day
        return True
    match = _CREDIT.fullmatch(part)
    if (
        match
        and len(match[1].split()) <= 7
        and (_CREDIT_WITH_COLON.match(part) or part.lower().startswith(("orig", "published by")))
    ):
        stated.outlet = stated.outlet or match[1].strip()
        return True
    return False


def _title(lines: Sequence[str]) -> str | None:
    """Return the headline: the first line long enough behind the last menu, else the longest of a few short ones."""
    start = 0
    run = 0
    for i, line in enumerate(lines):
        run = run + 1 if len(_WORD.findall(line)) <= _MENU_WORDS else 0
        if run >= 3:
            start = i + 1
    behind = lines[start:] or lines
    titles = [line for line in behind if len(line) <= _LONGEST_TITLE and not line.endswith((".", ":", ","))]
    long = [line for line in titles if len(_WORD.findall(line)) >= _TITLE_WORDS or len(line) > 25]
    if long:
        return long[0]
    return max(titles, key=len) if titles and len(lines) <= 3 else None


def _below_menu(lines: Sequence[str]) -> list[str]:
    """Return the headline and what stays below it: not single menu words."""
    return [
        line
        for i, line in enumerate(lines)
        if i == 0 or len(_WORD.findall(line)) > 2 or line.endswith((".", "?", "!", ":"))
    ]
