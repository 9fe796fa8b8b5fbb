"""What a question takes for granted and the best evidence contradicts: another number, year or date, or the opposite.

Named only where little doubt is left: the sentence is about what the question is about, states a rival of the same sort
for the same thing, and nothing found says what the question says. A wrong name is not told from an unknown one here:
such a question is refused, as its name is not covered. Rules, no parser; English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.questions import Question
from rag.records import Evidence
from rag.verification.alignment import aligned
from rag.verification.dates import Date, Dated, dates_in
from rag.verification.figures import span_of
from rag.verification.quantities import Quantity, quantities_in
from rag.verification.words import Word, words_of

_ABOUT = 0.65  # of the weight of the question's other words
_SPAN_OF_TIME = re.compile(
    r"\b(?:since|between|from|until|till|by|before|after|during|throughout|through|last|next|later|earlier|as of)\b"
    r"|[–-]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Premise:
    """What the question takes for granted, as it says it, what the source says instead, and that source."""

    asked: str
    said: str
    source: Evidence


def false_premises(question: Question, evidence: Sequence[Evidence], found: Sequence[str]) -> tuple[Premise, ...]:
    """Return what the question assumes and the evidence contradicts, the best evidence's first, each once.

    `found` holds the texts of everything retrieved: what any of them says as the question does is no false premise.
    """
    premises: dict[str, Premise] = {}
    for source in evidence:
        for premise in (*_wrong_dates(question, source, found), *_wrong_numbers(question, source, found)):
            premises.setdefault(premise.asked, premise)
    return tuple(premises.values())


def _wrong_dates(question: Question, source: Evidence, found: Sequence[str]) -> list[Premise]:
    if question.kind == "date":
        return []
    asked, said = words_of(question.text), words_of(source.quote)
    premises = []
    stated = dates_in(said)
    for dated in dates_in(asked):
        rivals = [other for other in stated if _rivals(dated.date, other.date)]
        if len(stated) != 1 or len(rivals) != 1 or _is_span(asked, dated) or _is_span(said, rivals[0]):
            continue
        if _is_about(question, source, range(dated.first, dated.end)) and not _dated_elsewhere(dated.date, found):
            premises.append(Premise(_shown(asked, dated), _shown(said, rivals[0]), source))
    return premises


def _rivals(one: Date, other: Date) -> bool:
    """Return whether two dates are given to the same precision and differ."""
    if one.decade or other.decade:
        return False
    if one.year and other.year:
        return one.year != other.year
    days = (one.month, one.day), (other.month, other.day)
    return all(all(day) for day in days) and days[0] != days[1]


def _is_span(text: Sequence[Word], dated: Dated) -> bool:
    before = " ".join(w.text for w in text[max(0, dated.first - 2) : dated.first])
    after = " ".join(w.text for w in text[dated.end : dated.end + 1])
    return bool(_SPAN_OF_TIME.search(f"{before} {after}"))


def _dated_elsewhere(date: Date, found: Sequence[str]) -> bool:
    if date.year:
        return any(str(date.year) in text for text in found)
    others = [dated.date for text in found for dated in dates_in(words_of(text))]
    return any((date.month, date.day) == (other.month, other.day) for other in others)


def _wrong_numbers(question: Question, source: Evidence, found: Sequence[str]) -> list[Premise]:
    asked, said = words_of(question.text), words_of(source.quote)
    counted = {w.key for text in (w.text for w in question.focus) for w in words_of(text)}
    premises = []
    for quantity in _exact(quantities_in(asked)):
        rivals = [other for other in _exact(quantities_in(said)) if _same_thing(quantity, other)]
        if len(rivals) != 1 or rivals[0].value == quantity.value or counted & set(rivals[0].nouns[:3]):
            continue
        if _is_about(question, source, range(quantity.first, quantity.end)) and not _counted_elsewhere(quantity, found):
            premises.append(Premise(_counted(asked, quantity, rivals[0]), _counted(said, rivals[0], quantity), source))
    return premises


def _exact(quantities: Sequence[Quantity]) -> list[Quantity]:
    return [q for q in quantities if q.kind == "cardinal" and q.high is None and q.bound == "exact" and q.value > 1]


def _same_thing(one: Quantity, other: Quantity) -> bool:
    return one.unit == other.unit and bool(one.nouns) and one.nouns[:1] == other.nouns[:1]


def _counted_elsewhere(quantity: Quantity, found: Sequence[str]) -> bool:
    return any(other.value == quantity.value for text in found for other in quantities_in(words_of(text)))


def _is_about(question: Question, source: Evidence, apart: range) -> bool:
    """Return whether the quote covers what the question is about, the words at `apart` left out."""
    text = words_of(question.text)
    rest = " ".join(w.text for i, w in enumerate(text) if i not in apart)
    return aligned(rest, [source.quote]).coverage >= _ABOUT


def _shown(text: Sequence[Word], found: Dated) -> str:
    return span_of(text, found.first, found.end).rstrip(" .,")


def _counted(text: Sequence[Word], quantity: Quantity, other: Quantity) -> str:
    """Return the number with the first word that both phrases count, and the next one behind an adjective of a name."""
    both = set(quantity.nouns[:3]) & set(other.nouns[:3])
    near = range(quantity.end, min(len(text), quantity.end + 6))
    shared = [i for i in near if text[i].key in both]
    last = shared[1] if len(shared) > 1 and text[shared[0]].text[0].isupper() else shared[0]
    return span_of(text, quantity.first, last + 1)
