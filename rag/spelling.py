"""Words of a question that no passage has, and those that were meant: slips of the keyboard, and names that come in
several spellings ("Makarevitch").

A slip is a letter wrong, missing, too many or exchanged with the next (Damerau 1964, "A technique for computer
detection and correction of spelling errors"); words of eight letters or more may have two. A word of the language is
left alone unless what it would become is much more usual. Meant is a word of the passages; or, for a word without a
capital, one of the most usual of English. Knows no records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.words import POSSESSIVE, Word, content_words, same_stem, strip_accents, words

_SHORTEST = 5  # letters; shorter words have too many neighbours
_LONG = 8  # letters; from here two slips
_RARE = 0.5  # `Word.weight` of a word that could be a slip
_UNKNOWN = 0.95  # and of one that the language does not know at all
_MORE_USUAL = 0.1  # what the weight falls by, at least, unless the word is unknown
_FAR_MORE_USUAL = 0.3  # the same for a word that no passage has: "opine" is no "spine"
_USUAL = 8000  # words of English, the most usual ones
_LETTERS = re.compile(r"[^\W\d_]+")


def respelt(question: str, texts: Iterable[str]) -> dict[str, str]:
    """Return each word of a question that looks like a slip → the word of the texts that it is most like."""
    known = [word for text in texts for word in content_words(words(text)) if _could_be(word)]
    stems, weights = {word.stem for word in known}, {_base(word): word.weight for word in known}
    often = Counter(_base(word) for word in known)
    found = {}
    for word in content_words(words(question)):
        if not _could_be(word) or word.weight < _RARE or any(same_stem(word.stem, stem) for stem in stems):
            continue
        most = 1.0 if word.weight >= _UNKNOWN else word.weight - _MORE_USUAL
        near = [(slips, -often[other], other) for slips, other in _nearest(_base(word), list(often))]
        if meant := [one for one in near if weights[one[-1]] <= most]:
            found[_base(word)] = min(meant)[-1]
        elif word.text.islower() and (usual := _usual_word(word)):
            found[_base(word)] = usual
    return found


def with_words(text: str, meant: Mapping[str, str]) -> str:
    """Return a text with words replaced, each wherever it stands by itself."""
    for word, other in meant.items():
        text = re.sub(rf"\b{re.escape(word)}\b", other, text)
    return text


def _usual_word(word: Word) -> str | None:
    """Return the far more usual word of English that one is a slip of, the most usual of those with fewest slips."""
    near = (other for _, other in _nearest(_base(word), _usual_words()))
    return next((other for other in near if words(other)[0].weight <= word.weight - _FAR_MORE_USUAL), None)


@cache
def _usual_words() -> tuple[str, ...]:
    from wordfreq import top_n_list

    return tuple(word for word in top_n_list("en", _USUAL) if len(word) >= _SHORTEST and word.isalpha())


def _could_be(word: Word) -> bool:
    return len(_base(word)) >= _SHORTEST and _LETTERS.fullmatch(_base(word)) is not None


def _base(word: Word) -> str:
    return POSSESSIVE.sub("", word.text)


def _nearest(word: str, others: Sequence[str]) -> list[tuple[int, str]]:
    """Return what a word could be a slip of, with the number of slips: fewest first, else in the order given."""
    mine = _folded(word)
    scorer: Any = OSA.distance  # overloaded in a way that the stubs of `extract` do not know
    found = process.extract(mine, map(_folded, others), scorer=scorer, score_cutoff=2, limit=None)
    near = sorted((int(slips), place) for other, slips, place in found if 0 < slips <= _most_slips(mine, other))
    return [(slips, others[place]) for slips, place in near]


def _most_slips(word: str, other: str) -> int:
    """Return how many slips may make one of the other; two leave the first letter as it is."""
    return 2 if min(len(word), len(other)) >= _LONG and word[0] == other[0] else 1


def _folded(word: str) -> str:
    return (word if word.isascii() else strip_accents(word)).casefold()
