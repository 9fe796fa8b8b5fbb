"""One part of a question with what was chosen to answer it, and what it takes wrongly for granted.

Most questions have one part. Knows nothing of how a question is taken apart or of how an answer reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.evidence.premises import Premise, false_premises
from rag.evidence.selection import Selection
from rag.questions import Question
from rag.records import Hit


@dataclass(frozen=True, slots=True)
class Part:
    """A question that stands alone, its evidence, and its false premises (the sources that contradict it)."""

    question: Question
    selection: Selection
    premises: tuple[Premise, ...] = ()


def part_of(question: Question, selection: Selection, hits: Sequence[Hit]) -> Part:
    """Return the part with its false premises, looked for among the chosen evidence and denied by any hit."""
    found = [hit.passage.text for hit in hits]
    return Part(question, selection, false_premises(question, selection.evidence, found))
