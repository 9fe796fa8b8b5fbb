"""An encoder without a model: each word adds a vector drawn from its hash, so texts that share words are near."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from rag.encoders.protocol import Role, Vectors

_TOKEN = re.compile(r"\w{1,6}|[^\w\s]")


class HashingEncoder:
    """Satisfies the `Encoder` protocol; counts the texts it was asked to encode."""

    def __init__(self, *, name: str = "hashing", dimension: int = 32, max_tokens: int = 60) -> None:
        self.name = name
        self.fingerprint = f"{name}-{dimension}"
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.encoded = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_TOKEN.findall(text)) for text in texts]

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for i, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "little")
                vectors[i] += np.random.default_rng(seed).standard_normal(self.dimension)
            vectors[i] /= np.linalg.norm(vectors[i])
        if progress is not None:
            progress(len(texts))
        return vectors
