"""An index from one store to another, vectors included; nothing is encoded.

Articles go one transaction each, so a copy that was interrupted goes on where it stopped: what is there with the same
content is passed over. At the end both stores are read through and compared: counts, content hashes, sources, groups,
and a hash of every passage's place and vector. Earlier versions are put again in their order; the time at which one
was replaced becomes the time of the copy. Passage ids are given anew. This module knows no store but the Protocol.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import numpy as np

from rag.chunking import encoder_input
from rag.encoders.protocol import Vectors
from rag.errors import IndexStateError
from rag.records import Article, Passage
from rag.stores.protocol import PassageStore

Step = Callable[[], None]
Progress = Callable[[str, int], AbstractContextManager[Step]]


@contextmanager
def _silent(what: str, total: int) -> Iterator[Step]:
    yield lambda: None


def copy_index(origin: PassageStore, target: PassageStore, name: str, progress: Progress = _silent) -> int:
    """Make the target hold what the origin holds, and return how many articles had to be copied.

    `name` is what messages call the target; `progress` is told what begins and how many articles it has, and gives
    what to call after each.

    Raises IndexStateError when the target holds other articles, or when what was copied is not what was there.
    """
    wanted = dict(origin.content_hashes())
    present = dict(target.content_hashes())
    if strange := sorted(set(present) - set(wanted)):
        raise IndexStateError(
            f"{name} holds {len(strange)} articles that are not in the origin, such as {strange[0]!r};"
            " copy to a place without an index"
        )
    todo = [article_id for article_id, content_hash in wanted.items() if present.get(article_id) != content_hash]
    with target.writing(), progress("copying", len(todo)) as step:
        for article_id in todo:
            _copy_article(origin, target, article_id)
            step()
        known = dict(target.sources())
        for source, article_id in origin.sources().items():
            if known.get(source) != article_id:
                target.add_source(article_id, source)
        target.flush()
    _verify(origin, target, name, len(wanted), progress)
    return len(todo)


def _copy_article(origin: PassageStore, target: PassageStore, article_id: str) -> None:
    article = origin.article(article_id)
    if article is None:
        raise IndexStateError(f"the article {article_id!r} was removed while it was copied; run the command again")
    for version in reversed(origin.versions(article_id)):
        target.put(replace(version.article, source=article.source), [], _no_vectors(target))
    passages, vectors = _passages(origin, article)
    target.put(article, [replace(passage, passage_id=0) for passage in passages], vectors)


def _passages(store: PassageStore, article: Article) -> tuple[list[Passage], Vectors]:
    """Return the passages of an article with their vectors, a row each."""
    passages = store.passages_of(article.article_id)
    inputs = [encoder_input(article.metadata, passage) for passage in passages]
    known = store.cached_vectors(inputs)
    if len(missing := [text for text in inputs if text not in known]):
        raise IndexStateError(
            f"the vectors of {len(missing)} passages of {article.article_id!r} are missing;"
            " index the articles again instead: rag index PATH… --index DST"
        )
    rows = np.array([known[text] for text in inputs], dtype=np.float32)
    return passages, rows.reshape(len(inputs), store.manifest.dimension)


def _no_vectors(store: PassageStore) -> Vectors:
    return np.zeros((0, store.manifest.dimension), dtype=np.float32)


def _verify(origin: PassageStore, target: PassageStore, name: str, articles: int, progress: Progress) -> None:
    with progress("verifying", 2 * articles) as step:
        compared: tuple[tuple[str, Callable[[PassageStore], object]], ...] = (
            ("number of articles and passages", lambda store: store.counts()),
            ("content", lambda store: store.fingerprint),
            ("sources", lambda store: dict(store.sources())),
            ("groups of near-copies", lambda store: store.groups()),
            ("passages and vectors", lambda store: _digest(store, step)),
        )
        for what, of in compared:
            if of(origin) != of(target):
                raise IndexStateError(
                    f"the {what} in {name} differ from the origin's; if the origin was not changed meanwhile,"
                    " copy once more to a place without an index"
                )


def _digest(store: PassageStore, step: Step) -> str:
    """Return a hash of the place and vector of every passage."""
    total = hashlib.sha256()
    for stored in store.articles():
        passages, vectors = _passages(store, stored.article)
        places = [(passage.start, passage.end) for passage in passages]
        total.update(f"{stored.article.article_id}\x00{stored.version}\x00{places}\n".encode())
        total.update(vectors.astype("<f4").tobytes())
        step()
    return total.hexdigest()
