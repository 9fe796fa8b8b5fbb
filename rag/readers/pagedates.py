"""The publication date of a web page → ISO 8601, or None.

In this order: what the page declares for its article (JSON-LD, article metas, `time`); the date printed beside its
headline; what it declares of the document as a whole (`date`, `dc.date`: often the day of the last change); what
htmldate finds without searching the text. A printed date counts when its line is short or opens with it, states one
day whole and does not speak of an update, and no other line beside the headline states another day. Elsewhere on
the page only a line that calls it the date of publication counts, and only when all such lines agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rag.readers.dates import iso_date
from rag.readers.markup import paragraphs_in_tree

_ARTICLE_METAS = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dcterms.issued", "pubdate", "publishdate",
    "publish-date", "publish_date", "publication_date", "article.published", "article_date_original",
    "originalpublicationdate", "bt:pubdate", "rnews:datepublished", "citation_publication_date", "ptime",
    "displaydate",
)  # fmt: skip
_DOCUMENT_METAS = ("dc.date", "dcterms.date", "date")
_TIMES = (
    "//time[@pubdate or @itemprop='datePublished' or contains(@class, 'publish')]/@datetime"
    " | //meta[@itemprop='datePublished']/@content"
)
_CHANGED = re.compile(
    r"\b(?:last )?(?:updated?|modified|edited|revised|aktualisiert|geändert|stand:|mis(?:e)? à jour|actualizado|"
    r"aggiornato|bijgewerkt|atualizado)\b.*",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"(?:first )?(?:published|posted|written|erstellt|veröffentlicht|publiziert|publié|paru|publicado|pubblicato|"
    r"gepubliceerd)(?: (?:on|at|am|le|el|il|em|op))?\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}([-/.]) ?\d{1,2}\1 ?\d{4}\b|\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日일]"
    r"|\b\d{1,2}(?:\.|st|nd|rd|th|º)?(?: de| of)? [^\W\d_]{3,12}\.?(?: de)?,? \d{4}\b"
    r"|\b[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}\b"
)
_AMBIGUOUS = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4})\b")
_ABOVE, _BELOW = 2, 6
_SHORT_LINE_WORDS, _PROSE_WORDS = 14, 25
_LONGEST_LINE = 300
_MOST_PLACES = 50


def published_on(
    tree: Any, schema_dates: Iterable[str], metas: Mapping[str, str], title: str | None, guess: str | None
) -> str | None:
    """Return the publication date of the page, with its offset where it is stated; `guess` is htmldate's."""
    declared = [*schema_dates, *_values(metas, _ARTICLE_METAS), *tree.xpath(_TIMES)[:3]]
    if found := _first_readable(declared):
        return found
    document = list(_values(metas, _DOCUMENT_METAS))
    if any(map(_reads_two_ways, [*declared, *document])):
        guess = None
    whole = _first_readable([*document, guess])
    printed = _printed(paragraphs_in_tree(tree), _headlines(tree, title))
    return whole if printed is None or (whole or "").startswith(printed) else printed


def _values(metas: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    return (metas[name] for name in names if name in metas)


def _first_readable(stated: Iterable[str | None]) -> str | None:
    """Return the first date that can be read; a later one of the same day if only that one has a time."""
    found = [day for value in stated if value and (day := iso_date(value))]
    if not found:
        return None
    return next((day for day in found if day.startswith(found[0]) and len(day) > len(found[0])), found[0])


def _reads_two_ways(stated: str) -> bool:
    """Tell whether a numeric date leaves open which number is the month; then htmldate's choice is a guess too."""
    match = _AMBIGUOUS.match(stated)
    return match is not None and iso_date(match[0]) is None


def _headlines(tree: Any, title: str | None) -> Iterator[set[str]]:
    """Yield what may be the headline, the likelier first, by its letters."""
    first = [title or "", *(" ".join(part.itertext()) for part in tree.xpath("//h1 | //title"))]
    yield set(map(_letters, first)) - {""}
    yield {_letters(" ".join(heading.itertext())) for heading in tree.iter("h2")} - {""}


def _printed(lines: Sequence[str], headlines: Iterable[set[str]]) -> str | None:
    """Return the day printed beside the headline, else the one that the page calls its day of publication."""
    stating = islice((line for line in lines if _PUBLISHED.match(line)), _MOST_PLACES)
    named = {day for line in stating if (day := _day_of(line))}
    for wanted in headlines:
        beside: set[str] = set()
        places = (i for i, line in enumerate(lines) if len(line) <= _LONGEST_LINE and _letters(line) in wanted)
        for i in islice(places, _MOST_PLACES):
            beside.update(filter(None, map(_day_of, [*lines[max(0, i - _ABOVE) : i], *_below(lines, i)])))
        if beside:
            days = named & beside or beside
            return days.pop() if len(days) == 1 else None
    return named.pop() if len(named) == 1 else None


def _below(lines: Sequence[str], i: int) -> Iterator[str]:
    """Yield the lines between the headline and the first paragraph, and that paragraph's beginning."""
    for line in lines[i + 1 : i + 1 + _BELOW]:
        yield line
        if len(line.split()) >= _PROSE_WORDS and _day_of(line):
            return


def _day_of(line: str) -> str | None:
    """Return the one day that a line is there to state."""
    line = " ".join(_CHANGED.sub("", line[:_LONGEST_LINE]).split())
    stated = list(_DAY.finditer(line))
    days = {iso_date(match[0]) for match in stated}
    opens = bool(stated) and stated[0].start() == 0 and line[stated[0].end() :].lstrip()[:1] in ("-", "–", "—", "|")
    if len(days) != 1 or not (opens or len(line.split()) <= _SHORT_LINE_WORDS):
        return None
    return days.pop()


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
