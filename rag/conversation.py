"""A follow-up question made into one that stands alone: what "he", "they" or "what about …" points back to is added.

Rules only: a question that holds a name of its own and no pronoun stands as it is; otherwise the names of the turn
before are added, those of its question first, then those of its cited evidence. Knows nothing of retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from rag.records import Answer
from rag.words import QUESTION_WORDS, Word, content_words, words

_POINTS_BACK = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|there|then|one)\b", re.IGNORECASE
)
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|then|also|what about|how about|why|when|where|who|how many)\b[^?]{0,24}\?*\s*$", re.IGNORECASE
)
_MOST_NAMES = 4


class AskedBefore(Protocol):
    """A turn of the conversation."""

    @property
    def question(self) -> str: ...

    @property
    def answer(self) -> Answer: ...


def standalone_question(question: str, history: Sequence[AskedBefore]) -> str:
    """Return the question with what it points back to in brackets behind it, or as it is when it stands alone."""
    if not history or not _needs_context(question):
        return question
    before = history[-1]
    topic = content_words(words(before.answer.standalone_question or before.question))
    cited = " ".join(c.evidence.quote for c in before.answer.citations[:1])
    names = [w for w in (*topic, *words(cited)) if w.is_name and w.text.casefold() not in QUESTION_WORDS]
    added = _phrases(names or topic, {w.stem for w in words(question)})
    return f"{question.rstrip(' ?')} ({', '.join(added)})?" if added else question


def _needs_context(question: str) -> bool:
    found = words(question)
    named = any(w.is_name for w in found)
    content = [w for w in found if w.text.casefold() not in QUESTION_WORDS and w.weight > 0.05]
    return bool(_POINTS_BACK.search(question)) or (
        not named and (len(content) <= 2 or bool(_CONTINUES.match(question)))
    )


def _phrases(found: Sequence[Word], own: set[str]) -> list[str]:
    """Return the first few distinct words that the question does not hold itself."""
    kept: dict[str, str] = {}
    for word in found:
        if word.stem not in own:
            kept.setdefault(word.stem, word.text)
    return list(kept.values())[:_MOST_NAMES]
