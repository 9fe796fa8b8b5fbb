"""Measures encoding in one run: ONNX Runtime, exact and int8, against sentence-transformers and the GEMM peak.

    python benchmarks/bench_encoders.py [--texts 200] [--rounds 3]

Rounds alternate between them, so that a busy machine disturbs both; CPU seconds are printed beside wall seconds
because only they can be trusted there. Texts are made of the model's own vocabulary, 30 to 230 words.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from rag.encoders import load_encoder
from rag.encoders.batching import plan_batches
from rag.encoders.recipe import BUNDLED, read_recipe

COLD = """
import time, resource
started = time.perf_counter()
from rag.encoders import load_encoder
load_encoder().encode(["Where was the mayor?"], role="query")
print(time.perf_counter() - started, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def make_texts(count: int) -> list[str]:
    vocabulary = (read_recipe(BUNDLED).transformer_folder / "vocab.txt").read_text(encoding="utf-8").split()
    words = [word for word in vocabulary[2000:12000] if word.isalpha()]
    chosen = random.Random(0)
    return [" ".join(chosen.choices(words, k=chosen.randint(30, 230))) for _ in range(count)]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def gemm_peak_gflops(rounds: int = 8, side: int = 2048) -> float:
    matrix = np.random.default_rng(0).random((side, side), dtype=np.float32)
    return 2 * side**3 / min(timed(lambda: matrix @ matrix)[0] for _ in range(rounds)) / 1e9


def gflop(lengths: list[int]) -> float:
    return sum(6 * (2 * n * (4 * 384 * 384 + 2 * 384 * 1536) + 4 * n * n * 384) for n in lengths) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    cold = [subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True) for _ in range(3)]
    first_s, first_cpu_s, first_rss = min(tuple(map(float, run.stdout.split())) for run in cold)
    encoder = load_encoder()
    query_ms = [1e3 * timed(lambda: encoder.encode(["Who signed the lease?"], role="query"))[0] for _ in range(200)]
    rss_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    texts = make_texts(arguments.texts)
    lengths = [min(n, encoder.max_tokens) + 2 for n in encoder.count_tokens(texts)]
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in plan_batches(lengths))

    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(read_recipe(BUNDLED).folder), device="cpu", local_files_only=True)
    integers = load_encoder(precision="int8")
    ours, theirs, fast, peaks = [], [], [], []
    for _ in range(arguments.rounds):
        ours.append(timed(lambda: encoder.encode(texts)))
        fast.append(timed(lambda: integers.encode(texts)))
        theirs.append(timed(lambda: reference.encode(texts, batch_size=32, show_progress_bar=False)))
        peaks.append(gemm_peak_gflops())
    wall, cpu = (statistics.median(pair[i] for pair in ours) for i in (0, 1))
    ratios = [[b[i] / a[i] for a, b in zip(ours, theirs, strict=True)] for i in (0, 1)]
    fast_ratios = [[b[i] / a[i] for a, b in zip(fast, theirs, strict=True)] for i in (0, 1)]
    report = {
        "cold first vector s": round(first_s, 3),
        "cold first vector CPU s": round(first_cpu_s, 3),
        "cold RSS MiB": round(first_rss),
        "query p50 ms": round(statistics.median(query_ms), 2),
        "RSS MiB after queries": round(rss_mib),
        "tokens": sum(lengths),
        "padding waste": round(padded / sum(lengths) - 1, 4),
        "tokens/s": round(sum(lengths) / wall),
        "tokens/CPU-s": round(sum(lengths) / cpu),
        "x sentence-transformers batch 32, wall (median, all)": [statistics.median(ratios[0]), ratios[0]],
        "x sentence-transformers batch 32, CPU (median, all)": [statistics.median(ratios[1]), ratios[1]],
        "int8 x sentence-transformers, wall (median, all)": [statistics.median(fast_ratios[0]), fast_ratios[0]],
        "int8 x sentence-transformers, CPU (median, all)": [statistics.median(fast_ratios[1]), fast_ratios[1]],
        "share of GEMM peak": round(gflop(lengths) / min(pair[0] for pair in ours) / max(peaks), 3),
        "GEMM peak GFLOP/s": [round(peak) for peak in peaks],
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
