"""Measures search as an index grows: time, recall under filters, memory, opening; and FAISS indexes against each other.

    python benchmarks/bench_index.py [--like INDEX…] [--questions FILE.jsonl] [--sizes N…] [--plot FILE.svg]
    python benchmarks/bench_index.py --kinds 50000 [--like INDEX…]

Vectors are drawn like those of real indexes (`--like`): a vector, moved a random way towards one of its ten nearest and
by half the difference of two other neighbours, so that local density and directions are those of the encoder. Without
`--like` they lie round random centres, which flatters inverted lists. Questions are encoded from FILE (`question` of
each line), or else drawn the same way. Words are drawn by Zipf's law. A store is written with SQL at once, since not
writing is measured, and is kept in `--root`. Each is searched in a process of its own. From MOST_WORDS passages on only
the dense side is built: it is what changes with size, and tantivy's files of a million passages take long to write.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunking import encoder_input
from rag.encoders.protocol import Vectors
from rag.records import Article, Filters, Metadata, Passage
from rag.retrieval import retrieve
from rag.stores import FORMAT_VERSION, Manifest, open_store
from rag.stores.local import LocalStore

DIMENSION = 384
QUESTIONS = 200
K = 10
DEPTH = 100  # what `retrieve` asks of the dense index
PER_ARTICLE = 10
WORDS = 60  # of a passage
MOST_WORDS = 300_000
SHARES = {
    "half": 0.5,
    "tenth": 0.1,
    "hundredth": 0.01,
    "thousandth": 0.001,
}  # outlets, and how many articles are theirs


class Likeness:
    """Draws vectors like given ones."""

    def __init__(self, folders: Sequence[str]) -> None:
        import faiss

        self.random = np.random.default_rng(20)
        self._real = _stored_vectors(folders) if folders else self._round_centres(20_000)
        index = faiss.IndexFlatIP(DIMENSION)
        index.add(self._real)
        self._near = index.search(self._real, 11)[1][:, 1:]

    def draw(self, n: int) -> Vectors:
        some, others = (self.random.integers(len(self._real), size=n) for _ in range(2))
        to, away = (self._near[which, self.random.integers(0, 10, n)] for which in (some, others))
        way = self.random.random((n, 1), dtype=np.float32)
        moved = self._real[some] + way * (self._real[to] - self._real[some])
        return _unit(moved + 0.5 * (self._real[away] - self._real[others]))

    def _round_centres(self, n: int) -> Vectors:
        centres = self.random.standard_normal((300, DIMENSION))
        return _unit(centres[self.random.integers(0, 300, n)] + self.random.standard_normal((n, DIMENSION)))


def _stored_vectors(folders: Sequence[str]) -> Vectors:
    blobs: dict[bytes, bytes] = {}
    for folder in folders:
        with sqlite3.connect(f"{Path(folder, 'index.db').absolute().as_uri()}?mode=ro", uri=True) as db:
            blobs.update(db.execute("SELECT input_hash, vector FROM vectors"))
    return np.frombuffer(b"".join(blobs.values()), dtype="<f4").reshape(-1, DIMENSION)


def _unit(vectors: Any) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def build(folder: Path, passages: int, like: Likeness, questions: Vectors | None) -> None:
    """Write a store of so many passages, its derived indexes, and the questions with their exact answers."""
    open_store(
        str(folder), manifest=Manifest(FORMAT_VERSION, "synthetic", "synthetic", DIMENSION, "x"), create=True
    ).close()
    asked = like.draw(QUESTIONS) if questions is None else questions[:QUESTIONS]
    exact = _Exact(asked)
    with sqlite3.connect(folder / "index.db") as db:
        outlets = np.array([*SHARES, "rest"])
        for first in range(0, passages // PER_ARTICLE, 5000):
            n = min(5000, passages // PER_ARTICLE - first)
            chosen = outlets[like.random.choice(len(outlets), n, p=[*SHARES.values(), 1 - sum(SHARES.values())])]
            vectors = like.draw(n * PER_ARTICLE)
            _insert(db, first, chosen.tolist(), vectors, like.random)
            exact.see(first * PER_ARTICLE + 1, vectors, np.repeat(chosen, PER_ARTICLE))
        db.execute("UPDATE manifest SET value = '1' WHERE key = 'changes'")
    np.savez(folder / "questions.npz", vectors=asked, **exact.best())
    store = open_store(str(folder))
    assert isinstance(store, LocalStore)
    if passages > MOST_WORDS:
        with store.writing():
            store._dense.publish()
    else:
        store.flush()
    store.close()


def _insert(
    db: sqlite3.Connection, first: int, outlets: list[str], vectors: Vectors, random: np.random.Generator
) -> None:
    for n, outlet in enumerate(outlets, start=first):
        texts = [_text(WORDS, random) for _ in range(PER_ARTICLE)]
        text, at, name = "\n\n".join(texts), 0, f"a{n}"
        day = 20160101 + int(random.integers(0, 10)) * 10_000
        title = " ".join(texts[0].split()[:6])
        article = Article(name, text, Metadata(title=title, outlet=outlet, language="en"), name)
        db.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, NULL, NULL, NULL, 'en', ?, ?, ?, ?, NULL, 'en', ?)",
            (
                name,
                text,
                title,
                outlet,
                name,
                article.content_hash,
                hashlib.sha256(text.encode()).hexdigest(),
                outlet,
                day,
            ),
        )
        db.execute("INSERT INTO voices VALUES (?, ?, ?, x'')", (n + 1, name, name))
        for i, part in enumerate(texts, start=n * PER_ARTICLE + 1):
            vector = vectors[i - 1 - first * PER_ARTICLE].tobytes()
            words = encoder_input(article.metadata, Passage(name, at, at + len(part), part))
            row = i, hashlib.sha256(words.encode()).digest(), vector + zlib.crc32(vector).to_bytes(4, "little")
            db.execute("INSERT INTO vectors VALUES (?, ?, ?)", row)
            db.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", (i, name, at, at + len(part), i))
            at += len(part) + 2
        db.execute("INSERT INTO first_passages VALUES (?, ?)", (n * PER_ARTICLE + 1, name))


def _text(words: int, random: np.random.Generator) -> str:
    return " ".join(f"word{n}" for n in random.zipf(1.3, words) % 50_000)


class _Exact:
    """Keeps the truly nearest of each question, of all passages and of each outlet's."""

    def __init__(self, asked: Vectors) -> None:
        self._asked = asked
        self._best: dict[str, list[tuple[Any, Any]]] = {name: [] for name in ("all", *SHARES)}

    def see(self, first_id: int, vectors: Vectors, outlets: Any) -> None:
        cosines = self._asked @ vectors.T
        for name, found in self._best.items():
            columns = np.arange(len(vectors)) if name == "all" else np.flatnonzero(outlets == name)
            some = cosines[:, columns]
            top = np.argsort(-some, axis=1)[:, :K]
            found.append((np.take_along_axis(some, top, axis=1), columns[top] + first_id))

    def best(self) -> dict[str, Any]:
        merged = {}
        for name, found in self._best.items():
            scores, ids = (np.hstack(parts) for parts in zip(*found, strict=True))
            merged[name] = np.take_along_axis(ids, np.argsort(-scores, axis=1)[:, :K], axis=1)
        return merged


def measure(folder: Path) -> dict[str, Any]:
    """Search a store that is there; return milliseconds, recall and memory."""
    asked = np.load(folder / "questions.npz")
    before = _rss()
    opened, store = _timed(lambda: open_store(str(folder), read_only=True))
    first, _ = _timed(lambda: store.dense(asked["vectors"][0], DEPTH, Filters()))
    passages = store.counts()[1]
    figures: dict[str, Any] = {"passages": passages, "open_ms": opened, "first_search_ms": first}
    for name in ("all", *SHARES):
        filters = Filters() if name == "all" else Filters(outlet=name)
        times, cpu, shares = [], [], []
        for vector, best in zip(asked["vectors"], asked[name], strict=True):
            started = time.process_time()
            took, found = _timed(lambda v=vector, f=filters: store.dense(v, DEPTH, f))  # type: ignore[misc]
            times.append(took)
            cpu.append((time.process_time() - started) * 1000)
            shares.append(len(set(best.tolist()) & {i for i, _ in found[:K]}) / len(best))
        recall = round(statistics.fmean(shares), 4)
        figures[name] = {**_spread(times), "cpu_p50": round(statistics.median(cpu), 2), "recall@10": recall}
        figures[name]["first_ms"] = round(times[0], 2)
    if passages <= MOST_WORDS:
        figures["retrieve"] = _whole_search(store, asked["vectors"])
    figures["mib"] = {"before": round(before), "after": round(_rss()), "most": round(_most_rss())}
    figures["file_mb"] = {p.name.split("-")[0]: round(_size(p) / 1e6) for p in folder.iterdir()}
    store.close()
    return figures


def _whole_search(store: Any, vectors: Vectors) -> dict[str, Any]:
    random, stages, cpu = np.random.default_rng(3), dict[str, list[float]](), list[float]()
    for vector in vectors:
        question, started = _text(9, random), time.process_time()
        for stage, ms in retrieve(question, store, None, vector=vector)[1].items():  # type: ignore[arg-type]
            stages.setdefault(stage, []).append(ms)
        cpu.append((time.process_time() - started) * 1000)
    beyond = [sum(ms) for ms in zip(*(stages[s] for s in stages if s != "encode"), strict=True)][5:]
    medians = {stage: round(statistics.median(ms), 2) for stage, ms in stages.items()}
    return {**_spread(beyond), "cpu_p50": round(statistics.median(cpu), 2), **medians}


def kinds(passages: int, like: Likeness, questions: Vectors | None) -> Iterator[str]:
    """Yield a table of FAISS indexes on the same vectors: what each costs and finds, its candidates scored exactly."""
    import faiss

    faiss.omp_set_num_threads(1)
    vectors = like.draw(passages)
    asked = like.draw(QUESTIONS) if questions is None else questions[:QUESTIONS]
    top = np.argsort(-(asked @ vectors.T), axis=1)[:, :K]
    lists = 2 ** round(math.log2(4 * math.sqrt(passages)))
    yield f"| {passages:,} vectors | p50 ms | recall@10 | CPU-s to build |"
    yield "|---|---|---|---|"
    for spec in ("Flat", "SQ8", "RaBitQ", f"IVF{lists},SQ8", "HNSW32,SQ8"):
        started = time.process_time()
        index = faiss.index_factory(DIMENSION, spec, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:: max(1, passages // (40 * lists))])
        index.add(vectors)
        built = time.process_time() - started
        for label, given in _efforts(faiss, spec):
            times, shares = [], []
            for vector, best in zip(asked, top, strict=True):
                took, found = _timed(lambda v=vector, g=given, i=index: _rescored(i, v, g, vectors))  # type: ignore[misc]
                times.append(took)
                shares.append(len(set(best.tolist()) & set(found)) / K)
            yield f"| {spec}{label} | {statistics.median(times):.2f} | {statistics.fmean(shares):.4f} | {built:.0f} |"


def _efforts(faiss: Any, spec: str) -> list[tuple[str, Any]]:
    if spec.startswith("IVF"):
        return [(f", {n} lists read", faiss.SearchParametersIVF(nprobe=n)) for n in (8, 16, 32, 48, 64, 96)]
    if spec.startswith("HNSW"):
        return [(f", ef {n}", faiss.SearchParametersHNSW(efSearch=n)) for n in (64, 128, 256)]
    return [("", None)]


def _rescored(index: Any, vector: Vectors, given: Any, vectors: Vectors) -> list[int]:
    found = index.search(vector.reshape(1, -1), DEPTH + 32, params=given)[1][0]
    found = found[found >= 0]
    best: list[int] = found[np.argsort(-(vectors[found] @ vector))[:K]].tolist()
    return best


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) * 1000, result


def _spread(times: Sequence[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(times), 2), "p95": round(statistics.quantiles(times, n=20)[-1], 2)}


def _rss() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _most_rss() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _size(path: Path) -> int:
    return sum(f.stat().st_size for f in (path.rglob("*") if path.is_dir() else [path]))


def plot(rows: Sequence[dict[str, Any]]) -> str:
    """Return the cost curve as SVG: milliseconds over passages, both logarithmic."""
    lines = {
        "dense, all passages": ("#1b6ca8", [(r["passages"], r["all"]["p50"]) for r in rows]),
        "dense, a filter that 1 % pass": ("#b5542d", [(r["passages"], r["hundredth"]["p50"]) for r in rows]),
        "whole search but encoding": (
            "#3b7d3b",
            [(r["passages"], r["retrieve"]["p50"]) for r in rows if "retrieve" in r],
        ),
    }
    first, last = math.log10(rows[0]["passages"]), math.log10(rows[-1]["passages"])
    x: Callable[[float], float] = lambda n: 110 + 450 * (math.log10(n) - first) / max(last - first, 1e-9)  # noqa: E731
    y: Callable[[float], float] = lambda ms: 305 - 88 * (math.log10(ms) + 1.3)  # noqa: E731
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="13">']
    parts.append(
        '<rect width="640" height="400" fill="white"/><text x="70" y="24">Warm search, median milliseconds</text>'
    )
    for ms in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50):
        parts.append(f'<path d="M70 {y(ms):.0f}H570" stroke="#ddd"/>')
        parts.append(f'<text x="62" y="{y(ms) + 4:.0f}" text-anchor="end">{ms:g}</text>')
    for r in rows:
        parts.append(f'<text x="{x(r["passages"]):.0f}" y="322" text-anchor="middle">{r["passages"]:,}</text>')
    for n, (name, (colour, points)) in enumerate(lines.items()):
        way = "L".join(f"{x(a):.0f} {y(b):.0f}" for a, b in points)
        parts.append(f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(a):.0f}" cy="{y(b):.0f}" r="4" fill="{colour}"/>' for a, b in points]
        parts += [
            f'<text x="{x(a):.0f}" y="{y(b) - 8:.0f}" text-anchor="middle" fill="{colour}">{b:g}</text>'
            for a, b in points
        ]
        parts.append(f'<text x="70" y="{345 + 18 * n}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _questions(path: Path | None) -> Vectors | None:
    if path is None:
        return None
    from rag.encoders import load_encoder

    texts = [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()[:QUESTIONS]]
    return load_encoder().encode(texts, role="query")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--like", nargs="*", default=[], metavar="INDEX")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--sizes", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="*", type=int, default=[])
    parser.add_argument("--root", type=Path, default=Path(tempfile.gettempdir()) / "footnote-bench-index")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return
    like, asked, rows = Likeness(given.like), _questions(given.questions), []
    for passages in given.kinds:
        for line in kinds(passages, like, asked):
            print(line, flush=True)
    for passages in [] if given.kinds else given.sizes:
        folder = given.root / str(passages)
        if not (folder / "questions.npz").exists():
            took, _ = _timed(lambda f=folder, n=passages: build(f, n, like, asked))  # type: ignore[misc]
            print(f"{passages:,} passages written in {took / 1000:.0f} s", file=sys.stderr, flush=True)
        command = [sys.executable, __file__, "--measure", str(folder)]
        rows.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
        print(json.dumps(rows[-1]), flush=True)
    if given.plot and rows:
        given.plot.parent.mkdir(parents=True, exist_ok=True)
        given.plot.write_text(plot(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
