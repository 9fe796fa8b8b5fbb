"""What the evidence and engine tests are made with: invented news, an encoder and word vectors without a model."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))

from hashing_encoder import HashingEncoder

from rag.encoders.protocol import TokenVectors, Vectors
from rag.evidence.vectors import TextVectors
from rag.records import Hit, Metadata, Passage
from rag.words import words

SYNONYMS = {"perished": "died", "vessels": "boats"}


class FakeWordVectors:
    """Words have nothing in common, except those in SYNONYMS."""

    def vectors(self, words: Sequence[str]) -> Vectors:
        rows = []
        for word in words:
            seed = int.from_bytes(hashlib.sha256(SYNONYMS.get(word, word).encode()).digest()[:4], "little")
            vector = np.random.default_rng(seed).standard_normal(64).astype(np.float32)
            rows.append(vector / np.linalg.norm(vector))
        return np.stack(rows) if rows else np.zeros((0, 64), np.float32)


class FakeTokens:
    """Every word is one token, whatever stands around it; as in real models, all have something in common."""

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        found = [words(text) for text in texts]
        vectors = [0.8 * FakeWordVectors().vectors([w.text.casefold() for w in row]) + 0.6 / 8 for row in found]
        vectors = [of_row / np.linalg.norm(of_row, axis=1, keepdims=True) for of_row in vectors]
        return [
            TokenVectors(of_row, tuple((w.start, w.end) for w in row))
            for of_row, row in zip(vectors, found, strict=True)
        ]


class FakeModels:
    """Stands in for `rag.models.Models`."""

    def __init__(self, settings: object = None) -> None:
        self.encoder = HashingEncoder()
        self.texts = TextVectors(self.encoder)
        self.words = FakeWordVectors()
        self.tokens = FakeTokens()


def hit(
    text: str, *, article_id: str = "storm", start: int = 0, rank: int = 1, metadata: Metadata | None = None
) -> Hit:
    passage = Passage(article_id, start, start + len(text), text, rank)
    return Hit(rank, 1.0 / rank, passage, metadata or Metadata(title="Storm", outlet="The Courier"), 0.6, 5.0)
