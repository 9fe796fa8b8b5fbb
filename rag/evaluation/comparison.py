"""Finished runs against each other, question by question: differences, intervals, and p-values adjusted for number.

Only questions that both runs have are compared, each with itself. Tests are sign-flip permutation tests, adjusted by
Holm over all measures and runs of one comparison. Latency is compared as a mean, and takes part in no decision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import InputError
from rag.evaluation import statistics
from rag.evaluation.catalogue import LOWER_IS_BETTER, ordered
from rag.evaluation.folder import ANSWERS, METRICS, QUESTIONS, SCORES, SETTINGS, read_json
from rag.evaluation.statistics import Difference, Floats

PRIMARY = (
    "overall.right",
    "overall.error",
    "retrieval.R@5",
    "retrieval.nDCG@10",
    "answers.contains",
    "answers.F1",
    "citations.valid",
    "citations.support",
    "citations.precision",
    "abstention.correct_refusal",
    "abstention.wrong_refusal",
)
LATENCY = "latency_ms.mean"


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as it is compared: its name, settings, figures, and for each question its scores."""

    path: Path
    settings: Mapping[str, Any]
    metrics: Mapping[str, Any]
    scores: Mapping[str, Mapping[str, float]]

    @property
    def name(self) -> str:
        return self.path.resolve().name


@dataclass(frozen=True, slots=True)
class Change:
    """A measure in the base run and another: means over the common questions, their difference, p after Holm."""

    measure: str
    base: float
    other: float
    difference: Difference
    p_adjusted: float

    @property
    def better(self) -> bool | None:
        """Return whether the other run is significantly better (True), worse (False) or neither (None)."""
        if self.p_adjusted >= 0.05 or self.difference.value == 0:
            return None
        return (self.difference.value > 0) != (self.measure in LOWER_IS_BETTER or self.measure == LATENCY)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Another run against the base run. `common` counts the questions both have."""

    base: Run
    other: Run
    common: int
    changes: tuple[Change, ...]
    settings: tuple[tuple[str, object, object], ...]


def load_run(path: Path) -> Run:
    """Read a finished run from its folder; raises InputError for an unfinished one."""
    metrics, settings = read_json(path / METRICS), read_json(path / SETTINGS)
    scores: dict[str, dict[str, float]] = {}
    for row in _json_rows(path / SCORES):
        scores[row["id"]] = row["scores"] | {LATENCY: row["elapsed_ms"]}
    return Run(path, settings, metrics, scores)


def compare_runs(runs: Sequence[Run], measures: Sequence[str] = PRIMARY) -> list[Comparison]:
    """Compare every further run with the first, over the measures that they have."""
    if len(runs) < 2:
        raise InputError("one run cannot be compared; name two or more run folders")
    base, found = runs[0], list[tuple[Run, str, Floats, Floats, Difference]]()
    common = {other.path: common_questions(base, other) for other in runs[1:]}
    for other in runs[1:]:
        for measure in (*ordered(measures), LATENCY):
            theirs, ours = paired_scores(base, other, common[other.path], measure)
            difference = statistics.paired_difference(ours, theirs)
            if difference is not None:
                found.append((other, measure, ours, theirs, difference))
    adjusted = statistics.holm([difference.p for *_, difference in found])
    return [
        Comparison(
            base,
            other,
            len(common[other.path]),
            tuple(
                Change(measure, _mean(theirs), _mean(ours), difference, p)
                for (run, measure, ours, theirs, difference), p in zip(found, adjusted, strict=True)
                if run is other
            ),
            tuple(_changed_settings(base.settings, other.settings)),
        )
        for other in runs[1:]
    ]


def common_questions(base: Run, other: Run) -> list[str]:
    """Return the ids that both runs have, in the order of the base run; raises InputError when there are none."""
    common = [name for name in base.scores if name in other.scores]
    if not common:
        raise InputError(f"{base.path} and {other.path} have no question in common; compare runs of one question set")
    return common


def paired_scores(base: Run, other: Run, ids: Sequence[str], measure: str) -> tuple[Floats, Floats]:
    """Return the scores of (base, other) for the questions where both have the measure."""
    pairs = [(base.scores[name].get(measure), other.scores[name].get(measure)) for name in ids]
    both = np.array([pair for pair in pairs if None not in pair], dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def changed_questions(comparison: Comparison, most: int = 200) -> list[dict[str, Any]]:
    """Return questions that one run handled right and the other not, those that were lost first.

    Each has the gold, whether it was `lost`, and both rows of answers. Runs that were only searched are compared by
    whether any gold article was found.
    """
    base, other = comparison.base, comparison.other
    measure = "overall.right" if "right" in base.metrics.get("overall", {}) else "retrieval.Success@10"
    moved: dict[str, bool] = {}
    for name in base.scores:
        before, after = base.scores[name].get(measure), other.scores.get(name, {}).get(measure)
        if before is not None and after is not None and before != after:
            moved[name] = after < before
    chosen = dict(sorted(moved.items(), key=lambda pair: not pair[1])[:most])
    before_rows = {row["id"]: row for row in _json_rows(base.path / ANSWERS) if row["id"] in chosen}
    after_rows = {row["id"]: row for row in _json_rows(other.path / ANSWERS) if row["id"] in chosen}
    questions = {row["id"]: row for row in _json_rows(base.path / QUESTIONS) if row["id"] in chosen}
    return [
        {"question": questions[name], "lost": lost, "before": before_rows[name], "after": after_rows[name]}
        for name, lost in chosen.items()
    ]


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except FileNotFoundError:
        raise InputError(f"{path.parent}: no finished run ({path.name} is missing); run `rag evaluate` first") from None
    except ValueError as error:
        raise InputError(f"{path}: damaged: {error}; `rag evaluate … --resume` makes it again") from None


def _changed_settings(base: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    for group in ("questions", "asking", "index", "settings"):
        before, after = base.get(group, {}), other.get(group, {})
        for name in dict.fromkeys((*before, *after)):
            if before.get(name) != after.get(name):
                yield f"{group}.{name}", before.get(name), after.get(name)


def _mean(values: Floats) -> float:
    return float(values.mean())
