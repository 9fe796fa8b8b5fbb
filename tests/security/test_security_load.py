"""The real app under load for a minute: no errors, flat memory, a graceful end. `benchmarks/bench_load.py` measures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "benchmarks" / "bench_load.py"
MOST_GROWTH = 10.0  # percent in 40 s; 5 in ten minutes is the promise


@pytest.mark.slow
@pytest.mark.weights
def test_eight_users_at_once_meet_no_error_and_memory_stays_flat() -> None:
    command = [sys.executable, str(BENCH), "--users", "8", "--seconds", "40", "--warm", "20"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170).stdout
    answers, errors = map(int, re.findall(r"(\d+) answers, (\d+) errors", told)[0])
    (growth,) = map(float, re.findall(r"memory: .*\(([+-][\d.]+)%\)", told))
    assert errors == 0, told
    assert answers > 8, told
    assert growth <= MOST_GROWTH, told
    assert "SIGTERM: exit 0" in told
