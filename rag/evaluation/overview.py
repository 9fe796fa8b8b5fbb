"""What a finished run says at a glance, read back from its folder: cards, charts, failures first. Asks no engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.evaluation.folder import METRICS, SCORES, SETTINGS, RunFolder, read_json
from rag.evaluation.report import failures_of, summary_fragment
from rag.evaluation.scoring import Scored

MAX_FAILURES = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """A run as a page shows it: `summary` is HTML made here and safe to show; `failures` are plain texts."""

    settings: dict[str, Any]
    metrics: dict[str, Any]
    summary: str
    failures: Sequence[dict[str, Any]]
    failed: int


def overview_of(run: Path) -> Overview:
    """Return the overview of a finished run; raises InputError for a folder that holds none."""
    metrics, folder = read_json(run / METRICS), RunFolder(run)
    try:
        scored = [_scored(row) for row in _lines(run / SCORES)]
        failures, failed = failures_of(folder.questions(), scored, folder.rows(), MAX_FAILURES)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{run}: cannot be read as a run ({type(error).__name__}: {error})") from None
    return Overview(read_json(run / SETTINGS), metrics, summary_fragment(metrics, scored), failures, failed)


def _scored(row: dict[str, Any]) -> Scored:
    return Scored(
        row["id"], row["type"], row["state"], row["answerable"], row["confidence"], row["elapsed_ms"], {}, row["scores"]
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
