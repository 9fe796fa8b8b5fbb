"""What is measured about a sentence as evidence for a question: the columns that `scoring` weighs.

Coverage is how much of what the question is about the words hold: 1 for the same stem, less for a near word (cosine of
word vectors), nothing for a name that is not there. Everything is in [0, 1] or a small number, so that weights compare.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.encoders.word_vectors import WordVectors
from rag.evidence.candidates import Candidate, sentence_words
from rag.questions import Question
from rag.words import NUMBER_WORDS, Word, same_stem

FEATURES = (
    "dense_sentence",
    "dense_passage",
    "lexical_share",
    "coverage_sentence",
    "coverage_context",
    "coverage_passage",
    "coverage_article",
    "missing_sentence",
    "missing_context",
    "missing_article",
    "names_sentence",
    "names_context",
    "names_article",
    "predicate_sentence",
    "predicate_context",
    "predicate_missing",
    "focus_missing",
    "count_focus_missing",
    "numbers_context",
    "kind_present",
    "kind_asked_absent",
    "kind_near",
    "focus_near",
    "new_information",
    "log_words",
    "pairs_kept",
    "date_absent",
    "number_absent",
    "names_resolved",
)

_SAME, _NEAR_FROM, _NEAR_TO = 1.0, 0.38, 0.75
_DATE = re.compile(
    r"\b(?:1[0-9]{3}|20[0-9]{2})s?\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|winter|today|yesterday|tonight|"
    r"century|decade|week|month|year|morning|evening|night|ago|easter|christmas)\b",
    re.IGNORECASE,
)
_AT_AN_EVENT = re.compile(
    r"\b(?:after|before|during|following|once|until|since|while|when|upon|as soon as)\b", re.IGNORECASE
)
_REASON = re.compile(
    r"\b(?:because|due to|owing to|so that|in order to|as a result|result of|caused?|since|therefore|led to|thanks to|"
    r"after|fear\w*|to (?:prevent|avoid|protect|help|ensure|reduce)|amid|over)\b",
    re.IGNORECASE,
)
_ASKS_HOW_LONG = re.compile(r"\bhow (?:long|old|soon)\b", re.IGNORECASE)
_DURATION = re.compile(r"\b(?:second|minute|hour|day|night|week|month|year|decade|centur)(?:s|y|ies)?\b", re.IGNORECASE)
_NAMING = re.compile(
    r"\b(?:called|named|titled|nicknamed|dubbed|known as|code-?named|christened|name (?:is|was|of))\b|[\"“«‘]\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their|its?|this|these|those)\b", re.IGNORECASE)
_WINDOW = 6

Strength = NDArray[np.float32]  # of each question term, shape (terms,), or (texts, terms)
Column = NDArray[np.float64]  # a number for each candidate


class Coverage:
    """Strength in [0, 1] with which each question term occurs in each distinct word of the candidates."""

    def __init__(self, question: Question, texts: Sequence[str], vectors: WordVectors) -> None:
        self.terms = question.terms
        self.weights = np.array([t.weight for t in self.terms], np.float32)
        stems: dict[str, Word] = {}
        for text in texts:
            for word in sentence_words(text):
                stems.setdefault(word.stem, word)
        self._column = {stem: i for i, stem in enumerate(stems)}
        self._strength = self._strengths(list(stems.values()), vectors)
        self._of_text: dict[str, Strength] = {}

    def _strengths(self, vocabulary: list[Word], vectors: WordVectors) -> NDArray[np.float32]:
        strength = np.zeros((len(self.terms), len(vocabulary) + 1), np.float32)
        if not self.terms or not vocabulary:
            return strength
        near = (
            vectors.vectors([t.text.casefold() for t in self.terms])
            @ vectors.vectors([w.text.casefold() for w in vocabulary]).T
        )
        near = np.clip((near - _NEAR_FROM) / (_NEAR_TO - _NEAR_FROM), 0, 0.9)
        alike: dict[str, list[int]] = {}
        for column, word in enumerate(vocabulary):
            alike.setdefault(word.stem[:4], []).append(column)
        for row, term in enumerate(self.terms):
            if not term.is_name and not term.text[0].isdigit():
                strength[row, :-1] = near[row]
            for column in alike.get(term.stem[:4], ()):
                if same_stem(term.stem, vocabulary[column].stem):
                    strength[row, column] = _SAME
        return strength

    def of(self, *texts: str) -> Strength:
        """Return the strength of each term in these texts together, shape (terms,)."""
        strength = np.zeros(len(self.terms), np.float32)
        for text in texts:
            np.maximum(strength, self._in(text), out=strength)
        return strength

    def _in(self, text: str) -> Strength:
        known = self._of_text.get(text)
        if known is None:
            columns = [self._column.get(word.stem, -1) for word in sentence_words(text)]
            known = self._strength[:, columns].max(axis=1) if columns else np.zeros(len(self.terms), np.float32)
            self._of_text[text] = known
        return known

    def share(self, strengths: Strength, of: Sequence[int] | None = None) -> Column:
        """Return the weighted share of the question's terms (or of some of them) that each row of strengths covers."""
        chosen = slice(None) if of is None else list(of)
        total = float(self.weights[chosen].sum())
        if not total:
            return np.full(len(strengths), float(of is not None))
        return np.asarray((self.weights[chosen] * strengths[:, chosen]).sum(axis=1) / total, np.float64)

    def missing(self, strengths: Strength, of: Sequence[int] | None = None) -> Column:
        """Return, for each row of strengths, the largest weight of a term that is not covered."""
        chosen = slice(None) if of is None else list(of)
        if not self.weights[chosen].size:
            return np.full(len(strengths), float(of is None))
        return np.asarray((self.weights[chosen] * (1 - strengths[:, chosen])).max(axis=1), np.float64)


def features(
    question: Question, found: Sequence[Candidate], sentence_cosines: Sequence[float], vectors: WordVectors
) -> NDArray[np.float32]:
    """Return one row a candidate and one column a name in FEATURES, float32, shape (len(found), len(FEATURES))."""
    texts = {t for c in found for t in (c.text, c.before, c.after, c.hit.passage.text, c.hit.metadata.title or "")}
    coverage = Coverage(question, sorted(texts), vectors)
    if not found:
        return np.zeros((0, len(FEATURES)), np.float32)
    best_lexical = max(c.hit.lexical for c in found) or 1.0
    in_passage = {
        id(c.hit): coverage.of(c.hit.passage.text, *_named(c)) for c in {id(c.hit): c for c in found}.values()
    }
    in_article: dict[str, list[str]] = {}
    for hit in {id(c.hit): c.hit for c in found}.values():
        in_article.setdefault(hit.passage.article_id, []).append(hit.passage.text)
    one_of_each = {c.hit.passage.article_id: c for c in found}
    of_article = {key: coverage.of(*in_article[key], *_named(c)) for key, c in one_of_each.items()}
    cheap = [
        np.array(sentence_cosines),
        np.array([c.hit.dense for c in found]),
        np.array([c.hit.lexical for c in found]) / best_lexical,
    ]
    covered = _covered(
        question,
        coverage,
        np.stack([coverage.of(c.text) for c in found]),
        np.stack([coverage.of(c.text, c.before, c.after, *_named(c)) for c in found]),
        np.stack([in_passage[id(c.hit)] for c in found]),
        np.stack([of_article[c.hit.passage.article_id] for c in found]),
    )
    like_an_answer = np.array([_answer_like(question, c) for c in found]).T
    resolved = _names_held(question, np.stack([coverage.of(c.text, _pointed_to(c)) for c in found]))
    return np.stack([*cheap, *covered, *like_an_answer, resolved], axis=1).astype(np.float32)


def _named(candidate: Candidate) -> tuple[str, str]:
    return candidate.hit.metadata.title or "", candidate.hit.metadata.outlet or ""


def _covered(
    question: Question,
    coverage: Coverage,
    here: Strength,
    around: Strength,
    in_passage: Strength,
    in_article: Strength,
) -> list[Column]:
    """Return the columns from coverage_sentence to numbers_context; strengths have shape (candidates, terms)."""
    predicate = [i for i, t in enumerate(question.terms) if not t.is_name and not t.text[0].isdigit()]
    return [
        coverage.share(here),
        coverage.share(around),
        coverage.share(in_passage),
        coverage.share(in_article),
        coverage.missing(here),
        coverage.missing(around),
        coverage.missing(in_article),
        *(_names_held(question, strengths) for strengths in (here, around, in_article)),
        coverage.share(here, predicate),
        coverage.share(around, predicate),
        coverage.missing(around, predicate),
        *_focus_missing(question, coverage, here),
        _held(around, [i for i, t in enumerate(question.terms) if t.text[0].isdigit()]),
    ]


def _focus_missing(question: Question, coverage: Coverage, here: Strength) -> tuple[Column, Column]:
    """Return the largest weight of a word of the focus (names apart) that the sentence lacks, and that for a count."""
    asked_for = {w.stem for w in question.focus if not w.is_name}
    rows = [i for i, t in enumerate(question.terms) if t.stem in asked_for and not t.is_name]
    none = np.zeros(len(here))
    missing = coverage.missing(here, rows) if rows else none
    return missing, missing if question.kind == "number" else none


def _pointed_to(candidate: Candidate) -> str:
    """Return the sentence before, if a pronoun of this one may stand for what that names."""
    return candidate.before if _POINTS_BACK.search(candidate.text) else ""


def _names_held(question: Question, strengths: Strength) -> Column:
    return _held(strengths, [i for i, t in enumerate(question.terms) if t.is_name])


def _held(strengths: Strength, terms: Sequence[int]) -> Column:
    """Return how far each row of strengths covers these terms on average, 1 for no terms."""
    return np.asarray(strengths[:, terms].mean(axis=1) if terms else np.ones(len(strengths)), np.float64)


def _answer_like(question: Question, candidate: Candidate) -> list[float]:
    """Return the columns from kind_present on: does the sentence hold what could be an answer, and where."""
    words = sentence_words(candidate.text)
    marks = kind_positions(question, candidate.text, words)
    asked = question.kind in ("number", "date", "person", "name", "place", "reason")
    places = _places(question.terms, words)
    return [
        float(asked and bool(marks)),
        float(asked and not marks),
        _nearness(places, marks) if asked else 0.0,
        _focus_near(question, _places(question.focus, words), marks),
        _new_information(question, words),
        math.log(1 + len(words)),
        _pairs_kept(places),
        float(question.kind == "date" and not marks),
        float(question.kind == "number" and not marks),
    ]


def _places(terms: Sequence[Word], words: Sequence[Word]) -> list[list[int]]:
    """Return, for each term, the positions of its words in the sentence."""
    at: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        at.setdefault(word.stem[:4], []).append(i)
    return [[i for i in at.get(t.stem[:4], ()) if same_stem(words[i].stem, t.stem)] for t in terms]


def kind_positions(question: Question, text: str, words: Sequence[Word]) -> list[int]:
    """Return the positions of words that could be the answer by their kind alone and are not in the question."""
    asked = {t.stem for t in question.terms}
    if question.kind == "number":
        durations = {m.start() for m in _DURATION.finditer(text)} if _ASKS_HOW_LONG.search(question.text) else set()
        return [
            i
            for i, w in enumerate(words)
            if (w.text[0].isdigit() or w.text.casefold() in NUMBER_WORDS or w.start in durations)
            and w.stem not in asked
        ]
    if question.kind in ("person", "name", "place"):
        given = _given_names(text, words, asked) if question.kind == "name" else []
        return given or [i for i, w in enumerate(words) if w.is_name and not any(same_stem(w.stem, a) for a in asked)]
    pattern = _DATE if question.kind == "date" else _REASON if question.kind == "reason" else None
    if pattern is None:
        return []
    starts = {m.start() for m in pattern.finditer(text)}
    return [i for i, w in enumerate(words) if w.start in starts and w.stem not in asked]


def says_when(question: Question, text: str, *, a_date: bool) -> bool:
    """Return whether a sentence holds a date that the question lacks or, unless `a_date`, another event beside it."""
    dated = bool(kind_positions(question, text, sentence_words(text)))
    return dated or (not a_date and bool(_AT_AN_EVENT.search(text)))


def _given_names(text: str, words: Sequence[Word], asked: set[str]) -> list[int]:
    """Return the positions of the words right behind "called", "known as" or an opening quotation mark."""
    ends = [match.end() for match in _NAMING.finditer(text)]
    starts = [next((i for i, w in enumerate(words) if w.start >= end), -1) for end in ends]
    return [i for i in starts if i >= 0 and words[i].stem not in asked]


def _nearness(places: Sequence[Sequence[int]], marks: Sequence[int]) -> float:
    """Return 1 / (1 + distance / window) between the nearest answer-like word and question term, 0 without either."""
    held = {i for found in places for i in found}
    if not held or not marks:
        return 0.0
    return 1.0 / (1.0 + min(abs(a - b) for a in marks for b in held) / _WINDOW)


def _focus_near(question: Question, places: Sequence[Sequence[int]], marks: Sequence[int]) -> float:
    """Return the share of the focus found in the sentence; for a count, found within a few words of a number."""
    if not question.focus:
        return 0.5
    if question.kind == "number":
        places = [[i for i in found if any(abs(i - m) <= _WINDOW for m in marks)] for found in places]
    return sum(1 for found in places if found) / len(places)


def _new_information(question: Question, words: Sequence[Word]) -> float:
    asked = {t.stem for t in question.terms}
    total = sum(w.weight for w in words)
    return sum(w.weight for w in words if w.stem not in asked) / total if total else 0.0


def _pairs_kept(places: Sequence[Sequence[int]]) -> float:
    """Return the share of neighbouring question terms that stand within four words of each other in the sentence."""
    pairs = list(pairwise(places))
    kept = sum(1 for a, b in pairs if any(abs(i - j) <= 4 for i in a for j in b))
    return kept / len(pairs) if pairs else 0.0
