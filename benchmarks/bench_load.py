"""Load the real app with users who ask at the same time: errors, waiting, order, and whether memory stays flat.

    python benchmarks/bench_load.py [--users 20] [--seconds 120] [--warm 30]

Starts `app.py` (quotes only) on a free port with an index of `corpus/` in a temporary folder. First one user asks
alone, then all users ask over `/ask`: each sends its next question the moment it has its answer, without any time to
read or think. A person who reads for half a minute asks that much less: 20 users here are as much work as some hundreds
of readers. `--seconds 600` is the long form. The users run on the same cores as the app.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[1]
QUESTIONS = (
    "Who commanded the Russian contingent in Venezuela?",
    "How many Cuban security agents died in the operation?",
    "Where were Maduro and his wife taken?",
    "Which Chinese officials commented on the capture?",
    "Who won the football World Cup?",
)
_ASK_S = 120.0


@dataclass
class Seen:
    """What the users saw: start and end of each answered question, and what went wrong."""

    answered: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def ask(client: httpx.Client, base: str, question: str, seen: Seen) -> None:
    """Ask one question and wait for its answer."""
    began = time.monotonic()
    try:
        joined = client.post(f"{base}gradio_api/call/ask", json={"data": arguments(client, base, question)})
        joined.raise_for_status()
        told = client.get(f"{base}gradio_api/call/ask/{joined.json()['event_id']}").text
        if "event: complete" not in told or '"answer"' not in told:
            seen.errors.append(told[:200])
        else:
            seen.answered.append((began, time.monotonic()))
    except httpx.HTTPError as error:
        seen.errors.append(f"{type(error).__name__}: {error}")


_known: dict[str, list[object]] = {}


def arguments(client: httpx.Client, base: str, question: str) -> list[object]:
    """Return the values of the endpoint's parameters: the question, then the defaults."""
    if base not in _known:
        told = client.get(f"{base}gradio_api/info").json()["named_endpoints"]["/ask"]["parameters"]
        _known[base] = [parameter["parameter_default"] for parameter in told[1:]]
    return [question, *_known[base]]


def user(base: str, number: int, ends: float, seen: Seen) -> None:
    with httpx.Client(timeout=_ASK_S) as client:
        turn = number
        while time.monotonic() < ends:
            ask(client, base, QUESTIONS[turn % len(QUESTIONS)], seen)
            turn += 1


def run(base: str, users: int, seconds: float) -> Seen:
    """Let the users ask for so many seconds."""
    seen, ends = Seen(), time.monotonic() + seconds
    threads = [threading.Thread(target=user, args=(base, number, ends, seen)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def rss_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def overtaken(answered: list[tuple[float, float]]) -> float:
    """Return the share of answers that came before one whose question was asked more than a second earlier."""
    latest, late = 0.0, 0
    for began, _ in sorted(answered, key=lambda pair: pair[1]):
        late += began < latest - 1.0
        latest = max(latest, began)
    return late / max(1, len(answered))


def quantile(answered: list[tuple[float, float]], share: float) -> float:
    waits = sorted(end - began for began, end in answered)
    return waits[min(len(waits) - 1, int(share * len(waits)))] * 1000 if waits else float("nan")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--warm", type=float, default=30, help="seconds of load before memory is first read")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as index:
        environment = {**os.environ, "RAG_INDEX": index, "RAG_PORT": "0", "RAG_GENERATOR": "extractive"}
        command = [sys.executable, "app.py"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as app:
            assert app.stdout is not None
            found = re.search(r"http://\S+/", app.stdout.readline())
            assert found is not None, "the app did not start"
            measured(found[0], app, given.users, given.seconds, given.warm)


def measured(base: str, app: subprocess.Popen[str], users: int, seconds: float, warm: float) -> None:
    process, alone = psutil.Process(app.pid), Seen()
    with httpx.Client(timeout=_ASK_S) as client:
        for turn in range(25):
            ask(client, base, QUESTIONS[turn % len(QUESTIONS)], alone)
    single = statistics.median(end - began for began, end in alone.answered[5:]) * 1000
    warmed = run(base, users, warm)
    before, files = rss_mb(process), process.num_fds()
    seen = run(base, users, seconds)
    after = rss_mb(process)
    p95 = quantile(seen.answered, 0.95)
    print(f"one user alone: median {single:.0f} ms")
    errors = warmed.errors + seen.errors
    print(f"{users} users for {seconds:.0f} s: {len(seen.answered)} answers, {len(errors)} errors")
    print(f"wait: p50 {quantile(seen.answered, 0.5):.0f} ms, p95 {p95:.0f} ms = {p95 / single:.1f} x one user's median")
    print(f"overtaken by more than a second: {overtaken(seen.answered):.1%}")
    print(
        f"memory: {before:.0f} -> {after:.0f} MiB ({(after / before - 1):+.1%}); files {files} -> {process.num_fds()}"
    )
    for error in errors[:5]:
        print("error:", error)
    began = time.monotonic()
    app.send_signal(signal.SIGTERM)
    print(f"SIGTERM: exit {app.wait(30)} after {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
