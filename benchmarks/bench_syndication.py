"""Measures whether copies of one story are found to be one voice, and nothing else is.

    python benchmarks/bench_syndication.py sets FOLDER… [--stories N] [--seed N]
    python benchmarks/bench_syndication.py groups FOLDER… [--show]

A FOLDER holds `corpus.jsonl`. `sets` prints each story in k = 2 to 8 outlets (`syndication.py`, three strengths of
edits), puts all of them into one real store in random order, and counts the sets whose group is exactly the set.
`groups` puts the articles as they are and lists the groups found, to be read by a person.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from syndication import STRENGTHS, Strength, copies

from rag.records import Article, Metadata
from rag.stores import PassageStore, open_store
from rag.stores.database import FORMAT_VERSION
from rag.stores.protocol import Manifest

NOTHING = np.zeros((0, 8), dtype=np.float32)
LEAST_WORDS = 150  # a shorter story has too little to be edited


def read(folders: Iterable[Path]) -> list[Article]:
    rows = [(f.name, json.loads(line)) for f in folders for line in (f / "corpus.jsonl").open(encoding="utf-8")]
    return [_article(f"{name}/{row['id']}", row) for name, row in rows]


def _article(article_id: str, row: dict[str, str]) -> Article:
    return Article(article_id, row["text"], Metadata(row.get("title"), row.get("source")), article_id)


def filled(folder: str, articles: Iterable[Article]) -> tuple[PassageStore, float]:
    """Return a store of these articles, without passages, and the seconds that took."""
    store = open_store(folder, manifest=Manifest(FORMAT_VERSION, "none", "none", 8, "none"), create=True)
    started = time.perf_counter()
    with store.writing():
        for article in articles:
            store.put(article, [], NOTHING)
    return store, time.perf_counter() - started


def measure_sets(folders: list[Path], stories: int, seed: int) -> None:
    chance = random.Random(seed)
    originals = [a for a in read(folders) if len(a.text.split()) >= LEAST_WORDS]
    with tempfile.TemporaryDirectory() as folder:
        store, _ = filled(folder, originals)
        doubled = {member for members in store.groups().values() for member in members}
        store.close()
    unlike = [a for a in originals if a.article_id not in doubled]
    chosen = chance.sample(unlike, min(stories, len(unlike)))
    sets = {a.article_id: (k, s, copies(a, k, s, chance)) for a in chosen for k, s in [_drawn(chance)]}
    printed = [copy for _, _, members in sets.values() for copy in members]
    chance.shuffle(printed)
    with tempfile.TemporaryDirectory() as folder:
        store, seconds = filled(folder, printed)
        found = {frozenset(members) for members in store.groups().values()}
        store.close()
    merged = sum(len({member.rsplit(".", 1)[0] for member in members}) > 1 for members in found)
    for strength in STRENGTHS:
        for span in ((2, 2), (3, 4), (5, 8)):
            of_kind = [m for k, s, m in sets.values() if s == strength and span[0] <= k <= span[1]]
            exact = sum(frozenset(copy.article_id for copy in members) in found for members in of_kind)
            print(f"{strength.name:7} k {span[0]}-{span[1]}: {exact} of {len(of_kind)} sets exact")
    exact = sum(frozenset(copy.article_id for copy in members) in found for _, _, members in sets.values())
    print(f"all: {exact} of {len(sets)} sets exact ({exact / len(sets):.3f}), {merged} groups of different stories")
    print(f"{len(printed)} articles put in {seconds:.1f} s, {1000 * seconds / len(printed):.1f} ms each")


def _drawn(chance: random.Random) -> tuple[int, Strength]:
    return chance.randint(2, 8), chance.choice(STRENGTHS)


def list_groups(folders: list[Path], show: bool) -> None:
    articles = {a.article_id: a for a in read(folders)}
    with tempfile.TemporaryDirectory() as folder:
        store, seconds = filled(folder, articles.values())
        groups = store.groups()
        store.close()
    for name, members in groups.items():
        print(name, len(members))
        for member in members if show else ():
            a = articles[member]
            print(f"    {member} | {a.metadata.title} | {' '.join(a.text[:160].split())}")
    print(f"{len(articles)} articles, {len(groups)} groups of {sum(map(len, groups.values()))}; {seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["sets", "groups"])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--stories", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    if given.what == "sets":
        measure_sets(given.folders, given.stories, given.seed)
    else:
        list_groups(given.folders, given.show)


if __name__ == "__main__":
    main()
