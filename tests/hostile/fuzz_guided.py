"""Fuzzing by atheris, guided by the branches that an input reaches: `python tests/hostile/fuzz_guided.py TARGET`.

Targets are those of `fuzz_all.py` but for the HTTP API: readers take the bytes as a file, the others as what hypothesis
draws its examples from. Needs `pip install atheris`, which no test does. Options of libFuzzer may follow, such as
`-max_total_time=300`.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

_TESTS = Path(__file__).parents[1]
_FOLLOWED = ["rag", "email", "zipfile", "csv", "tomllib"]


def readers() -> dict[str, Callable[[bytes], object]]:
    from reader_targets import TARGETS

    return {f"reader/{name}": target for name, target in TARGETS.items()}


def words() -> dict[str, Callable[[bytes], object]]:
    import test_security_fuzz
    from hypothesis import given

    found = {}
    for name, (strategy, check) in test_security_fuzz.TARGETS.items():
        found[f"words/{name}"] = given(strategy)(check).hypothesis.fuzz_one_input
    return found


def seeds(target: str) -> Iterable[bytes]:
    """Return good files for a reader to begin with."""
    from test_fuzz_readers import seeds_of

    room, _, name = target.partition("/")
    return seeds_of(name) if room == "reader" else ()


def main() -> None:
    """Fuzz one target until the time is over or a promise is broken."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_FOLLOWED):
        targets = readers() | words()
    target = sys.argv[1] if len(sys.argv) > 1 else ""
    if target not in targets:
        sys.exit(f"no target {target!r}; one of {', '.join(sorted(targets))}")
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds(target)):
            (Path(corpus) / str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], "-max_len=20000", *sys.argv[2:], corpus], targets[target])
        atheris.Fuzz()


if __name__ == "__main__":
    sys.path[:0] = [str(_TESTS / room) for room in (".", "hostile", "security", "web")]
    main()
