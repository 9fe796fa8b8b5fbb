"""Scores of a run → `metrics.json`: the figures, their 95% intervals and counts, over all questions and by type.

Figures are plain numbers, each with its interval under `intervals_95` and its number of questions under `counts`, in a
tree of the same shape. A measure that no question allows is absent and named under `not_measured`. Risk–coverage is
measured over the questions that were answered, as a refused one has no answer to be wrong. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rag.evaluation import statistics
from rag.evaluation.catalogue import ordered
from rag.evaluation.scoring import Scored
from rag.evaluation.statistics import Figure

_STATES = ("ok", "abstained", "error")
_DIGITS = 6
Tree = dict[str, Any]


def measure_names(scored: Iterable[Scored]) -> list[str]:
    """Return the measures that some question has, in the order of reports."""
    return ordered({name for one in scored for name in one.scores})


def score_matrix(scored: Sequence[Scored], names: Sequence[str]) -> statistics.Floats:
    """Return (questions, measures) with NaN where a measure does not apply."""
    return np.array([[one.scores.get(name, np.nan) for name in names] for one in scored], dtype=np.float64)


def metrics_of(scored: Sequence[Scored]) -> Tree:
    """Return the whole of `metrics.json` but for the timings of the run itself; equal scores give equal trees."""
    names = measure_names(scored)
    types = sorted({one.type for one in scored})
    matrix = score_matrix(scored, names)
    kinds = np.array([one.type for one in scored])
    everything, *of_types = statistics.mean_figures_of_groups(
        matrix, [np.ones(len(scored), dtype=bool), *(kinds == kind for kind in types)]
    )
    tree = _tree(scored, dict(zip(names, everything, strict=True)))
    _add_confidence_figures(tree, scored)
    _add_agreement(tree, scored)
    _add_latency(tree, scored)
    tree["by_type"] = {}
    for kind, figures in zip(types, of_types, strict=True):
        of_kind = [one for one in scored if one.type == kind]
        tree["by_type"][kind] = _tree(of_kind, dict(zip(names, figures, strict=True)))
        _add_latency(tree["by_type"][kind], of_kind)
    tree["not_measured"] = _not_measured(tree)
    return tree


def risk_coverage_points(scored: Sequence[Scored]) -> list[tuple[float, float]]:
    """Return (coverage, risk) of the answered questions that have gold, over all that have."""
    judged = [one for one in scored if "overall.right" in one.scores]
    answered = [one for one in judged if one.state == "ok" and one.confidence is not None]
    confidence = [one.confidence or 0.0 for one in answered]
    return statistics.risk_coverage(confidence, [one.scores["overall.right"] for one in answered], len(judged))


def _tree(scored: Sequence[Scored], figures: Mapping[str, Figure | None]) -> Tree:
    tree: Tree = {
        "questions": len(scored),
        "states": {state: sum(one.state == state for one in scored) for state in _STATES},
        "intervals_95": {},
        "counts": {},
    }
    for name, figure in figures.items():
        _add(tree, name, figure)
    return tree


def _add(tree: Tree, name: str, figure: Figure | None) -> None:
    if figure is None:
        return
    section, _, measure = name.partition(".")
    tree.setdefault(section, {})[measure] = round(figure.value, _DIGITS)
    interval = [round(figure.low, _DIGITS), round(figure.high, _DIGITS)]
    tree["intervals_95"].setdefault(section, {})[measure] = interval
    tree["counts"].setdefault(section, {})[measure] = figure.n


def _add_confidence_figures(tree: Tree, scored: Sequence[Scored]) -> None:
    known = [one for one in scored if one.answerable is not None and one.confidence is not None]
    confidence = [one.confidence or 0.0 for one in known]
    _add(tree, "abstention.AUROC", statistics.auroc_figure(confidence, [bool(one.answerable) for one in known]))
    judged = [one for one in scored if "overall.right" in one.scores]
    answered = [one for one in judged if one.state == "ok" and one.confidence is not None]
    _add(
        tree,
        "abstention.AURC",
        statistics.aurc_figure(
            [one.confidence or 0.0 for one in answered], [one.scores["overall.right"] for one in answered]
        ),
    )


def _add_agreement(tree: Tree, scored: Sequence[Scored]) -> None:
    judged = [one.scores for one in scored if "judge.right" in one.scores]
    judge = [scores["judge.right"] == 1.0 for scores in judged]
    _add(tree, "judge.kappa", statistics.kappa_figure(judge, [scores["overall.right"] == 1.0 for scores in judged]))


def _add_latency(tree: Tree, scored: Sequence[Scored]) -> None:
    elapsed = [one.elapsed_ms for one in scored if one.state != "error"]
    for name, quantile in (("p50", 0.5), ("p95", 0.95)):
        _add(tree, f"latency_ms.{name}", statistics.quantile_figure(elapsed, quantile))
    stages = sorted({stage for one in scored for stage in one.timings_ms})
    if stages:
        medians = {s: float(np.median([o.timings_ms[s] for o in scored if s in o.timings_ms])) for s in stages}
        tree.setdefault("latency_ms", {})["stages_p50"] = {stage: round(ms, 3) for stage, ms in medians.items()}


def _not_measured(tree: Tree) -> dict[str, str]:
    reasons = {
        "retrieval": "no answerable question has gold evidence, or nothing was retrieved",
        "answers": "no question has gold answers, or answers were not asked for",
        "citations": "nothing was cited, or answers were not asked for",
        "abstention": "no question says whether it can be answered, or answers were not asked for",
        "latency_ms": "every question ended in an error",
    }
    for section in reasons:
        tree.setdefault(section, {})
    return {section: reason for section, reason in reasons.items() if not tree[section]}
