"""Measure what a person waits for: the command line cold, the page, a warm answer, the first words of a generated one.

    python benchmarks/bench_first_light.py [--runs N]

Uses `corpus/` and an index of its own in a temporary folder. Each figure is the median of N runs, wall and CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUESTIONS = (
    "Who commanded the Russian contingent in Venezuela?",
    "How many Cuban security agents died in the operation?",
    "Where were Maduro and his wife taken?",
    "Which Chinese officials commented on the capture?",
    "When did Russia evacuate the families of its diplomats?",
)


def median_of(runs: int, measure: Callable[[], tuple[float, float]]) -> str:
    taken = [measure() for _ in range(runs)]
    wall, cpu = (statistics.median(column) for column in zip(*taken, strict=True))
    return f"{wall:6.2f} s wall  {cpu:6.2f} s CPU  ({', '.join(f'{w:.2f}' for w, _ in taken)})"


def tell(what: str, figure: str) -> None:
    print(f"{what:40}: {figure}", flush=True)


def command(*arguments: str) -> tuple[float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def page(index: str) -> tuple[float, float]:
    """Start the web chat and wait for its first 200; return wall and CPU seconds until then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "RAG_PORT": str(port), "RAG_INDEX": index}
    started = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() - started < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reply:
                    if reply.status == 200:
                        break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        wall = time.perf_counter() - started
        fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return wall, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    finally:
        server.terminate()
        server.wait(20)


def warm(index: str) -> None:
    from rag.engine import Engine, Written
    from rag.settings import Settings

    engine = Engine.open(Settings(index=index))
    engine.warm("extractive")
    new, again = [], []
    for times in (new, again):
        for question in QUESTIONS:
            started = time.perf_counter()
            engine.ask(question)
            times.append(time.perf_counter() - started)
    tell("warm extractive answer, question new", f"{1000 * statistics.median(new):.0f} ms, worst {1000 * max(new):.0f}")
    tell("the same, asked before", f"{1000 * statistics.median(again):.0f} ms, worst {1000 * max(again):.0f}")
    engine.warm("local")
    firsts = []
    for question in QUESTIONS:
        started = time.perf_counter()
        for event in engine.stream(question, generator="local"):
            if isinstance(event, Written):
                firsts.append(time.perf_counter() - started)
                break
    tell("first checked words of a generated one", f"{statistics.median(firsts):.2f} s, worst {max(firsts):.2f}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tell("memory at the end, both models loaded", f"{memory:.0f} MiB")
    engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        make = ("-m", "rag", "index", "corpus", "--index", index)
        ask = ("-m", "rag", "ask", QUESTIONS[0], "--generator", "extractive", "--index", index)
        tell("rag index corpus, new index", median_of(1, lambda: command(*make)))
        tell("rag ask --generator extractive, cold", median_of(options.runs, lambda: command(*ask)))
        tell("rag --help", median_of(options.runs, lambda: command("-m", "rag", "--help")))
        tell("python -c 'import gradio'", median_of(options.runs, lambda: command("-c", "import gradio")))
        tell("page answers 200 after app.py starts", median_of(options.runs, lambda: page(index)))
        warm(index)


if __name__ == "__main__":
    main()
