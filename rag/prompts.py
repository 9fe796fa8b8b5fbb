"""Every text that is sent to a language model or stands in for its answer.

Nothing here is trusted to work: what comes back is checked sentence by sentence (`rag/verification`). The notes carry
no numbers, so that a model has no marker to copy; which note supports a sentence is found by checking.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.generators.protocol import Prompt

REFUSAL = "The articles in this corpus do not answer this question."
NOTICE_GENERATOR_FAILED = "The language model failed ({cause}); this answer is made of quotes only."

READ_AS = "No passage found has {words}; the question was read as “{question}”"

FALSE_PREMISE = "The question speaks of “{asked}”, but the source says “{said}”."
UNMENTIONED = "The articles do not mention “{asked}” in this connection."
COUNTED = "Counted from its publication on {published}, “{words}” is {day}."
NOT_SAID = "The articles do not say {part}."
NOT_ANSWERED = "The articles do not answer “{part}”."
# "Who ordered it" reads on after "do not say" as it stands; "when did he leave" would need another order of words.
_READS_ON = re.compile(
    r"(?:who|whose \w+|how (?:many|much)(?: \w+){1,2}|which (?:\w+ )?\w+) "
    r"(?!do\b|does\b|did\b|is\b|are\b|was\b|were\b|will\b|would\b|can\b|could\b|has\b|have\b|had\b|should\b)\w.*",
    re.IGNORECASE,
)
_TURNS = re.compile(r"\b(?:do|does|did)\b", re.IGNORECASE)

_SYSTEM = (
    "You answer questions from notes taken out of news articles. Use only the notes. Do not add anything that is not "
    "in them. Keep names, numbers and dates exactly as written. Answer in one or two short, complete sentences."
)
_USER = "Notes:\n{notes}\n\nQuestion: {question}\nAnswer from the notes only:"


def answer_prompt(question: str, notes: Sequence[str], max_new_tokens: int) -> Prompt:
    """Return the prompt that asks for an answer from these notes (the evidence, best first)."""
    listed = "\n".join(f"- {' '.join(note.split())}" for note in notes)
    return Prompt(_SYSTEM, _USER.format(notes=listed, question=" ".join(question.split())), max_new_tokens)


def in_question_words(part: str) -> str:
    """Return a part of a question without the words in brackets that it was completed with."""
    return re.sub(r"\s*\([^()]*\)(?=\?*$)", "", " ".join(part.split()))


def not_said(part: str) -> str:
    """Return the sentence that says that the articles do not answer this part of the question."""
    bare = in_question_words(part).rstrip("? ")
    if _READS_ON.fullmatch(bare) and not _TURNS.search(bare):
        return NOT_SAID.format(part=bare[:1].lower() + bare[1:])
    return NOT_ANSWERED.format(part=bare + "?")


def read_as(words: Sequence[str], question: str) -> str:
    """Return what a reader is told when words of the question were taken for slips."""
    return READ_AS.format(words=" or ".join(f"“{word}”" for word in words), question=question)


def not_mentioned(asked: str) -> str:
    """Return the sentence that names a date or number of the question that no source has."""
    return UNMENTIONED.format(asked=asked)


def counted(words: str, day: str, published: str) -> str:
    """Return the sentence that says which day words such as "on Saturday" mean."""
    return COUNTED.format(words=words, day=day, published=published)


def false_premise(asked: str, said: str) -> str:
    """Return the sentence that names what the question takes wrongly for granted."""
    return FALSE_PREMISE.format(asked=asked, said=said)
