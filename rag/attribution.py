"""Who says it: the label of a source and the sentence that puts its words, or what follows from them, in its mouth.

An outlet that is not known is never invented: the article's title stands in for it. Words such as "yesterday" or
"on Monday" mean nothing without the day they were written on, so that day is given with them.
"""

from __future__ import annotations

import re
from datetime import date

from rag.records import Evidence, Metadata

_LOWERED_AT_START = frozenset(
    "the a an in on at it they he she this these that those there its their his her some many most all no none after "
    "before during while when as for from with by according more".split()
)

_INNER_QUOTES = str.maketrans({"“": "‘", "”": "’", "„": "‘", "«": "‹", "»": "›", '"': "'"})
_LONGEST_NAME = 120

_RELATIVE_TIME = re.compile(
    r"\b(?:today|tonight|yesterday|tomorrow|now|currently|recently|so far|ago|"
    r"(?:this|last|next|past|coming) (?:week|weekend|month|year|spring|summer|autumn|fall|winter|night|morning|"
    r"afternoon|evening|\w+day)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)


def source_label(metadata: Metadata, article_id: str) -> str:
    """Return the outlet, else the title in quotation marks, else the article's id; short, and never a quotation."""
    if metadata.outlet:
        return _named(metadata.outlet)
    return f"“{_named(metadata.title)}”" if metadata.title else _named(article_id)


def dated_label(metadata: Metadata, article_id: str) -> str:
    """Return the source's label with the day of publication, written out, where it is known."""
    label = source_label(metadata, article_id)
    return f"{label} ({written_out(metadata.published)})" if metadata.published else label


def as_quote(evidence: Evidence) -> str:
    """Return the exact words of the evidence, attributed."""
    words = " ".join(evidence.quote.split())
    return f"{dated_label(evidence.metadata, evidence.article_id)}: “{words}”"


def as_report(sentence: str, sources: list[Evidence]) -> str:
    """Return a checked sentence attributed to the sources that support it."""
    label_of = dated_label if _RELATIVE_TIME.search(sentence) else source_label
    labels = list(dict.fromkeys(label_of(e.metadata, e.article_id) for e in sources))
    named = labels[0] if len(labels) == 1 else ", ".join(labels[:-1]) + " and " + labels[-1]
    outlets = {source_label(e.metadata, e.article_id).strip("“”").casefold() for e in sources}
    if label_of is source_label and any(outlet in sentence.casefold() for outlet in outlets):
        return sentence
    first, _, rest = sentence.partition(" ")
    if first.casefold() in _LOWERED_AT_START:
        sentence = f"{first.casefold()} {rest}"
    return f"According to {named}, {sentence}"


def _named(name: str) -> str:
    """Return a name as it can stand before a quotation: without quotation marks of its own, cut when it is a speech."""
    name = name.translate(_INNER_QUOTES)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"


def written_out(published: str) -> str:
    """Return a day as a person writes it ("14 March 2026"), or what is given when it is no day."""
    try:
        day = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return f"{day.day} {day:%B %Y}"
