"""What a check found wrong with a claim. Every check is a function `(claim, evidence, …) -> list[Finding]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["conflict", "missing", "weak"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a claim, and how bad it is.

    `conflict`: the evidence says otherwise. `missing`: the evidence does not say it. `weak`: it says it with less
    certainty or only in part. None of the three can be outvoted by a high score.
    """

    severity: Severity
    reason: str
