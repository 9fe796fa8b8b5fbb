"""The passages that could answer, and one score for each from its cosine and its BM25.

Both retrievers are asked for many more passages than are wanted; what one found and the other did not is scored by the
other too, so every candidate carries its cosine and its BM25. The two are fused as a convex combination of scores, the
BM25 scores divided by the best of the query (Bruch et al. 2023, "An Analysis of Fusion Functions for Hybrid
Retrieval"); on the development sets that beat reciprocal rank fusion, min-max and z-scores. The BM25 of a passage is
raised by a share of that of its whole article, whose other passages say what it is about.
What was asked before in a conversation is scored in the same way and added with a weight below 1 (late fusion).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.encoders.protocol import Vectors
from rag.records import Filters
from rag.stores.protocol import PassageStore

DENSE_WEIGHT = 0.7
ARTICLE_SHARE = 0.5  # of the BM25 of its whole article, added to that of a passage


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: texts with their weights, and the sum of their weighted vectors (not of unit length)."""

    texts: tuple[tuple[str, float], ...]
    vector: Vectors

    @property
    def direction(self) -> Vectors:
        """Return the vector, of unit length."""
        return np.asarray(self.vector / (self.length or 1.0), dtype=np.float32)

    @property
    def length(self) -> float:
        """Return how long the vector is: 1 for a single text."""
        return float(np.linalg.norm(self.vector))


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages to rank, by id: both scores of each, and its article. `full` when a retriever may know of more."""

    dense: Mapping[int, float]
    lexical: Mapping[int, float]
    article_of: Mapping[int, str]
    full: bool

    @property
    def articles(self) -> list[str]:
        """Return the articles of the passages, each once."""
        return list(dict.fromkeys(self.article_of.values()))


def candidates(
    query: Query,
    store: PassageStore,
    dense: Mapping[int, float],
    lexical: Sequence[Mapping[int, float]],
    also: Iterable[int],
    depth: int,
) -> Candidates:
    """Join what both retrievers found (`lexical` has one answer for each text) and `also`, all scored by both."""
    ids = list(dict.fromkeys([*dense, *(i for found in lexical for i in found), *also]))
    cosines = dict(dense) | store.dense_scores(query.direction, [i for i in ids if i not in dense])
    words: dict[int, float] = {}
    for (text, weight), found in zip(query.texts, lexical, strict=True):
        of_all = dict(found) | store.lexical_scores(text, [i for i in ids if i not in found])
        for i, score in of_all.items():
            words[i] = words.get(i, 0.0) + weight * score
    article_of = store.article_of([i for i in ids if i in cosines])
    full = len(dense) >= depth or any(len(found) >= depth for found in lexical)
    return Candidates({i: cosines[i] for i in article_of}, {i: words.get(i, 0.0) for i in article_of}, article_of, full)


def lexical_search(query: Query, store: PassageStore, depth: int, filters: Filters) -> list[dict[int, float]]:
    """Return the best passages by words for each text of the query."""
    return [dict(store.lexical(text, depth, filters)) for text, _ in query.texts]


def fused(query: Query, found: Candidates, store: PassageStore) -> dict[int, float]:
    """Return the score of every candidate."""
    of_articles: dict[str, float] = {}
    for text, weight in query.texts:
        for article_id, score in store.article_scores(text, found.articles).items():
            of_articles[article_id] = of_articles.get(article_id, 0.0) + weight * score
    words = {i: s + ARTICLE_SHARE * of_articles.get(found.article_of[i], 0.0) for i, s in found.lexical.items()}
    best = max(words.values(), default=0.0) or 1.0
    length = query.length
    return {
        i: DENSE_WEIGHT * length * cosine + (1 - DENSE_WEIGHT) * words[i] / best for i, cosine in found.dense.items()
    }
