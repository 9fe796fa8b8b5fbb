"""Articles as hits, word vectors by hash, and a question put to them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from rag.disagreement import find_disagreements
from rag.questions import analyse
from rag.records import Disagreement, Evidence, Hit, Metadata, Passage


class HashedWords:
    """Every word its own direction: no two words are near. Stands in for word vectors and for an encoder."""

    def vectors(self, words: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng(int.from_bytes(hashlib.sha256(w.encode()).digest()[:4], "little")) for w in words]
        drawn = np.stack([row.standard_normal(256) for row in rows]).astype(np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        return self.vectors(texts)


def source(text: str, outlet: str = "", published: str | None = "2026-03-02", group: str = "") -> Hit:
    """Return an article of one passage as a hit; its id is its outlet, else its text."""
    name = outlet or text[:20]
    return Hit(1, 1.0, Passage(name, 0, len(text), text), Metadata(outlet=outlet, published=published), group=group)


def rows(question: str, *hits: Hit) -> tuple[Disagreement, ...]:
    """Return the disagreements when the answer rests on the first article."""
    passage = hits[0].passage
    evidence = [Evidence(passage.article_id, 0, passage.end, passage.text, hits[0].metadata, 0.9)]
    words = HashedWords()
    return find_disagreements(analyse(question), hits, evidence, words, words)  # type: ignore[arg-type]


def claims(question: str, *texts: str) -> list[str]:
    """Return the claims of the only row that articles of one day give, or nothing."""
    found = rows(question, *(source(text, f"Outlet {i}") for i, text in enumerate(texts)))
    return [claim.text for row in found for claim in row.claims]
