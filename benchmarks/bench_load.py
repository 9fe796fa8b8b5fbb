"""Load the real app with users who ask at the same time: errors, waiting, order, and whether memory stays flat.

    python benchmarks/bench_load.py [--users 20] [--seconds 120] [--warm 30] [--pause 0]

Starts `app.py` (quotes only) on a free port with an index of `corpus/` in a temporary folder. First one user asks
alone, then all users ask over `/ask`. `--pause` is how many seconds a user takes on average before the next question,
half to one and a half times as long; 0, the default, is a user who neither reads nor thinks, so that the app always has
a queue. Then n users on c cores must wait n / c times as long as a lone one, however fast the app is.
`--seconds 600` is the long form; `--every 60` prints the memory each minute. The users run on the same cores as the
app. Memory is that of all its processes.
"""

from __future__ import annotations

import argparse
import os
import random
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
    "What was the U.S. operation called?",
    "On what day did the operation take place?",
    "Who is Russia's ambassador in Venezuela?",
    "What did the ambassador say about the traitors?",
    "On which channel was the interview broadcast?",
    "How many Russian personnel were in Venezuela?",
    "Why was Makarevich removed from his command in Ukraine?",
    "When were the families of the diplomats evacuated?",
    "What happened to the Cuban contingent?",
    "How did the Russian contingent react to the raid?",
    "What did the U.S. defense minister joke about?",
    "Who is Cilia Flores?",
    "Did the general ask to be reassigned?",
    "What does the article call the betrayal of Maduro?",
    "Which outlet calls Maduro a narco-dictator?",
    "Where have the traitors fled to?",
    "What did local law enforcement officers fail to do?",
    "Which grouping had Makarevich been associated with?",
    "What did witnesses report near the Russian embassy?",
    "Who did the traitors work for?",
    "What does La Derecha Diario conclude about the capture?",
    "How did Moscow respond to the general's plea?",
    "Were there Russian losses?",
    "What is the price of oil today?",
    "Who commanded the Cuban forces?",
    "What did the Delta forces do?",
    "Which weapons did Russia deliver?",
    "What did the French president say?",
    "How long did the raid last?",
    "Who protected Nicolás Maduro?",
    "What explains the Russian decision, according to the article?",
    "When did the ambassador give his interview?",
    "Is Maduro in prison?",
    "What was Cuba's experience in?",
    "How many people live in Caracas?",
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


def user(base: str, number: int, ends: float, pause: float, seen: Seen) -> None:
    drawn = random.Random(number)
    with httpx.Client(timeout=_ASK_S) as client:
        turn = 7 * number
        time.sleep(drawn.uniform(0, pause))
        while time.monotonic() < ends:
            ask(client, base, QUESTIONS[turn % len(QUESTIONS)], seen)
            turn += 1
            time.sleep(drawn.uniform(0.5, 1.5) * pause)


def run(base: str, users: int, seconds: float, pause: float = 0.0) -> Seen:
    """Let the users ask for so many seconds, each again after a pause of so many on average."""
    seen, ends = Seen(), time.monotonic() + seconds
    threads = [threading.Thread(target=user, args=(base, number, ends, pause, seen)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def processes(app: psutil.Process) -> list[psutil.Process]:
    """Return the app's page and whatever it has started: its engine, processes that read files."""
    return [app, *app.children(recursive=True)]


def rss_mb(app: psutil.Process) -> float:
    return float(sum(process.memory_info().rss for process in processes(app))) / 2**20


def open_files(app: psutil.Process) -> int:
    return sum(process.num_fds() for process in processes(app))


def tell_memory(app: psutil.Process, every: float, ended: threading.Event) -> None:
    """Print the memory of the app at intervals of so many seconds."""
    began = time.monotonic()
    while not ended.wait(every):
        print(f"after {time.monotonic() - began:.0f} s: {rss_mb(app):.0f} MiB, {open_files(app)} files", flush=True)


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
    parser.add_argument("--pause", type=float, default=0, help="seconds between an answer and the next question")
    parser.add_argument("--every", type=float, default=0, help="print the memory every so many seconds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as index:
        environment = {**os.environ, "RAG_INDEX": index, "RAG_PORT": "0", "RAG_GENERATOR": "extractive"}
        command = [sys.executable, "app.py"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as app:
            assert app.stdout is not None
            found = re.search(r"http://\S+/", app.stdout.readline())
            assert found is not None, "the app did not start"
            measured(found[0], app, given)


def measured(base: str, app: subprocess.Popen[str], given: argparse.Namespace) -> None:
    process, alone = psutil.Process(app.pid), Seen()
    with httpx.Client(timeout=_ASK_S) as client:
        for turn in range(3 * len(QUESTIONS)):
            ask(client, base, QUESTIONS[turn % len(QUESTIONS)], alone)
    single = statistics.median(end - began for began, end in alone.answered[len(QUESTIONS) :]) * 1000
    print(f"one user alone: median {single:.0f} ms", flush=True)
    warmed = run(base, given.users, given.warm, given.pause)
    before, files = rss_mb(process), open_files(process)
    ended = threading.Event()
    if given.every:
        threading.Thread(target=tell_memory, args=(process, given.every, ended), daemon=True).start()
    seen = run(base, given.users, given.seconds, given.pause)
    ended.set()
    after, p95 = rss_mb(process), quantile(seen.answered, 0.95)
    errors = warmed.errors + seen.errors
    paced = f", {given.pause:g} s between answer and question" if given.pause else ""
    print(f"{given.users} users for {given.seconds:.0f} s{paced}: {len(seen.answered)} answers, {len(errors)} errors")
    print(f"wait: p50 {quantile(seen.answered, 0.5):.0f} ms, p95 {p95:.0f} ms = {p95 / single:.1f} x one user's median")
    print(f"overtaken by more than a second: {overtaken(seen.answered):.1%}")
    growth = after / before - 1
    print(f"memory: {before:.0f} -> {after:.0f} MiB ({growth:+.1%}); files {files} -> {open_files(process)}")
    for error in errors[:5]:
        print("error:", error)
    began = time.monotonic()
    app.send_signal(signal.SIGTERM)
    print(f"SIGTERM: exit {app.wait(30)} after {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
