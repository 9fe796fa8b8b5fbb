"""Certainty: a claim may not state as fact what the evidence only alleges, plans or thinks possible.

A hedge ("may", "allegedly", "plans to", "accused of") weakens the first words of meaning behind it. A claim that says
those words without a hedge of the same sort is at most partly supported. Neutral "said" is not a hedge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.verification.alignment import Alignment
from rag.verification.findings import Finding
from rag.verification.words import Word, words_of

Sort = Literal["possible", "reported", "planned", "future"]

_LISTED: dict[Sort, str] = {
    "possible": """may might could possibly perhaps maybe probably likely presumably potentially potential possible
        seemingly apparently appears appear appeared seems seem seemed suggests suggest suggested believed thought
        feared unclear unconfirmed predicted predicts forecast fears believes believe thinks likelihood""",
    "reported": """allegedly reportedly supposedly purportedly alleged purported suspected rumored rumoured accused
        accuses accusing claimed claims claiming alleges alleging argued argues insisted insists accusation
        allegations rumors rumours speculation""",
    "planned": """plans plan planned planning intends intend intended hopes hope hoping hoped aims aiming proposed
        proposes proposal considering considers vowed vows promised promises threatened threatens wants expected
        scheduled would""",
    "future": "will",
}
_HEDGES: dict[str, Sort] = {word: sort for sort, listed in _LISTED.items() for word in listed.split()}
_ALSO: dict[str, frozenset[Sort]] = {
    "expected": frozenset(("possible", "planned")), "would": frozenset(("possible", "planned", "future")),
    "suspected": frozenset(("possible", "reported")),
    "believed": frozenset(("possible", "reported")), "thought": frozenset(("possible", "reported")),
}  # fmt: skip
_SPEECH = frozenset("said says say saying told tells according announced stated warned reported reports quoted".split())
_WEAKER: frozenset[Sort] = frozenset(("future", "planned", "possible"))
_AUXILIARIES = frozenset(("set", "due", "is", "are", "was", "were", "about", "going", "ready", "poised"))
_LIGHT = frozenset("have has had also soon still even now be been being get make".split())
_CLAUSE_ENDS = frozenset('. ; : ! ? but " ( )'.split())


@dataclass(frozen=True, slots=True)
class Hedge:
    """A hedge, its sorts, and the word it weakens first, as stem and as it reads."""

    text: str
    sorts: frozenset[Sort]
    head: str
    shown: str


def hedges_in(words: Sequence[Word]) -> list[Hedge]:
    """Return the hedges of a sentence, in order."""
    found = []
    for i, word in enumerate(words):
        sorts = _sorts(words, i)
        if sorts:
            found.append(Hedge(word.text.lower(), sorts, *_head(words, i + 1)))
    return found


def check_certainty(claim: str, alignment: Alignment) -> list[Finding]:
    """Return a finding when the claim states what the evidence only hedges."""
    words = words_of(claim)
    claimed = [(hedge.head, hedge.sorts) for hedge in hedges_in(words)]
    for i, word in enumerate(words):
        if word.text.lower() in _SPEECH:
            claimed.append(("", frozenset(("reported",))))
        if word.text.lower() == "can":
            claimed.append((_head(words, i + 1)[0], frozenset(("possible",))))
    keys = {word.key for word in words}
    for sentence in alignment.close:
        hedges = [hedge for hedge in hedges_in(sentence.words) if hedge.head in keys]
        for hedge in hedges:
            enough = _WEAKER if "future" in hedge.sorts else hedge.sorts
            alike = [head for head, sorts in claimed if sorts & enough]
            if hedge.head in alike or len(alike) >= sum(not h.sorts.isdisjoint(hedge.sorts) for h in hedges):
                continue
            if not _stated_elsewhere(hedge, alignment):
                return [Finding("weak", f"the evidence says only “{hedge.text} {hedge.shown}”")]
    return []


def _stated_elsewhere(hedge: Hedge, alignment: Alignment) -> bool:
    """Say whether another occurrence of the weakened word stands without a hedge."""
    for sentence in alignment.sentences:
        weakened = {h.head for h in hedges_in(sentence.words)}
        count = sum(word.key == hedge.head for word in sentence.words)
        if count and (
            hedge.head not in weakened or count > sum(h.head == hedge.head for h in hedges_in(sentence.words))
        ):
            return True
    return False


def _sorts(words: Sequence[Word], i: int) -> frozenset[Sort]:
    lower = words[i].text.lower()
    if lower == "may" and words[i].text == "May" and i:
        return frozenset()
    if lower == "to" and i and words[i - 1].text.lower() in _AUXILIARIES:
        return frozenset(("planned", "future"))
    if (
        lower in ("will", "claims", "plan", "hope", "forecast", "thought")
        and i
        and words[i - 1].text.lower() in ("a", "the", "his", "her")
    ):
        return frozenset()
    sort = _HEDGES.get(lower)
    if sort is None:
        return frozenset()
    return _ALSO.get(lower, frozenset((sort,)))


def _head(words: Sequence[Word], start: int) -> tuple[str, str]:
    for j in range(start, min(len(words), start + 9)):
        if words[j].text.lower() in _CLAUSE_ENDS:
            break
        lower = words[j].text.lower()
        skipped = lower in _LIGHT or lower in _HEDGES or lower.endswith("ly") or not lower.isalpha()
        if words[j].is_content and not skipped:
            return words[j].key, words[j].text
    return "", ""
