"""Names: who did it, who it was done to, who said it, where it was.

The question's verb or noun is looked for in the sentence, and the name in the asked role next to it is the answer:
before an active verb, behind "by", next to a title, behind "in" or "at". No parser: a sentence whose nearest name does
not stand in such a place gives no answer. Two names are one when one's words are among the other's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.disagreement.statements import Kind, Place, Statement, Value, alike
from rag.verification.names import Name, forms_in, names_in
from rag.verification.polarity import negations_in
from rag.verification.speakers import SPEECH_VERBS
from rag.verification.words import Word, folded, key_of, words_of

Role = Literal["doer", "target", "title", "place"]
_BE = frozenset("is are was were be been being has have had".split())
_REACH, _NEAR = 9, 5
_NOUNS = {"winner": "win", "champion": "win", "victor": "win", "head": "lead", "founder": "found", "owner": "own",
          "author": "write", "killer": "kill", "buyer": "buy"}  # fmt: skip
_NOUN_OF = {key_of(noun): key_of(verb) for noun, verb in _NOUNS.items()}
_SPEECH_KEYS = frozenset(key_of(verb) for verb in SPEECH_VERBS) | {key_of("warn"), key_of("order"), key_of("deny")}
_PLACE_BEFORE = frozenset("in at near off outside from to on inside around".split())
_SOMEONE = (
    "country|team|club|company|firm|party|man|woman|person|player|actor|actress|singer|band|nation|state|city|group|"
    "minister|president|university|airline|bank"
)
_SOMEWHERE = "city|town|country|village|state|province|island|stadium|place|venue"
_WHO = re.compile(rf"\b(?:who|whom|(?:which|what) (?:[\w'-]+ ){{0,3}}?(?:{_SOMEONE}))\b", re.IGNORECASE)
_WHERE = re.compile(
    rf"\bwhere\b|\b(?:which|what) (?:{_SOMEWHERE})\b(?=.*\bin\??$| (?:is|was|did|will|hosted))|\blocation\b",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\w+(?:ed|en|wn|un|ught|ung)$|^(?:shot|held|sent|put|made|hit|cut|hurt|found|paid|sold|left)$"
)
_WORDY = frozenset("new former the a an first second last current next".split())


class Names:
    """Reads the name that has the asked role in a sentence."""

    def __init__(self, question: str, terms: Sequence[Word]) -> None:
        self._own = forms_in(question)
        words = words_of(question)
        self.role: Role = _role(question, words)
        self._heads = _heads(question, terms, self.role)
        spoken = [w for w in words if w.text.lower() in SPEECH_VERBS]
        if self.role == "doer" and spoken and re.search(rf"\bwho (?:\w+ )?{spoken[0].text}\b", question, re.IGNORECASE):
            self._heads = spoken[:1]
        self.says = self.role == "doer" and bool(self._heads) and self._heads[0].key in _SPEECH_KEYS
        self.kind: Kind = "speaker" if self.says else "value"
        self._rest = [t for t in terms if t not in self._heads[:1]]

    @staticmethod
    def asked_by(question: str) -> bool:
        """Say whether a question asks for a name."""
        return bool(_WHO.search(question) or _WHERE.search(question))

    def read(self, place: Place) -> list[Value]:
        """Return the name in the asked role, if the sentence has the question's verb and such a name."""
        words = place.words
        names = [n for n in names_in(place.text) if not self._asked(n) and _is_someone(n, words)]
        denied = {i for negation in negations_in(words) for i in negation.scope}
        if not names or not self._heads:
            return []
        for head in self._heads:
            for i, word in enumerate(words):
                if word.is_content and _is_head(head, word, says=self.says) and i not in denied:
                    name = self._at(words, names, i)
                    if name is not None:
                        return [Value(name, name.text, 0.6, name.first)]
        return []

    def agree(self, one: Statement, other: Statement) -> bool | None:
        """Say whether two names are one, or each sentence knows both; None when that cannot be told."""
        a, b = one.value.content, other.value.content
        if _same(a, b):
            return True
        if self.role == "place":
            around = (forms_in(s.place.candidate.hit.passage.text) for s in (one, other))
            if any(set(a.forms) <= forms and set(b.forms) <= forms for forms in around):
                return None
        elif any(set(x.forms) <= forms_in(s.place.text) for x, s in ((a, other), (b, one))):
            return None
        return False

    def moves(self, earlier: Value, later: Value) -> bool:
        """Return False: who did something does not change with time."""
        return False

    def _asked(self, name: Name) -> bool:
        """Say whether a name is one of the question's; of a place only all of it (a town of the country asked of)."""
        forms = set(name.forms)
        return forms <= self._own if self.role == "place" else bool(forms & self._own)

    def _at(self, words: Sequence[Word], names: Sequence[Name], i: int) -> Name | None:
        if self.role == "place":
            return _place_near(words, names, i)
        by = next((j for j in range(i + 1, min(len(words), i + 7)) if words[j].text.lower() == "by"), None)
        passive = by is not None and (_has_be(words, i) or by == i + 1)
        if self.role == "title" or key_of(words[i].text) in _NOUN_OF:
            return _beside(words, names, i)
        if self.role == "doer":
            if passive and by is not None:
                return _first_after(names, by, _NEAR)
            if self.says and (inverted := _first_after(names, i, 2)) and _is_inverted(words, i):
                return inverted
            return None if _has_be(words, i, 1) else _last_before(words, names, i)
        if passive or _has_be(words, i):
            return _last_before(words, names, i)
        return _first_after(names, i, _NEAR)


def _role(question: str, words: Sequence[Word]) -> Role:
    if _WHERE.search(question):
        return "place"
    match = re.search(r"\bwho(?:m)? (\w+)(?: (?:the )?([\w-]+))?", question, re.IGNORECASE)
    if match is None:
        return "doer"
    verb, following = match.group(1).lower(), (match.group(2) or "").lower()
    if verb in ("did", "does", "do", "will"):
        return "target"
    if verb in ("is", "was", "are", "were"):
        return "target" if _PARTICIPLE.search(following) and following not in _WORDY else "title"
    return "doer"


def _heads(question: str, terms: Sequence[Word], role: Role) -> list[Word]:
    """Return the words that the answer stands next to, the first the most telling."""
    lowered = [t for t in terms if t.text.islower()]
    match = _WHO.search(question)
    if match and match.group().lower().startswith(("which", "what")):
        noun = key_of(match.group().split()[-1])
        lowered = [t for t in lowered if t.key != noun]
    if role == "place":
        return lowered[:3]
    if role == "title":
        return lowered[:1]
    return lowered[:2] if role == "target" else lowered[:1]


def _is_head(head: Word, word: Word, *, says: bool) -> bool:
    if alike(head, word) or _NOUN_OF.get(word.key) == head.key:
        return True
    return says and head.key in ("say", "tell") and word.key in _SPEECH_KEYS


def _is_someone(name: Name, words: Sequence[Word]) -> bool:
    return not (name.end - name.first == 1 and words[name.first].text.isupper() and len(name.text) == 1)


def _has_be(words: Sequence[Word], i: int, reach: int = 3) -> bool:
    return any(w.text.lower() in _BE for w in words[max(0, i - reach) : i])


def _is_inverted(words: Sequence[Word], i: int) -> bool:
    return i == 0 or words[i - 1].text in (",", '"') or i < 2


def _first_after(names: Sequence[Name], i: int, reach: int) -> Name | None:
    return next((n for n in names if i < n.first <= i + reach), None)


def _last_before(words: Sequence[Word], names: Sequence[Name], i: int) -> Name | None:
    """Return the nearest name before a word, over an apposition between commas, not over another clause."""
    for name in reversed(names):
        if name.end > i or i - name.end > _REACH:
            continue
        between = [w.text.lower() for w in words[name.end : i]]
        if any(w in (";", ":", '"', "but", "while", "who") for w in between) or between.count(",") == 1:
            return None
        return None if name.first and words[name.first - 1].text.lower() in ("of", "in", "with", "against") else name
    return None


def _beside(words: Sequence[Word], names: Sequence[Name], i: int) -> Name | None:
    after = _first_after(names, i, _NEAR)
    if after is not None:
        return after
    return next((n for n in reversed(names) if n.end <= i and i - n.end <= _NEAR), None)


def _place_near(words: Sequence[Word], names: Sequence[Name], i: int) -> Name | None:
    """Return the place behind a preposition that stands nearest to a word, with the names that follow a comma."""
    found = [n for n in names if n.first and _prepositioned(words, n.first)]
    if not found:
        return None
    best = min(found, key=lambda n: (abs(n.first - i), n.first))
    if abs(best.first - i) > 2 * _REACH:
        return None
    forms, end = list(best.forms), best.end
    for name in names:
        if name.first == end + 1 and words[end].text == ",":
            forms, end = [*forms, *name.forms], name.end
    text = " ".join(w.text for w in words[best.first : end]).replace(" ,", ",")
    return Name(text, tuple(forms), best.first, end)


def _prepositioned(words: Sequence[Word], first: int) -> bool:
    before = [w.text.lower() for w in words[max(0, first - 2) : first]]
    return before[-1] in _PLACE_BEFORE or (before[-1] == "the" and before[0] in _PLACE_BEFORE)


def _same(one: Name, other: Name) -> bool:
    a, b = set(one.forms), set(other.forms)
    if a <= b or b <= a:
        return True
    initials = ["".join(form[0] for form in forms) for forms in (one.forms, other.forms)]
    if folded(one.text) == initials[1] or folded(other.text) == initials[0]:
        return True
    return bool(a & b) and (len(a) > 2 or len(b) > 2) and one.forms[-1] == other.forms[-1]
