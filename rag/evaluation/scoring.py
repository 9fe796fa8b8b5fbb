"""One row of answers against its question → scores, by name `section.measure`; a measure that does not apply is absent.

A refusal is an empty answer: it scores 0 where an answer was due, and 1 in the SQuAD 2.0 measures where none was. An
error scores 0 wherever something was due, so that a run cannot gain by failing. Support is judged again by the
verifier, claim by claim against the cited quotes, not taken from the answer's own verdicts. Knows nothing of averages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.evaluation import answer_measures
from rag.evaluation.asking import Row, State
from rag.evaluation.question_sets import Question

Scores = dict[str, float]
Supports = Callable[[str, Sequence[Mapping[str, Any]]], bool]
ArticleText = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Scored:
    """What is kept of an answered question after scoring. `confidence` is None where nothing was answered."""

    question_id: str
    type: str
    state: State
    answerable: bool | None
    confidence: float | None
    elapsed_ms: float
    timings_ms: Mapping[str, float]
    scores: Scores = field(default_factory=dict)


class Scorer:
    """Scores rows of a run. `article_text` gives the stored text of an article, `supports` judges a claim."""

    def __init__(
        self,
        article_text: ArticleText,
        supports: Supports,
        *,
        answers: bool = True,
        judgements: Mapping[str, bool | None] | None = None,
    ) -> None:
        self._article_text = article_text
        self._supports = supports
        self._answers = answers
        self._judgements = judgements or {}

    def score(self, question: Question, row: Row) -> Scored:
        """Return the scores that the question's gold allows; retrieval is judged elsewhere, all questions at once."""
        scores: Scores = {"overall.error": float(row["state"] == "error")}
        scores |= {f"tokens.{kind}": float(count) for kind, count in row.get("tokens", {}).items()}
        if self._answers:
            scores |= _answer_scores(question, row) | _abstention_scores(question, row)
            scores |= self._citation_scores(question, row)
            scores |= self._judge_scores(question, scores)
        return Scored(
            question.question_id,
            question.type,
            row["state"],
            question.answerable,
            row.get("confidence"),
            float(row.get("elapsed_ms", 0.0)),
            row.get("timings_ms", {}),
            scores,
        )

    def _judge_scores(self, question: Question, scores: Scores) -> Scores:
        judged = self._judgements.get(question.question_id)
        if judged is None:
            return {}
        return {"judge.right": float(judged), "judge.agreement": float(judged == (scores["overall.right"] == 1.0))}

    def _citation_scores(self, question: Question, row: Row) -> Scores:
        scores: Scores = {}
        citations: list[dict[str, Any]] = row.get("citations", [])
        if citations:
            scores["citations.valid"] = _mean([float(is_valid(citation, self._article_text)) for citation in citations])
        claims = [sentence for sentence in row.get("sentences", []) if sentence["verdict"] != "no_claim"]
        if claims and row["state"] == "ok":
            marked = {citation["marker"]: citation for citation in citations}
            cited = [[marked[marker] for marker in claim["markers"] if marker in marked] for claim in claims]
            scores["citations.cited"] = _mean([float(bool(evidence)) for evidence in cited])
            supported = [
                bool(evidence) and self._supports(claim["text"], evidence)
                for claim, evidence in zip(claims, cited, strict=True)
            ]
            scores["citations.support"] = _mean([float(one) for one in supported])
        return scores | _gold_citation_scores(question, citations)


def is_valid(citation: Mapping[str, Any], article_text: ArticleText) -> bool:
    """Return whether the quote stands in the stored article at exactly the offsets that the citation gives."""
    text = article_text(citation["article_id"])
    start, end = citation["start"], citation["end"]
    return text is not None and 0 <= start < end and text[start:end] == citation["quote"]


def answer_text(row: Mapping[str, Any]) -> str:
    """Return the words of an answer without its markers; a refusal or an error has none."""
    return " ".join(s["text"] for s in row.get("sentences", [])) if row["state"] == "ok" else ""


def _answer_scores(question: Question, row: Row) -> Scores:
    text = answer_text(row)
    if question.answerable is False:
        refused = float(row["state"] == "abstained")
        return {"answers.squad2_EM": refused, "answers.squad2_F1": refused}
    golds = question.answers
    if not golds:
        return {}
    scores = {
        "answers.contains": answer_measures.contains(text, golds),
        "answers.EM": answer_measures.exact_match(text, golds),
        "answers.F1": answer_measures.token_f1(text, golds),
        "answers.ROUGE-L": answer_measures.rouge_l(text, golds),
    }
    scores |= {"answers.squad2_EM": scores["answers.EM"], "answers.squad2_F1": scores["answers.F1"]}
    if answer_measures.has_number(golds):
        scores["answers.numeric"] = answer_measures.numeric_match(text, golds)
    if question.wrong_answers:
        scores["answers.misled"] = answer_measures.contains(text, question.wrong_answers)
        scores["answers.all_right"] = float(all(answer_measures.holds(text, gold) for gold in golds))
    return scores


def _abstention_scores(question: Question, row: Row) -> Scores:
    refused = float(row["state"] == "abstained")
    scores = {"overall.refused": refused}
    if row["state"] != "error":
        scores["overall.disagreement_shown"] = float(bool(row.get("disagreements")))
    if question.answerable is False:
        scores |= {"abstention.correct_refusal": refused, "overall.right": refused}
    elif question.answerable:
        scores["abstention.wrong_refusal"] = refused
        if question.answers:
            scores["overall.right"] = answer_measures.contains(answer_text(row), question.answers)
    return scores


def _gold_citation_scores(question: Question, citations: Sequence[Mapping[str, Any]]) -> Scores:
    """Return precision over the articles cited (weak gold set aside) and recall over the gold articles."""
    if not question.evidence or question.answerable is False:
        return {}
    gold = set(question.evidence)
    cited = {citation["article_id"] for citation in citations} - question.weak_only
    scores = {"citations.recall": len(cited & gold) / len(gold)}
    if cited:
        scores["citations.precision"] = len(cited & gold) / len(cited)
    return scores


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
