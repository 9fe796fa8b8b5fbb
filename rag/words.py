"""Words as evidence sees them: where they stand, their stem, how much they say, whether they name or count something.

Stems are Snowball's (English); how much a word says comes from wordfreq's Zipf scale (Speer 2022: log10 of the
frequency per billion words, 3 rare … 7 "the"), so that it does not depend on the corpus at hand. Names of places match
their adjectives (Cuba, Cuban). This module knows nothing of questions, articles or models.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import snowballstemmer

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_ZIPF_SAYS_NOTHING = 6.3
_STEMMER = snowballstemmer.stemmer("english")
_stemming = Lock()  # the stemmer keeps the word that it is at work on in itself
POSSESSIVE = re.compile(r"['’]s?$")

# Adjectives and peoples whose first four letters differ from the place's, and the many names of one country.
_SAME_PLACE = {
    "american": "usa", "americans": "usa", "us": "usa", "u.s": "usa", "u.s.a": "usa", "america": "usa",
    "britain": "uk", "british": "uk", "u.k": "uk", "britons": "uk",
    "french": "france", "dutch": "netherlands", "swiss": "switzerland", "danish": "denmark", "danes": "denmark",
    "spanish": "spain", "spaniards": "spain", "polish": "poland", "poles": "poland", "welsh": "wales",
    "filipino": "philippines", "filipinos": "philippines", "e.u": "eu", "u.n": "un", "u.a.e": "uae",
}  # fmt: skip
# Forms that no stemmer joins: of irregular verbs and plurals, and a few nouns of verbs; each ends in ":base".
_IRREGULAR_FORMS = """
    began begun:begin bent:bend bit bitten:bite bled:bleed blew blown:blow broke broken:break brought:bring
    built:build burnt:burn bought:buy caught:catch chose chosen:choose clung:cling came:come crept:creep
    dealt:deal dug:dig drew drawn:draw dreamt:dream drank drunk:drink drove driven:drive ate eaten:eat fell
    fallen:fall fed:feed felt:feel fought:fight found:find fled:flee flung:fling flew flown:fly forbade
    forbidden:forbid forgot forgotten:forget forgave forgiven:forgive froze frozen:freeze got gotten:get gave
    given:give went gone:go grew grown:grow hung:hang heard:hear hid hidden:hide held:hold kept:keep knelt:kneel
    knew known:know laid:lay led:lead learnt:learn left:leave lent:lend lit:light lost:lose made:make meant:mean
    met:meet paid:pay rode ridden:ride rang rung:ring rose risen:rise ran:run said:say saw seen:see sought:seek
    sold:sell sent:send shook shaken:shake shone:shine shot:shoot showed shown:show shrank shrunk:shrink sang
    sung:sing sank sunk sunken:sink sat:sit slept:sleep slid:slide spoke spoken:speak sped:speed spent:spend
    spun:spin sprang sprung:spring stood:stand stole stolen:steal stuck:stick stung:sting struck stricken:strike
    strove striven:strive swore sworn:swear swept:sweep swam swum:swim swung:swing took taken:take taught:teach
    tore torn:tear told:tell thought:think threw thrown:throw understood:understand woke woken:wake wore
    worn:wear wove woven:weave wept:weep won:win withdrew withdrawn:withdraw wrote written:write became:become
    overthrew overthrown:overthrow overtook overtaken:overtake undertook undertaken:undertake oversaw
    overseen:oversee foresaw foreseen:foresee withheld:withhold withstood:withstand men:man women:woman
    children:child people:person wives:wife lives:life feet:foot teeth:tooth mice:mouse geese:goose died dying
    dead death deaths deadly:die born birth births:birth invasion invasions:invade decision decisions:decide
    arrival:arrive refusal:refuse approval:approve defence defense:defend marriage married marries:marry loss
    losses:lose growth:grow flight flights:fly choice choices:choose sale sales:sell thought thoughts:think
    speech speeches:speak belief beliefs:believe proof:prove
"""
# Words that only ask: they name the kind of answer, never what the answer must be about.
QUESTION_WORDS = frozenset(
    "who whom whose what which when where why how many much do does did is are was were be been being has have had "
    "can could will would should shall may might must a an the of in on at to for by with from as and or not that this "
    "these those it its their his her he she they them there any some article articles according say says said tell "
    "about describe described report reports reported happen happens happened".split()
)
NUMBER_WORDS = frozenset(
    "zero none no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand "
    "thousands million millions billion billions trillion dozen dozens half quarter third double twice once single "
    "couple pair both several".split()
)


def _irregular(listed: str) -> dict[str, str]:
    bases: dict[str, str] = {}
    waiting: list[str] = []
    for entry in listed.split():
        form, _, base = entry.partition(":")
        waiting.append(form)
        if base:
            bases.update(dict.fromkeys(waiting, base))
            waiting = []
    return bases


_IRREGULAR = _irregular(_IRREGULAR_FORMS)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text. `weight` in [0, 1]: 0 says nothing ("the"), 1 is as good as unknown to the language."""

    text: str
    start: int
    end: int
    stem: str
    weight: float
    is_name: bool
    is_number: bool


def words(text: str) -> list[Word]:
    """Return the words of a text in order. A capital makes a name, except where a sentence may begin with any word."""
    found: list[Word] = []
    sentence_start = True
    last_end = 0
    for match in _WORD.finditer(text):
        gap = text[last_end : match.start()]
        sentence_start = sentence_start or any(mark in gap for mark in ".!?:\n") or (not found)
        surface = match.group()
        is_number = surface[0].isdigit() or surface.casefold() in NUMBER_WORDS
        stem, weight = _stem_and_weight(surface)
        capital = surface[0].isupper()
        # At the start of a sentence a capital is a name only if the language hardly knows the word.
        is_name = capital and surface.casefold() not in QUESTION_WORDS and (not sentence_start or weight > 0.45)
        found.append(Word(surface, match.start(), match.end(), stem, weight, is_name, is_number))
        sentence_start = False
        last_end = match.end()
    return found


@lru_cache(maxsize=200_000)
def _stem_and_weight(surface: str) -> tuple[str, float]:
    if surface[0].isdigit():
        return surface.replace(",", ""), 0.7
    plain = POSSESSIVE.sub("", surface.replace("’", "'"))
    folded = strip_accents(plain).casefold().rstrip(".")
    is_country_code = surface.isupper() and len(folded) <= 5
    if folded in _SAME_PLACE and (folded != "us" or is_country_code):
        return _SAME_PLACE[folded], 0.35
    zipf = _zipf_frequency(folded, "en")
    weight = min(1.0, max(0.0, (_ZIPF_SAYS_NOTHING - zipf) / _ZIPF_SAYS_NOTHING))
    return english_stem(_IRREGULAR.get(folded, folded)), weight


def english_stem(word: str) -> str:
    """Return the stem of a lower-case word (Porter 2). Safe between threads."""
    with _stemming:
        return str(_STEMMER.stemWord(word))


def strip_accents(text: str) -> str:
    """Return the text with combining marks removed from letters (Rodríguez → Rodriguez)."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=200_000)
def same_stem(a: str, b: str) -> bool:
    """Return whether two stems are of one word: equal, or alike from the start (cuba/cuban)."""
    if a == b:
        return True
    short, long = sorted((a, b), key=len)
    if len(short) < 4 or short[:4] != long[:4] or short[0].isdigit():
        return False
    return long.startswith(short[: max(4, len(short) - 1)]) and len(long) - len(short) <= 3


def content_words(found: Sequence[Word]) -> list[Word]:
    """Return the words that say something: neither question scaffolding nor words of weight 0."""
    return [w for w in found if w.text.casefold() not in QUESTION_WORDS and (w.weight > 0.02 or w.is_number)]


def _zipf_frequency(word: str, language: str) -> float:
    """Ask wordfreq, whose import takes longer than a search and is not needed for one."""
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, language))
