"""The sentences that could be evidence: those of the passages found, each once, with its neighbours.

Knows nothing of scores. A heading (short, no end of sentence) gives context and is never evidence itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.records import Hit
from rag.sentences import sentence_spans
from rag.words import Word, words

_SHORTEST_EVIDENCE_WORDS = 4
_HEADING_WORDS = 12
_SENTENCE_ENDS = '.!?…。！？"”’»)]'


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit: its offsets in the article, its text, and that of its neighbours in the passage.

    With an `anchor`, another sentence of the article that says when, `text` is that sentence and this one.
    """

    hit: Hit
    start: int
    end: int
    text: str
    before: str
    after: str
    anchor: Candidate | None = None


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Return the sentences of the hits in the order of the hits, each sentence once (in its best hit)."""
    found: list[Candidate] = []
    seen: set[tuple[str, int]] = set()
    for hit in hits:
        passage = hit.passage
        spans = passage_sentences(passage.text)
        for i, (start, end) in enumerate(spans):
            text = passage.text[start:end]
            key = (passage.article_id, passage.start + start)
            if key in seen or is_heading(text):
                continue
            seen.add(key)
            before = passage.text[slice(*spans[i - 1])] if i else ""
            after = passage.text[slice(*spans[i + 1])] if i + 1 < len(spans) else ""
            found.append(Candidate(hit, passage.start + start, passage.start + end, text, before, after))
    return found


@lru_cache(maxsize=20_000)
def passage_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the sentence spans of a passage (cached: passages are asked about again and again)."""
    return tuple(sentence_spans(text))


@lru_cache(maxsize=100_000)
def sentence_words(text: str) -> tuple[Word, ...]:
    """Return the words of a sentence (cached)."""
    return tuple(words(text))


def is_heading(text: str) -> bool:
    """Return whether a line is a heading or a fragment rather than a sentence that states something."""
    count = len(text.split())
    return count < _SHORTEST_EVIDENCE_WORDS or (count < _HEADING_WORDS and text[-1] not in _SENTENCE_ENDS)
