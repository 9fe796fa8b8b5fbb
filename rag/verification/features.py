"""The readable features from which the learned score is made.

They say how much of the claim the best evidence sentences cover, how much of it stands together there, and what is
missing. None of them knows a verdict of the hard checks. Lengths, longest common runs and n-gram shares were tried and
dropped: they helped on one kind of text and hurt on another. The count of missing words was dropped because its fitted
sign was wrong: it raised the score. Cosines of whole sentences and of single words in context (MiniLM) added nothing.
"""

from __future__ import annotations

import itertools

from rag.verification.alignment import Alignment

NAMES = ("coverage", "pair_coverage", "rarest_missing")
_FOUND = 0.5
_NEAR = 3


def features_of(alignment: Alignment) -> dict[str, float]:
    """Return the features of an aligned claim by name."""
    pairs = zip(alignment.content, alignment.matches, strict=True)
    missing = [word.weight for word, match in pairs if match < _FOUND]
    return {
        "coverage": alignment.coverage,
        "pair_coverage": _pairs(alignment),
        "rarest_missing": max(missing, default=0.0),
    }


def _pairs(alignment: Alignment) -> float:
    """Return the share of neighbouring content words of the claim that stand near each other in a chosen sentence.

    Only pairs of which both words are there by stem count: what a synonym or a value matches has no place to compare.
    """
    known = frozenset().union(*(sentence.keys for sentence in alignment.sentences))
    keys = [word.key for word in alignment.content]
    pairs = [pair for pair in itertools.pairwise(keys) if known.issuperset(pair)]
    if not pairs:
        return alignment.coverage
    near: set[tuple[str, str]] = set()
    for sentence in alignment.sentences:
        theirs = [word.key for word in sentence.words if word.is_content]
        near.update((a, b) for i, a in enumerate(theirs) for b in theirs[max(0, i - _NEAR) : i + _NEAR + 1])
    return sum(pair in near for pair in pairs) / len(pairs)
