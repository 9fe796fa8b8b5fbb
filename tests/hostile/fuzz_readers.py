"""Fuzzing by atheris, guided by the branches that an input reaches: `python tests/hostile/fuzz_readers.py TARGET`.

Needs `pip install atheris`, which no test does. Options of libFuzzer may follow, such as `-max_total_time=300`.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fuzz one target until the time is over or a promise is broken."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["rag.readers", "email", "zipfile", "csv"]):
        from reader_targets import TARGETS
    from test_fuzz_readers import seeds_of

    target = sys.argv[1] if len(sys.argv) > 1 else ""
    if target not in TARGETS:
        sys.exit(f"no target {target!r}; one of {', '.join(sorted(TARGETS))}")
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds_of(target)):
            (Path(corpus) / str(number)).write_bytes(data)
        atheris.Setup([sys.argv[0], "-max_len=20000", *sys.argv[2:], corpus], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
