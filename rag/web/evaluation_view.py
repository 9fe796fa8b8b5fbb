"""Draws evaluations: progress, a run at a glance with its failures first, two runs side by side.

Cards and charts come from the room of evaluation, which escapes what it draws; everything else goes through `esc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.evaluation.progress import Progress
from rag.web.library_view import outcome_html
from rag.web.text import esc, plural, shorten

__all__ = ["comparison_html", "outcome_html", "overview_html", "progress_html"]

_MOST_WORDS = 240


def progress_html(progress: Progress | None) -> str:
    """Draw how far a run is: questions done, failed, time left."""
    if progress is None:
        return '<p class="status" role="status"><span class="waiting"></span>Loading…</p>'
    left = "" if progress.left_s is None else f", {_span(progress.left_s)} left"
    failed = f", {progress.errors:,} failed" if progress.errors else ""
    said = f"{progress.done:,} of {plural(progress.total, 'question')}{failed}{left}"
    return (
        f'<progress max="{progress.total}" value="{progress.done}" aria-label="Questions asked"></progress>'
        f'<p class="status" role="status">{esc(said)}</p>'
    )


def overview_html(run: Path) -> str:
    """Draw a finished run; raises InputError for a folder that holds none."""
    from rag.evaluation.overview import overview_of

    seen = overview_of(run)
    states = seen.metrics["states"]
    counts = (("ok", "answered"), ("abstained", "refused"), ("error", "failed"))
    told = ", ".join(f"{states[state]:,} {word}" for state, word in counts)
    warnings = "".join(f'<p class="notice">{esc(str(warning))}</p>' for warning in seen.settings["warnings"])
    return (
        f'<section class="run" aria-label="Run {esc(run.name)}"><h3>{esc(run.name)}</h3><p class="hint">'
        f"{plural(seen.metrics['questions'], 'question')}: {told}.</p>{warnings}{seen.summary}"
        f"{_failures(seen.failures, seen.failed)}</section>"
    )


def comparison_html(base: Path, other: Path) -> str:
    """Draw a run against a base run; raises InputError when they share no question."""
    from rag.evaluation.compare_report import change_row
    from rag.evaluation.comparison import compare_runs, load_run

    (compared,) = compare_runs([load_run(base), load_run(other)])
    columns = (
        "Measure",
        esc(shorten(base.name, 40)),
        esc(shorten(other.name, 40)),
        "Difference",
        "95% interval",
        "p",
        "",
    )
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    shown = ("name", "base", "other", "difference", "interval", "p_adjusted", "verdict")
    rows = "".join(
        f'<tr class="{esc(str(row["verdict"]))}">{"".join(f"<td>{esc(str(row[name]))}</td>" for name in shown)}</tr>'
        for row in map(change_row, compared.changes)
    )
    return (
        f'<div class="table"><table class="compared"><caption>{esc(other.name)} against {esc(base.name)}: '
        f"{plural(compared.common, 'question')} in common; p after Holm</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _failures(failures: Sequence[dict[str, Any]], failed: int) -> str:
    if not failures:
        return '<p class="hint">No question failed that has gold to tell it by.</p>'
    rows = "".join(
        f"<tr><td>{esc(shorten(str(one['cause']), 80))}</td>"
        + "".join(f"<td>{esc(shorten(str(one[name]), _MOST_WORDS))}</td>" for name in ("question", "answer", "gold"))
        + "</tr>"
        for one in failures
    )
    more = f'<p class="hint">The first {len(failures):,} of {failed:,}; the download holds all.</p>'
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("What failed", "Question", "Answer", "Gold"))
    return (
        f'<h4>{plural(failed, "failure")}, gravest first</h4><div class="table"><table class="failures"><thead>'
        f"<tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{more if failed > len(failures) else ''}"
    )


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
