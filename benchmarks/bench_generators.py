"""Measures the bundled language model on each local runtime, in turn: loading, first token, tokens a second, memory.

    python benchmarks/bench_generators.py

Each runtime has a process of its own; CPU seconds are printed beside wall seconds for machines that are not idle.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from rag.generators import Prompt, local

RUNTIMES = ("transformers", "llama.cpp")
FACT = "The council of Harrow Bay voted nine to four on Tuesday to close the old swimming baths for good. "


def clock() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(start: tuple[float, float]) -> list[float]:
    return [round(now - then, 3) for now, then in zip(clock(), start, strict=True)]


def measure(runtime: str) -> None:
    if runtime == "transformers":
        local._has_llama_cpp = lambda: False
    local.prepare_local()
    start = clock()
    generator = local.load_local()
    report: dict[str, object] = {"generator": generator.name, "load s [wall, CPU]": since(start)}
    for facts, tokens in ((4, "about 150"), (11, "about 300")):
        prompt = Prompt("Answer from the text.", FACT * facts + "Write a story about this vote.", 40)
        list(generator.stream(Prompt("", "Hello", 2)))
        start, pieces = clock(), generator.stream(prompt)
        next(pieces)
        first, begun = since(start), clock()
        written = sum(1 for _ in pieces)
        rest = since(begun)
        report[f"{tokens} tokens: first [wall, CPU] s"] = first
        report[f"{tokens} tokens: then tokens/s [wall, CPU]"] = [round(written / max(s, 1e-9), 1) for s in rest]
    report["RSS MiB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(report, indent=1))


def main() -> None:
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    for runtime in RUNTIMES if local._has_llama_cpp() else RUNTIMES[:1]:
        subprocess.run([sys.executable, __file__, runtime], check=True)


if __name__ == "__main__":
    main()
