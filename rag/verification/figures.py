"""Figures: how a text writes a number, in digits or in words.

Reads `1,200`, `1.5 million`, `forty-two`, `a dozen`, `three-quarters`, `half a million`, `10-12`, `3rd`, and codes such
as `A320` that are no number at all. What is counted, and how exactly, is for `quantities`. English only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.verification.units import MEASURES, currency_before
from rag.verification.words import Word

Kind = Literal["cardinal", "ordinal", "code", "vague"]

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
SMALL = {w: i for i, w in enumerate((_UNITS + " seventeen eighteen nineteen").split())}
TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
SCALES = {
    "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12,
    "bn": 1e9, "mn": 1e6, "tn": 1e12, "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
VAGUE = {"dozens": 12, "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12}
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
ORDINALS = {w: i for i, w in enumerate(_ORDINAL_WORDS, start=1)} | {
    "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "twentieth": 20, "thirtieth": 30, "hundredth": 100,
}  # fmt: skip
PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifth": 5,
          "fifths": 5, "tenth": 10, "tenths": 10}  # fmt: skip
_GLYPHS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_NOT_CODES = frozenset("mid pre post top under over non sub nearly us of the".split())
_NOT_ONE = frozenset("no any every each this that the another which some".split())


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as written. `high` is set for a range or a score; `value` means nothing for a code."""

    value: float
    text: str
    kind: Kind = "cardinal"
    high: float | None = None


def figure_at(words: Sequence[Word], i: int) -> tuple[Figure, int] | None:
    """Return the number that begins at a word and the index after it, or None."""
    text = words[i].text
    if text[0].isdecimal():
        return _in_digits(words, i)
    if text in _GLYPHS:
        return Figure(_GLYPHS[text], text), i + 1
    lower = text.lower()
    if lower in VAGUE:
        return Figure(VAGUE[lower], lower, "vague"), i + 1
    if lower in ORDINALS and not (lower == "second" and _is_glued_noun(words, i)):
        return Figure(float(ORDINALS[lower]), lower, "ordinal"), i + 1
    return _spelled(words, i)


def _in_digits(words: Sequence[Word], i: int) -> tuple[Figure, int] | None:
    text = words[i].text
    code = _code_before(words, i)
    if code:
        return Figure(0.0, code + text, "code"), i + 1
    if ":" in text:
        hours, _, minutes = text.partition(":")
        digits = minutes.replace(":", "")
        return Figure(float(hours) + float(digits or 0) / 100, text), i + 1
    value, at = _decimal(text), i + 1
    glued = at < len(words) and words[at].start == words[i].start + len(text)
    following = words[at].text.lower() if at < len(words) else ""
    if glued and following in ("st", "nd", "rd", "th"):
        return Figure(value, text + following, "ordinal"), at + 1
    if glued and following in ("k", "m", "b") and (following != "m" or currency_before(words, i)):
        return Figure(value * {"k": 1e3, "m": 1e6, "b": 1e9}[following], text + following), at + 1
    if following in _GLYPHS:
        return Figure(value + _GLYPHS[following], text + following), at + 1
    value, at = _scaled(words, value, at)
    high = _second_end(words, at)
    if high is not None:
        _, top = high
        scaled, end = _scaled(words, top, high[0])
        low = value * (scaled / top) if top and scaled != top and value < top else value
        return Figure(low, span_of(words, i, end), high=scaled), end
    return Figure(value, span_of(words, i, at)), at


def _second_end(words: Sequence[Word], at: int) -> tuple[int, float] | None:
    """Return (index after, value) of the second figure of `10-12` or `10 to 12`."""
    if at + 1 >= len(words) or not words[at + 1].text[0].isdecimal() or ":" in words[at + 1].text:
        return None
    joined = words[at].text == "-" or (words[at].text == "to" and words[at - 1].text[0].isdecimal())
    return (at + 2, _decimal(words[at + 1].text)) if joined else None


def _spelled(words: Sequence[Word], i: int) -> tuple[Figure, int] | None:
    lower = words[i].text.lower()
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    if lower in ("a", "an", "half"):
        return _fractional(words, i) or _scale_alone(words, i)
    if lower in SCALES and lower not in ("bn", "mn", "tn", "dozen"):
        return None
    if lower not in SMALL and lower not in TENS:
        return None
    if lower == "one" and (following in ("of", "another") or _before(words, i) in _NOT_ONE):
        return None
    if fraction := _fractional(words, i):
        return fraction
    value, at = _cardinal_words(words, i)
    return Figure(value, span_of(words, i, at)), at


def _cardinal_words(words: Sequence[Word], i: int) -> tuple[float, int]:
    total, group, at = 0.0, 0.0, i
    while at < len(words):
        lower = words[at].text.lower()
        if lower in SMALL:
            group += SMALL[lower]
        elif lower in TENS:
            group += TENS[lower]
        elif lower == "hundred" and group:
            group *= 100
        elif lower in SCALES and group:
            total, group = total + group * SCALES[lower], 0.0
        elif not (lower in ("-", "and") and _continues(words, at, group)):
            break
        at += 1
    return total + group, at


def _continues(words: Sequence[Word], at: int, group: float) -> bool:
    if at + 1 >= len(words):
        return False
    following = words[at + 1].text.lower()
    if words[at].text == "-":
        return following in SCALES or (following in SMALL and 20 <= group % 100 <= 90)
    previous = words[at - 1].text.lower()
    return previous in ("hundred", "thousand", "million") and (following in SMALL or following in TENS)


def _fractional(words: Sequence[Word], i: int) -> tuple[Figure, int] | None:
    """Read `three-quarters`, `a third of`, `half`, `half a million`, `one and a half`."""
    lower = words[i].text.lower()
    if lower == "half":
        at = i + 1
        if at < len(words) and words[at].text == "-":
            at += 1
        if at < len(words) and words[at].text.lower() in ("a", "an"):
            at += 1
        if at < len(words) and words[at].text.lower() in SCALES:
            return Figure(0.5 * SCALES[words[at].text.lower()], span_of(words, i, at + 1)), at + 1
        return Figure(0.5, "half"), i + 1
    top = 1 if lower in ("a", "an") else SMALL.get(lower, 0)
    at = i + 1
    if at < len(words) and words[at].text == "-":
        at += 1
    part = PARTS.get(words[at].text.lower()) if at < len(words) else None
    ends_in_of = at + 1 < len(words) and words[at + 1].text.lower() == "of"
    if part and top and (top > 1 or ends_in_of or words[at].text.lower() == "half"):
        return Figure(top / part, span_of(words, i, at + 1)), at + 1
    if top and [w.text.lower() for w in words[i + 1 : i + 4]] == ["and", "a", "half"]:
        value, end = _scaled(words, top + 0.5, i + 4)
        return Figure(value, span_of(words, i, end)), end
    return None


def _scale_alone(words: Sequence[Word], i: int) -> tuple[Figure, int] | None:
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    if following in SCALES:
        value, at = _scaled(words, SCALES[following], i + 2)
        return Figure(value, span_of(words, i, at)), at
    pair = {"couple": 2.0, "pair": 2.0, "decade": 1.0, "fortnight": 1.0, "century": 1.0}.get(following)
    if pair and words[i].text.lower() == "a":
        return Figure(pair, f"a {following}"), i + 1 if pair == 1.0 else i + 2
    if following in MEASURES and following not in ("second", "stone", "g", "m", "am"):
        return Figure(1.0, f"{words[i].text.lower()} {following}"), i + 1
    return None


def _scaled(words: Sequence[Word], value: float, at: int) -> tuple[float, int]:
    while at < len(words):
        step = at + 1 if words[at].text == "-" else at
        if step >= len(words) or words[step].text.lower() not in SCALES:
            break
        value *= SCALES[words[step].text.lower()]
        at = step + 1
    return value, at


def _code_before(words: Sequence[Word], i: int) -> str:
    """Return the letters glued to a figure, as in `A320`, `COVID-19`, `F-16`; else an empty string."""
    at, edge = i - 1, words[i].start
    if at >= 1 and words[at].text == "-" and words[at].start == edge - 1:
        at, edge = at - 1, edge - 1
    if at < 0 or not words[at].text.isalpha() or words[at].start + len(words[at].text) != edge:
        return ""
    letters = words[at].text.lower()
    return "" if letters in _NOT_CODES or letters in SCALES else letters


def _is_glued_noun(words: Sequence[Word], i: int) -> bool:
    return i > 0 and (words[i - 1].text in ("-", "a", "per") or words[i - 1].text[0].isdecimal())


def _before(words: Sequence[Word], i: int) -> str:
    return words[i - 1].text.lower() if i else ""


def _decimal(text: str) -> float:
    whole, dot, rest = text.replace(",", "").partition(".")
    return float(f"{whole}.{rest.replace('.', '').replace(':', '')}" if dot else whole.replace(":", ""))


def span_of(words: Sequence[Word], first: int, end: int) -> str:
    """Return the words from `first` to `end` as they read."""
    return " ".join(w.text for w in words[first:end]).replace(" - ", "-")
