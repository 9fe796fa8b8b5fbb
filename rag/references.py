"""Whether a question stands alone, what a conversation is about, and the words put in brackets behind a question.

Rules for English. A question points back when it holds a pronoun that no name of its own can explain, or speaks of "the
…" or of "others" without naming anything, or says too little to be looked up. What it points back to are the names
heard most and last, those of questions before those of answers; without names, the telling words of the questions.
This module knows no records: a conversation is a row of texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.words import POSSESSIVE, Word, content_words, words

Phrase = tuple[Word, ...]

MOST_ADDED = 4  # words
_FADES = 0.8  # with each turn further back
_ANSWER_SHARE = 0.5  # of what a name in an answer counts against one in a question
_AS_SALIENT = 0.5  # a second name is added when it counts at least so much of the first

_PRONOUN = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|its?|this|that|these|those|then|one|ones"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!been )there(?! (?:is|are|was|were|has|have|any|been)\b))\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\b(?:else|other|others|another|besides|also|more|same|next|afterwards?)\b", re.IGNORECASE)
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|then|also|what about|how about|why|when|where|who|how many)\b[^?]{0,24}\?*\s*$", re.IGNORECASE
)
_DEFINITE = re.compile(r"\bthe ((?:\w+ ){0,2}\w+)", re.IGNORECASE)
_NEW_CLAUSE = re.compile(
    r"[,.;:?!]|\b(?:and|but|when|after|before|because|while|since|that|who|how|what|where|why|if)\b"
)
_CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december".split()
)


@dataclass(frozen=True, slots=True)
class Said:
    """A turn of a conversation, as text: the question and what was quoted in answer to it."""

    question: str
    answer: str = ""


def needs_context(question: str, earlier: Sequence[Said] = ()) -> bool:
    """Return whether a question cannot be understood without what was said before it."""
    found = words(question)
    names = [w for w in found if w.is_name]
    if any(not _explained(question, match.start(), names) for match in _PRONOUN.finditer(question)):
        return True
    if names:
        return False
    content = content_words(found)
    if len(content) <= 2 or _CONTINUES.match(question) or (earlier and _OTHERS.search(question)):
        return True
    spoken_of = {w.stem for said in earlier for w in content_words(words(f"{said.question} {said.answer}"))}
    things = [w.stem for match in _DEFINITE.finditer(question) for w in content_words(words(match.group(1)))[:1]]
    return any(stem in spoken_of for stem in things)


def topic_of(text: str) -> list[Phrase]:
    """Return the names of a text, or when it has none, its other words that say something."""
    return names_of(text) or [(word,) for word in content_words(words(text))]


def names_of(text: str) -> list[Phrase]:
    """Return the names of a text, words that stand side by side as one."""
    phrases: list[list[Word]] = []
    for word in words(text):
        if not word.is_name or word.text.casefold() in _CALENDAR:
            continue
        last = phrases[-1][-1] if phrases else None
        if last and not POSSESSIVE.search(last.text) and text[last.end : word.start] in (" ", "-", " & "):
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return [tuple(phrase) for phrase in phrases]


def topic_of_conversation(earlier: Sequence[Said]) -> list[Phrase]:
    """Return what was spoken of most and last, the most salient first: names, or without any, other words."""
    names = _ranked(
        (phrase, share * _FADES**ago)
        for ago, said in enumerate(reversed(earlier))
        for text, share in ((said.question, 1.0), (said.answer, _ANSWER_SHARE))
        for phrase in names_of(text)
    )
    return names or _ranked(
        ((word,), word.weight * _FADES**ago)
        for ago, said in enumerate(reversed(earlier))
        for word in content_words(words(said.question))
    )


def completed(question: str, topic: Iterable[Phrase]) -> str:
    """Return the question with the first few words of the topic that it lacks in brackets behind it."""
    seen = {w.stem for w in words(question)}
    added: list[str] = []
    left = MOST_ADDED
    for phrase in topic:
        fresh = [word for word in phrase if word.stem not in seen][:left]
        seen.update(word.stem for word in fresh)
        left -= len(fresh)
        if fresh:
            added.append(" ".join(POSSESSIVE.sub("", word.text) for word in fresh))
    return f"{question.rstrip(' ?')} ({', '.join(added)})?" if added else question


def _explained(question: str, at: int, names: Sequence[Word]) -> bool:
    """Return whether a name of the question's own stands in a clause before the pronoun."""
    return any(name.end <= at and _NEW_CLAUSE.search(question, name.end, at) for name in names)


def _ranked(found: Iterable[tuple[Phrase, float]]) -> list[Phrase]:
    """Return the longest form of each phrase by falling salience: those that count about as much as the first."""
    salience: dict[frozenset[str], float] = {}
    forms: dict[frozenset[str], Phrase] = {}
    for phrase, counts in found:
        stems = frozenset(word.stem for word in phrase)
        known = next((key for key in forms if key & stems), stems)
        if len(stems) > len(known):
            salience[stems], forms[stems] = salience.pop(known), phrase
            forms.pop(known)
            known = stems
        forms.setdefault(known, phrase)
        salience[known] = salience.get(known, 0.0) + counts
    best = max(salience.values(), default=0.0)
    order = sorted(salience, key=lambda key: -salience[key])
    return [forms[key] for key in order if salience[key] >= _AS_SALIENT * best]
