"""What each measure is called and means, in the order in which reports print them. Knows no values."""

from __future__ import annotations

import re
from collections.abc import Iterable

SECTIONS = ("overall", "retrieval", "answers", "citations", "abstention", "judge", "latency_ms", "tokens")
MEANINGS = {
    "overall.right": "answered with a gold answer, or refused where there is none to give",
    "overall.refused": "refused, of all questions",
    "overall.disagreement_shown": "answers that say that sources disagree",
    "overall.error": "questions that ended in an error",
    "retrieval.R@k": "share of the gold articles among the first k articles",
    "retrieval.Success@k": "any gold article among the first k",
    "retrieval.All@k": "every gold article among the first k",
    "retrieval.RR@k": "1 / rank of the first gold article, if within k",
    "retrieval.nDCG@k": "gain of gold articles, discounted by rank",
    "retrieval.AP": "average precision over the retrieved articles",
    "retrieval.span Success@k": "a passage that covers the gold span among the first k",
    "retrieval.span RR@k": "1 / rank of the first passage that covers the gold span",
    "answers.contains": "a gold answer stands in the answer, as whole words",
    "answers.EM": "the answer is a gold answer (SQuAD normalisation)",
    "answers.F1": "tokens shared with the nearest gold answer (SQuAD)",
    "answers.ROUGE-L": "longest common subsequence with the nearest gold answer, F-measure",
    "answers.numeric": "holds the numbers of a gold answer, where it has any",
    "answers.squad2_EM": "EM over all questions, a due refusal counting 1 (SQuAD 2.0)",
    "answers.squad2_F1": "F1 over all questions, a due refusal counting 1 (SQuAD 2.0)",
    "answers.all_right": "holds all right answers, where wrong ones are known",
    "answers.misled": "holds an answer known to be wrong",
    "citations.valid": "citations whose quote stands in the article at the offsets given",
    "citations.cited": "claims that carry a citation",
    "citations.support": "claims that the verifier finds supported by what they cite",
    "citations.precision": "cited articles that are gold",
    "citations.recall": "gold articles that are cited",
    "abstention.correct_refusal": "refused, of the questions without an answer in the articles",
    "abstention.wrong_refusal": "refused, of the questions with an answer in the articles",
    "abstention.AUROC": "chance that an answerable question has more confidence than an unanswerable one",
    "abstention.AURC": "mean share of wrong answers over the coverages reached",
    "judge.right": "answers that the judging language model finds right",
    "judge.agreement": "answers of which judge and gold match (contains) say the same",
    "judge.kappa": "agreement of judge and gold match beyond chance (Cohen)",
    "latency_ms.p50": "half of the questions took at most this long",
    "latency_ms.p95": "19 of 20 questions took at most this long",
    "tokens.prompt": "tokens that the generator read for a question it was asked",
    "tokens.completion": "tokens that the generator wrote for a question it was asked",
}
LOWER_IS_BETTER = frozenset(
    {
        "overall.error",
        "answers.misled",
        "abstention.wrong_refusal",
        "abstention.AURC",
        "latency_ms.p50",
        "latency_ms.p95",
    }
)
NEUTRAL = frozenset({"overall.refused", "overall.disagreement_shown", "tokens.prompt", "tokens.completion"})
_CUTOFF = re.compile(r"@(\d+)$")
_POSITIONS = {name: position for position, name in enumerate(MEANINGS)}


def ordered(names: Iterable[str]) -> list[str]:
    """Return measure names (`section.measure`) in the order of reports, cutoffs ascending."""
    return sorted(names, key=_position)


def meaning(name: str) -> str:
    """Return what a measure says, in a phrase."""
    return MEANINGS.get(_CUTOFF.sub("@k", name), "")


def _position(name: str) -> tuple[int, int, str]:
    cutoff = _CUTOFF.search(name)
    position = _POSITIONS.get(_CUTOFF.sub("@k", name), len(_POSITIONS))
    return position, int(cutoff[1]) if cutoff else 0, name
