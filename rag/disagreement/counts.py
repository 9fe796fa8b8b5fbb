"""Counts and measures: how many, how much, how long. Numbers are read as in `rag.verification.quantities`.

Each number of a sentence is tied to the nearest word of what it counts (killed, injured, arrested …), so that the
injured are not compared with the dead. Two numbers agree when the intervals they stand for overlap: "about 40" and 38,
"at least 10" and 12, "dozens" and 60.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.disagreement.statements import Kind, Place, Statement, Value, alike, distance, nearness
from rag.verification.certainty import hedges_in
from rag.verification.dates import dates_in
from rag.verification.numbers import quantities_of
from rag.verification.quantities import Quantity
from rag.verification.words import Word, content_words, key_of, words_of

_TALLIES = (
    "die dead death kill toll fatality casualty life victim body bodies perish drown claim",
    "injure wound hurt treat hospitalize burn",
    "missing unaccounted disappear",
    "arrest detain custody jail charge",
    "rescue save survive survivor alive pull",
    "evacuate displace homeless flee shelter",
    "employ staff work worker employee job",
    "release free",
    "infect infection",
    "vaccinate",
    "attend march protest crowd turnout participate",
    "destroy burn level flatten damage",
)
_MONEY = frozenset(("$", "£", "€", "¥", "₹", "¢", "p", "yuan", "rubles", "francs"))
_UNITS_ASKED: tuple[tuple[str, frozenset[str | None]], ...] = (
    (r"\bhow much\b.*\b(?:cost|costs|pay|paid|spend|spent|worth|price|raise|raised|earn|fine|fined|ransom|money|"
     r"damages|sell|sold|donat\w+|invest\w*|fund\w*|bid|loan|debt|charge\w*)\b", _MONEY),
    (r"\bhow much (?:money|did|does|do|was|were|is|are|will|has|have)\b", _MONEY | {"percent", "mass", "volume"}),
    (r"\b(?:price|cost|fine|ransom|budget)s?\b(?! of living)", _MONEY),
    (r"\b(?:percent|percentage|proportion|share)\b", frozenset(("percent",))),
    (r"\bhow long\b|\bwhat (?:is|was) the (?:length|duration)\b", frozenset(("time", "years", "length"))),
    (r"\bhow old\b|\bwhat age\b", frozenset(("years", None))),
    (r"\bhow (?:far|tall|high|deep|wide)\b|\b(?:height|depth|width|distance)\b", frozenset(("length",))),
    (r"\bhow fast\b|\bspeed\b", frozenset(("speed",))),
    (r"\bhow (?:heavy|much .* weigh)\b|\bweight\b", frozenset(("mass",))),
    (r"\bhow (?:hot|cold|warm)\b|\btemperature\b", frozenset(("degrees",))),
    (r"\bhow (?:big|large)\b|\barea\b", frozenset(("area", "length", None))),
)  # fmt: skip
_ASKS = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|high|deep|wide|fast|heavy|hot|cold|big|large)\b|\b(?:death toll|toll|number|"
    r"percentage|percent|proportion|price|cost|population|magnitude|height|length|budget|turnout|score|fine|ransom)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many ((?:[\w-]+ ){1,3})", re.IGNORECASE)
# "How much ransom was paid | for the painting": what stands before the preposition is what the number must be tied to.
_HEAD = re.compile(
    r".*?\b(?:how (?:many|much|\w+)|what|which)\b.*?(?= (?:for|in|at|on|by|when|during|after|from)\b|\?|$)",
    re.IGNORECASE,
)
# What stands before the sentence that asks ("A quake killed 1,000. What was its magnitude?") only sets the scene.
_LAST_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)")
_GENERIC = frozenset(
    key_of(w) for w in "people person persons victims lives casualties bodies others individuals".split()
)
_PARTS = frozenset(
    key_of(w)
    for w in "children child women men woman man civilians soldiers officers firefighters police tourists foreigners "
    "students crew babies girls boys teenagers guards doctors nurses journalists policemen troops".split()
)
_PART_BEFORE = frozenset("including includes included among".split())
_WHOLE_AFTER = frozenset("them whom those dead killed victims wounded injured".split())
_UNREAL = frozenset(("possible", "planned", "future"))
_ASKS_UNREAL = re.compile(r"\b(?:will|would|could|may|might|expected|plan\w*|forecast|predict\w*)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(?:last (?:year|month|week|season)|(?:year|month|week|decade)s? (?:ago|earlier|before)|compared (?:with|to)"
    r"|previous(?:ly)?|(?:an)?other (?:town|city|country|plant|place|state|attack|accident|incident)s?|elsewhere"
    r"|nationwide|worldwide|per year|a year)\b",
    re.IGNORECASE,
)
_VAGUE_SPAN = (1.7, 20.0)
_MOST_OVER = 1.5
_ABOUT_SHARE = 0.12
_ROUND_SHARE = 0.05
_LEAST_FIT = 0.2
_OF_HEAD, _OF_ALL, _OF_CLASS = 0.8, 0.6, 0.25


class Counts:
    """Reads the number a question asks for."""

    kind: Kind = "value"

    def __init__(self, question: str, terms: Sequence[Word]) -> None:
        asked_from = len(question) - len(_LAST_SENTENCE.split(question.strip())[-1])
        head = _HEAD.match(question, asked_from)
        self._terms = [t for t in terms if t.start >= asked_from] or list(terms)
        self._head = [t for t in self._terms if head is None or t.start < head.end()]
        self._classes = {c for term in self._terms if (c := _tally(term)) is not None}
        self._counted = _counted(question)
        self._unreal = bool(_ASKS_UNREAL.search(question))
        self._years = {d.date.year for d in dates_in(words_of(question)) if d.date.year}
        self._elsewhere = bool(_ELSEWHERE.search(question))
        self._units = _units_asked(question, self._counted)

    @staticmethod
    def asked_by(question: str) -> bool:
        """Say whether a question asks for a number."""
        return bool(_ASKS.search(question))

    def read(self, place: Place) -> list[Value]:
        """Return the numbers that could be the one asked for, each with its unit and noun."""
        words = place.words
        if _elsewhen(place, self._years) or (_ELSEWHERE.search(place.text) and not self._elsewhere):
            return []
        found = []
        for quantity in quantities_of(place.text):
            fit = self._fit(words, quantity)
            if fit >= _LEAST_FIT and not self._only_foreseen(words, quantity):
                low, high = interval(quantity)
                slack = (high - low) / (high + low) if high + low else 0.0
                found.append(Value(quantity, _shown(words, quantity), fit, quantity.first, slack, quantity.unit or ""))
        return found

    def agree(self, one: Statement, other: Statement) -> bool | None:
        """Say whether the intervals of two numbers overlap; None for different units or counted things."""
        a, b = one.value.content, other.value.content
        if not _comparable(a, b):
            return None
        (low, high), (other_low, other_high) = interval(a), interval(b)
        return low <= other_high and other_low <= high

    def moves(self, earlier: Value, later: Value) -> bool:
        """Say whether a tally of a running event has grown."""
        grown = interval(later.content)[0] > interval(earlier.content)[0]
        return bool(self._classes) and later.content.unit is None and bool(grown)

    def _fit(self, words: Sequence[Word], quantity: Quantity) -> float:
        if quantity.kind in ("ordinal", "code") or not self._unit_fits(quantity):
            return 0.0
        if _is_part(words, quantity) or (quantity.unit is None and not self._counts_the_same(words, quantity)):
            return 0.0
        of_head = nearness(words, quantity.first, quantity.end, self._head)
        of_all = nearness(words, quantity.first, quantity.end, self._terms)
        of_class = _OF_CLASS if self._classes and _nearest_class(words, quantity) in self._classes else 0.0
        return max(_OF_HEAD * of_head + (1 - _OF_HEAD) * of_all, _OF_ALL * of_all, of_class)

    def _unit_fits(self, quantity: Quantity) -> bool:
        if self._units is not None:
            return quantity.unit in self._units or ("percent" in self._units and _fraction(quantity))
        return quantity.unit is None

    def _counts_the_same(self, words: Sequence[Word], quantity: Quantity) -> bool:
        """Say whether the noun and the verb of a number fit those of the question."""
        counted = _nearest_class(words, quantity)
        nouns = set(quantity.nouns[:3])
        of_it = nouns & {term.key for term in self._counted} or any(
            alike(term, w) for term in self._counted for w in words[quantity.end : quantity.end + 3] if w.is_content
        )
        specific = [term for term in self._counted if term.key not in _GENERIC]
        if nouns & _PARTS and not of_it:
            return False
        if self._classes and counted is not None:
            return counted in self._classes
        if counted is not None and not of_it:
            return False
        return bool(of_it) if specific else counted is None

    def _only_foreseen(self, words: Sequence[Word], quantity: Quantity) -> bool:
        """Say whether the sentence gives the number as possible, planned or to come, and the question does not."""
        if self._unreal:
            return False
        near = {w.key for w in words[max(0, quantity.first - 6) : quantity.end + 6]}
        return any(hedge.sorts & _UNREAL and hedge.head in near for hedge in hedges_in(words))


def interval(quantity: Quantity) -> tuple[float, float]:
    """Return the least and the greatest true value that a number as stated stands for, in its base unit."""
    value = quantity.base if quantity.unit else quantity.value
    if quantity.unit is None and _fraction(quantity):
        value *= 100
    if quantity.kind == "vague":
        return value * _VAGUE_SPAN[0], value * _VAGUE_SPAN[1]
    if quantity.high is not None:
        factor = value / quantity.value if quantity.value else 1.0
        return value, max(value, quantity.high * factor)
    if quantity.bound in ("more", "at least"):
        return value, value * _MOST_OVER
    if quantity.bound in ("less", "at most"):
        return value / _MOST_OVER, value
    if quantity.bound == "nearly":
        return value * (1 - _ABOUT_SHARE), value
    share = _ABOUT_SHARE if quantity.bound == "about" else _rounded_share(quantity.value)
    return value * (1 - share), value * (1 + share)


def _rounded_share(value: float) -> float:
    """Return how far off an unhedged number may be: half its last digit that is not 0, if it is large and round."""
    if value < 100:
        return 0.0
    digits = f"{value:.9g}" if value < 1e9 else f"{value:.0f}"
    kept = len(digits.replace(".", "").strip("0"))
    zeros = len(digits) - len(digits.rstrip("0")) if "." not in digits else 0
    return min(_ROUND_SHARE, 0.5 * 10 ** (1 - kept)) if zeros else 0.0


def _comparable(one: Quantity, other: Quantity) -> bool:
    if {one.unit, other.unit} == {None, "percent"}:
        return _fraction(one) or _fraction(other)
    if one.unit != other.unit:
        return False
    mine, theirs = set(one.nouns[:2]) & _PARTS, set(other.nouns[:2]) & _PARTS
    return bool(mine & theirs) or not (mine or theirs)


def _fraction(quantity: Quantity) -> bool:
    return 0 < quantity.value < 1 and not quantity.text[0].isdecimal()


def _shown(words: Sequence[Word], quantity: Quantity) -> str:
    """Return the number as it reads, with its bound and the noun right behind it."""
    text = " ".join(w.text for w in words[quantity.first : quantity.end]).replace(" - ", "-")
    if quantity.first and not words[quantity.first - 1].text.isalnum() and quantity.unit in _MONEY:
        text = words[quantity.first - 1].text + text
    behind = words[quantity.end] if quantity.end < len(words) else None
    if behind is not None and behind.key in quantity.nouns[:1]:
        text = f"{text} {behind.text}"
    return text if quantity.bound == "exact" else f"{quantity.bound} {text}"


def _counted(question: str) -> list[Word]:
    match = _COUNTED.search(question)
    return list(content_words(match.group(1)))[:2] if match else []


def _units_asked(question: str, counted: Sequence[Word]) -> frozenset[str | None] | None:
    """Return the units an answer may have: None for a plain count."""
    if counted:
        units = {q.unit for w in counted for q in quantities_of(f"2 {w.text}") if q.unit}
        return frozenset(units) if units else None
    for pattern, units_asked in _UNITS_ASKED:
        if re.search(pattern, question, re.IGNORECASE):
            return units_asked
    return None


def _elsewhen(place: Place, asked: set[int]) -> bool:
    """Say whether a sentence speaks of another year than the question or, for one that names none, the article."""
    years = {d.date.year for d in dates_in(place.words) if d.date.year}
    if not years or years & asked:
        return False
    return bool(asked) or (place.published is not None and place.published.year not in years)


def _is_part(words: Sequence[Word], quantity: Quantity) -> bool:
    """Say whether a number counts a part of the whole ("including 3", "3 of them") or what was so before ("from 3")."""
    before = [w.text.lower() for w in words[max(0, quantity.first - 2) : quantity.first]]
    after = [w.text.lower() for w in words[quantity.end : quantity.end + 3]]
    part = bool(_PART_BEFORE & set(before)) or (after[:1] == ["of"] and bool(_WHOLE_AFTER & set(after)))
    return part or before[-1:] == ["from"] or (before[-1:] == ["another"]) or after[:1] == ["more"]


@lru_cache(maxsize=1)
def _classes() -> dict[str, int]:
    return {key_of(word): number for number, line in enumerate(_TALLIES) for word in line.split()}


def _tally(word: Word) -> int | None:
    return _classes().get(word.key)


def _nearest_class(words: Sequence[Word], quantity: Quantity) -> int | None:
    """Return the class of the nearest word that says what befell those counted."""
    near = [
        (distance(words, quantity.first, quantity.end, i), found)
        for i, w in enumerate(words)
        if (found := _tally(w)) is not None and not quantity.first <= i < quantity.end
    ]
    return min(near)[1] if near else None
