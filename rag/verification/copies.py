"""Near copies: in a claim that repeats a sentence almost word for word, a replaced word is the thing to doubt.

The claim is laid against the best evidence sentence. Where a word of meaning stands in place of another, is found
nowhere in the evidence and is no synonym, the claim says something else than the sentence it copies. In a longer
evidence the replaced word is too often a fair paraphrase of another sentence: only twists count there.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from rag.verification.alignment import Alignment, Sentence, sentences_of
from rag.verification.certainty import hedges_in
from rag.verification.dates import is_date_word
from rag.verification.findings import Finding
from rag.verification.polarity import negates
from rag.verification.quantities import is_valued
from rag.verification.speakers import SPEECH_VERBS
from rag.verification.words import Word, words_of

_COPIED, _COPIED_FEW, _REPLACED = 0.7, 0.6, 0.75
_EDIT, _STRETCH = 3, 4
_FEW, _WEIGHTY, _SHARE = 3, 0.6, 0.2


def check_copies(claim: str, alignment: Alignment) -> list[Finding]:
    """Return a finding when a near copy twists a sentence, or replaces or adds words where the evidence is short."""
    if not alignment.sentences:
        return []
    copied, stretches = departures(claim, alignment)
    for new, old in stretches:
        if finding := _twisted(new, old):
            return [finding]
        unknown = [w for w in new if _tells(w) and not _known(w, alignment.sentences)]
        weighty = sum(w.weight for w in unknown) >= _SHARE * sum(w.weight for w in alignment.content)
        if alignment.pool > _FEW or not (weighty or copied >= _REPLACED):
            continue
        told = _said(unknown)
        claimed = {word.key for word in words_of(claim)}
        stated = " ".join(w.text for w in old if _tells(w) and w.key not in claimed)
        if told and stated:
            return [Finding("weak", f"the evidence says “{stated}” where the claim says “{told}”")]
        added = [word for word in unknown if word.text[0].islower()]
        if weighty and sum(word.weight for word in added) >= _WEIGHTY:
            return [Finding("weak", f"the evidence does not say “{_said(added)}”")]
    return []


def _twisted(new: Sequence[Word], old: Sequence[Word]) -> Finding | None:
    """Return a finding when a small edit puts in or takes out a "not", or takes out a hedge."""
    if len(new) > _EDIT or len(old) > _EDIT:
        return None
    if _negators(new) != _negators(old):
        return Finding("conflict", f"the evidence says “{_said(old)}” where the claim says “{_said(new)}”")
    kept = frozenset().union(*(hedge.sorts for hedge in hedges_in(new)))
    for hedge in hedges_in(old):
        if hedge.sorts.isdisjoint(kept | {"future"}):
            return Finding("weak", f"the claim leaves out “{hedge.text}”")
    return None


def _negators(words: Sequence[Word]) -> int:
    return sum(negates(words, i, strict=True) for i in range(len(words)))


def _said(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def repeats_a_sentence(claim: str, evidence: Sequence[str]) -> bool:
    """Say whether the claim is, but for case and punctuation, a whole evidence span or a whole sentence of one."""
    wanted = _spoken(claim)
    return bool(wanted) and any(
        wanted == _spoken(span) or any(wanted == _spoken(sentence.text) for sentence in sentences_of(span))
        for span in evidence
    )


def _spoken(text: str) -> list[str]:
    return [word.text.lower() for word in words_of(text) if word.text[0].isalnum()]


def departures(claim: str, alignment: Alignment) -> tuple[float, list[tuple[list[Word], list[Word]]]]:
    """Return the copied share of a claim's weight, and (claim words, evidence words) where a near copy differs."""
    words = [word for word in words_of(claim) if word.text[0].isalnum()]
    theirs = [word for sentence in alignment.in_order for word in sentence.words if word.text[0].isalnum()]
    matcher = SequenceMatcher(None, [w.key for w in words], [w.key for w in theirs], autojunk=False)
    blocks = matcher.get_opcodes()
    weight = sum(w.weight for w in words)
    copied = sum(w.weight for tag, a, b, _, _ in blocks if tag == "equal" for w in words[a:b]) / (weight or 1.0)
    if copied < (_COPIED_FEW if alignment.pool <= _FEW else _COPIED):
        return copied, []
    inner = [block for block in blocks if block[0] != "equal" and (block[2] > block[1] or 0 < block[1] < len(words))]
    short = [block for block in inner if block[4] - block[3] <= _STRETCH >= block[2] - block[1] or block[0] == "insert"]
    return copied, [(words[a:b], theirs[c:d]) for _, a, b, c, d in short]


def _tells(word: Word) -> bool:
    return (
        word.is_content
        and word.text[0].isalpha()
        and word.text.lower() not in SPEECH_VERBS
        and not is_valued(word)
        and not is_date_word(word)
    )


def _known(word: Word, sentences: Sequence[Sentence]) -> bool:
    return any(sentence.match(word) > 0 for sentence in sentences)
