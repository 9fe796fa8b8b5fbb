"""A question that asks several things, taken apart: each part a question that stands alone.

Rules for English. A question is split between sentences that end in "?", where "and" (or a comma before it) begins
another question ("… and who ordered it?", "…, and by how much?"), and where question words are paired in front ("When
and where did …?"). Clauses that only describe ("the man who …") and what stands in quotation marks are left whole; in
doubt a question stays one. A part that points back is given the names of the first in brackets, as a follow-up is.
This module knows nothing of the corpus, and not who "he" is when the first part only asks for him.
"""

from __future__ import annotations

import re

from rag.references import Phrase, completed, names_of, needs_context, topic_of
from rag.words import QUESTION_WORDS

_MOST_PARTS = 4
_WH = r"(?:who(?:m|se)?|what|which|when|where|why|how)"
_BEFORE_WH = r"(?:(?:by|in|at|on|for|to|from|with|since|under|of|about|against|during)\s+)?"
_DO = r"(?:did|does|do)"
_BE = r"(?:is|are|was|were|has|have|had|will|would|can|could|should|may|might|must)"
_OTHER_SUBJECT = r"(?:he|she|it|they|we|you|i|there|this|that|these|those|any\w*)"
# What follows "and" begins a question, and not the second half of what came before.
_ASKS = rf"(?:{_BEFORE_WH}{_WH}\b|{_DO}\s+(?!not\b)|{_BE}\s+{_OTHER_SUBJECT}\b)"
_JOINT = re.compile(rf"\s*[,;]?\s+(?:and|but|as well as)(?:\s+(?:also|then|so|if so,?))?\s+(?={_ASKS})", re.IGNORECASE)
# After a comma alone, "who" and "which" describe; these ask, when a verb or another joint follows.
_LISTED = re.compile(
    rf"\s*[,;]\s+(?={_BEFORE_WH}(?:when|where|why|how|what)\b(?:\s+(?:\w+\s+)?(?:{_DO}|{_BE})\b|\s*(?:,|$|and\b)))",
    re.IGNORECASE,
)
_PAIRED = re.compile(
    rf"^(?P<heads>{_BEFORE_WH}{_WH}(?:,\s+{_BEFORE_WH}{_WH})*,?\s+and\s+{_BEFORE_WH}{_WH})\s+(?P<rest>(?:{_DO}|{_BE})\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(r"^\s*(?:(?:so|and|but|also|then|ok|okay|well|yes|no|please)\b,?\s+)+", re.IGNORECASE)
_OPENS = re.compile(
    rf"^(?:(?:in|on|at|during|after|before|since|by)\s[^?]*?,\s+)?(?P<word>{_BEFORE_WH}{_WH}|{_DO}|{_BE})\b",
    re.IGNORECASE,
)
_HOLDS_THE_NEXT = re.compile(r"\b(?:who(?:m|se)?|what|which|why|how)\b|\bbetween\b(?!.*\band\b)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|«[^»]*»|(?<!\w)'[^']*'(?!\w)")
_IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)\s*\?*\s*$")


def question_parts(question: str) -> tuple[str, ...]:
    """Return the questions that a question asks, in order; one element, the question itself, when it is one.

    Words in brackets at its end (what a follow-up was completed with) go with every part.
    """
    brackets = _IN_BRACKETS.search(question)
    bare = question[: brackets.start()] if brackets else question
    parts = [part for sentence in _sentences(bare) for part in _split(sentence)]
    if not 1 < len(parts) <= _MOST_PARTS:
        return (question,)
    if brackets:
        return tuple(f"{_tidy(part).rstrip('?')} ({brackets.group(1)})?" for part in parts)
    first, *others = map(_tidy, parts)
    topic = _topic(first)
    return _with_names_of(others, first), *(_standing_alone(part, first, topic) for part in others)


def _sentences(text: str) -> list[str]:
    """Return the stretches that end in "?"; one of a single word, or that is no question, stays with its left."""
    hidden = _hidden(text)
    found: list[str] = []
    start = 0
    for end in [*(m.end() for m in re.finditer(r"\?+(?=\s|$)", hidden)), len(text)]:
        piece = text[start:end]
        if found and (len(re.findall(r"\w+", piece)) < 2 or "?" not in hidden[start:end]):
            found[-1] += piece
        else:
            found.append(piece)
        start = end
    return [piece for piece in found if piece.strip()]


def _split(sentence: str) -> list[str]:
    text = _LEAD.sub("", sentence.strip().rstrip("?").rstrip())
    hidden = _hidden(text)
    paired = _PAIRED.match(hidden)
    if paired:
        heads = re.split(r",?\s+and\s+|,\s+", text[: paired.end("heads")], flags=re.IGNORECASE)
        return [f"{head} {text[paired.start('rest') :]}" for head in heads]
    joints = list(_JOINT.finditer(hidden))
    if joints:
        joints += [m for m in _LISTED.finditer(hidden) if m.end() < joints[-1].start()]
    pieces, start = [], 0
    for joint in sorted(joints, key=lambda m: m.start()):
        pieces.append(text[start : joint.start()])
        start = joint.end()
    pieces.append(text[start:])
    apart = len(pieces) > 1 and " " in pieces[0] and all(map(_is_question_of_its_own, pieces))
    return pieces if apart else [sentence]


def _is_question_of_its_own(piece: str) -> bool:
    """Return whether a piece opens as a question and holds no clause that the next one could belong to."""
    opening = _OPENS.match(piece)
    if not opening:
        return False
    rest = _hidden(piece)[opening.end() :]
    asks_for_truth = re.fullmatch(rf"{_DO}|{_BE}", opening["word"], re.IGNORECASE)
    return not (_HOLDS_THE_NEXT.search(rest) or (asks_for_truth and re.search(rf"\b{_WH}\b", rest, re.IGNORECASE)))


def _topic(first: str) -> list[Phrase]:
    """Return what the first part is about: its names, else its words but for the verb behind "who" and participles."""
    if names := names_of(first):
        return names
    found = topic_of(first)
    verb = re.match(r"\s*(?:who|what)\s+(\w+)", first, re.IGNORECASE)
    verbs = {verb.group(1).casefold()} if verb and verb.group(1).casefold() not in QUESTION_WORDS else set()
    nouns: list[Phrase] = [(w,) for (w,) in found if w.text.casefold() not in verbs and not w.text.endswith("ed")]
    return nouns or found


def _with_names_of(others: list[str], first: str) -> str:
    """Return the first part with the names of one that asks alike ("How many died and how many fled Orrin?")."""
    alike = [part for part in others if part.casefold().split()[:2] == first.casefold().split()[:2]]
    names = [phrase for part in alike for phrase in names_of(part)]
    return completed(first, names) if names and needs_context(first) else first


def _standing_alone(part: str, first: str, topic: list[Phrase]) -> str:
    if re.fullmatch(rf"{_BEFORE_WH}(?:{_WH}|how (?:much|many|long|far|often|old)|why not)\?", part, re.IGNORECASE):
        said = _OPENS.sub("", first).strip(" ?,;")
        return f"{part.rstrip('?')} ({said})?"
    return completed(part, topic) if needs_context(part) else part


def _tidy(part: str) -> str:
    text = _LEAD.sub("", part).strip().rstrip(" ?,;")
    return f"{text[:1].upper()}{text[1:]}?"


def _hidden(text: str) -> str:
    """Return the text with what stands in quotation marks made unreadable, each character in its place."""
    return _QUOTED.sub(lambda m: "_" * len(m.group()), text)
