"""Vectors of sentences, kept in memory: the same sentence is compared with question after question.

Knows an encoder and nothing else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from rag.encoders.protocol import Encoder, Vectors

_KEPT_VECTORS = 50_000  # 77 MB at 384 dimensions


class TextVectors:
    """Unit vectors of texts, each computed once while it stays among the last used. Safe between threads."""

    def __init__(self, encoder: Encoder, kept: int = _KEPT_VECTORS) -> None:
        self._encoder = encoder
        self._kept = kept
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, float32, shape (len(texts), dimension)."""
        with self._lock:
            known = {t: self._vectors[t] for t in texts if t in self._vectors}
        missing = [t for t in dict.fromkeys(texts) if t not in known]
        if missing:
            known.update(zip(missing, self._encoder.encode(missing), strict=True))
        with self._lock:
            for text in known:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return np.stack([known[t] for t in texts]) if texts else np.zeros((0, self._encoder.dimension), np.float32)
