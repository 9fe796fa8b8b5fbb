"""Whom a sentence gives its words to, as it reads: "rights groups say", "according to the ministry", "X put it at".

Only for telling apart the voices within one article and for showing them; knows nothing of whether they are right.
"""

from __future__ import annotations

import re

from rag.verification.words import folded, words_of

_VERBS = (
    r"(?:said|says?|told|report(?:ed|s)?|claim(?:ed|s)?|puts?|count(?:ed)?|estimate[ds]?|insist(?:ed|s)?|announced|stated"
    r"|believes?|blame[ds]?|sp[eo]a?ke? of|maintain(?:ed|s)?|argue[ds]?)"
)
_ACCORDING = re.compile(r"\baccording to (?P<who>[^,.;:]{3,60}?)(?=[,.;:]|$| (?:said|says|but|while)\b)", re.IGNORECASE)
_SUBJECT = re.compile(rf"(?P<who>[A-Za-z][\w' -]{{2,60}}?) (?:have |has |had )?{_VERBS}\b")
_CLAUSE = re.compile(r"[;:]|,? \b(?:but|while|whereas|although|though|however|yet|and)\b|,")
_NOBODY = frozenset("it he she they which that who this there i we and but while as when".split())
_JOINING = re.compile(r"^(?:but|while|whereas|although|though|however|yet|and) ", re.IGNORECASE)
_MOST_WORDS = 7


def speaker_at(text: str, at: int) -> str:
    """Return the speaker of the word with index `at` of a normalised text, or "" when none is named.

    A speaker named in the same clause comes first; a sentence with one speaker lends it to all its clauses.
    """
    words = words_of(text)
    offset = words[at].start if at < len(words) else len(text)
    starts = [0, *(m.end() for m in _CLAUSE.finditer(text))]
    found = [(match.start("who"), who) for match in _matches(text) if (who := _cleaned(match.group("who")))]
    clause = [(s, e) for s, e in zip(starts, [*starts[1:], len(text)], strict=True) if s <= offset < e]
    for start, who in found:
        if clause and clause[0][0] <= start < clause[0][1]:
            return who
    before = [who for start, who in found if start <= offset]
    return before[-1] if before else (found[0][1] if len(found) == 1 else "")


def same_speaker(one: str, other: str) -> bool:
    """Say whether two speakers may be one: their telling words overlap."""
    a, b = ({folded(w.text) for w in words_of(who) if w.is_content} for who in (one, other))
    return bool(a & b) or not a or not b


def _matches(text: str) -> list[re.Match[str]]:
    return sorted([*_ACCORDING.finditer(text), *_SUBJECT.finditer(text)], key=lambda match: match.start("who"))


def _cleaned(who: str) -> str:
    """Return the noun phrase nearest to the verb, or "" for a pronoun or something too long to be a name."""
    last = _JOINING.sub("", _CLAUSE.split(who)[-1].strip())
    words = last.split()
    if not words or len(words) > _MOST_WORDS or words[0].lower() in _NOBODY:
        return ""
    return last
