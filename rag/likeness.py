"""Whether two articles are the same story in (almost) the same words: a wire report that several outlets print.

Candidates come from MinHash signatures of three-word shingles cut into bands (Broder 1997; Leskovec, Rajaraman and
Ullman, Mining of Massive Datasets, chapter 3), so that not every pair of articles has to be compared. Candidates are
then compared word by word, and one is a near-copy of the other when

* most of the shorter text stands in the longer one, and they are not too unequal: copies are cut from the end;
* they begin alike: a follow-up repeats the background of a story under a new beginning, a live report grows at the top;
* they tell of the same names and numbers: a form filled in anew is another story, a fact replaced another claim.

A report of the same event in other words is no copy. The thresholds were chosen on generated copies of real articles
against pairs of real articles that share text without being copies. This module knows no store and no metadata.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

_SHINGLE_WORDS = 3
_MOST_WORDS = 20_000  # of a longer text, the first
_LEAST_SHINGLES = 40  # a shorter text has only copies of the very same words

_BANDS = 48
_ROWS = 3  # in a band: texts that share .4 of their shingles meet with .96, those that share a fiftieth with .0004
_LEAST_RESEMBLANCE = 0.18  # estimated from signatures, three standard errors under the least Jaccard similarity
_SEED = 1

_JACCARD = 0.3
_CONTAINED = 0.68
_SHORT = 100  # a text of fewer shingles may be little but the furniture of its site
_SHORT_CONTAINED = 0.8
_NEARLY_ALL = 0.9  # so much makes a copy even if it begins in other words
_BEGINNINGS = (80, 120)  # in shingles
_SAME_BEGINNING = 0.64  # of one in the other
_NEW_BEGINNING = 0.35  # at least this much of either longer beginning stands in the other text
_CONTAINED_AND_DETAILS = 1.36  # the share of shingles and the share of names and numbers that stand in the longer text
_WORDS_A_REPLACEMENT = 150  # fewer words for each name or number replaced is another claim, not another wording
_BEGUN_WORDS = 3  # in both: what comes before is a byline or place line
_REPLACED_WORDS = 6
_ALIGNED_WORDS = 4_000  # from the beginning: aligning takes memory by the square

# Scripts without spaces between words: a sign counts as a word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:[.,]\d+)*")

Shingle = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What two texts are compared by: folded words, their shingles, and the places of names and numbers."""

    words: tuple[str, ...]
    in_order: tuple[Shingle, ...]
    shingles: frozenset[Shingle]
    details: frozenset[str]


def profile(text: str) -> Profile:
    """Return what a text is compared by."""
    found = list(islice(_WORD.finditer(text), _MOST_WORDS))
    words = tuple(word.group().casefold() for word in found)
    in_order = tuple(zip(*(words[i:] for i in range(_SHINGLE_WORDS)), strict=False))
    details = (words[i] for i, word in enumerate(found) if _is_detail(word.group(), text, word.start()))
    return Profile(words, in_order, frozenset(in_order), frozenset(details))


def signature(found: Profile) -> bytes:
    """Return the MinHash signature of a text, as long for every text; empty for one without words."""
    from rensa import RMinHash

    if not found.words:
        return b""
    shingles = found.shingles if len(found.shingles) >= _LEAST_SHINGLES else {found.words}
    sketch = RMinHash(num_perm=_BANDS * _ROWS, seed=_SEED)
    sketch.update([" ".join(shingle) for shingle in shingles])
    return np.asarray(sketch.digest(), dtype="<u4").tobytes()


def bands(signature: bytes) -> list[int]:
    """Return the 64-bit keys of a signature's bands."""
    return [
        int.from_bytes(hashlib.blake2b(row.tobytes(), digest_size=8, salt=bytes([i])).digest(), "big", signed=True)
        for i, row in enumerate(_rows(signature))
    ]


def may_be_copies(a: bytes, b: bytes) -> bool:
    """Tell from two signatures whether the texts have to be compared: they share a band and enough else."""
    same = _rows(a) == _rows(b) if a and b else np.zeros((1, 1), dtype=bool)
    return bool(same.all(axis=1).any()) and float(same.mean()) >= _LEAST_RESEMBLANCE


def is_near_copy(a: Profile, b: Profile) -> bool:
    """Tell whether one text is the other with edits; which is which does not matter."""
    short, long = sorted((a, b), key=lambda p: (len(p.shingles), p.words))
    if len(short.shingles) < _LEAST_SHINGLES:
        return a.words == b.words
    shared = len(a.shingles & b.shingles)
    contained = shared / len(short.shingles)
    least = _CONTAINED if len(short.shingles) >= _SHORT else _SHORT_CONTAINED
    if contained < least or shared < _JACCARD * (len(a.shingles) + len(b.shingles) - shared):
        return False
    details = len(short.details.intersection(long.words)) / len(short.details) if short.details else 1.0
    if contained + details < _CONTAINED_AND_DETAILS:
        return False
    return _begin_alike(short, long, nearly_all=contained >= _NEARLY_ALL) and _claim_the_same(short, long)


def _begin_alike(a: Profile, b: Profile, *, nearly_all: bool) -> bool:
    found = [(_contained(a.in_order[:n], b.shingles), _contained(b.in_order[:n], a.shingles)) for n in _BEGINNINGS]
    if min(found[-1]) < _NEW_BEGINNING:
        return False
    return nearly_all or min(max(pair) for pair in found) >= _SAME_BEGINNING


def _claim_the_same(a: Profile, b: Profile) -> bool:
    """Tell whether hardly any name or number of one stands, in the same place of the other, replaced by another.

    What comes before the first words that both have is a byline or place line.
    """
    from rapidfuzz.distance import Levenshtein

    replaced, begun = 0, False
    in_a, in_b = frozenset(a.words), frozenset(b.words)
    for edit in Levenshtein.opcodes(a.words[:_ALIGNED_WORDS], b.words[:_ALIGNED_WORDS]):
        begun = begun or (edit.tag == "equal" and edit.src_end - edit.src_start >= _BEGUN_WORDS)
        if edit.tag != "replace" or not begun:
            continue
        here, there = set(a.words[edit.src_start : edit.src_end]), set(b.words[edit.dest_start : edit.dest_end])
        if max(len(here), len(there)) <= _REPLACED_WORDS:
            from_a, from_b = here & a.details, there & b.details
            replaced += bool(from_a and from_b and (from_a - in_b or from_b - in_a))
    return replaced * _WORDS_A_REPLACEMENT <= min(len(a.words), len(b.words))


def _contained(part: tuple[Shingle, ...], whole: frozenset[Shingle]) -> float:
    return sum(shingle in whole for shingle in part) / len(part)


def _is_detail(word: str, text: str, start: int) -> bool:
    """Tell whether the word that starts here is a number or a name: a capital that opens no sentence."""
    if not word[0].isupper():
        return not word.isalpha()
    before = text[max(0, start - 4) : start].rstrip(" \"'“”‘’(")
    return bool(before) and before[-1] not in ".!?:\n"


def _rows(signature: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(signature, dtype="<u4").reshape(-1, _ROWS)
