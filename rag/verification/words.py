"""Text as the checks compare it: one spelling of quotes, dashes and contractions, and words with stem and weight.

`normalised` undoes what typesetting and tokenisers do; `words_of` splits the result. The weight of a word grows with
its rarity in English at large (wordfreq); function words weigh nothing. Knows nothing of meaning.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rag.words import english_stem, strip_accents

FUNCTION_WORDS = frozenset(
    """a an the this that these those some any each every either such same other another all both much many more most
    few less least own i me my mine we us our ours you your yours he him his she her hers it its they them their
    theirs himself herself itself themselves myself yourself ourselves who whom whose which what when where why
    how there here is am are was were be been being do does did doing done have has had having will would shall
    should can could may might must of in on at by for with from to into onto out off up down over under about
    as than then so if whether while because although though and or but nor not no yet also just only too very
    even still again ever well s t upon through during between among against across along around within without
    toward towards per via amid until till since after before above below one s' 's including include included
    like according however furthermore nobody nothing none everyone everybody someone anyone something anything
    additionally moreover therefore thus hence finally overall meanwhile instead similarly example indeed""".split()
)

_SPELLINGS = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u00b4": "'", "`": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
        "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\u00ad": "", "\ufeff": "",
    }
)  # fmt: skip
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE if fold else 0), new)
    for pattern, new, fold in (
        (r"''", '"', False),
        (r"\b(ca|wo|sha) ?n't\b", r"\1n not", True),
        (r" ?n't\b", " not", True),
        (r"\bcannot\b", "can not", True),
        (r"'ll\b", " will", True),
        (r"\b(he|she|it|they|we|you|i)'(?:d|ve)\b", r"\1 had", True),
        (r"(?<=\w) ([-']) (?=\w)", r"\1", False),
        (r"\b(non|anti|co)-(?=[a-z])", r"\1", True),
        (r"(?<![\d.,])(\d{1,3}), (\d{3})(?!\d)", r"\1,\2", False),
        (r"(?<![\d.,])(\d{1,3})\. (\d{1,2}) (?=[a-z%])", r"\1.\2 ", False),
        (r"\b[Uu]\. ?[Ss]\. ", "US ", False),
        (r"[^\S\n]+", " ", False),
    )
)

_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?::\d+)+|\d+(?:[.,]\d+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or punctuation mark of a normalised text, with its place in it.

    `key` is what two texts are compared by: accents folded, lower case, stemmed; `weight` is 0 for what says nothing.
    """

    text: str
    key: str
    weight: float
    start: int

    @property
    def is_content(self) -> bool:
        """Say whether the word carries meaning of its own."""
        return self.weight > 0.0


@lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """Return the text with plain quotes and dashes, single blanks, contractions undone, `U.S.` as `US`."""
    text = unicodedata.normalize("NFC", text).translate(_SPELLINGS)
    text = _ABBREVIATION.sub(lambda m: m.group().replace(".", "").upper(), text)
    for pattern, new in _REWRITES:
        text = pattern.sub(new, text)
    return text.strip()


def folded(text: str) -> str:
    """Return the text in lower case without accents."""
    if text.isascii():
        return text.lower()
    return strip_accents(text.lower()).replace("ø", "o").replace("ł", "l")


_IRREGULAR = {
    "died": "die", "dies": "die", "dying": "die", "death": "die", "deaths": "die", "dead": "die", "deadly": "die",
    "said": "say", "says": "say", "told": "tell", "won": "win", "lost": "lose", "loss": "lose", "held": "hold",
    "began": "begin", "begun": "begin", "beginning": "begin", "gave": "give", "given": "give", "took": "take",
    "taken": "take", "went": "go", "gone": "go", "came": "come", "made": "make", "saw": "see", "seen": "see",
    "found": "find", "left": "leave", "kept": "keep", "led": "lead", "met": "meet", "paid": "pay", "payment": "pay",
    "sold": "sell", "sent": "send", "spent": "spend", "stood": "stand", "thought": "think", "brought": "bring",
    "bought": "buy", "built": "build", "caught": "catch", "chose": "choose", "chosen": "choose", "choice": "choose",
    "drove": "drive", "driven": "drive", "fell": "fall", "fallen": "fall", "fought": "fight", "flew": "fly",
    "flown": "fly", "flight": "fly", "grew": "grow", "grown": "grow", "growth": "grow", "hid": "hide", "hung": "hang",
    "knew": "know", "known": "know", "rose": "rise", "risen": "rise", "ran": "run", "shot": "shoot", "sang": "sing",
    "sung": "sing", "spoke": "speak", "spoken": "speak", "stole": "steal", "stolen": "steal", "struck": "strike",
    "taught": "teach", "threw": "throw", "thrown": "throw", "wrote": "write", "written": "write", "wore": "wear",
    "broke": "break", "broken": "break", "became": "become", "men": "man", "women": "woman", "children": "child",
    "people": "person", "persons": "person", "lives": "life", "wives": "wife", "knives": "knife", "feet": "foot",
    "felt": "feel", "dealt": "deal", "sought": "seek", "swore": "swear", "sworn": "swear", "withdrew": "withdraw",
    "withdrawn": "withdraw", "withdrawal": "withdraw", "arrival": "arrive", "refusal": "refus", "denial": "deni",
    "approval": "approv", "removal": "remov", "failure": "fail", "injuries": "injur", "injury": "injur",
    "got": "get", "bore": "bear", "born": "birth", "worst": "worse", "bred": "breed", "ate": "eat", "eaten": "eat",
    "beaten": "beat", "shown": "show", "laid": "lay", "launched": "launch", "resignation": "resign",
    "resigned": "resign", "killing": "kill", "marriage": "marri", "better": "better", "arms": "arms",
}  # fmt: skip


_SPELLED = (("fenc", "fens", 5), ("is", "iz", 6), ("ys", "yz", 5), ("our", "or", 5), ("tr", "ter", 4))


@lru_cache(maxsize=65536)
def key_of(word: str) -> str:
    """Return the key a word is compared by."""
    word = folded(word).removesuffix("'s")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stem = english_stem(word)
    for british, american, at_least in _SPELLED:
        if len(stem) >= at_least and stem.endswith(british):
            return stem.removesuffix(british) + american
    return stem


@lru_cache(maxsize=65536)
def weight_of(word: str) -> float:
    """Return 0 for function words and punctuation, else .25 (very common) up to 1 (rare or unknown)."""
    word = folded(word).removesuffix("'s")
    if word in FUNCTION_WORDS or not word[:1].isalnum():
        return 0.0
    if word[0].isdecimal():
        return 0.8
    return float(min(1.0, max(0.25, (7.5 - _zipf_frequency(word, "en")) / 5.0)))


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words and punctuation marks of a text, normalised first, in order."""
    return tuple(
        Word(m.group(), key_of(m.group()), weight_of(m.group()), m.start()) for m in _WORD.finditer(normalised(text))
    )


def content_words(text: str) -> tuple[Word, ...]:
    """Return the words of a text that carry meaning, in order."""
    return tuple(word for word in words_of(text) if word.is_content)


def _zipf_frequency(word: str, language: str) -> float:
    """Ask wordfreq, whose import takes longer than a search and is not needed for one."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, language))
