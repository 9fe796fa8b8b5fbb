"""Indexing over Ray with one worker and with two, each of one core and one thread, on this machine.

Starts a Ray cluster of its own on loopback, of one node and then of two, and indexes the same articles on each as
`rag index --on HOST:PORT` does. Reports the whole wall time of the command, the time until the first passages came back
(joining, loading the encoder in a worker) and the rate from there to the last. `--kill` adds a run of two workers of
which one node is killed when a third of the passages is encoded.

    python benchmarks/bench_ray.py articles.jsonl
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

_TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(_TESTS / "ray"), str(_TESTS)]

from two_nodes import TwoNodes, children, end  # noqa: E402

MEASURED = "--measured"


class Clock:
    """Takes the progress of indexing, with the time of each step; kills a process when it is told to."""

    def __init__(self, victim: int, after: int) -> None:
        self._victim, self._after = victim, after
        self.steps: list[tuple[float, int]] = []
        self.announced = self.encoding = 0.0
        self.struck_at: float | None = None

    def reading(self, source: str) -> None:
        pass

    def to_encode(self, passages: int) -> None:
        self.announced = self.announced or time.monotonic()

    def encoded(self, passages: int) -> None:
        self.steps.append((time.monotonic(), passages))
        done = sum(count for _, count in self.steps)
        if self._victim and self.struck_at is None and done >= self._after:
            self.struck_at = time.monotonic()
            end([self._victim, *children(self._victim)])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("articles", type=Path)
    arguments.add_argument("--kill", action="store_true")
    chosen = arguments.parse_args()
    runs = {"1 worker": run(chosen.articles, 1), "2 workers": run(chosen.articles, 2)}
    if chosen.kill:
        runs["2 workers, 1 killed"] = run(chosen.articles, 2, kill_after=int(runs["2 workers"]["passages"]) // 3)
    one, two = runs["1 worker"], runs["2 workers"]
    ratios = {
        "steady": round(two["steady_passages_s"] / one["steady_passages_s"], 3),
        "whole": round(one["whole_s"] / two["whole_s"], 3),
    }
    report: dict[str, Any] = {"runs": runs, "two_against_one": ratios}
    report["same_index"] = len({one["fingerprint"] for one in runs.values()}) == 1
    if chosen.kill:  # the pieces, and so the last bits of a vector, depend on the number of workers alone
        report["killed_same_vectors"] = runs["2 workers, 1 killed"]["vectors"] == two["vectors"]
    print(json.dumps(report, indent=1))


def run(articles: Path, workers: int, kill_after: int = 0) -> dict[str, Any]:
    """Start a cluster of so many workers, index the articles in a process of its own, and return its figures."""
    nodes = TwoNodes()
    try:
        nodes.start_head()
        if workers == 2:
            nodes.start_other()
        victim = str(nodes.other if kill_after else 0)
        with tempfile.TemporaryDirectory() as folder:
            words = [sys.executable, __file__, MEASURED, str(articles), folder, nodes.address, victim, str(kill_after)]
            started = time.monotonic()
            done = subprocess.run(words, env=nodes.environment, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr)
            figures: dict[str, Any] = json.loads(done.stdout)
            return {"whole_s": round(time.monotonic() - started, 2), **figures}
    finally:
        nodes.stop()


def measured(articles: str, folder: str, address: str, victim: str, kill_after: str) -> None:
    """Index as the command does and print what the clock saw."""
    import hashlib

    from rag.cluster import ClusterEncoder, join, place_of
    from rag.engine import Engine
    from rag.settings import load_settings

    started = time.monotonic()
    settings = load_settings({"index": str(Path(folder, "index")), "threads": 1}).settings
    clock = Clock(int(victim), int(kill_after))
    with join(place_of(address), settings) as cluster:
        joined = time.monotonic()
        engine = Engine.open(settings, create=True)
        encoder = ClusterEncoder(cluster, engine.encoder)
        summary = engine.add([articles], progress=clock, encoder=encoder, workers=cluster.workers)
    finished = time.monotonic()
    vectors = hashlib.sha256()
    with closing(sqlite3.connect(Path(folder, "index", "index.db"))) as truth:
        for row in truth.execute("SELECT input_hash, vector FROM vectors ORDER BY input_hash"):
            vectors.update(row[0] + row[1])
    first, last = clock.steps[0], clock.steps[-1]
    encoded = sum(count for _, count in clock.steps)
    rate = (encoded - first[1]) / (last[0] - first[0])
    figures = {
        "workers": cluster.workers,
        "articles": summary.articles,
        "passages": encoded,
        "join_s": round(joined - started, 2),
        "until_first_passages_s": round(first[0] - clock.announced, 2),
        "indexing_s": round(finished - joined, 2),
        "steady_passages_s": round(rate, 2),
        "driver_cpu_s": round(time.process_time(), 2),
        "load_average": round(os.getloadavg()[0], 2),
        "killed_at_s": None if clock.struck_at is None else round(clock.struck_at - started, 2),
        "fingerprint": engine.fingerprint,
        "vectors": vectors.hexdigest()[:16],
    }
    engine.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    if MEASURED in sys.argv:
        measured(*sys.argv[2:])
    else:
        main()
