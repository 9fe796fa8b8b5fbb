"""Speakers: when a claim says who said it, the evidence must have the same speaker.

A speech act is a verb of saying, or "according to", with the words of its clause that can name the speaker. A pronoun
in the evidence may stand for a name that the context gives. An outlet named in a short context entry may be credited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.verification.dates import dates_in
from rag.verification.findings import Finding
from rag.verification.names import LABEL_WORDS, form_of, forms_in, names_in
from rag.verification.words import Word, words_of

SPEECH_VERBS = frozenset(
    """said says say saying told tells tell announced announces stated states declared declares added adds claimed
    claims warned warns noted notes explained explains argued argues insisted insists confirmed confirms denied denies
    wrote writes tweeted replied asked asks admitted admits acknowledged reported reports revealed reveals vowed
    promised suggested suggests remarked commented testified alleged alleges estimated predicted""".split()
)
_PRONOUNS = frozenset("he she they it i we who".split())
_ENDS = frozenset('. ; : ! ? " ( )'.split())
_BEFORE, _AFTER, _SUBJECT = 12, 6, 4
_NEUTRAL = frozenset(
    """article report reports source sources story text passage piece document evidence reporting study studies research
    researchers experts statement statements theory website site wikipedia""".split()
)
_PLAIN = frozenset("said says say saying told tells tell".split())
_PASSIVE = frozenset("is are was were be been being a an the of become his her their its officially".split())


@dataclass(frozen=True, slots=True)
class Speech:
    """A verb of saying with the forms that can name its speaker: `subject` next to it, `clause` around it."""

    verb: str
    subject: frozenset[str]
    clause: frozenset[str]
    pronoun: bool


def speeches_in(text: str) -> list[Speech]:
    """Return the acts of saying in a text, in order."""
    words = words_of(text)
    found = []
    for i, word in enumerate(words):
        lower = word.text.lower()
        if lower == "according" and i + 1 < len(words) and words[i + 1].text.lower() == "to":
            after = _forms(_until(words[i + 2 : i + 2 + _AFTER], (",",)))
            found.append(Speech("according to", after, after, False))
        elif lower in SPEECH_VERBS and not (i and words[i - 1].text.lower() in _PASSIVE) and lower == word.text:
            found.append(_speech(words, i))
    return found


def check_speakers(claim: str, evidence: Sequence[str], context: Sequence[str] = ()) -> list[Finding]:
    """Return a finding for each speaker of the claim whom the evidence does not let speak."""
    named = frozenset().union(*(name.forms for name in names_in(claim)))
    claimed = [
        speech
        for speech in speeches_in(claim)
        if speech.subject - _NEUTRAL and (speech.verb in _PLAIN or not speech.subject.isdisjoint(named))
    ]
    if not claimed:
        return []
    known = [speech for span in evidence for speech in speeches_in(span)]
    labels = frozenset().union(*(forms_in(c) for c in context if len(c.split()) <= LABEL_WORDS))
    around = frozenset().union(*(forms_in(text) for text in (*evidence, *context)))
    return [finding for speech in claimed if (finding := _checked(speech, known, labels, around))]


def _checked(
    claimed: Speech, known: Sequence[Speech], labels: frozenset[str], around: frozenset[str]
) -> Finding | None:
    who = " ".join(sorted(claimed.subject))
    if any(claimed.subject & speech.clause for speech in known):
        return None
    if claimed.subject <= labels or (any(speech.pronoun for speech in known) and claimed.subject & around):
        return None
    if claimed.subject & _PRONOUNS:
        return None
    if known:
        return Finding("conflict", f"the evidence has another speaker than “{who}”")
    return Finding("weak", f"the evidence does not say that “{who}” {claimed.verb} this")


def _speech(words: Sequence[Word], i: int) -> Speech:
    before = _until(tuple(reversed(words[max(0, i - _BEFORE) : i])), ())
    after = _until(words[i + 1 : i + 1 + _AFTER], (",", "that"))
    inverted = not before or before[0].text in (",", '"') or _names_speaker(words, i)
    subject = _nearest(after) if inverted else _nearest(before)
    pronoun = (bool(before) and before[0].text.lower() in _PRONOUNS) or (
        bool(after) and after[0].text.lower() in _PRONOUNS
    )
    return Speech(
        words[i].text.lower(), subject, _forms(before) | (_forms(after) if inverted else frozenset()), pronoun
    )


def _names_speaker(words: Sequence[Word], i: int) -> bool:
    """Say whether `said Smith` follows, as in a sentence whose comma is gone; `said Monday` does not count."""
    following = words[i + 1 : i + 2]
    return (
        words[i].text in ("said", "says")
        and bool(following)
        and following[0].text[0].isupper()
        and not dates_in(following)
        and following[0].is_content
    )


def _nearest(words: Sequence[Word]) -> frozenset[str]:
    """Return the forms of the noun phrase nearest to the verb."""
    taken: list[Word] = []
    for word in words:
        if word.is_content and word.text[0].isalpha():
            taken.append(word)
        elif taken and word.text.lower() not in ("of", "the", "'s"):
            break
        if len(taken) == _SUBJECT:
            break
    return _forms(taken)


def _until(words: Sequence[Word], marks: Sequence[str]) -> list[Word]:
    taken: list[Word] = []
    for word in words:
        if (word.text in _ENDS or word.text.lower() in marks) and taken:
            break
        taken.append(word)
    return taken


def _forms(words: Sequence[Word]) -> frozenset[str]:
    return frozenset(form_of(w.text) for w in words if w.is_content and w.text[0].isalpha())
