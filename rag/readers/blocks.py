"""Paragraphs of a scraped page, each judged by itself: prose, a known wording of furniture, or short.

Prose is long, with sentence punctuation and mostly lower-case words, a proxy for stop words that needs no language
(after jusText, Pomikálek 2011). Knows nothing of a paragraph's neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.readers import phrases


def _any_of(*lists: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for patterns in lists for pattern in patterns)


OBVIOUS = re.compile(_any_of(phrases.OBVIOUS), re.IGNORECASE)
_LINES = re.compile(_any_of(phrases.OBVIOUS, phrases.LINES), re.IGNORECASE)
_SENTENCES = re.compile(rf"\b(?:{_any_of(phrases.SENTENCES)})", re.IGNORECASE)
_CAPTIONS = re.compile(_any_of(phrases.CAPTIONS), re.IGNORECASE)
_COMMENTS = re.compile(_any_of(phrases.COMMENT_OPENERS), re.IGNORECASE)
_RELATED = re.compile(_any_of(phrases.RELATED_OPENERS), re.IGNORECASE)
_THREAD = re.compile(_any_of(phrases.THREAD_MARKS), re.IGNORECASE)

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।:][\"'”’»“)\]*\d]*$")
_PROSE_WORDS, _LINE_WORDS, LONG_WORDS, _SENTENCE_WORDS = 10, 25, 30, 80
_LONGEST_LINE, _LONGEST_SENTENCE = 300, 1000


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph and what it is by itself."""

    text: str
    words: int
    ends: bool
    furniture: bool
    comments: bool
    related: bool
    thread: bool

    @property
    def prose(self) -> bool:
        """Sentences of an article, as far as the paragraph alone can tell."""
        return not self.furniture and (
            (self.words >= _PROSE_WORDS and self.ends) or (self.words >= LONG_WORDS and _lower_share(self.text) >= 0.4)
        )


def block_of(text: str) -> Block:
    """Return what a paragraph is by itself."""
    line = text.strip(" •·|*-–—>»")
    words = len(_WORD.findall(text)) + len(_UNSPACED.findall(text)) // 2
    opener = words <= _LINE_WORDS and len(line) <= _LONGEST_LINE
    known = opener and bool(_LINES.fullmatch(line))
    if not known and words <= _SENTENCE_WORDS and len(line) <= _LONGEST_SENTENCE:
        known = bool(_SENTENCES.search(text) or _CAPTIONS.search(text))
    return Block(
        text,
        words,
        bool(_SENTENCE_END.search(text)),
        known or not line,
        opener and bool(_COMMENTS.fullmatch(line)),
        opener and bool(_RELATED.fullmatch(line)),
        opener and bool(_THREAD.fullmatch(line)),
    )


def _lower_share(text: str) -> float:
    """Return the share of words that do not begin with a capital or a digit."""
    words = _WORD.findall(text)
    return sum(not (word[0].isupper() or word[0].isdigit()) for word in words) / max(len(words), 1)
