"""A comparison as a page and as JSON: measures side by side, then the questions that were lost and won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.evaluation.comparison import Change, Comparison, changed_questions
from rag.evaluation.pages import page
from rag.evaluation.report import printed


def compare_page(comparisons: Sequence[Comparison]) -> str:
    """Return the comparisons as one self-contained HTML page."""
    return page(
        "compare.html",
        base=comparisons[0].base.name,
        tests=sum(len(comparison.changes) for comparison in comparisons),
        comparisons=[
            {
                "name": comparison.other.name,
                "common": comparison.common,
                "rows": [change_row(change) for change in comparison.changes],
                "settings": comparison.settings,
                "questions": [_both(item) for item in changed_questions(comparison)],
            }
            for comparison in comparisons
        ],
    )


def change_row(change: Change) -> dict[str, object]:
    """Return a change as it is printed."""
    difference = change.difference
    return {
        "name": change.measure.partition(".")[2].replace("_", " "),
        "base": printed(change.measure, change.base),
        "other": printed(change.measure, change.other),
        "difference": _signed(change.measure, difference.value),
        "interval": f"{_signed(change.measure, difference.low)} – {_signed(change.measure, difference.high)}",
        "p": _probability(difference.p),
        "p_adjusted": _probability(change.p_adjusted),
        "n": difference.n,
        "verdict": {True: "better", False: "worse", None: ""}[change.better],
    }


def comparison_json(comparison: Comparison) -> dict[str, object]:
    """Return a comparison as plain JSON values."""
    return {
        "base": str(comparison.base.path),
        "run": str(comparison.other.path),
        "questions": comparison.common,
        "measures": {change.measure: _change_json(change) for change in comparison.changes},
        "settings": {name: [before, after] for name, before, after in comparison.settings},
    }


def _change_json(change: Change) -> dict[str, object]:
    difference = change.difference
    return {
        "base": round(change.base, 6),
        "run": round(change.other, 6),
        "difference": round(difference.value, 6),
        "interval_95": [round(difference.low, 6), round(difference.high, 6)],
        "p": difference.p,
        "p_adjusted": change.p_adjusted,
        "n": difference.n,
        "better": change.better,
    }


def _both(item: Mapping[str, Any]) -> dict[str, object]:
    gold = item["question"]["evidence"]
    empty = {"error": "", "answer": "", "citations": [], "hits": []}
    return {**item, **{side: {**empty, **item[side], "gold": gold} for side in ("before", "after")}}


def _signed(measure: str, value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{printed(measure, abs(value))}"


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
