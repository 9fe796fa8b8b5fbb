"""How far a long run is: done, errors, time left. Knows nothing of what is being done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One report. `left_s` is estimated from the questions of this run, None before the first."""

    done: int
    total: int
    errors: int
    elapsed_s: float
    left_s: float | None


Report = Callable[[Progress], None]


class ProgressMeter:
    """Counts questions and reports each; `done` are those of an earlier session, which say nothing of the speed."""

    def __init__(self, total: int, done: int, report: Report | None) -> None:
        self._total = total
        self._before = done
        self._done = done
        self._errors = 0
        self._report = report
        self._started = time.monotonic()

    def advance(self, *, failed: bool) -> None:
        self._done += 1
        self._errors += failed
        if self._report is not None:
            elapsed = time.monotonic() - self._started
            left = elapsed / (self._done - self._before) * (self._total - self._done)
            self._report(Progress(self._done, self._total, self._errors, elapsed, left))
