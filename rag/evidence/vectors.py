"""Vectors of sentences and of their tokens, kept in memory: a sentence is compared with question after question.

Knows an encoder and nothing else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from rag.encoders.protocol import Encoder, TokenEncoder, TokenVectors, Vectors

_KEPT_VECTORS = 50_000  # 77 MB at 384 dimensions
_KEPT_TOKENS = 20_000  # of all texts together: 31 MB at 384 dimensions


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


class KeptTokenVectors:
    """A TokenEncoder that encodes a text once while it stays among the last used. Safe between threads.

    Texts are encoded one by one: with another's beside it, a text's vectors differ in their last digits.
    """

    def __init__(self, encoder: TokenEncoder, kept: int = _KEPT_TOKENS) -> None:
        self._encoder, self._kept = encoder, kept
        self._found: OrderedDict[str, TokenVectors] = OrderedDict()
        self._tokens = 0
        self._lock = threading.Lock()

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return the tokens of each text, in the order given."""
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> TokenVectors:
        with self._lock:
            known = self._found.get(text)
            if known is not None:
                self._found.move_to_end(text)
                return known
        (found,) = self._encoder.token_vectors([text])
        with self._lock:
            if text not in self._found:
                self._found[text] = found
                self._tokens += len(found.vectors)
            while self._tokens > self._kept:
                self._tokens -= len(self._found.popitem(last=False)[1].vectors)
        return found
