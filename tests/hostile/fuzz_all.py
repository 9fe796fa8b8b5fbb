"""Fuzz every target of the readers, of the answerer and of the HTTP API, a process each, several at a time.

    python tests/hostile/fuzz_all.py [--seconds 3600] [--jobs 2] [TARGET …]

`--seconds` is for each target; `--within 300` instead shares so many seconds among all of them. Prints a line for each
target, what broke it below, and ends with 1 if anything did. Without a target, all of them; `--list` names them. With
FOOTNOTE_FUZZ_SEED=1 in the environment a run begins where the last one with it did.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_STARTS_S = 8.0  # what starting the process of a target takes, about


def targets() -> list[str]:
    """Return the names of all targets: those of the API, which wait most, first."""
    import test_fuzz_readers
    import test_security_api
    import test_security_fuzz

    return [
        *(f"api/{name}" for name in test_security_api.ENDPOINTS),
        *(f"reader/{name}" for name in sorted(test_fuzz_readers.TARGETS)),
        *(f"words/{name}" for name in sorted(test_security_fuzz.TARGETS)),
    ]


def fuzzed(target: str, seconds: float) -> int:
    """Fuzz one target in this process; return how many examples were run."""
    room, _, name = target.partition("/")
    if room == "api":
        import test_security_api
        from page_served import served

        with served() as url:
            return test_security_api.fuzz(url, name, seconds)
    if room == "reader":
        import test_fuzz_readers

        return test_fuzz_readers.fuzz(name, seconds)
    import test_security_fuzz

    return test_security_fuzz.fuzz(name, seconds)


def run(target: str, seconds: float) -> bool:
    """Fuzz one target in a process of its own and print what came of it; return whether nothing broke."""
    began = time.monotonic()
    command = [sys.executable, __file__, "--one", "--seconds", str(seconds), target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    held = done.returncode == 0
    told = done.stdout.strip() if held else f"BROKEN\n{done.stdout}{done.stderr}"
    print(f"{target}: {time.monotonic() - began:.0f} s, {told}", flush=True)
    return held


def main() -> None:
    """Fuzz what was named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--within", type=float, help="seconds for all targets together")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(fuzzed(given.targets[0], given.seconds), "examples, 0 uncaught exceptions")
        return
    known = targets()
    if unknown := set(given.targets) - set(known):
        sys.exit(f"no target {sorted(unknown)[0]!r}; one of {', '.join(known)}")
    if given.list:
        print(*known, sep="\n")
        return
    chosen = given.targets or known
    rounds = -(-len(chosen) // given.jobs)
    seconds = given.seconds if given.within is None else max(1.0, given.within / rounds - _STARTS_S)
    with ThreadPoolExecutor(given.jobs) as jobs:
        held = list(jobs.map(lambda target: run(target, seconds), chosen))
    print(f"{sum(held)} of {len(held)} targets held for {seconds:.0f} s each")
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    sys.path[:0] = [str(_TESTS / room) for room in (".", "hostile", "security", "web", "evidence")]
    main()
