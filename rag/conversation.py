"""A follow-up question: made into one that stands alone, with what of the conversation it is to be looked up with.

Rules, those of `rag.references`: "he", "they" or "what about …" is completed in brackets, and a question that stands
alone is left as it is. It is looked up together with what was asked just before, which counts less than the question
itself, and least when that stands alone, so that a change of topic is not held back. Knows nothing of retrieval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.records import Answer
from rag.references import Said, completed, needs_context, topic_of_conversation
from rag.searching import FollowUp

LAST_TURNS = 2
WEIGHT_POINTING_BACK = 0.7
WEIGHT_STANDING_ALONE = 0.3


class AskedBefore(Protocol):
    """A turn of the conversation."""

    @property
    def question(self) -> str: ...

    @property
    def answer(self) -> Answer: ...


def follow_up(question: str, history: Sequence[AskedBefore]) -> FollowUp:
    """Return the question as it stands in its conversation."""
    said = [Said(_standalone(turn), " ".join(c.evidence.quote for c in turn.answer.citations[:1])) for turn in history]
    last = tuple(turn.question for turn in reversed(said[-LAST_TURNS:]) if turn.question.strip())
    if not said or not needs_context(question, said):
        return FollowUp(question, question, last, WEIGHT_STANDING_ALONE if last else 0.0)
    standalone = completed(question, topic_of_conversation(said))
    own = (standalone,) if standalone != question else ()
    return FollowUp(question, standalone, own + last, WEIGHT_POINTING_BACK, _cited(history[-1].answer))


def standalone_question(question: str, history: Sequence[AskedBefore]) -> str:
    """Return the question with what it points back to in brackets behind it, or as it is when it stands alone."""
    return follow_up(question, history).standalone


def _standalone(turn: AskedBefore) -> str:
    return turn.answer.standalone_question or turn.question


def _cited(answer: Answer) -> tuple[int, ...]:
    """Return the ids of the hits that the citations stand in."""
    spans = [c.evidence for c in answer.citations]
    return tuple(
        hit.passage.passage_id
        for hit in answer.hits
        if any(
            e.article_id == hit.passage.article_id and hit.passage.start <= e.start and e.end <= hit.passage.end
            for e in spans
        )
    )
