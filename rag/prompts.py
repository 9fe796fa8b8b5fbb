"""Every text that is sent to a language model or stands in for its answer.

Nothing here is trusted to work: what comes back is checked sentence by sentence (`rag/verification`). The notes carry
no numbers, so that a model has no marker to copy; which note supports a sentence is found by checking.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.generators.protocol import Prompt

REFUSAL = "The articles in this corpus do not answer this question."
NOTICE_GENERATOR_FAILED = "The language model failed ({cause}); this answer is made of quotes only."

_SYSTEM = (
    "You answer questions from notes taken out of news articles. Use only the notes. Do not add anything that is not "
    "in them. Keep names, numbers and dates exactly as written. Answer in one or two short, complete sentences."
)
_USER = "Notes:\n{notes}\n\nQuestion: {question}\nAnswer from the notes only:"


def answer_prompt(question: str, notes: Sequence[str], max_new_tokens: int) -> Prompt:
    """Return the prompt that asks for an answer from these notes (the evidence, best first)."""
    listed = "\n".join(f"- {' '.join(note.split())}" for note in notes)
    return Prompt(_SYSTEM, _USER.format(notes=listed, question=" ".join(question.split())), max_new_tokens)
