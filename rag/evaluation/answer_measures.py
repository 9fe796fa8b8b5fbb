"""Answers against gold answers: contains, EM, F1, ROUGE-L and numbers. Each returns 0 to 1, the best over the golds.

EM and F1 are those of the SQuAD script (Rajpurkar et al. 2016: lower case, no ASCII punctuation, no articles);
`contains` asks whether a gold answer stands in the answer as whole words under the same normalisation, typographic
marks folded first. ROUGE-L is the F-measure of the longest common subsequence of words (Lin 2004), tokens as in
Google's rouge-score without stemming; the subsequence is RapidFuzz's. Knows nothing of refusals.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from rapidfuzz.distance import LCSseq

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_FOLDED = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "…": "."})
_UNSPACED_SCRIPT = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_ROUGE_SEPARATOR = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.])\d+(?:\.\d+)?")
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "tn": 1e12}
_WORD = re.compile(r"[a-z]+")
_UNITS = _WORD.findall(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = zip(_WORD.findall("twenty thirty forty fifty sixty seventy eighty ninety"), range(20, 100, 10), strict=True)
_NUMBER_WORDS = {word: float(value) for value, word in enumerate(_UNITS)} | {
    word: float(value) for word, value in _TENS
}


def normalised(text: str) -> str:
    """Return the text as the SQuAD script compares it."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """Return 1.0 when the normalised answer equals a normalised gold answer."""
    return _best(lambda gold: float(normalised(answer) == normalised(gold)), _with_words(golds))


def token_f1(answer: str, golds: Sequence[str]) -> float:
    """Return the best token F1 over the gold answers; two empty texts agree, as in the SQuAD 2.0 script."""
    tokens = normalised(answer).split()
    return _best(lambda gold: _token_f1(tokens, normalised(gold).split()), _with_words(golds))


def contains(answer: str, golds: Sequence[str]) -> float:
    """Return 1.0 when a gold answer stands in the answer as whole words, or just stands there in unspaced scripts."""
    return _best(lambda gold: float(holds(answer, gold)), golds)


def holds(text: str, phrase: str) -> bool:
    """Return whether the phrase stands in the text as whole words, both normalised; an empty phrase never does."""
    whole, part = _foldedly_normalised(text), _foldedly_normalised(phrase)
    if not part:
        return bool(phrase.strip()) and phrase.strip().lower() in text.lower()
    if _UNSPACED_SCRIPT.search(part):
        return part in whole
    return f" {part} " in f" {whole} "


def rouge_l(answer: str, golds: Sequence[str]) -> float:
    """Return the best ROUGE-L F-measure over the gold answers; 0.0 where either has no token of a-z or 0-9."""
    tokens = _rouge_tokens(answer)
    return _best(lambda gold: _rouge_l(tokens, _rouge_tokens(gold)), golds)


def has_number(golds: Sequence[str]) -> bool:
    """Return whether some gold answer names a number."""
    return any(numbers(gold) for gold in golds)


def numeric_match(answer: str, golds: Sequence[str]) -> float:
    """Return 1.0 when the answer holds every number of some gold answer that has numbers, whatever their spelling."""
    found = numbers(answer)
    wanted = [numbers(gold) for gold in golds]
    return float(any(gold and gold <= found for gold in wanted))


def numbers(text: str) -> frozenset[float]:
    """Return the numbers of an English text, as digits or words: `1,200`, `1.2 thousand` and `twenty-one` are read."""
    text = unicodedata.normalize("NFKC", text).translate(_FOLDED).lower()
    found = {_scaled(float(match[0].replace(",", "")), text[match.end() :]) for match in _DIGITS.finditer(text)}
    return frozenset(found | _spelled_numbers(text))


def _spelled_numbers(text: str) -> set[float]:
    words = list(_WORD.finditer(text))
    found: set[float] = set()
    position = 0
    while position < len(words):
        value = _NUMBER_WORDS.get(words[position][0])
        if value is not None:
            following = _NUMBER_WORDS.get(words[position + 1][0]) if position + 1 < len(words) else None
            if value >= 20 and following is not None and 0 < following < 10:
                value += following
                position += 1
            found.add(_scaled(value, text[words[position].end() :]))
        position += 1
    return found


def _scaled(value: float, rest: str) -> float:
    word = _WORD.match(rest.lstrip(" -"))
    return round(value * _SCALES.get(word[0] if word else "", 1.0), 6)


def _with_words(golds: Sequence[str]) -> Sequence[str]:
    """Drop gold answers of which normalisation leaves nothing; where none is left, the empty answer is right."""
    return [gold for gold in golds if normalised(gold)] or [""]


def _best(measure: Callable[[str], float], golds: Sequence[str]) -> float:
    return max((measure(gold) for gold in golds), default=0.0)


def _foldedly_normalised(text: str) -> str:
    return normalised(unicodedata.normalize("NFKC", text).translate(_FOLDED))


def _token_f1(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    return _f1(sum((Counter(answer) & Counter(gold)).values()), len(answer), len(gold))


def _rouge_tokens(text: str) -> list[str]:
    return _ROUGE_SEPARATOR.sub(" ", text.lower()).split()


def _rouge_l(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return 0.0
    return _f1(LCSseq.similarity(gold, answer), len(answer), len(gold))


def _f1(common: int, answer: int, gold: int) -> float:
    return 2 * common / (answer + gold)
