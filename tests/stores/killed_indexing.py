"""A process that indexes, and may be killed at any moment; and what an index must be after that, by another way."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from multiprocessing.connection import Connection

from news_store import CHUNKING, ENCODER, MANIFEST
from stories import FOLLOW_UP, FORM_ONE, OTHER, STORY

from rag.indexing import index_paths
from rag.likeness import is_near_copy, may_be_copies, profile, signature
from rag.records import Article, Filters, Metadata
from rag.stores import PassageStore, open_store
from rag.stores.protocol import version_of

WORDINGS = (STORY, "\n\n".join(STORY.split("\n\n")[:-1]), OTHER, f"{OTHER} It closed early.", FOLLOW_UP, FORM_ONE)
Step = tuple[str, tuple[tuple[int, int], ...]]  # what is done, and with which articles in which wording

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "rag.indexing", "rag.stores.local", "faiss", "tantivy"])


def article(number: int, wording: int) -> Article:
    """Return an article in one of its wordings; no two articles have the same text."""
    text = f"{WORDINGS[wording]}\n\nEdition {number}."
    published = f"2026-03-{10 + wording}" if number % 2 else None
    return Article(f"a{number}", text, Metadata(title=f"Story {number}", published=published), f"/news/a{number}.md")


def perform(store: PassageStore, step: Step) -> None:
    what, which = step
    articles = [article(number, wording) for number, wording in which]

    def read(paths: Sequence[str]) -> Iterator[Article]:
        return iter(articles)

    if what == "index":
        index_paths(["/news"], store, ENCODER, CHUNKING, read=read)
    elif what == "prune":
        index_paths(["/news"], store, ENCODER, CHUNKING, read=read, prune=True)
    elif what == "remove":
        store.remove([one.article_id for one in articles])
    else:
        store.flush()


def work(location: str, steps: Sequence[Step], done: Connection) -> None:
    """Perform the steps, saying when the index is open and when each step is done; runs in a process of its own."""
    store = open_store(location, manifest=MANIFEST, create=True)
    done.send(time.monotonic())
    for step in steps:
        perform(store, step)
        done.send(time.monotonic())
    store.close()


class Killer:
    """Runs steps in other processes and kills them on the way; learns how long a step takes on this machine."""

    def __init__(self) -> None:
        self.kills: list[int] = []  # for each process that was killed at work, how many steps it had acknowledged
        self._step_s = 0.1

    def run(self, location: str, steps: Sequence[Step], when: float) -> int:
        """Kill a process after this many times the time its steps should take; return how many it acknowledged."""
        receiving, sending = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=work, args=(location, steps, sending))
        process.start()
        sending.close()
        said = [receiving.recv()]
        time.sleep(when * len(steps) * self._step_s)
        process.kill()
        try:
            while True:
                said.append(receiving.recv())
        except EOFError:
            process.join()
        done = len(said) - 1
        if process.exitcode != 0:
            self.kills.append(done)
        if done:
            self._step_s = (3 * self._step_s + (said[-1] - said[0]) / done) / 4
        receiving.close()
        process.close()
        return done


@dataclass
class Expected:
    """What must be stored: articles, and what each was before, newest first."""

    articles: dict[str, Article] = field(default_factory=dict)
    before: dict[str, list[Article]] = field(default_factory=dict)

    def after(self, step: Step) -> dict[str, Article | None]:
        """Return what the step makes of the articles that it touches."""
        what, which = step
        made: dict[str, Article | None] = {one.article_id: one for one in (article(n, w) for n, w in which)}
        if what == "remove":
            return dict.fromkeys(made)
        if what == "prune":
            return {**dict.fromkeys(self.articles), **made}
        return made if what == "index" else {}

    def become(self, article_id: str, now: Article | None) -> None:
        was = self.articles.pop(article_id, None)
        if now is None:
            self.before.pop(article_id, None)
            return
        kept = [one for one in ([was] if was else []) + self.before.get(article_id, []) if one != now]
        self.before[article_id] = list(dict.fromkeys(kept))
        self.articles[article_id] = now

    def apply(self, step: Step) -> None:
        for article_id, now in self.after(step).items():
            self.become(article_id, now)

    def settle(self, step: Step, store: PassageStore) -> None:
        """Take over what a step that was interrupted has done: each article is as before or as it should become."""
        for article_id, now in self.after(step).items():
            if store.article(article_id) == now:
                self.become(article_id, now)


def groups_by_hand(articles: Sequence[Article]) -> set[frozenset[str]]:
    """Return the groups of two or more, found by comparing each with each."""
    seen = {one.article_id: profile(one.text) for one in articles}
    parts = [{article_id} for article_id in seen]
    for a, b in combinations(seen, 2):
        near = is_near_copy(seen[a], seen[b]) and may_be_copies(signature(seen[a]), signature(seen[b]))
        touched = [part for part in parts if {a, b} & part]
        if near and len(touched) == 2:
            parts = [part for part in parts if part not in touched] + [touched[0] | touched[1]]
    return {frozenset(part) for part in parts if len(part) > 1}


def assert_true(store: PassageStore, expected: Expected) -> None:
    """Nothing is lost, nothing is stale: articles, versions, groups, and what each retriever finds."""
    stored = {row.article.article_id: row.article for row in store.articles()}
    assert stored == expected.articles
    assert {i: [v.article for v in store.versions(i)] for i in stored} == {i: expected.before[i] for i in stored}
    groups = store.groups()
    assert {frozenset(members) for members in groups.values()} == groups_by_hand(list(stored.values()))
    for name, members in groups.items():
        dates = {i: stored[i].metadata.published for i in members}
        assert name == min(members, key=lambda i: (dates[i] is None, dates[i] or "", i))
    assert {i: mark.version for i, mark in store.marks(list(stored)).items()} == {
        i: version_of(one) for i, one in stored.items()
    }
    ids = {p.passage_id for i in stored for p in store.passages_of(i)}
    assert {i for i, _ in store.dense(ENCODER.encode(["lighthouse"])[0], 10_000, Filters())} == ids
    found = {p.article_id for p in store.passages([i for i, _ in store.lexical("Edition", 10_000, Filters())])}
    assert found == set(stored)
