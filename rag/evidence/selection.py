"""Choose the sentences to answer from, and say how likely they answer at all.

From the passages found: every sentence is measured cheaply, the best dozen are compared with the question by the
encoder (their vectors are kept, so that a sentence is encoded once), scored, and the fewest that carry the answer are
returned. Knows nothing of generators or of how an answer reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.encoders.protocol import TokenEncoder, Vectors
from rag.encoders.word_vectors import WordVectors
from rag.evidence.anchors import anchored
from rag.evidence.candidates import Candidate, candidates
from rag.evidence.contrasts import CONTRASTS, contrasts
from rag.evidence.features import FEATURES, features, says_when
from rag.evidence.owners import belongs_to_another
from rag.evidence.scoring import load_coefficients
from rag.evidence.spans import evidence_of
from rag.evidence.vectors import TextVectors
from rag.questions import Question
from rag.records import Evidence, Hit

COMPARED_SENTENCES = 12
ENOUGH = 0.6
NEARLY_AS_GOOD = 0.4
OF_ANOTHER = 0.1  # what is another's is near in words and never the answer
UNDATED = 0.1  # where a day or year is asked for, a sentence without one
DATED_BY_ANOTHER = 0.5  # least confidence in an event told with all words of the question and dated by its article
COMPARED_AS_GOOD = 0.01  # scores of different articles compare poorly; what is not about the question is below
_ASKS_A_DATE = re.compile(r"\b(?:what|which) (?:exact )?(?:date|day|month|year)\b", re.IGNORECASE)
_CHEAP = [FEATURES.index(name) for name in ("dense_passage", "coverage_sentence", "coverage_context", "kind_near")]
_CHEAP_WEIGHTS = np.array([1.0, 1.5, 1.0, 0.3], np.float32)


@dataclass(frozen=True, slots=True)
class Selection:
    """The evidence, best first, and `confidence` in [0, 1]: how likely the corpus answers the question."""

    evidence: tuple[Evidence, ...]
    confidence: float


def select(
    question: Question,
    hits: Sequence[Hit],
    query_vector: Vectors,
    text_vectors: TextVectors,
    word_vectors: WordVectors,
    tokens: TokenEncoder,
    *,
    most: int = 3,
) -> Selection:
    """Return at most `most` evidence sentences for the question, best first; none when nothing was found."""
    told = candidates(hits)
    if question.kind == "date":
        told += anchored(told)
    found, rows = measured(question, told, query_vector, text_vectors, word_vectors)
    if not found:
        return Selection((), 0.0)
    coefficients = load_coefficients()
    scores = coefficients.sentence.probability(rows, FEATURES)
    of_another = np.array([belongs_to_another(question.text, c.text) for c in found])
    misled = bool(of_another[scores.argmax()])
    scores[of_another] *= OF_ANOTHER
    if _ASKS_A_DATE.search(question.text):
        scores[rows[:, FEATURES.index("date_absent")] == 1] *= UNDATED
    best_first = np.argsort(-scores, kind="stable")
    contrast = contrasts(question, found[best_first[0]].text, tokens)
    measures = summary(rows[best_first], scores[best_first], contrast)[None, :]
    confidence = float(coefficients.answerable.probability(measures, SUMMARY)[0]) * (OF_ANOTHER if misled else 1.0)
    chosen = _fewest([(found[i], float(scores[i])) for i in best_first], question, most)
    if question.kind == "date":
        whole = bool(rows[best_first[0], FEATURES.index("coverage_sentence")] >= 1)
        confidence = _of_a_date(confidence, question, [c for c, _ in chosen], whole=whole)
    spans = [evidence_of(c, score) for sentence, score in chosen for c in (sentence.anchor, sentence) if c]
    return Selection(_without_parts(spans)[:most], confidence)


def _of_a_date(confidence: float, question: Question, chosen: Sequence[Candidate], *, whole: bool) -> float:
    """Return the confidence in an answer to "when": small if nothing chosen says when, fair if the best sentence, which
    has all words of the question (`whole`), is dated by another one.
    """
    a_date = bool(_ASKS_A_DATE.search(question.text))
    if not any(says_when(question, c.text, a_date=a_date) for c in chosen):
        return confidence * UNDATED
    return max(confidence, DATED_BY_ANOTHER) if chosen[0].anchor and whole else confidence


def measured(
    question: Question,
    found: Sequence[Candidate],
    query_vector: Vectors,
    text_vectors: TextVectors,
    word_vectors: WordVectors,
) -> tuple[list[Candidate], NDArray[np.float32]]:
    """Return the candidates worth comparing with the question, and their features, shape (candidates, FEATURES)."""
    if not found:
        return [], np.zeros((0, len(FEATURES)), np.float32)
    rows = features(question, found, [0.0] * len(found), word_vectors)
    order = np.argsort(-(rows[:, _CHEAP] @ _CHEAP_WEIGHTS), kind="stable")[:COMPARED_SENTENCES]
    kept = [found[i] for i in order]
    rows = rows[order]
    rows[:, FEATURES.index("dense_sentence")] = text_vectors([c.text for c in kept]) @ query_vector
    return kept, rows


SUMMARY = ("log_odds", "second", "third", "lead", *(f"best_{name}" for name in FEATURES), *CONTRASTS)


def summary(
    rows: NDArray[np.float32], scores: NDArray[np.float64], contrast: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what tells whether the corpus answers: the best scores, the best sentence's features."""
    top = [float(s) for s in scores[:3]] + [0.0] * (3 - min(3, len(scores)))
    likely = min(max(top[0], 1e-4), 1 - 1e-4)
    return np.array([math.log(likely / (1 - likely)), *top[1:], top[0] - top[1], *rows[0], *contrast], np.float32)


def _fewest(scored: list[tuple[Candidate, float]], question: Question, most: int) -> list[tuple[Candidate, float]]:
    """Return the best sentences: as few as hold the answer with enough probability, if their scores are right.

    A question that compares gets the best sentence of each article instead.
    """
    if question.compares:
        return _best_of_each_article(scored, most)
    chosen: list[tuple[Candidate, float]] = []
    missed = 1.0
    for candidate, score in scored:
        if len(chosen) == most or missed <= 1 - ENOUGH or score < scored[0][1] * NEARLY_AS_GOOD:
            break
        if all(not _same_words(candidate, c) for c, _ in chosen):
            chosen.append((candidate, score))
            missed *= 1 - score
    return chosen


def _best_of_each_article(scored: list[tuple[Candidate, float]], most: int) -> list[tuple[Candidate, float]]:
    best: dict[str, tuple[Candidate, float]] = {}
    for candidate, score in scored:
        if score >= scored[0][1] * COMPARED_AS_GOOD:
            best.setdefault(candidate.hit.passage.article_id, (candidate, score))
    return list(best.values())[:most]


def _same_words(a: Candidate, b: Candidate) -> bool:
    return " ".join(a.text.casefold().split()) == " ".join(b.text.casefold().split())


def _without_parts(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence without what lies inside, or overlaps, better evidence: widened spans may meet."""
    kept: list[Evidence] = []
    for piece in evidence:
        if all(piece.article_id != k.article_id or piece.end <= k.start or k.end <= piece.start for k in kept):
            kept.append(piece)
    return tuple(kept)
