"""Whose wife, whose capital: a question about what is one person's is not answered by what is another's.

Reads three plain English forms ("Ruiz's wife", "Ruiz and his wife", "the wife of Ruiz") and nothing else, so that it
seldom speaks; what it does not read is left to the coverage of names.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from rag.words import QUESTION_WORDS, strip_accents

_NAME = r"[A-Z][\w-]+(?: [A-Z][\w-]+)*"
_ASKED = re.compile(rf"\b({_NAME})['’]s? ((?:[a-z-]+ ){{0,2}}?)([a-z]{{3,}})\b")
_ALIKE = 0.75  # Céloron is Celeron


def belongs_to_another(question: str, sentence: str) -> bool:
    """Return whether the sentence gives what the question asks of one owner to another, and to that one nowhere."""
    asked = _ASKED.search(question)
    if not asked or asked.group(3) in QUESTION_WORDS or asked.group(2).strip() in QUESTION_WORDS:
        return False
    owners = _owners_in(sentence, asked.group(3))
    mentions = len(re.findall(rf"\b{re.escape(asked.group(3))}", sentence))
    return 0 < mentions <= len(owners) and not any(_same(asked.group(1), owner) for owner in owners)


def _owners_in(sentence: str, noun: str) -> list[str]:
    thing = rf"(?:[a-z-]+ ){{0,2}}?{re.escape(noun[: max(3, len(noun) - 1)])}\w{{0,2}}\b"
    forms = (
        rf"({_NAME})['’]s? {thing}",
        rf"({_NAME}),? and (?:his|her|its|their) {thing}",
        rf"\b{re.escape(noun)} of (?:[Tt]he )?({_NAME})",
    )
    return [match.group(1) for form in forms for match in re.finditer(form, sentence)]


def _same(asked: str, owner: str) -> bool:
    ours, theirs = (strip_accents(name).casefold().split() for name in (asked, owner))
    return any(SequenceMatcher(None, a, b).ratio() >= _ALIKE for a in ours for b in theirs)
