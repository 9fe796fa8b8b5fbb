"""Where a round of fuzzing begins: anywhere, or where FOOTNOTE_FUZZ_SEED says, so that a run can be repeated."""

from __future__ import annotations

import os
import time


def seed_of_round(number: int) -> int:
    """Return the seed of the round with this number; without FOOTNOTE_FUZZ_SEED another one each time."""
    begun = os.environ.get("FOOTNOTE_FUZZ_SEED")
    return time.time_ns() if begun is None else 1_000_003 * int(begun) + number
