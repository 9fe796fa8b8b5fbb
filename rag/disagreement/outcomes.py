"""Outcomes: what came of it. Convicted or acquitted, approved or rejected, signed or not.

An axis is a pair of opposite outcomes with the words of each; a negation turns the side round ("did not sign",
"not guilty"). Yes-or-no questions about other things are compared by their verb: stated, denied, or its opposite.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rag.disagreement.statements import Kind, Place, Statement, Value, alike
from rag.verification.certainty import hedges_in
from rag.verification.lexicon import opposites_of
from rag.verification.polarity import negations_in
from rag.verification.words import Word, words_of


@dataclass(frozen=True, slots=True)
class Axis:
    """Two opposite outcomes, the questions that ask for them, and whether the state can change from day to day."""

    name: str
    asked: re.Pattern[str]
    one: re.Pattern[str]
    other: re.Pattern[str]
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A side of an axis."""

    axis: str
    positive: bool


_TRUTH = re.compile(r"^\s*(?:is|are|was|were|do|does|did|has|have|had)\b", re.IGNORECASE)
_UNREAL = frozenset(("possible", "planned", "future"))
_OWN = "own verb"
_WHOLE, _OF_VERB = 0.5, 0.4


@lru_cache(maxsize=1)
def axes() -> tuple[Axis, ...]:
    """Return the pairs of opposite outcomes that ship with the package."""
    listed = tomllib.loads((files("rag.disagreement") / "outcomes.toml").read_text(encoding="utf-8"))["axis"]
    return tuple(
        Axis(a["name"], _any_of(a["asked"]), _any_of(a["one"]), _any_of(a["other"]), a["changes"]) for a in listed
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)


class Outcomes:
    """Reads which of two opposite outcomes a sentence reports."""

    kind: Kind = "outcome"

    def __init__(self, question: str, terms: Sequence[Word]) -> None:
        self.axes = tuple(axis for axis in axes() if axis.asked.search(question))
        verbs = [term for term in terms if term.text.islower()]
        self._verb = verbs[0] if _TRUTH.match(question) and verbs else None
        self._denied = bool(negations_in(words_of(question)))

    @property
    def asked(self) -> bool:
        """Say whether the question asks for an outcome at all."""
        return bool(self.axes) or self._verb is not None

    def read(self, place: Place) -> list[Value]:
        """Return the outcomes a sentence reports as having happened, the first of each axis."""
        words = place.words
        denied = {i for negation in negations_in(words) for i in negation.scope}
        foreseen = {hedge.head for hedge in hedges_in(words) if hedge.sorts & _UNREAL}
        found: list[Value] = []
        for axis in self.axes:
            hits = [(m, sign) for sign, p in ((True, axis.one), (False, axis.other)) for m in p.finditer(place.text)]
            for match, sign in sorted(hits, key=lambda hit: (hit[0].start(), -len(hit[0].group()))):
                at = [i for i, w in enumerate(words) if match.start() <= w.start < match.end()]
                if at and not any(words[i].key in foreseen for i in at):
                    positive = sign != bool(
                        denied & set(at) and not match.group().lower().startswith(("no ", "without"))
                    )
                    found.append(
                        Value(Outcome(axis.name, positive), match.group().strip(), _WHOLE, at[0], topic=axis.name)
                    )
                    break
        return found if self.axes else self._by_verb(words, denied, foreseen)

    def agree(self, one: Statement, other: Statement) -> bool | None:
        """Say whether two outcomes are the same side; None when they are of different axes."""
        a, b = one.value.content, other.value.content
        return a.positive == b.positive if a.axis == b.axis else None

    def moves(self, earlier: Value, later: Value) -> bool:
        """Say whether this is a state that can change from day to day (in custody, released)."""
        return any(axis.changes and axis.name == later.content.axis for axis in axes())

    def _by_verb(self, words: Sequence[Word], denied: set[int], foreseen: set[str]) -> list[Value]:
        """Return whether the question's verb is stated, denied or replaced by its opposite."""
        if self._verb is None:
            return []
        for i, word in enumerate(words):
            same, opposite = alike(self._verb, word), word.key in opposites_of(self._verb.key)
            if word.is_content and (same or opposite) and word.key not in foreseen and word.text.islower():
                shown = word.text if i not in denied else f"not {word.text}"
                return [Value(Outcome(_OWN, same != (i in denied)), shown, _OF_VERB, i)]
        return []
