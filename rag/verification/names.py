"""Names: what a claim calls by name must be named by the evidence, or by its context where the evidence points back.

A name is a run of capitalised words. Surnames stand for full names, initials for what they abbreviate, `Russian` for
`Russia`; accents are folded. The context may resolve a name only if the evidence has a pronoun or a "the president"
that it can stand for; a short context entry (an outlet, a headline of up to `LABEL_WORDS` words) may always be named.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.verification.dates import dates_in
from rag.verification.findings import Finding
from rag.verification.lexicon import place_of
from rag.verification.words import FUNCTION_WORDS, Word, folded, weight_of, words_of

LABEL_WORDS = 6
_TITLES = frozenset(
    """mr mrs ms miss dr sir dame lord lady president vice prime minister king queen prince princess senator governor
    mayor judge justice general colonel captain sergeant chief secretary chancellor chairman ceo director professor
    pope bishop reverend officer detective coach former state st rep sen gov lt col gen prof""".split()
)
_ANAPHORS = frozenset("he she they it him her his hers their theirs its them this these who we our i my us".split())
PERSON_NOUNS = frozenset(
    """president minister leader company firm group country nation government man woman suspect victim actor singer
    author player coach team club city state agency ministry official spokesman spokeswoman couple pair family film
    movie show song album band book party organisation organization court judge bank airline party pope king queen
    prince senator governor mayor billionaire executive founder striker star writer director vessel ship
    plane""".split()
)
_SENTENCE_ENDS = frozenset('. ! ? : ; " ( -'.split())


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words, `first` to `end` of its text; `forms` are folded, without possessive and titles."""

    text: str
    forms: tuple[str, ...]
    first: int
    end: int


@lru_cache(maxsize=4096)
def names_in(text: str) -> tuple[Name, ...]:
    """Return the names of a text in order, months and weekdays left out."""
    words = words_of(text)
    dated = {i for date in dates_in(words) for i in range(date.first, date.end)}
    names: list[Name] = []
    run: list[int] = []
    for i in range(len(words) + 1):
        if i < len(words) and i not in dated and _is_capitalised(words, i):
            if run and run[-1] == i - 1:
                run.append(i)
                continue
            _close(words, run, names)
            run = [i]
    _close(words, run, names)
    return tuple(names)


def form_of(word: str) -> str:
    """Return the form in which a word of a name is compared: folded, no possessive, one name for a place."""
    form = folded(word).removesuffix("'s").removesuffix("'")
    return place_of(form) or form


@lru_cache(maxsize=4096)
def forms_in(text: str) -> frozenset[str]:
    """Return the forms of all words of a text, its acronyms and `us` for `United States` included."""
    words = [w for w in words_of(text) if w.text[0].isalnum()]
    forms = {form_of(w.text) for w in words if w.text != "us"}
    forms |= {w.key for w in words}
    lowered = [folded(w.text) for w in words]
    for one, two in itertools.pairwise(lowered):
        place = place_of(f"{one}-{two}")
        if place:
            forms.add(place)
    return frozenset(forms | _acronyms(words))


def forms_around(claim: str, evidence: Sequence[str], context: Sequence[str]) -> frozenset[str]:
    """Return the forms that the context may lend: all when the evidence points back, else those of its labels."""
    lending = context if _points_back(claim, evidence) else [c for c in context if len(c.split()) <= LABEL_WORDS]
    return frozenset().union(*(forms_in(text) for text in lending))


def check_names(claim: str, evidence: Sequence[str], context: Sequence[str] = ()) -> list[Finding]:
    """Return a finding for each name of the claim that the evidence, or the context for it, does not give."""
    names = names_in(claim)
    if not names:
        return []
    known: frozenset[str] = frozenset().union(*(forms_in(span) for span in evidence))
    around = forms_around(claim, evidence, context)
    findings = (_checked(name, known, around, (*evidence, *context)) for name in names)
    return [finding for finding in findings if finding]


def is_named(name: Name, known: frozenset[str]) -> bool:
    """Say whether the forms of a text hold all of a name, or its initials."""
    return all(form in known for form in name.forms) or "".join(form[0] for form in name.forms) in known


def _checked(name: Name, known: frozenset[str], around: frozenset[str], texts: Sequence[str]) -> Finding | None:
    missing = [form for form in name.forms if form not in known and form not in around]
    if not missing:
        return _scattered(name, texts)
    expanded = "".join(form[0] for form in name.forms)
    if len(name.forms) > 1 and expanded in known:
        return None
    if len(missing) < len(name.forms) and name.forms[-1] not in missing:
        return Finding("weak", f"the evidence does not give the name “{name.text}” in full")
    return Finding("missing", f"the name “{name.text}” is not in the evidence")


def _scattered(name: Name, texts: Sequence[str]) -> Finding | None:
    """Return a finding when the words of a name stand in the evidence only as parts of different names."""
    forms = [form for form in name.forms if place_of(form) is None]
    for one, two in itertools.pairwise(forms):
        if min(weight_of(one), weight_of(two)) >= 0.6 and not any(_near(one, two, text) for text in texts):
            return Finding("weak", f"the evidence does not give the name “{name.text}” as one")
    return None


def _near(one: str, two: str, text: str) -> bool:
    forms = [form_of(w.text) for w in words_of(text)]
    if one not in forms or two not in forms:
        return one in _acronyms_of(text) or two in _acronyms_of(text) or (one not in forms and two not in forms)
    return any(two in forms[max(0, i - 3) : i + 5] for i, form in enumerate(forms) if form == one)


def _acronyms_of(text: str) -> frozenset[str]:
    return _acronyms([w for w in words_of(text) if w.text[0].isalnum()])


def _acronyms(words: Sequence[Word]) -> frozenset[str]:
    """Return the initials of each run of two to six capitalised words, small words between them skipped."""
    found: set[str] = set()
    initials = ""
    for word in words:
        if word.text[0].isupper():
            initials += folded(word.text[0])
            found.update(initials[-n:] for n in range(2, min(len(initials), 6) + 1))
        elif word.text not in ("of", "the", "and", "for"):
            initials = ""
    return frozenset(found)


def _points_back(claim: str, evidence: Sequence[str]) -> bool:
    claimed = {w.text.lower() for w in words_of(claim)}
    for span in evidence:
        words = [w.text.lower() for w in words_of(span)]
        if any(word in _ANAPHORS and word not in claimed for word in words):
            return True
        if any(one in ("the", "this", "that") and two in PERSON_NOUNS for one, two in itertools.pairwise(words)):
            return True
    return False


def _is_capitalised(words: Sequence[Word], i: int) -> bool:
    text = words[i].text
    if not text[0].isupper() or (len(text) == 1 and text in "AI"):
        return False
    if text.lower() in FUNCTION_WORDS and text != "US":
        return False
    if i and words[i - 1].text not in _SENTENCE_ENDS:
        return True
    if i + 1 < len(words) and words[i + 1].text[0].isupper() and words[i + 1].text.lower() not in FUNCTION_WORDS:
        return True
    if place_of(folded(text)) or (text.isupper() and len(text) > 1):
        return True
    bare = text.removesuffix("'s")
    return weight_of(bare) >= 0.75 and not _looks_inflected(bare)


def _looks_inflected(text: str) -> bool:
    """Say whether a word is a common one with an ending, so that its capital may be the sentence's only."""
    return any(
        text.endswith(ending) and min(weight_of(stem), weight_of(stem + "e"), weight_of(stem[:-1] + "y")) < 0.75
        for ending in ("s", "es", "ed", "ing", "ly", "er", "ers")
        if len(stem := text.removesuffix(ending)) > 2
    )


def _joined(forms: list[str]) -> tuple[str, ...]:
    """Return the forms with `united`, `states` made one."""
    place = place_of("-".join(forms[:2])) if len(forms) > 1 else None
    return (place, *forms[2:]) if place else tuple(forms)


def _close(words: Sequence[Word], run: Sequence[int], names: list[Name]) -> None:
    kept = [i for i in run if words[i].text.lower() not in _TITLES and len(words[i].text.rstrip(".")) > 1]
    if kept:
        names.append(
            Name(
                " ".join(words[i].text.removesuffix("'s") for i in run),
                _joined([form_of(words[i].text) for i in kept]),
                run[0],
                run[-1] + 1,
            )
        )
