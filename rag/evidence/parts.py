"""One part of a question with what was chosen to answer it, and what it takes wrongly for granted.

Most questions have one part. Knows nothing of how a question is taken apart or of how an answer reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.evidence.premises import Premise, false_premises
from rag.evidence.selection import Selection
from rag.evidence.unmentioned import unmentioned
from rag.questions import Question
from rag.records import Hit
from rag.verification.alignment import Alignment, aligned

_ITS_OWN = 0.45  # of the weight of a part's own words


@dataclass(frozen=True, slots=True)
class Part:
    """A question that stands alone, its evidence, and what it states wrongly: its false premises (with the sources that
    contradict them), and the dates and numbers that no source has.
    """

    question: Question
    selection: Selection
    premises: tuple[Premise, ...] = ()
    unmentioned: tuple[str, ...] = ()


def part_of(question: Question, selection: Selection, hits: Sequence[Hit]) -> Part:
    """Return the part with its false premises, looked for among the chosen evidence and denied by any hit."""
    found = [hit.passage.text for hit in hits]
    premises = false_premises(question, selection.evidence, found)
    return Part(question, selection, premises, () if premises else unmentioned(question, selection.evidence, hits))


def about_the_part(selection: Selection, own_words: str) -> Selection:
    """Return what was chosen for one of several parts without what only speaks of the others.

    A name that the parts share makes the evidence of one look like that of another; a part must be answered by a
    sentence that takes up the words it does not share, and not only names among them: "what did Moscow promise Kyiv" is
    not answered by what merely speaks of Moscow and Kyiv.
    """
    kept = [e for e in selection.evidence if _takes_up(aligned(own_words, [e.quote]))]
    return replace(selection, evidence=tuple(kept))


def _takes_up(found: Alignment) -> bool:
    besides_names = [match for word, match in zip(found.content, found.matches, strict=True) if word.text.islower()]
    return found.coverage >= _ITS_OWN and (not besides_names or any(besides_names))
