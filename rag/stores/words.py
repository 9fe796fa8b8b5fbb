"""How text becomes the words that are indexed and asked for; tantivy runs it, nothing here knows an index.

Words are folded (case, accents, curly apostrophes), and for English stemmed (Porter 2). Scripts written without spaces
are taken a character at a time, and neighbours are asked for as pairs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_TOKEN = rf"{_UNSPACED}|\d+(?:[.,]\d+)*|(?:\p{{L}}\.){{2,}}|[\p{{L}}\p{{M}}\p{{N}}]+(?:['’]\p{{L}}+)*"
_LONGEST_TOKEN_BYTES = 80
_LONGEST_QUERY = 20_000  # characters; what comes after that adds nothing that could be ranked by

# Words that a question is built with, and that say nothing of what it asks about.
_FUNCTION_WORDS = frozenset(
    """
    a about all also an and any are as at be been being but by can could did do does doing for from had has have he
    her him his how i if in into is it its just many may me might more most much must my no not of on one only or
    other our out over own s same shall she should so some such t than that the their them then there these they
    this those to too under up us very was we were what what's when where which while who who's whom whose why will
    with would you your
    """.split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query as the unstemmed and as the stemmed fields hold it."""

    plain: str
    stemmed: str


class Words:
    """The two analyses, made by tantivy under the names `plain` and `stemmed`."""

    def __init__(self, tantivy: Any) -> None:
        self.analyzers = {
            "plain": _folded(tantivy).build(),
            "stemmed": _folded(tantivy).filter(tantivy.Filter.stemmer("english")).build(),
            "pairs": tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build(),
        }

    def of_query(self, query: str) -> tuple[list[Word], list[str]]:
        """Return what a query asks for, without its function words if others are left, and its pairs."""
        query = query[:_LONGEST_QUERY].encode("utf-8", "replace").decode()  # a lone surrogate is no text
        words = self._words(query)
        telling = [word for word in words if word.plain not in _FUNCTION_WORDS] or words
        return list(dict.fromkeys(telling)), list(dict.fromkeys(_pairs(words)))

    def pairs_of(self, text: str) -> str:
        """Return the pairs of words that stand side by side in a text, neither of them a function word, as one line."""
        return " ".join(_pairs(self._words(text)))

    def _words(self, text: str) -> list[Word]:
        plain, stemmed = (self.analyzers[name].analyze(text) for name in ("plain", "stemmed"))
        return [Word(p, s) for p, s in zip(plain, stemmed, strict=True)]


def _pairs(words: Sequence[Word]) -> list[str]:
    telling = [None if word.plain in _FUNCTION_WORDS else word.stemmed for word in words]
    return [f"{a}_{b}" for a, b in itertools.pairwise(telling) if a is not None and b is not None]


def _folded(tantivy: Any) -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_TOKEN))
    for step in (
        tantivy.Filter.remove_long(_LONGEST_TOKEN_BYTES),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
    ):
        builder = builder.filter(step)
    return builder
