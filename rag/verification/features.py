"""The readable features from which the learned score is made.

They say how much of the claim the best evidence sentences cover, how much of it stands together there, and what is
missing. None of them knows a verdict of the hard checks. Lengths, longest common runs and n-gram shares were tried and
dropped: they helped on one kind of text and hurt on another.
"""

from __future__ import annotations

import itertools
import math

from rag.verification.alignment import Alignment
from rag.verification.copies import Similarity

NAMES = ("coverage", "pair_coverage", "missing_words", "rarest_missing")
SIMILARITY_NAMES = (*NAMES, "similarity")
_FOUND = 0.5
_NEAR = 3


def features_of(claim: str, alignment: Alignment, similarity: Similarity | None = None) -> dict[str, float]:
    """Return the features of a claim by name; `similarity` only when the function is given."""
    pairs = zip(alignment.content, alignment.matches, strict=True)
    missing = [word.weight for word, match in pairs if match < _FOUND]
    features = {
        "coverage": alignment.coverage,
        "pair_coverage": _pairs(alignment),
        "missing_words": math.log1p(len(missing)),
        "rarest_missing": max(missing, default=0.0),
    }
    if similarity is not None:
        chosen = [sentence.text for sentence in alignment.sentences]
        features["similarity"] = float(max(similarity([claim], chosen)[0])) if chosen else 0.0
    return features


def _pairs(alignment: Alignment) -> float:
    """Return the share of neighbouring content words of the claim that stand near each other in a chosen sentence."""
    keys = [word.key for word in alignment.content]
    pairs = list(itertools.pairwise(keys))
    if not pairs:
        return alignment.coverage
    near: set[tuple[str, str]] = set()
    for sentence in alignment.sentences:
        theirs = [word.key for word in sentence.words if word.is_content]
        near.update((a, b) for i, a in enumerate(theirs) for b in theirs[max(0, i - _NEAR) : i + _NEAR + 1])
    return sum(pair in near for pair in pairs) / len(pairs)
