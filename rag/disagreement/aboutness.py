"""How much a sentence is about what the question is about, from its words and those around it.

Every name and every year of the question must stand in the sentence or around it (neighbours, title, passage); its
other words count by their rarity, less the farther away they stand. Knows nothing of answers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from rag.disagreement.statements import keys_alike
from rag.evidence.candidates import Candidate
from rag.records import Hit
from rag.verification.lexicon import place_of
from rag.verification.names import Name, forms_in, is_named, names_in
from rag.verification.words import Word, folded, words_of
from rag.words import QUESTION_WORDS

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_SHORT = re.compile(r"\d{1,3}")
_HERE, _NEXT, _AROUND = 1.0, 0.9, 0.75
_LEAST, _LEAST_UNNAMED = 0.35, 0.5
_ASKING = frozenset("many much people person kind type number amount".split())


class Aboutness:
    """The names, years and other words of a question, looked for in sentences."""

    def __init__(self, question: str) -> None:
        self._names = names_in(question)
        words = words_of(question)
        named = {i for name in self._names for i in range(name.first, name.end)}
        self.terms: tuple[Word, ...] = tuple(
            w
            for i, w in enumerate(words)
            if i not in named and w.is_content and w.text.lower() not in QUESTION_WORDS | _ASKING and w.text.isalpha()
        )
        self._numbered = _numbered(question)
        self._around: dict[int, tuple[float, ...]] = {}
        self._years = {w.text for w in words if _YEAR.fullmatch(w.text)}

    def of(self, candidate: Candidate) -> float:
        """Return 0 for a sentence about something else, up to 1 for one that holds every word of the question."""
        hit = candidate.hit
        around = self._around.get(id(hit))
        if around is None:
            around = self._around[id(hit)] = self._of_passage(hit)
        if not around or self._is_of_another(candidate.text):
            return 0.0
        total = sum(t.weight for t in self.terms)
        if not total:
            return _HERE
        title = hit.metadata.title or ""
        best = list(around)
        for worth, text in (
            (_NEXT, candidate.before),
            (_NEXT, candidate.after),
            (_NEXT, title),
            (_HERE, candidate.text),
        ):
            keys = _keys(text)
            best = [
                max(b, worth) if b < worth and _holds(keys, t) else b for b, t in zip(best, self.terms, strict=True)
            ]
        held = sum(b * t.weight for b, t in zip(best, self.terms, strict=True)) / total
        return held if held >= (_LEAST if self._names else _LEAST_UNNAMED) else 0.0

    def _of_passage(self, hit: Hit) -> tuple[float, ...]:
        """Return what each term is worth by standing in the passage; empty when the passage is about something else."""
        if not self._is_of_this(hit.metadata.title or "", hit.passage.text, hit.metadata.published):
            return ()
        keys = _keys(hit.passage.text)
        return tuple(_AROUND if _holds(keys, t) else 0.0 for t in self.terms) or (0.0,)

    def _is_of_this(self, title: str, passage: str, published: str | None) -> bool:
        if not all(year in passage or year in title or (published or "").startswith(year) for year in self._years):
            return False
        if not self._names:
            return True
        spelled = folded(f"{title}\n{passage}")
        if not all(_may_be_told(name, spelled) for name in self._names):
            return False
        known = forms_in(title) | forms_in(passage)
        return all(_is_told(name, known) or _short_for(name, f"{title}\n{passage}") for name in self._names)

    def _is_of_another(self, text: str) -> bool:
        """Say whether a text has another year only, or another number on a word: "season 3" for "season 4"."""
        years = set(_YEAR.findall(text))
        if self._years and years and not years & self._years:
            return True
        if not self._numbered:
            return False
        here = set(_numbered(text))
        return any((word, n) not in here and any(word == w for w, _ in here) for word, n in self._numbered)


def _numbered(text: str) -> list[tuple[str, str]]:
    """Return the words that a short number follows, with it."""
    words = words_of(text)
    return [
        (a.key, b.text) for a, b in pairwise(words) if a.text.isalpha() and a.is_content and _SHORT.fullmatch(b.text)
    ]


def _may_be_told(name: Name, spelled: str) -> bool:
    """Say whether a folded text can have a name at all: a quick look that spares splitting most texts into words."""
    initials = "".join(form[0] for form in name.forms)
    return any(form in spelled or place_of(form) is not None for form in name.forms) or (
        len(initials) > 1 and initials in spelled
    )


def _is_told(name: Name, known: frozenset[str]) -> bool:
    return is_named(name, known) if len(name.forms) > 1 else name.forms[0] in known


def _short_for(name: Name, around: str) -> bool:
    """Say whether a text has the last word of a name, and never with other words before it ("Karl Pellet")."""
    last = name.forms[-1]
    others = [n for n in names_in(around) if last in n.forms]
    return bool(others) and all(n.forms[0] == last for n in others)


@lru_cache(maxsize=20_000)
def _keys(text: str) -> frozenset[str]:
    return frozenset(w.key for w in words_of(text) if w.is_content)


def _holds(keys: frozenset[str], term: Word) -> bool:
    return term.key in keys or any(keys_alike(term.key, key) for key in keys)
