"""What happens while a question is answered, in this order: Retrieved, each Written sentence, Finished.

A second Retrieved begins anew: the question was searched again with its slips of spelling put right.
"""

from __future__ import annotations

from dataclasses import dataclass

from rag.records import Answer, AnswerSentence, Citation, Hit


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, before anything is written."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """One checked sentence of the answer, with the citations that first appear in it."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer, or the refusal; always the last event."""

    answer: Answer


Event = Retrieved | Written | Finished
