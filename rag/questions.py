"""What a question asks for: the kind of answer, the terms an answer must be about, the noun it counts or chooses among.

Rules for English questions; a question in another language keeps its terms and has kind `thing`. The kinds follow the
coarse classes of Li and Roth (2002, "Learning Question Classifiers"), cut down to those that change what counts as an
answer; `person` is asked for whenever a name is. This module knows nothing of the corpus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from rag.words import QUESTION_WORDS, Word, content_words, words

AnswerKind = Literal["person", "name", "number", "date", "place", "reason", "manner", "thing", "truth"]

_WHICH = r"\b(?:what|which) "
_KINDS: tuple[tuple[AnswerKind, str], ...] = (
    ("number", r"\bhow (?:many|much|long|old|far|often|tall|big|large|high|fast|heavy|deep|wide)\b"),
    ("number", _WHICH + r"(?:\w+ )?(?:number|percentage|percent|proportion|amount|price|cost|age|population|rate)\b"),
    ("date", r"\bwhen\b|\bsince what\b|" + _WHICH + r"(?:date|day|month|year|week|century|decade|time)\b"),
    ("place", r"\bwhere\b|" + _WHICH + r"(?:city|country|state|town|place|region|location|continent|island|capital)\b"),
    ("person", r"\bwho(?:m|se)?\b|" + _WHICH + r"(?:person|man|woman|actor|singer|president|minister|author|player)\b"),
    ("name", r"\bnames? of\b|\b(?:called|named|titled|nicknamed|dubbed|known as)\s*\?*\s*$"),
    ("reason", r"\bwhy\b|\bwhat (?:caused|led to|is the reason|was the reason|motivated)\b|\bhow come\b"),
    ("manner", r"\bhow\b"),
    ("truth", r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"),
)
# Behind another question word these only join clauses ("Who was with her when …"), and "which" only describes.
_JOINS = re.compile(
    r"\b(?:who(?:m|se)?|what|which|where|why|how)\b[^?]*?\b(?:when|where|who(?:m|se)?|why|how)\b", re.IGNORECASE
)
# "When the boats sank, who was on board?"
_CLAUSE_FIRST = re.compile(
    r"^\s*(?:when|where)\s+(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
    r"|and|or|exactly)\b)[^?]*?(?=\b(?:who(?:m|se)?|what|which|where|when|why|how)\b)",
    re.IGNORECASE,
)
_SAID_ABOUT = re.compile(
    r"^.*?\b(?:say|says|said|report|reports|write|writes|claim|claims|agree|differ) (?:about|on|over) "
    r"(?=(?:who|what|which|where|when|why|how)\b)",
    re.IGNORECASE,
)
# Words that only say what sort of answer is wanted, and verbs that say no more than that something happened.
_SORT_OF_ANSWER = re.compile(
    r"\b(?:what|which)(?:\s+(?:was|is|were|are))?(?:\s+the)?(?:\s+exact)?\s+(?P<sort>date|day|time|year|month|names?)\b"
    r"|\b(?P<told_by>(?:two|both|these|different)(?:\s+of)?(?:\s+the)?\s+(?:outlets|sources|newspapers|papers|stories))\b"
    r"|\b(?P<verb>(?:take|takes|took|taking|taken)\s+place)\b",
    re.IGNORECASE,
)
_FOCUS = re.compile(r"\b(?:how many|how much|which|what|whose)\s+(?:of\s+the\s+|of\s+)?", re.IGNORECASE)
_VERBS_AFTER_FOCUS = frozenset(
    "is are was were do does did has have had can could will would should may might must be been".split()
)
_COMPARES = re.compile(
    r"\b(?:both|two|each|compare|differ|difference|articles|outlets|sources|versus|vs)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart. `terms` are its content words, `focus` the noun phrase asked for ("senior officers")."""

    text: str
    kind: AnswerKind
    terms: tuple[Word, ...]
    focus: tuple[Word, ...]
    compares: bool

    @property
    def names(self) -> tuple[Word, ...]:
        """Return the terms that name someone or something."""
        return tuple(t for t in self.terms if t.is_name)

    @property
    def numbers(self) -> tuple[Word, ...]:
        """Return the terms written in digits (years, counts) that an answer must agree with."""
        return tuple(t for t in self.terms if t.text[0].isdigit())


def analyse(text: str) -> Question:
    """Take a question apart. Any text is accepted; one without content words has no terms."""
    found = words(text)
    content = _unique(content_words(found))
    terms = _without_sort_of_answer(text, content) or content
    focus = _without_sort_of_answer(text, _focus(text, found))
    return Question(text, _kind(text), tuple(terms), tuple(focus), bool(_COMPARES.search(text)))


def _kind(text: str) -> AnswerKind:
    """Return the kind that the first question word asks for, whatever clause another one begins behind it."""
    text = _CLAUSE_FIRST.sub("", _SAID_ABOUT.sub("", text))
    joined = _JOINS.search(text)
    asking = text[: joined.end()].rsplit(None, 1)[0] if joined else text
    kinds = [kind for kind, pattern in _KINDS if re.search(pattern, asking, re.IGNORECASE)]
    return kinds[0] if kinds else "thing"


def _without_sort_of_answer(text: str, found: list[Word]) -> list[Word]:
    """Return the words but "date" in "what date" and the like."""
    spans = [m.span(m.lastgroup or 0) for m in _SORT_OF_ANSWER.finditer(text)]
    return [word for word in found if not any(start <= word.start < end for start, end in spans)]


def _focus(text: str, found: list[Word]) -> list[Word]:
    """Return the words of the noun phrase right after "how many", "which" or "what", up to the verb."""
    match = _FOCUS.search(text)
    if not match:
        return []
    phrase: list[Word] = []
    for word in found:
        if word.start < match.end():
            continue
        if word.text.casefold() in _VERBS_AFTER_FOCUS or len(phrase) == 5:
            break
        if word.text.casefold() not in QUESTION_WORDS:
            phrase.append(word)
        elif phrase:
            break
    return phrase


def _unique(terms: list[Word]) -> list[Word]:
    first: dict[str, Word] = {}
    for term in terms:
        first.setdefault(term.stem, term)
    return list(first.values())
