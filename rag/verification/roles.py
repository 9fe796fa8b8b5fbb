"""Roles: who did it to whom. Two names that change places around the same verb contradict the evidence.

The doer stands before an active verb and behind "by" after a passive one. Only a full exchange of two names counts,
so a clause this reading gets wrong stays harmless.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.verification.alignment import Alignment
from rag.verification.findings import Finding
from rag.verification.names import Name, names_in
from rag.verification.words import Word, words_of

_BE = frozenset("is are was were be been being got get gets".split())
_REACH = 12


def check_roles(claim: str, alignment: Alignment) -> list[Finding]:
    """Return a finding when two names of the claim have exchanged their places around a verb of the evidence."""
    if len(names_in(claim)) < 2:
        return []
    claimed = _actions(claim)
    for sentence in alignment.sentences:
        known = _actions(sentence.text)
        for verb, (doers, targets) in claimed.items():
            if verb not in known or any(_same(one, other) for one in doers for other in targets):
                continue
            kept = _any_same(doers, known[verb][0])
            targets = [name for name in targets if not _any_same([name], known[verb][1])]
            if not kept and _any_same(doers, known[verb][1]) and _any_same(targets, known[verb][0]):
                doer, target = doers[-1], targets[0]
                return [Finding("conflict", f"“{doer.text}” and “{target.text}” have exchanged places around “{verb}”")]
    return []


def _actions(text: str) -> dict[str, tuple[list[Name], list[Name]]]:
    """Return possible doers and targets of each word that stands between two names, by its stem."""
    words = words_of(text)
    names = names_in(text)
    found: dict[str, tuple[list[Name], list[Name]]] = {}
    for i, word in enumerate(words):
        if not word.is_content or not word.text[0].islower():
            continue
        before = [name for name in names if name.first < i and i - name.first <= _REACH]
        after = [name for name in names if i < name.first <= i + _REACH]
        if not before or not after:
            continue
        passive = _is_passive(words, i, after[0].first)
        found.setdefault(word.key, (after[:2], before[-1:]) if passive else (before[-1:], after[:2]))
    return found


def _is_passive(words: Sequence[Word], i: int, until: int) -> bool:
    has_be = any(word.text.lower() in _BE for word in words[max(0, i - 3) : i])
    return any(word.text.lower() == "by" for word in words[i + 1 : until]) and (has_be or words[i].text.endswith("ed"))


def _any_same(names: Sequence[Name], others: Sequence[Name]) -> bool:
    return any(_same(one, other) for one in names for other in others)


def _same(one: Name, other: Name) -> bool:
    return set(one.forms) <= set(other.forms) or set(other.forms) <= set(one.forms)
