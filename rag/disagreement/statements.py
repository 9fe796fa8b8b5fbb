"""What one sentence says in answer to the question, and how two such answers compare.

A `Reading` knows one type of answer (a count, a date, a name, a cause, an outcome): it reads the values a sentence
gives and says whether two values can both be true. Everything else is the same for all types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, Protocol

from rag.evidence.candidates import Candidate
from rag.verification.lexicon import groups_of
from rag.verification.words import Word, key_of

Kind = Literal["value", "cause", "speaker", "outcome"]
_LONG_STEM, _SHORT_STEM, _ENDING = 6, 4, 3
_BOUNDARIES = frozenset(", ; : and but while as with after when who which that".split())
_BOUNDARY_COST = 4
# Words that stand for each other when sources are compared, though not when a claim is checked: added to the lexicon.
_NEWS = tuple(
    frozenset(key_of(word) for word in line.split())
    for line in (
        "job position post role",
        "cut eliminate slash axe shed loss lose redundant",
        "smuggle smuggler smuggling",
        "sink capsize overturn",
        "flat apartment",
        "freed free release released",
        "worker employee staff",
        "protest march demonstration rally",
        "fine penalty",
        "crash collision accident",
        "closure close shut",
        "marathon race",
        "win winner champion victor victory",
        "verdict convict acquit guilty",
        "bill law legislation",
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence to be read: its words, the article's day of publication (None if unknown), and its surroundings."""

    candidate: Candidate
    text: str
    words: tuple[Word, ...]
    published: date | None
    about: float


@dataclass(frozen=True, slots=True)
class Value:
    """An answer as read from a sentence. `fit` in [0, 1] says how closely it is tied to what the question asks.

    `at` is the index of its first word; `slack` is 0 for an exact value, more the vaguer it is. Only values of one
    `topic` (a unit, a pair of outcomes) are compared.
    """

    content: Any
    shown: str
    fit: float
    at: int
    slack: float = 0.0
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A value with the sentence that gives it and, where the sentence says so, the speaker it gives it to."""

    value: Value
    place: Place
    speaker: str

    @property
    def article_id(self) -> str:
        """Return the article that says it."""
        return self.place.candidate.hit.passage.article_id

    @property
    def voice(self) -> str:
        """Return the voice of the article: near-copies share one."""
        return self.place.candidate.hit.group or self.article_id

    @property
    def strength(self) -> float:
        """Return how sure it is that this answers the question, for ordering only."""
        return self.place.about + self.value.fit


class Reading(Protocol):
    """One type of answer."""

    @property
    def kind(self) -> Kind:
        """Return what a difference of such answers is called."""
        ...

    def read(self, place: Place) -> list[Value]:
        """Return the answers a sentence gives."""
        ...

    def agree(self, one: Statement, other: Statement) -> bool | None:
        """Say whether both can be true; None when they do not speak of the same thing."""
        ...

    def moves(self, earlier: Value, later: Value) -> bool:
        """Say whether a later report of this kind is by nature a newer state (a toll that rises)."""
        ...


@lru_cache(maxsize=50_000)
def _groups(key: str) -> frozenset[int]:
    return frozenset(-1 - number for number, keys in enumerate(_NEWS) if key in keys)


def alike(term: Word, word: Word) -> bool:
    """Say whether two words have one stem, are synonyms, or share a long beginning (derail, derailment)."""
    return keys_alike(term.key, word.key)


@lru_cache(maxsize=200_000)
def keys_alike(one: str, other: str) -> bool:
    """Say the same of two stems."""
    if one == other or not (groups_of(one) | _groups(one)).isdisjoint(groups_of(other) | _groups(other)):
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= _LONG_STEM and short[:_LONG_STEM] == long[:_LONG_STEM]:
        return True
    return len(short) >= _SHORT_STEM and long.startswith(short) and len(long) - len(short) <= _ENDING


def distance(words: Sequence[Word], first: int, end: int, at: int) -> int:
    """Return how many words lie between a stretch and a word; the start of another clause counts as four more."""
    between = range(end, at) if at >= end else range(at + 1, first)
    return len(between) + _BOUNDARY_COST * sum(words[i].text.lower() in _BOUNDARIES for i in between)


def nearness(words: Sequence[Word], first: int, end: int, terms: Sequence[Word]) -> float:
    """Return the weighted share of the terms that stand near a stretch of words, in [0, 1]."""
    total = sum(term.weight for term in terms)
    if not total:
        return 0.0
    held = 0.0
    for term in terms:
        found = [distance(words, first, end, i) for i, w in enumerate(words) if w.is_content and alike(term, w)]
        held += term.weight / (1 + max(0, min(found) - 1) / 6) if found else 0.0
    return held / total
