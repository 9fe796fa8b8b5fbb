"""Causes: why it happened. The words behind "because of", "due to", "blamed on", or before "caused", "led to".

Two causes are the same when they share words or near words (cosine of word vectors); they differ only when they share
next to nothing and the encoder finds the phrases unlike too, so a cause told in other words is not taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from rag.disagreement.statements import Kind, Place, Statement, Value, alike
from rag.encoders.word_vectors import WordVectors
from rag.evidence.vectors import TextVectors
from rag.verification.polarity import negations_in
from rag.verification.words import Word, words_of

_END = r"(?=[,.;:!?\"]|$| but | while | after | when | and (?:the|it|he|she|they|police|officials) )"
_BEHIND = re.compile(
    r"\b(?:because of|because|due to|owing to|caused by|blamed (?:[\w' -]+? )?(?:on|for)(?= )|triggered by|sparked by"
    r"|set off by|brought on by|as a result of|result(?:ed|s)? (?:of|from)|trace[ds]? (?:[\w' -]+? )?(?:to|back to)"
    r"|attributed (?:[\w' -]+? )?to|stem(?:s|med)? from|prompted by|down to|thanks to|started by"
    r"|(?:killed|destroyed|forced|driven) by|(?:stepped down|resigned|quit|left) over"
    r"|cause (?:of [\w' -]+? )?(?:is|was|being))"
    rf"\s+(?P<cause>.+?){_END}",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:^|[,;:]\s|\bthat\s)(?P<cause>[^,;:]+?)\s+(?:(?:has|have|had)\s+)?(?:caused|causes|led to|sparked|triggered"
    r"|set off|resulted in|(?:is|are|was|were) (?:behind|to blame for|responsible for|the cause of|the reason for)"
    r"|brought about)\b",
    re.IGNORECASE,
)
_BLAMED_FOR = re.compile(r"\bblam(?:ed|es|ing)\s+(?P<cause>[^,;:]+?)\s+for\b", re.IGNORECASE)
_ON_PURPOSE = re.compile(
    r"\b(?P<cause>(?:started|set|lit) (?:deliberately|on purpose)|deliberately (?:started|set|lit)|arson)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:why|causes?d?|blamed?|reasons?|trigger(?:ed)?|spark(?:ed)?|led to|how come|behind the)\b", re.IGNORECASE
)
_ASKING = re.compile(r"^(?:caus|blame|reason|trigger|spark|lead|behind)")
# Measured on pairs of the development stories: other wordings of one cause have a cosine of .21 to 1 (9 in 10 above
# .3), different causes of .02 to .37 (9 in 10 below .27). Words shared, or near words, settle the rest.
_SAME_FROM, _OTHER_BELOW, _OTHER_COSINE = 0.34, 0.22, 0.30
_NEAR_FROM, _NEAR_TO = 0.38, 0.75
_LEAST_TOLD = 0.25
_PLAIN = frozenset("be have make get start out old new year day part".split())


class Causes:
    """Reads the cause a sentence gives for what the question asks about."""

    kind: Kind = "cause"

    def __init__(self, question: str, terms: Sequence[Word], texts: TextVectors, vectors: WordVectors) -> None:
        self._effect = [t for t in terms if not _ASKING.match(t.key)]
        self._texts = texts
        self._vectors = vectors

    @staticmethod
    def asked_by(question: str) -> bool:
        """Say whether a question asks for a cause."""
        return bool(_ASKED.search(question))

    def read(self, place: Place) -> list[Value]:
        """Return the cause a sentence names, if the sentence also speaks of the effect."""
        total = sum(t.weight for t in self._effect)
        told = sum(t.weight for t in self._effect if any(alike(t, w) for w in place.words if w.is_content))
        if total and told / total < _LEAST_TOLD:
            return []
        denied = {i for negation in negations_in(place.words) for i in negation.scope}
        for pattern in (_BLAMED_FOR, _BEHIND, _BEFORE, _ON_PURPOSE):
            for match in pattern.finditer(place.text):
                at = [i for i, w in enumerate(place.words) if match.start("cause") <= w.start < match.end("cause")]
                tie = [i for i, w in enumerate(place.words) if match.start() <= w.start < match.end()]
                content = self._content(match.group("cause"))
                if content and at and not denied & (set(tie) - set(at)):
                    return [Value(content, match.group("cause").strip(), told / total if total else 0.5, at[0])]
        return []

    def agree(self, one: Statement, other: Statement) -> bool | None:
        """Say whether two causes share their words; None between clearly the same and clearly different."""
        likeness = max(
            self._share(one.value.content, other.value.content), self._share(other.value.content, one.value.content)
        )
        if likeness >= _SAME_FROM:
            return True
        if likeness >= _OTHER_BELOW:
            return None
        a, b = self._texts([one.value.shown, other.value.shown])
        return False if float(a @ b) < _OTHER_COSINE else None

    def moves(self, earlier: Value, later: Value) -> bool:
        """Return False: what caused a thing does not change; a corrected account is told by its words."""
        return False

    def _content(self, phrase: str) -> tuple[Word, ...]:
        return tuple(
            w
            for w in words_of(phrase)
            if w.is_content and w.key not in _PLAIN and not any(alike(t, w) for t in self._effect)
        )

    def _share(self, words: Sequence[Word], others: Sequence[Word]) -> float:
        """Return the weighted share of some words that others hold, near words counting in part."""
        near = self._vectors.vectors([w.text.lower() for w in words]) @ (
            self._vectors.vectors([w.text.lower() for w in others]).T
        )
        strength = np.clip((near - _NEAR_FROM) / (_NEAR_TO - _NEAR_FROM), 0, 0.9).max(axis=1)
        held = [1.0 if any(alike(w, o) for o in others) else float(s) for w, s in zip(words, strength, strict=True)]
        return sum(w.weight * h for w, h in zip(words, held, strict=True)) / sum(w.weight for w in words)
