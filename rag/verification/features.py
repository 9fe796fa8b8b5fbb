"""The readable features from which the learned score is made.

They say how much of a claim the evidence covers, how much of it is copied from one place, what is missing and what is
said of something else there. None of them knows a verdict of the hard checks. The lengths of evidence and claim are
among them because they say what the others are worth: a long page holds most words of any claim by chance.
"""

from __future__ import annotations

import math
from difflib import SequenceMatcher

from rag.verification.alignment import Alignment
from rag.verification.relations import misplaced
from rag.verification.words import words_of

# Which way a feature may move the score: +1 only up, -1 only down, 0 either.
DIRECTIONS = {
    "coverage": 1,
    "beside": 1,
    "copied": 1,
    "missing": -1,
    "rarest_missing": -1,
    "misplaced": -1,
    "evidence_length": 0,
    "claim_length": 0,
}
_FOUND = 0.5
_RUN = 2


def features_of(claim: str, alignment: Alignment) -> dict[str, float]:
    """Return the features of an aligned claim by name."""
    pairs = zip(alignment.content, alignment.matches, strict=True)
    missing = [word.weight for word, match in pairs if match < _FOUND]
    keys = [word.key for word in words_of(claim) if word.text[0].isalnum()]
    return {
        "coverage": alignment.coverage,
        "beside": alignment.beside,
        "copied": _copied(keys, alignment),
        "missing": len(missing) / max(1, len(alignment.content)),
        "rarest_missing": max(missing, default=0.0),
        "misplaced": misplaced(claim, alignment)[0],
        "evidence_length": math.log1p(alignment.pool),
        "claim_length": math.log1p(len(keys)),
    }


def _copied(keys: list[str], alignment: Alignment) -> float:
    """Return the largest share of a claim's words that stand in one chosen sentence in runs of two or more."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(keys)
    most = 0
    for sentence in alignment.sentences:
        matcher.set_seq1([word.key for word in sentence.words if word.text[0].isalnum()])
        most = max(most, sum(block.size for block in matcher.get_matching_blocks() if block.size >= _RUN))
    return most / max(1, len(keys))
