"""Negation and opposites: a claim may not deny what the evidence states, nor state what it denies.

A negator ("not", "no", "without", "refused to") has a scope that runs to the end of its clause; the first words of
meaning in it are what it denies. Opposites come from the lexicon and from negative prefixes. No parser: clauses end at
punctuation and at "but".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.verification.alignment import Alignment, Sentence
from rag.verification.findings import Finding
from rag.verification.lexicon import groups_of, opposites_of
from rag.verification.words import Word, key_of, words_of

NEGATORS = frozenset(
    "not no never none nobody nothing neither nor without hardly barely scarcely unable unwilling no-one".split()
)
_NEGATIVE_VERBS = frozenset("refus fail reject deni lack disput prevent avert unlik unlikely forbid refut".split())
_DENIALS = frozenset(("deni", "reject"))
_TO_ONLY = frozenset(("declin", "neglect", "refus", "fail", "forget"))
_NOT_NEGATIONS = frozenset(
    [("not", "only"), ("not", "just"), ("not", "least"), ("not", "merely"), ("not", "simply"), ("no", "doubt"),
     ("no", "matter"), ("no", "more"), ("no", "less"), ("no", "fewer"), ("or", "not"), ("no", "sooner")]
)  # fmt: skip
_CLAUSE_ENDS = frozenset('. ; : ! ? but while although though because unless which who " ( )'.split())
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "mis")
_REACH = 10


@dataclass(frozen=True, slots=True)
class Negation:
    """A negator, the stems it denies first (`heads`), the word indexes of its scope, and the first head as it reads."""

    text: str
    heads: tuple[str, ...]
    scope: range
    shown: str


def negations_in(words: Sequence[Word], *, strict: bool = False) -> list[Negation]:
    """Return the negations of a sentence, in order; a negator without any word of meaning behind it is left out.

    "Not only" and the like deny nothing and count only when `strict`, as for a claim that may have been twisted.
    """
    found = []
    for i, word in enumerate(words):
        if negates(words, i, strict=strict):
            scope = _scope(words, i + 1)
            heads = tuple(words[j].key for j in scope if words[j].is_content and words[j].key not in _LIGHT)[:2]
            if _is_pronoun(words, i) and (not heads or _ends_here(words, i)):
                scope = range(max(0, i - 4), i)
                heads = tuple(words[j].key for j in reversed(scope) if words[j].is_content)[:1]
            if heads:
                shown = next(words[j].text for j in scope if words[j].key == heads[0])
                found.append(Negation(word.text.lower(), heads, scope, shown))
    return found


_LIGHT = frozenset("yet any evid say way immedi far longer".split()) - {"evid"}


def check_polarity(claim: str, alignment: Alignment) -> list[Finding]:
    """Return a finding for each word that claim and evidence assert with opposite signs."""
    words = words_of(claim)
    denied = negations_in(words, strict=True)
    sentences = [(sentence, negations_in(sentence.words, strict=True)) for sentence in alignment.sentences]
    about = [(sentence, negations_in(sentence.words)) for sentence in alignment.close]
    plain = [n for n in denied if n.text in NEGATORS or key_of(n.text) in _TO_ONLY | _DENIALS]
    spare = sum(len(negations) for _, negations in sentences) - len(plain)
    findings = [f for negation in plain if (f := _denial_backed(negation, sentences, rephrased=spare >= 0))]
    findings += _denial_ignored(words, denied, about)
    return findings + _opposites(words, denied, about)


def _denial_backed(
    negation: Negation, sentences: Sequence[tuple[Sentence, list[Negation]]], *, rephrased: bool
) -> Finding | None:
    head = negation.heads[0]
    said = False
    for sentence, denied in sentences:
        scoped = {sentence.words[j].key for other in denied for j in other.scope}
        if any(_same(key, scoped) for key in negation.heads):
            return None
        if any((opposites_of(key) | _prefixed(key)) & sentence.keys for key in negation.heads):
            return None
        said = said or _same(head, sentence.keys)
    if not said and rephrased:
        return None
    if said:
        return Finding("conflict", f"the claim says “{negation.text} {negation.shown}”, the evidence does not")
    return Finding("missing", f"the evidence does not say “{negation.text} {negation.shown}”")


def _denial_ignored(
    words: Sequence[Word], denied: Sequence[Negation], sentences: Sequence[tuple[Sentence, list[Negation]]]
) -> list[Finding]:
    scoped = {words[j].key for negation in denied for j in negation.scope}
    stated = {word.key for word in words if word.is_content} - scoped
    for _sentence, evidence_denied in sentences:
        for negation in evidence_denied:
            heads = negation.heads if negation.text in ("no", "without", "none") else negation.heads[:1]
            for head in heads:
                rephrased = len(denied) >= len(evidence_denied) and negation.text in {n.text for n in denied}
                if head in stated and not _stated_elsewhere(head, sentences) and not rephrased:
                    denial = f"{negation.text} {negation.shown}"
                    return [Finding("conflict", f"the evidence says “{denial}”, the claim does not")]
    return []


def _stated_elsewhere(key: str, sentences: Sequence[tuple[Sentence, list[Negation]]]) -> bool:
    for sentence, denied in sentences:
        scoped = {j for negation in denied for j in negation.scope}
        if any(word.key == key and j not in scoped for j, word in enumerate(sentence.words)):
            return True
    return False


def _opposites(
    words: Sequence[Word],
    denied: Sequence[Negation],
    sentences: Sequence[tuple[Sentence, list[Negation]]],
) -> list[Finding]:
    if not sentences:
        return []
    best, evidence_denied = sentences[0]
    keys = {word.key for word in words}
    everywhere = frozenset().union(*(sentence.keys for sentence, _ in sentences))
    scoped = {words[j].key for negation in denied for j in negation.scope}
    evidence_scoped = {best.words[j].key for negation in evidence_denied for j in negation.scope}
    for word in words:
        if word.key in everywhere or word.key in scoped:
            continue
        for other in (opposites_of(word.key) | _prefixed(word.key)) & best.keys:
            if other not in keys and other not in evidence_scoped:
                stated = next(w.text for w in best.words if w.key == other)
                return [Finding("conflict", f"the evidence says “{stated}”, the claim “{word.text}”")]
    return []


def _prefixed(key: str) -> frozenset[str]:
    if len(key) < 4:
        return frozenset()
    return frozenset(
        [prefix + key for prefix in _PREFIXES]
        + [key[len(prefix) :] for prefix in _PREFIXES if key.startswith(prefix) and len(key) - len(prefix) > 3]
    )


def _same(key: str, keys: frozenset[str] | set[str]) -> bool:
    return key in keys or any(not groups_of(key).isdisjoint(groups_of(other)) for other in keys if groups_of(key))


def _ends_here(words: Sequence[Word], i: int) -> bool:
    at = i + 2 if words[i].text.lower() == "no" else i + 1
    return at >= len(words) or not words[at].text[0].isalnum()


def _is_pronoun(words: Sequence[Word], i: int) -> bool:
    """Say whether the negator stands for someone or something, so that it can deny a verb in front of it."""
    lower = words[i].text.lower()
    return lower in ("nobody", "none", "nothing") or (lower == "no" and words[i + 1].text.lower() in ("one", "-"))


def negates(words: Sequence[Word], i: int, *, strict: bool) -> bool:
    lower = words[i].text.lower()
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    before = words[i - 1].text.lower() if i else ""
    if (lower, following) in _NOT_NEGATIONS or (before, lower) in _NOT_NEGATIONS:
        return strict and lower == "not" and following in ("just", "only", "merely", "simply", "least")
    if lower in NEGATORS:
        return not (lower == "no" and following in (".", ""))
    if words[i].key in _TO_ONLY and following == "to":
        return True
    return (words[i].key in _NEGATIVE_VERBS and words[i].key not in _TO_ONLY) or lower in ("refused", "refuses")


def _scope(words: Sequence[Word], start: int) -> range:
    content = 0
    for j in range(start, min(len(words), start + _REACH)):
        lower = words[j].text.lower()
        if (
            (lower in _CLAUSE_ENDS and (content or lower != '"'))
            or (lower in (",", "-") and content)
            or (lower == "and" and content > 1)
        ):
            return range(start, j)
        content += words[j].is_content
    return range(start, min(len(words), start + _REACH))
