"""Compares this project with other systems on one corpus in one run: indexing, questions, memory, quality.

    python -m venv PEERS && PEERS/bin/pip install -r benchmarks/peers/requirements.txt
    python benchmarks/bench_peers.py FOLDER --peers PEERS/bin/python [--systems NAME…] [--questions 200] [--rounds 1]

FOLDER is a development set in the form of bench_retrieval.py. The peers are LangChain + FAISS, LlamaIndex + FAISS,
Haystack and txtai, each built as its quick start does with this project's bundled encoder weights, each step in a new
process and with as many threads as it takes by itself. Indexing is timed with the model loaded, and in `load + index s`
with loading it, which is mostly imports; what a system imports only when it indexes counts in both. A cold question is
timed from the start of a new process to its hits. Systems take turns within a round; figures are medians over rounds,
and only ratios within a run mean anything. On a machine that does other work too, trust the CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench_retrieval import Question, read_questions

from rag.encoders.recipe import BUNDLED, read_recipe

CHILD = Path(__file__).parent / "peers" / "child.py"
OURS = ("footnote", "footnote-int8")
PEERS = ("langchain", "llamaindex", "haystack", "txtai")
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "true",
    "KMP_DUPLICATE_LIB_OK": "TRUE",
}


def run(command: Sequence[str]) -> tuple[float, float, str]:
    """Run a command to its end; return its wall and CPU seconds and what it printed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **QUIET})
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed: {done.stderr.strip().splitlines()[-1:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


class Bench:
    """The systems under measurement and what has been seen of each."""

    def __init__(self, work: Path, articles: Path, questions: Sequence[Question], peers: str) -> None:
        self._work = work
        self._articles = articles
        self._questions = questions
        self._peers = peers
        self._model = str(read_recipe(BUNDLED).folder)
        self.seen: dict[str, list[dict[str, Any]]] = {}

    def measure(self, system: str, turn: int) -> None:
        folder = self._work / f"{system}-{turn}"
        built = self._child(system, "index", self._articles, folder)
        cold, cold_cpu, _ = self._cold(system, folder)
        asked = self._child(system, "ask", self._file("questions", [q.text for q in self._questions]), folder)
        self.seen.setdefault(system, []).append(
            {
                "tokens/s": built["tokens"] / built["index_s"],
                "tokens/CPU-s": built["tokens"] / built["index_cpu_s"],
                "index s": built["index_s"],
                "load + index s": built["load_s"] + built["index_s"],
                "tokens": built["tokens"],
                "cold s": cold,
                "cold CPU s": cold_cpu,
                "warm p50 ms": statistics.median(asked["ms"]),
                "RSS index MiB": built["rss_mib"],
                "RSS ask MiB": asked["rss_mib"],
                **quality(asked["ids"], self._questions),
            }
        )

    def _cold(self, system: str, folder: Path) -> tuple[float, float, str]:
        question = self._questions[0].text
        if system in OURS:
            os.environ["RAG_ENCODER_PRECISION"] = "int8" if system.endswith("int8") else "fp32"
            rag = str(Path(sys.executable).with_name("rag"))
            return run([rag, "search", question, "--index", str(folder), "--json"])
        file = self._file("one", [question])
        return run([self._peers, str(CHILD), system, "ask", str(file), self._model, str(folder)])

    def _child(self, system: str, action: str, source: Path, folder: Path) -> dict[str, Any]:
        python = sys.executable if system in OURS else self._peers
        printed = run([python, str(CHILD), system, action, str(source), self._model, str(folder)])[2]
        report: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
        return report

    def _file(self, name: str, questions: list[str]) -> Path:
        path = self._work / f"{name}.json"
        path.write_text(json.dumps(questions), encoding="utf-8")
        return path


def quality(rankings: Sequence[Sequence[str]], questions: Sequence[Question]) -> dict[str, float]:
    """Return the means of R@5 and nDCG@10 over rankings of at most ten passages."""
    recall, gain = [], []
    for ids, question in zip(rankings, questions, strict=True):
        n = len(question.relevant)
        recall.append(sum(i in question.relevant for i in ids[:5]) / n)
        found = sum(1 / math.log2(rank + 1) for rank, i in enumerate(ids[:10], 1) if i in question.relevant)
        gain.append(found / sum(1 / math.log2(rank + 1) for rank in range(1, min(n, 10) + 1)))
    return {"R@5": statistics.fmean(recall), "nDCG@10": statistics.fmean(gain)}


def report(seen: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the table of medians, and the ratios to the best peer."""
    medians = {
        system: {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
        for system, turns in seen.items()
    }
    names = list(next(iter(medians.values())))
    lines = [f"| system | {' | '.join(names)} |", f"|---{'|---' * len(names)}|"]
    for system, figures in medians.items():
        cells = [f"{v:.3f}" if v < 10 else f"{v:,.0f}" for v in figures.values()]
        lines.append(f"| {system} | {' | '.join(cells)} |")
    peers = [figures for system, figures in medians.items() if system not in OURS]
    for system in (s for s in OURS if s in medians and peers):
        ours = medians[system]
        parts = []
        for name in ("tokens/s", "tokens/CPU-s"):
            parts.append(f"{name} {ours[name] / max(p[name] for p in peers):.2f} x the best peer's")
        for name in ("load + index s", "cold s", "cold CPU s", "warm p50 ms", "RSS index MiB", "RSS ask MiB"):
            parts.append(f"{name} 1/{min(p[name] for p in peers) / ours[name]:.2f} of the best peer's")
        lines.append(f"{system}: {'; '.join(parts)}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", required=True, help="the Python of the environment that holds the peers")
    parser.add_argument("--systems", nargs="*", default=[*OURS, *PEERS], choices=[*OURS, *PEERS], metavar="NAME")
    parser.add_argument("--questions", type=int, default=200, help="a fixed sample of the answerable ones")
    parser.add_argument("--articles", type=int, default=0, help="index only so many, for a quick look; 0 is all")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    questions = read_questions(given.folder)
    questions = random.Random(0).sample(questions, min(given.questions, len(questions)))
    paragraphs = given.folder / "corpus_paragraphs.jsonl"
    source = paragraphs if paragraphs.exists() else given.folder / "corpus.jsonl"
    with tempfile.TemporaryDirectory() as place:
        lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        articles = Path(place) / "articles.jsonl"
        articles.write_text("".join(lines[: given.articles or None]), encoding="utf-8")
        bench = Bench(Path(place), articles, questions, given.peers)
        for turn in range(given.rounds):
            for system in given.systems:
                try:
                    bench.measure(system, turn)
                except RuntimeError as error:
                    print(f"{system}: {error}", file=sys.stderr, flush=True)
    for line in report(bench.seen):
        print(line)


if __name__ == "__main__":
    main()
