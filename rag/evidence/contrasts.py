"""What tells an answer from a near miss: measured between a question and the one sentence that seems to answer it.

Late interaction (Khattab and Zaharia 2020, ColBERT) on the encoder's token vectors says how far each word of the
question is taken up as it is meant there; a negation or an opposite that only one side has says that the sentence is
about the topic and not the answer. Opposites are listed, not learned. English; no parser.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.encoders.protocol import TokenEncoder, TokenVectors, Vectors
from rag.evidence.candidates import sentence_words
from rag.questions import Question
from rag.verification.lexicon import opposites_of
from rag.verification.polarity import negations_in
from rag.verification.words import key_of, words_of
from rag.words import Word, content_words

CONTRASTS = (
    "token_all",
    "token_names_least",
    "token_new",
    "negation_unmatched",
    "opposite",
    "question_words",
)

_OPPOSITES = """
ability | inability
able | unable
above | beneath
abundant plentiful | scarce rare
accurate | inaccurate
active | inactive passive
advance | retreat
advantage benefit strength | disadvantage drawback weakness
ancient | modern
appear | disappear vanish
ascend | descend
bad worse poor | good better
benefit | harm
big large great huge | small little tiny
bottom | top
bright light | dark dim
broad wide | narrow
cause | prevent
ceiling | floor
central | peripheral
cheap inexpensive | expensive costly
clear | unclear vague
close near | far distant
combine unite merge | separate split divide
common usual frequent | uncommon unusual rare infrequent
complex complicated difficult hard | simple easy
connect attach join | disconnect detach
construct | destroy
continue | discontinue
decrease decline loss | increase gain growth
deep | shallow
dependent | independent
different dissimilar | same similar identical
discourage | encourage
dry | wet
eager willing | reluctant unwilling
efficient | inefficient
emigrate | immigrate
employed | unemployed
external outer exterior | internal inner interior
extinct | living
failure | success
famous | unknown obscure
fast | slow
finite | infinite
flexible | rigid
foreign | domestic native
formal | informal
gain | lose
genuine | fake
global | local
guilt | innocence
harmful | harmless
heavy | light
help | hinder
hide conceal | reveal
ignore | consider
include | exclude omit
join | leave
known | unknown
large | small
long | short
loose | tight
loss | profit
major | minor
many numerous | few
mild | severe
natural | artificial
negative | positive
odd | even
optional | mandatory required
part | whole
permanent | temporary
predecessor | successor
prior | subsequent
rare | common
reduce lower | raise increase
regular | irregular
reject refuse decline | accept
religious | secular
resist | comply
rise | fall
rough | smooth
rural | urban
single | multiple several
specific | general
stable | unstable
stay remain | leave
strict | lenient
sufficient | insufficient
superior | inferior
tall | short
thick | thin
trust | distrust
useful | useless
victory | defeat
vertical | horizontal
violent | peaceful
visible | invisible
voluntary | compulsory
wealthy | poor
worst | best
"""
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non")
_NO_NAMES = 0.8  # what a name that is taken up scores


def contrasts(question: Question, sentence: str, tokens: TokenEncoder) -> NDArray[np.float32]:
    """Return one number a name in CONTRASTS, float32."""
    asked, told = tokens.token_vectors([question.text, sentence])
    taken_up = _taken_up(question, asked, told, sentence_words(sentence))
    length = len(sentence_words(question.text))  # a longer question is taken up less, whatever it asks
    return np.array([*taken_up, *_contrary(question.text, sentence), length], np.float32)


def _taken_up(
    question: Question, asked: TokenVectors, told: TokenVectors, said: Sequence[Word]
) -> tuple[float, float, float]:
    """Return the columns from token_all to token_new."""
    terms = question.terms or tuple(sentence_words(question.text))
    if not len(asked.vectors) or not len(told.vectors) or not terms:
        return 0.0, 0.0, 0.0
    of_terms = _word_vectors(asked, terms)
    best = (of_terms @ told.vectors.T).max(axis=1)
    named = [i for i, term in enumerate(terms) if term.is_name or term.text[0].isdigit()]
    known = {term.stem for term in terms}
    new = [word for word in content_words(said) if word.stem not in known]
    about = (of_terms * np.array([[term.weight + 0.05] for term in terms], np.float32)).sum(axis=0)
    about /= max(float(np.linalg.norm(about)), 1e-6)
    return (
        float((asked.vectors @ told.vectors.T).max(axis=1).mean()),
        float(best[named].min()) if named else _NO_NAMES,
        float((_word_vectors(told, new) @ about).max()) if new else 0.0,
    )


def _word_vectors(tokens: TokenVectors, found: Sequence[Word]) -> Vectors:
    """Return one unit vector a word, the mean of its pieces; zero for a word beyond the encoder's limit."""
    rows = np.zeros((len(found), tokens.vectors.shape[1]), np.float32)
    for row, word in zip(rows, found, strict=True):
        pieces = [i for i, (start, end) in enumerate(tokens.offsets) if word.start <= start and end <= word.end]
        if pieces:
            row += tokens.vectors[pieces].mean(axis=0)
            row /= max(float(np.linalg.norm(row)), 1e-6)
    return rows


def _contrary(question: str, sentence: str) -> tuple[float, float]:
    """Return whether the question denies something and the sentence nothing, and whether it says an opposite."""
    asked, said = words_of(question), words_of(sentence)
    denies = bool(negations_in(asked, strict=True)) and not negations_in(said, strict=True)
    keys = {word.key for word in said}
    opposite = any(word.key not in keys and not keys.isdisjoint(_opposites(word.key)) for word in asked)
    return float(denies), float(opposite)


@lru_cache(maxsize=20_000)
def _opposites(key: str) -> frozenset[str]:
    prefixed = {prefix + key for prefix in _PREFIXES if len(key) > 3}
    bare = {key.removeprefix(prefix) for prefix in _PREFIXES if key.startswith(prefix) and len(key) > len(prefix) + 3}
    return opposites_of(key) | _listed().get(key, frozenset()) | prefixed | bare


@lru_cache(maxsize=1)
def _listed() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _OPPOSITES.strip().splitlines():
        left, right = ({key_of(word) for word in side.split()} for side in line.split("|"))
        for here, there in ((left, right), (right, left)):
            for key in here:
                table.setdefault(key, set()).update(there - here)
    return {key: frozenset(keys) for key, keys in table.items()}
