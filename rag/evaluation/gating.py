"""The gate: may a change go in? Not when a measure lost significantly, and by more than the margin that matters.

For each measure the loss is tested one-sided, question by question (sign-flip permutation test), at 0.025 after Holm
over the measures; a loss within the margin never fails. A measure has `held` when its whole 95% interval lies above
minus the margin (non-inferiority), and is `unclear` when there are too few questions to say either; in strict mode
only what has held passes. Errors count: they are a measure of their own, and score 0 in all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import InputError
from rag.evaluation import statistics
from rag.evaluation.catalogue import LOWER_IS_BETTER, ordered
from rag.evaluation.comparison import PRIMARY, Run, common_questions, paired_scores
from rag.evaluation.statistics import Difference

ALPHA = 0.025
MARGIN = 0.01
Outcome = Literal["held", "unclear", "loss"]


@dataclass(frozen=True, slots=True)
class GatedMeasure:
    """A measure at the gate. `gain` is ours minus theirs, signed so that below zero is worse; p is after Holm."""

    measure: str
    gain: Difference
    p_loss: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether the run passes, and what each measure said."""

    passed: bool
    measures: tuple[GatedMeasure, ...]


def gate(
    run: Run, against: Run, *, margin: float = MARGIN, measures: Sequence[str] = PRIMARY, strict: bool = False
) -> GateResult:
    """Decide about `run` with `against` as the run to hold; raises InputError when they asked different questions."""
    ids = common_questions(against, run)
    if len(ids) != len(against.scores) or len(ids) != len(run.scores):
        sizes = f"{len(run.scores)} and {len(against.scores)} questions, {len(ids)} in common"
        raise InputError(f"{run.path} and {against.path}: {sizes}; the gate needs two runs of one question set")
    if run.settings["asking"]["answers"] != against.settings["asking"]["answers"]:
        raise InputError(f"{run.path} and {against.path}: only one of the two asked for answers; gate runs of one kind")
    found: list[tuple[str, Difference]] = []
    for measure in ordered(measures):
        theirs, ours = paired_scores(against, run, ids, measure)
        if measure in LOWER_IS_BETTER:
            theirs, ours = -theirs, -ours
        gain = statistics.paired_difference(ours, theirs)
        if gain is not None:
            found.append((measure, gain))
    if not found:
        raise InputError(f"{run.path}: has none of the measures {', '.join(measures)}; nothing can be gated")
    adjusted = statistics.holm([gain.p_loss for _, gain in found])
    judged = tuple(
        GatedMeasure(measure, gain, p, _outcome(gain, p, margin))
        for (measure, gain), p in zip(found, adjusted, strict=True)
    )
    accepted = ("held",) if strict else ("held", "unclear")
    return GateResult(all(one.outcome in accepted for one in judged), judged)


def _outcome(gain: Difference, p_loss: float, margin: float) -> Outcome:
    if p_loss < ALPHA and gain.value < -margin:
        return "loss"
    return "held" if gain.low > -margin else "unclear"


def gate_rows(result: GateResult) -> list[tuple[str, str, str, str, str]]:
    """Return the measures as they are printed, in points of 100."""
    return [
        (
            one.measure,
            f"{100 * one.gain.value:+.2f}",
            f"{100 * one.gain.low:+.2f} – {100 * one.gain.high:+.2f}",
            f"{one.p_loss:.4f}",
            one.outcome,
        )
        for one in result.measures
    ]


def gate_json(result: GateResult) -> dict[str, object]:
    """Return the decision as plain JSON values."""
    measures = {
        one.measure: {
            "gain": round(one.gain.value, 6),
            "interval_95": [round(one.gain.low, 6), round(one.gain.high, 6)],
            "p_loss": one.p_loss,
            "n": one.gain.n,
            "outcome": one.outcome,
        }
        for one in result.measures
    }
    return {"passed": result.passed, "measures": measures}
