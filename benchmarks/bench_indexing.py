"""Measures `rag index` on many articles: memory of the real process, and how much faster an unchanged run is.

    python benchmarks/bench_indexing.py FOLDER [--articles 10000] [--words 100] [--kind copies|distinct]

A FOLDER holds `corpus.jsonl`. Its articles, cut to so many words, are repeated until there are enough: as `copies` with
a few words changed, so that there are many near-copies; as `distinct` each is made of half sentences drawn at
random, so that no two are alike. Then `rag index` runs twice, as a process of its own, on the same `.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.sentences import sentence_spans


def texts(folder: Path, words: int) -> list[str]:
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    return [" ".join(row["text"].split()[:words]) for row in rows if len(row["text"].split()) >= words]


def near_copies(originals: list[str], chance: random.Random) -> Iterator[str]:
    """Yield the texts again and again, each time with one word in thirty replaced by a made-up one."""
    number = 0
    while True:
        for text in originals:
            words = text.split()
            for _ in range(max(1, len(words) // 30)):
                number += 1
                words[chance.randrange(len(words))] = f"term{number}"
            yield " ".join(words)


def distinct(originals: list[str], words: int, chance: random.Random) -> Iterator[str]:
    """Yield texts of shuffled half sentences, so that no two texts share much."""
    halves = [
        half
        for text in originals
        for a, b in sentence_spans(text)
        for middle in [a + (b - a) // 2]
        for half in (text[a:middle], text[middle:b])
    ]
    while True:
        made: list[str] = []
        while sum(len(part.split()) for part in made) < words:
            made.append(chance.choice(halves).strip())
        yield " ".join(made)


def run_index(file: Path, index: Path) -> tuple[dict[str, Any], float, float]:
    """Run `rag index`; return its summary, the seconds it took and its peak memory in MiB."""
    command = [sys.executable, "-m", "rag", "index", str(file), "--index", str(index), "--json"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"rag index exited with {process.returncode}: {printed}")
    return json.loads(printed), time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=100)
    parser.add_argument("--kind", choices=["copies", "distinct"], default="copies")
    given = parser.parse_args()
    chance = random.Random(1)
    originals = texts(given.folder, given.words)
    made = near_copies(originals, chance) if given.kind == "copies" else distinct(originals, given.words, chance)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "articles.jsonl")
        with file.open("w", encoding="utf-8") as stream:
            for i in range(given.articles):
                stream.write(json.dumps({"id": f"a{i}", "title": f"Article {i}", "text": next(made)}) + "\n")
        runs = [run_index(file, Path(folder, "index")) for _ in range(2)]
        size = sum(p.stat().st_size for p in Path(folder, "index").rglob("*") if p.is_file())
    for name, (summary, seconds, peak) in zip(("first", "second"), runs, strict=True):
        print(f"{name}: {seconds:.1f} s, peak {peak:.0f} MiB, {summary}")
    print(f"second run {runs[0][1] / runs[1][1]:.1f} × faster; index {size / 2**20:.0f} MiB on disk")


if __name__ == "__main__":
    main()
