"""`report.html` of a run: figures, charts, failures first, every question. Made from the folder's own contents.

Knows how figures are shown; what they mean is in the catalogue, how the page looks in the templates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.evaluation.catalogue import LOWER_IS_BETTER, SECTIONS, meaning
from rag.evaluation.failures import CAUSES, cause_of
from rag.evaluation.highlights import highlighted
from rag.evaluation.metrics import risk_coverage_points
from rag.evaluation.pages import page
from rag.evaluation.question_sets import Question
from rag.evaluation.retrieval_measures import RankedPassage, article_ranking
from rag.evaluation.scoring import ArticleText, Scored, answer_text, is_valid

MAX_FAILURES = 300
MAX_ROWS = 5000
_HITS_SHOWN = 5
_HEADLINES = (
    "overall.right",
    "answers.contains",
    "answers.F1",
    "retrieval.R@5",
    "retrieval.nDCG@10",
    "citations.support",
    "citations.valid",
    "abstention.correct_refusal",
    "abstention.wrong_refusal",
    "latency_ms.p50",
    "latency_ms.p95",
)
_TYPE_COLUMNS = ("overall.right", "answers.F1", "retrieval.R@5", "citations.support", "overall.refused")
_AS_DECIMAL = ("AUROC", "kappa", "AURC", "AP", "RR@10", "nDCG@10", "span RR@10")
Tree = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it is printed."""

    name: str
    shown: str
    interval: str
    n: int
    meaning: str
    lower: bool


def summary_fragment(metrics: Tree, scored: Sequence[Scored]) -> str:
    """Return cards and charts of a run as HTML without a page around it; text in it is escaped."""
    return page("summary.html", **_figures(metrics), **_charts(metrics, scored))


def failures_of(
    questions: Sequence[Question], scored: Sequence[Scored], rows: Iterable[Row], most: int
) -> tuple[list[Row], int]:
    """Return what the table of a report says of the gravest failures, at most so many, and how many there are."""
    causes = [cause_of(one) for one in scored]
    gravest = sorted((CAUSES.index(cause), i) for i, cause in enumerate(causes) if cause is not None)
    chosen = {position for _, position in gravest[:most]}
    found = {
        position: _table_row(question, row, causes[position])
        for position, (question, row) in enumerate(zip(questions, rows, strict=True))
        if position in chosen
    }
    return [found[position] for _, position in gravest[:most]], len(gravest)


def report_page(
    settings: Tree,
    metrics: Tree,
    questions: Sequence[Question],
    scored: Sequence[Scored],
    rows: Iterable[Row],
    article_text: ArticleText,
) -> str:
    """Return the report of a run as one HTML page; `rows` are read once, in the order of the questions."""
    causes = [cause_of(one) for one in scored]
    counted = Counter(cause for cause in causes if cause is not None)
    gravest = sorted((CAUSES.index(cause), i) for i, cause in enumerate(causes) if cause is not None)
    chosen = {position for _, position in gravest[:MAX_FAILURES]}
    failures: dict[int, Row] = {}
    table: list[Row] = []
    generator = encoder = ""
    for position, (question, one, row) in enumerate(zip(questions, scored, rows, strict=True)):
        generator, encoder = generator or row.get("generator", ""), encoder or row.get("encoder", "")
        if position in chosen:
            failures[position] = _failure(question, one, row, causes[position], article_text)
        if position < MAX_ROWS:
            table.append(_table_row(question, row, causes[position]))
    return page(
        "report.html",
        settings=settings,
        metrics=metrics,
        source=Path(str(settings["path"])).name,
        answers=settings["asking"]["answers"],
        generator=generator,
        encoder=encoder,
        failures=[failures[position] for _, position in gravest[:MAX_FAILURES]],
        failed=len(gravest),
        causes=[(cause, counted[cause]) for cause in CAUSES if counted[cause]],
        rows=table,
        types=sorted({one.type for one in scored}),
        setting_rows=list(_flattened(settings)),
        **_figures(metrics),
        **_charts(metrics, scored),
    )


def shown_figure(tree: Tree, name: str) -> Shown | None:
    """Return a figure of a metrics tree as it is printed, None when it was not measured."""
    section, _, measure = name.partition(".")
    value = tree.get(section, {}).get(measure)
    if not isinstance(value, int | float):
        return None
    low, high = tree["intervals_95"][section][measure]
    return Shown(
        measure,
        printed(name, value),
        f"{printed(name, low)} – {printed(name, high)}",
        tree["counts"][section][measure],
        meaning(name),
        name in LOWER_IS_BETTER,
    )


def printed(name: str, value: float) -> str:
    """Return a value in the manner of its measure: milliseconds, a decimal, or per cent."""
    section, _, measure = name.partition(".")
    if section == "latency_ms":
        return f"{value:.0f} ms" if value >= 10 else f"{value:.2f} ms"
    if section == "tokens":
        return f"{value:.0f}"
    return f"{value:.3f}" if measure in _AS_DECIMAL else f"{100 * value:.1f}%"


def _figures(metrics: Tree) -> dict[str, object]:
    sections = []
    for section in SECTIONS:
        figures = [shown_figure(metrics, f"{section}.{name}") for name in metrics.get(section, {})]
        known = [figure for figure in figures if figure is not None]
        if known:
            sections.append((section, known))
    columns = [name for name in _TYPE_COLUMNS if shown_figure(metrics, name)]
    by_type = [
        (kind, tree["questions"], [shown_figure(tree, name) for name in columns])
        for kind, tree in metrics["by_type"].items()
    ]
    cards = [figure for name in _HEADLINES if (figure := shown_figure(metrics, name)) is not None]
    return {
        "sections": sections,
        "cards": cards,
        "type_columns": [name.partition(".")[2] for name in columns],
        "by_type": by_type,
    }


def _charts(metrics: Tree, scored: Sequence[Scored]) -> dict[str, object]:
    risk = risk_coverage_points(scored)
    measure = "overall.right" if "right" in metrics.get("overall", {}) else "retrieval.R@5"
    return {
        "risk": risk if len(risk) > 1 else [],
        "quarter_ticks": [(x / 4, f"{25 * x}%") for x in range(5)],
        "type_measure": meaning(measure).capitalize(),
        "type_bars": _type_bars(metrics, measure),
        **_recall_lines(metrics),
        **_latency_bins([one.elapsed_ms for one in scored if one.state != "error"]),
    }


def _type_bars(metrics: Tree, measure: str) -> list[Row]:
    section, _, name = measure.partition(".")
    bars = []
    for kind, tree in metrics["by_type"].items():
        if name in tree.get(section, {}):
            low, high = tree["intervals_95"][section][name]
            count = tree["counts"][section][name]
            bars.append({"label": kind, "value": tree[section][name], "low": low, "high": high, "n": count})
    return bars if len(bars) > 1 else []


def _recall_lines(metrics: Tree) -> dict[str, object]:
    found = metrics.get("retrieval", {})
    depths = [int(name[2:]) for name in found if name.startswith("R@")]
    across = {k: i / max(len(depths) - 1, 1) for i, k in enumerate(depths)}
    lines = [(family, [(across[k], found[f"{family}@{k}"]) for k in depths]) for family in ("R", "Success", "All")]
    return {"recall": lines if depths else [], "recall_ticks": [(across[k], str(k)) for k in depths]}


def _latency_bins(elapsed: Sequence[float]) -> dict[str, object]:
    if len(elapsed) < 2:
        return {"latency": [], "latency_ticks": []}
    longest = float(np.quantile(elapsed, 0.98)) or 1.0
    counts, _ = np.histogram(np.minimum(elapsed, longest), bins=24, range=(0.0, longest))
    return {
        "latency": counts.tolist(),
        "latency_ticks": [
            (x / 4, f"{longest * x / 4:.2g}" if longest < 40 else f"{longest * x / 4:.0f}") for x in range(5)
        ],
    }


def _failure(
    question: Question, scored: Scored, row: Row, cause: str | None, article_text: ArticleText
) -> dict[str, object]:
    gold = frozenset(question.evidence)
    hits = [RankedPassage(hit["article_id"], hit["start"], hit["end"]) for hit in row["hits"]]
    ranking = list(article_ranking(hits, row.get("further", ())))
    citations = row.get("citations", [])
    return {
        "question": question,
        "cause": cause,
        "confidence": scored.confidence,
        "error": row.get("error", ""),
        "answer": row.get("answer", ""),
        "gold": [(name, ranking.index(name) + 1 if name in ranking else None) for name in question.evidence],
        "citations": [citation | {"valid": is_valid(citation, article_text)} for citation in citations],
        "hits": [
            hit | {"gold": hit["article_id"] in gold, "pieces": highlighted(hit, citations, question.answers)}
            for hit in row["hits"][:_HITS_SHOWN]
        ],
    }


def _table_row(question: Question, row: Row, cause: str | None) -> Row:
    gold = "no answer" if question.answerable is False else " | ".join(question.answers)
    answer = row.get("error") or answer_text(row) or row.get("answer", "")
    shown = {"question": question.question, "answer": answer, "gold": gold}
    shortened = {name: text if len(text) <= 300 else text[:299] + "…" for name, text in shown.items()}
    return shortened | {"id": question.question_id, "type": question.type, "state": row["state"], "cause": cause}


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, object]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
