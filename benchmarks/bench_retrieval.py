"""Measures retrieval: quality on development sets against dense and BM25 alone, and latency as the index grows.

    python benchmarks/bench_retrieval.py FOLDER… [--index-root DIR] [--encoder NAME]
    python benchmarks/bench_retrieval.py --latency 10000 100000

A FOLDER holds `corpus.jsonl` (or `corpus_paragraphs.jsonl`) and `questions.dev.jsonl`. Articles are what is judged: an
article ranks where its first passage does. `evidence_weak` articles are left out of a ranking, neither right nor wrong.
`fused` is a list of 100 passages, `default` the product's of 10; where questions have a `history`, `talk` is `default`
with it, and dense and BM25 are given the better of the last turn and all turns (`… all`).
The latency part needs no weights: its vectors are random around centres, its words drawn by Zipf's law.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from rag.chunking import Chunking
from rag.conversation import follow_up
from rag.encoders import load_encoder
from rag.encoders.protocol import Encoder, Vectors
from rag.indexing import index_paths
from rag.records import Answer, Article, Filters, Metadata, Passage
from rag.retrieval import Before, retrieve
from rag.stores import PassageStore, manifest_of, open_store

DEPTH = 100  # passages that a ranking of articles is made from
Ranking = list[str]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    relevant: frozenset[str]
    ignored: frozenset[str]
    asked_on: date | None
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    question: str
    answer: Answer


def read_corpus(folder: Path) -> list[Article]:
    paragraphs = folder / "corpus_paragraphs.jsonl"
    rows = _rows(paragraphs if paragraphs.exists() else folder / "corpus.jsonl")
    return [
        Article(
            row["id"],
            row["text"],
            Metadata(row.get("title") or None, row.get("source"), row.get("author"), row.get("date"), row.get("url")),
            f"{folder.name}#{row['id']}",
        )
        for row in rows
    ]


def read_questions(folder: Path) -> list[Question]:
    key = "evidence_paragraphs" if (folder / "corpus_paragraphs.jsonl").exists() else "evidence"
    return [
        Question(
            row["question"],
            frozenset(row[key]),
            frozenset(row.get("evidence_weak", ())) - frozenset(row[key]),
            date.fromisoformat(row["question_date"][:10]) if row.get("question_date") else None,
            _turns([turn["text"] for turn in row.get("history", ()) if turn["role"] == "user"]),
        )
        for row in _rows(folder / "questions.dev.jsonl")
        if (row.get("answerable", True) or row.get("history") is not None) and row.get(key)
    ]


def _turns(questions: Sequence[str]) -> tuple[Turn, ...]:
    """Return the turns of a conversation without what was answered, each question made to stand alone."""
    turns: list[Turn] = []
    for question in questions:
        alone = follow_up(question, turns).standalone
        turns.append(Turn(question, Answer(question, alone, "", True, (), (), (), {}, "", "", "")))
    return tuple(turns)


def measures(rankings: Sequence[Ranking], questions: Sequence[Question]) -> dict[str, float]:
    """Return the means of R@5, R@10, S@1 (the first is relevant) and AP, as percent-free fractions."""
    found: dict[str, list[float]] = {"R@5": [], "R@10": [], "S@1": [], "AP": []}
    for ranking, question in zip(rankings, questions, strict=True):
        ranked = [a for a in ranking if a not in question.ignored]
        places = sorted(ranked.index(a) + 1 for a in question.relevant if a in ranked)
        n = len(question.relevant)
        found["R@5"].append(sum(p <= 5 for p in places) / n)
        found["R@10"].append(sum(p <= 10 for p in places) / n)
        found["S@1"].append(float(bool(places) and places[0] == 1))
        found["AP"].append(sum(i / p for i, p in enumerate(places, start=1)) / n)
    return {name: statistics.fmean(values) for name, values in found.items()}


def rankings_of(
    store: PassageStore, encoder: Encoder, questions: Sequence[Question]
) -> dict[str, tuple[list[Ranking], float]]:
    """Return the rankings of articles by each way, each with its median milliseconds a question."""

    def dense(text: str) -> list[Passage]:
        vector = encoder.encode([text], role="query")[0]
        return store.passages([i for i, _ in store.dense(vector, DEPTH, Filters())])

    def lexical(text: str) -> list[Passage]:
        return store.passages([i for i, _ in store.lexical(text, DEPTH, Filters())])

    def fused(question: Question, k: int, *, talk: bool = False) -> list[Passage]:
        before = None
        if talk and question.history:
            asked = follow_up(question.text, question.history)
            before = Before(asked.earlier, list(encoder.encode(asked.earlier, role="query")), asked.weight)
        hits, *_ = retrieve(question.text, store, encoder, k=k, asked_on=question.asked_on, before=before)
        return [hit.passage for hit in hits]

    def all_turns(question: Question) -> str:
        return " ".join([*(turn.question for turn in question.history), question.text])

    ways: dict[str, Callable[[Question], list[Passage]]] = {
        "dense": lambda q: dense(q.text),
        "bm25": lambda q: lexical(q.text),
        "fused": lambda q: fused(q, DEPTH),
        "default": lambda q: fused(q, 10),
    }
    if any(question.history for question in questions):
        ways |= {
            "dense all": lambda q: dense(all_turns(q)),
            "bm25 all": lambda q: lexical(all_turns(q)),
            "talk": lambda q: fused(q, 10, talk=True),
        }
    return {name: _timed(way, questions) for name, way in ways.items()}


def _timed(way: Callable[[Question], list[Passage]], questions: Sequence[Question]) -> tuple[list[Ranking], float]:
    rankings, took = [], []
    for question in questions:
        started = time.perf_counter()
        passages = way(question)
        took.append((time.perf_counter() - started) * 1000)
        rankings.append(list(dict.fromkeys(p.article_id for p in passages)))
    return rankings, statistics.median(took)


def quality(folders: Sequence[Path], encoder: Encoder, root: Path, chunking: Chunking) -> Iterator[str]:
    """Index each folder (encodings are kept in `root` for the next time) and yield the rows of a table."""
    yield "| set | way | R@5 | R@10 | S@1 | MAP | ms |"
    yield "|---|---|---|---|---|---|---|"
    for folder in folders:
        location = root / f"{folder.name}-{chunking.max_tokens}-{chunking.overlap_sentences}"
        articles, questions = read_corpus(folder), read_questions(folder)
        store = open_store(str(location), manifest=manifest_of(encoder, chunking.fingerprint), create=True)
        index_paths([str(folder)], store, encoder, chunking, read=lambda paths, found=articles: iter(found))  # type: ignore[misc]
        for way, (rankings, ms) in rankings_of(store, encoder, questions).items():
            m = measures(rankings, questions)
            figures = " | ".join(f"{m[name]:.4f}" for name in ("R@5", "R@10", "S@1", "AP"))
            yield f"| {folder.name} ({len(questions)} q) | {way} | {figures} | {ms:.1f} |"
        store.close()


def latency(passages: int, questions: int = 200) -> str:
    """Build a store of so many synthetic passages and return its median and 95th percentile, stage by stage."""
    random = np.random.default_rng(20)
    source = _Synthetic(random)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder, manifest=manifest_of(source, "synthetic"), create=True)
        started = time.perf_counter()
        with store.writing():
            for n in range(passages // 20):
                article = Article(f"a{n}", "\n\n".join(source.text(120) for _ in range(20)), Metadata(), f"a{n}")
                cut = _cut(article)
                store.put(article, cut, source.encode([p.text for p in cut]))
            store.flush()
        built = time.perf_counter() - started
        stages: dict[str, list[float]] = {}
        for _ in range(questions):
            for stage, ms in retrieve(source.text(9), store, source)[1].items():
                stages.setdefault(stage, []).append(ms)
        store.close()
    beyond = [sum(ms) for ms in zip(*(stages[s] for s in ("dense", "lexical", "fuse")), strict=True)]
    parts = " · ".join(f"{stage} {statistics.median(ms):.1f}" for stage, ms in stages.items())
    p95 = statistics.quantiles(beyond, n=20)[-1]
    p50 = statistics.median(beyond)
    return f"{passages:,} passages: p50 {p50:.1f} ms, p95 {p95:.1f} ({parts}); built in {built:.0f} s"


class _Synthetic:
    """Words by Zipf's law, vectors around random centres."""

    name, fingerprint, dimension, max_tokens = "synthetic", "synthetic", 384, 256

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._centres = random.standard_normal((200, self.dimension)).astype(np.float32)

    def text(self, words: int) -> str:
        return " ".join(f"word{n}" for n in self._random.zipf(1.3, words) % 50_000)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str], **_: Any) -> Vectors:
        centres = self._centres[self._random.integers(0, 200, len(texts))]
        vectors = centres + self._random.standard_normal(centres.shape).astype(np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _cut(article: Article) -> list[Passage]:
    passages, at = [], 0
    for text in article.text.split("\n\n"):
        passages.append(Passage(article.article_id, at, at + len(text), text))
        at += len(text) + 2
    return passages


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--index-root", type=Path, default=Path(tempfile.gettempdir()) / "footnote-bench")
    parser.add_argument("--encoder", default=None, help="a name that load_encoder takes; default: the bundled one")
    parser.add_argument("--max-tokens", type=int, default=Chunking().max_tokens)
    parser.add_argument("--latency", nargs="*", type=int, default=[], metavar="PASSAGES")
    given = parser.parse_args()
    for passages in given.latency:
        print(latency(passages), flush=True)
    if given.folders:
        encoder = load_encoder(given.encoder) if given.encoder else load_encoder()
        for row in quality(given.folders, encoder, given.index_root, Chunking(max_tokens=given.max_tokens)):
            print(row, flush=True)
    if not given.folders and not given.latency:
        parser.print_usage(sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
