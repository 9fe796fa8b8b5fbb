"""The years, days and numbers of a question that nothing found says of what it asks.

A question that names one is true of it or mistaken, and the evidence says neither: a reader is told so. What a question
only asks for ("name three"), what a list in the evidence has enough members for, and the year the articles were
published in are let pass. Rules, no parser; English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.evidence.candidates import passage_sentences, sentence_words
from rag.questions import Question
from rag.records import Evidence, Hit
from rag.verification.dates import Date, Dated, dates_in
from rag.verification.figures import span_of
from rag.verification.quantities import Quantity, quantities_in
from rag.verification.words import Word, words_of
from rag.words import same_stem

_IN_THIS_CONNECTION = 0.34  # of the weight of the question's other words, in the sentence that has the number
_FEWEST = 3  # "two sisters" are seldom counted where they are named
_MANY = 12
_ROUNDED = 1000
_REQUESTED = re.compile(
    r"\b(?:name|list|give|identify|mention|examples?|any|some|at least|top|first|last|next|one of|out of)\b",
    re.IGNORECASE,
)
_LISTED = r"(?:[^,;.:]{{1,40}}[,;]\s+){{{more}}}[^,;.:]{{1,40}},?\s+(?:and|or|as well as)\s"
_LABEL = re.compile(r"\b(?P<label>[A-Z][\w]*)[ .](?P<number>\d{1,3})\b(?![.,]?\d|\s*(?:%|percent|[a-z]+s\b))")
_PLURAL = re.compile(r"\w+(?<!s)s|people|men|women|children|police|troops", re.IGNORECASE)
_TIMES = frozenset("second minute hour day week month year decade".split())
_STATED = {False: ("exact",), True: ("exact", "more", "at least", "less", "at most")}
_ROMAN = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def unmentioned(question: Question, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the dates and numbers of the question, as it writes them, that no source found has of what it asks."""
    asked = words_of(question.text)
    dated, counted = _dates(asked), _quantities(question, asked)
    if not dated and not counted and not _labels(question):
        return ()
    quotes = [source.quote for source in evidence]
    around = [text for hit in hits for text in _about(question, hit)]
    published = {hit.metadata.published[:4] for hit in hits if hit.metadata.published}
    missing = [
        span_of(asked, d.first, d.end).rstrip(" .,") for d in dated if not _dated(d.date, [*quotes, *around], published)
    ]
    missing += [_shown(asked, q) for q in counted if not _counted(q, quotes, around)]
    found = [hit.passage.text for hit in hits]
    missing += [m.group() for m in _labels(question) if not _labelled(m, found)]
    return tuple(dict.fromkeys(missing))


def _dates(asked: Sequence[Word]) -> list[Dated]:
    return [d for d in dates_in(asked) if not d.date.decade and (d.date.year or (d.date.month and d.date.day))]


def _labels(question: Question) -> list[re.Match[str]]:
    """Return what is told from its like by a number: "Article 27", "Channel 4"."""
    found = _LABEL.finditer(question.text)
    return [m for m in found if int(m["number"]) > 1 and not dates_in(words_of(m["label"] + " 1"))]


def _quantities(question: Question, asked: Sequence[Word]) -> list[Quantity]:
    """Return the numbers that the question states as a fact."""
    labelled = {m.start("number") for m in _LABEL.finditer(question.text)}
    found = []
    for quantity in quantities_in(asked):
        before = " ".join(w.text for w in asked[max(0, quantity.first - 3) : quantity.first])
        exact = quantity.kind == "cardinal" and quantity.high is None
        exact = exact and quantity.bound in _STATED[quantity.value > _MANY]
        counts = quantity.value >= _FEWEST and bool(quantity.nouns or quantity.unit) and "exampl" not in quantity.nouns
        near = asked[quantity.end - 1 : quantity.end + 1]
        lasts = any(word.text.lower().removesuffix("s") in _TIMES for word in near)  # "a ten year plan", "28 days"
        stated = exact and counts and not lasts and not _REQUESTED.search(before)
        if stated and asked[quantity.first].start not in labelled:
            found.append(quantity)
    return found


def _dated(date: Date, texts: Sequence[str], published: set[str]) -> bool:
    if date.year and not (date.month and date.day):
        near = {str(date.year), f"{date.year // 10}0s"}
        if any(abs(int(year) - date.year) <= 1 for year in published if year.isdigit()):
            return True
        short = re.compile(rf"['’/–-]{date.year % 100:02d}\b")
        return any(year in text for year in near for text in texts) or any(short.search(text) for text in texts)
    return any(_agree(date, other) for text in texts for other in _dates_of(text))


def _agree(date: Date, other: Date) -> bool:
    same_year = not date.year or not other.year or date.year == other.year
    return same_year and date.month == other.month and date.day == other.day


def _counted(quantity: Quantity, quotes: Sequence[str], around: Sequence[str]) -> bool:
    if any(_rounds_to(value, quantity.value) for text in (*quotes, *around) for value in _values_of(text)):
        return True
    listed = re.compile(_LISTED.format(more=max(1, int(quantity.value) - 2)))
    return quantity.value <= _MANY and any(listed.search(text) for text in quotes)


def _rounds_to(value: float, asked: float) -> bool:
    """Return whether a number is the one asked about: the same, or from a thousand on, rounded to as many digits."""
    digits = len(f"{asked:.0f}".rstrip("0"))
    return value == asked or (asked >= _ROUNDED and f"{value:.{digits - 1}e}" == f"{asked:.{digits - 1}e}")


def _labelled(label: re.Match[str], texts: Sequence[str]) -> bool:
    number = int(label["number"])
    forms = rf"(?:{number}|{_roman(number)})" if number < 90 else str(number)
    same = re.compile(rf"\b{re.escape(label['label'])}s?\W+(?:\w+\W+){{0,3}}?{forms}\b", re.IGNORECASE)
    return any(same.search(text) for text in texts)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        while number >= value:
            written, number = written + letters, number - value
    return written


def _about(question: Question, hit: Hit) -> list[str]:
    """Return the sentences of a passage that have enough of the question's words to speak of the same thing."""
    terms = [t for t in question.terms if not t.is_number]
    total = sum(t.weight for t in terms)
    if not total:
        return []
    title = [w.stem for w in sentence_words(hit.metadata.title or "")]
    found, spans = [], passage_sentences(hit.passage.text)
    for i, (start, end) in enumerate(spans):
        text = hit.passage.text[start:end]
        if not any(c.isdigit() for c in text) and not _values_of(text):
            continue
        before = hit.passage.text[slice(*spans[i - 1])] if i else ""
        stems = [w.stem for w in (*sentence_words(before), *sentence_words(text))] + title
        held = sum(t.weight for t in terms if any(same_stem(t.stem, stem) for stem in stems))
        if held >= _IN_THIS_CONNECTION * total:
            found.append(text)
    return found


@lru_cache(maxsize=20_000)
def _values_of(text: str) -> frozenset[float]:
    return frozenset(q.value for q in quantities_in(words_of(text)))


@lru_cache(maxsize=20_000)
def _dates_of(text: str) -> tuple[Date, ...]:
    return tuple(d.date for d in dates_in(words_of(text)))


def _shown(asked: Sequence[Word], quantity: Quantity) -> str:
    """Return the number with what it counts: up to the last plural of its phrase, else the next word."""
    end = min(len(asked), quantity.end + 3)
    phrase = [i for i in range(quantity.end, end) if asked[i].key in quantity.nouns]
    plurals = [i for i in phrase if _PLURAL.fullmatch(asked[i].text)] or phrase[:1]
    return span_of(asked, quantity.first, max(plurals, default=quantity.end - 1) + 1)
