"""Which sentences of the evidence a claim is to be held against, and which words of it they cover.

Sentences are taken greedily: first the one that covers the most weight of the claim, then those that add to it, three
at most. The checks of polarity, certainty and roles look only at these, so a long article does not drown a claim.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.sentences import sentence_spans
from rag.verification.dates import dates_in
from rag.verification.lexicon import groups_of
from rag.verification.names import forms_in, is_named, names_in
from rag.verification.quantities import quantities_in
from rag.verification.words import Word, normalised, words_of

_MOST = 3
_GAIN = 0.08
_ABOUT, _ABOUT_FEW = 0.5, 0.3
STEM_ONLY, SYNONYM, SHARED_PREFIX = 1.0, 0.85, 0.7


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the evidence, its words, and what its words can match."""

    text: str
    words: tuple[Word, ...]
    keys: frozenset[str]
    groups: frozenset[int]
    prefixes: frozenset[str]

    def match(self, word: Word) -> float:
        """Return how well the sentence has the word: 1 same stem, less for a synonym or a shared long prefix, 0 not."""
        if word.key in self.keys:
            return STEM_ONLY
        if not self.groups.isdisjoint(groups_of(word.key)):
            return SYNONYM
        return SHARED_PREFIX if len(word.key) >= 6 and word.key[:6] in self.prefixes else 0.0

    def covers(self, content: Sequence[Word]) -> float:
        """Return the share of the weight of some words that this sentence alone covers."""
        total = sum(word.weight for word in content)
        return sum(word.weight * self.match(word) for word in content) / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """The sentences chosen for a claim, best first, and how well they match each content word of it (0 to 1).

    `in_order` holds the same sentences as the evidence has them; `pool` counts those they were chosen from; `beside` is
    the largest share of the claim's weight that two neighbouring sentences of the evidence cover.
    """

    sentences: tuple[Sentence, ...]
    in_order: tuple[Sentence, ...]
    content: tuple[Word, ...]
    matches: tuple[float, ...]
    pool: int
    beside: float

    @property
    def close(self) -> tuple[Sentence, ...]:
        """Return the chosen sentences that are about the same thing as the claim."""
        share = _ABOUT if self.pool > _MOST else _ABOUT_FEW
        return tuple(sentence for sentence in self.sentences if sentence.covers(self.content) >= share)

    @property
    def coverage(self) -> float:
        """Return the share of the claim's weight that the chosen sentences cover; 1 for a claim without content."""
        total = sum(word.weight for word in self.content)
        covered = sum(word.weight * match for word, match in zip(self.content, self.matches, strict=True))
        return covered / total if total else 1.0


@lru_cache(maxsize=2048)
def sentences_of(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of an evidence span, prepared for matching."""
    plain = normalised(text)
    return tuple(_prepared(plain[start:end]) for start, end in sentence_spans(plain))


def _prepared(text: str) -> Sentence:
    words = words_of(text)
    keys = frozenset(word.key for word in words)
    groups = frozenset(group for key in keys for group in groups_of(key))
    prefixes = frozenset(key[:6] for key in keys if len(key) >= 6)
    return Sentence(text, words, keys, groups, prefixes)


def aligned(claim: str, evidence: Sequence[str], lent: frozenset[str] = frozenset()) -> Alignment:
    """Choose the evidence sentences that cover the claim best; names in `lent` count as given."""
    content = tuple(word for word in words_of(claim) if word.is_content)
    pool = [sentence for span in evidence for sentence in sentences_of(span)]
    table = [[sentence.match(word) for word in content] for sentence in pool]
    matches = [0.0] * len(content)
    total = sum(word.weight for word in content) or 1.0
    chosen: list[int] = []
    while len(chosen) < _MOST and len(chosen) < len(pool):
        gains = [
            sum(w.weight * max(0.0, m - had) for w, m, had in zip(content, row, matches, strict=True)) for row in table
        ]
        best = max(range(len(pool)), key=lambda i: gains[i] - 1e-4 * len(pool[i].words))
        if best in chosen or (chosen and gains[best] < _GAIN * total):
            break
        chosen.append(best)
        matches = [max(had, m) for had, m in zip(matches, table[best], strict=True)]
    in_order = tuple(pool[i] for i in sorted(chosen))
    sentences = tuple(pool[i] for i in chosen)
    vouched = _vouched(claim, pool, sentences, matches, lent)
    return Alignment(sentences, in_order, content, vouched, len(pool), _beside(content, table, vouched))


def _beside(content: Sequence[Word], table: Sequence[Sequence[float]], vouched: Sequence[float]) -> float:
    """Return the best cover by two neighbouring sentences; what is vouched for by value or name is anywhere."""
    weights = [word.weight for word in content]
    rows = [*table, *table[-1:]] or [[0.0] * len(content)] * 2
    given = [
        match if match > max(found) else 0.0 for match, found in zip(vouched, zip(*rows, strict=True), strict=True)
    ]
    best = 0.0
    for one, two in itertools.pairwise(rows):
        best = max(best, sum(w * max(found) for w, *found in zip(weights, one, two, given, strict=True)))
    return best / sum(weights) if weights else 1.0


def _vouched(
    claim: str,
    pool: Sequence[Sentence],
    chosen: Sequence[Sentence],
    matches: Sequence[float],
    lent: frozenset[str],
) -> tuple[float, ...]:
    """Return the matches, with words that other checks compare by value counted as found.

    Numbers, units and dates that no sentence spells the same way are left to the checks of `numbers` and `dates`, which
    know that a dozen is 12; names count as found in any form, such as `EU`.
    """
    words = words_of(claim)
    valued = {i for date in dates_in(words) for i in range(date.first, date.end)}
    valued |= {i for quantity in quantities_in(words) for i in range(quantity.first, quantity.end)}
    known = lent.union(*(forms_in(sentence.text) for sentence in chosen))
    named = {i for name in names_in(claim) if is_named(name, known) for i in range(name.first, name.end)}
    content = [i for i, word in enumerate(words) if word.is_content]
    return tuple(
        STEM_ONLY
        if i in named or (i in valued and match == 0.0 and not any(words[i].key in s.keys for s in pool))
        else match
        for i, match in zip(content, matches, strict=True)
    )
