"""Vectors of single words, for telling that "killed" and "died" are near: the encoder's own input embeddings.

They are the word-piece embedding matrix of the bundled all-MiniLM-L6-v2 (30,522 × 384, float32), read from its
safetensors without running any model; a word is the mean of its pieces, centred on the vocabulary. No sentence meaning
is in them. The file is read when the first word is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.encoders.protocol import Vectors

_MATRIX = "embeddings.word_embeddings.weight"


class WordVectors:
    """Unit vectors of words from a folder with `model.safetensors` and `tokenizer.json` of a BERT-like encoder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Vectors] = {}
        self._matrix: Vectors | None = None

    def vectors(self, words: Sequence[str]) -> Vectors:
        """Return float32 unit vectors, shape (len(words), dimension), for lower-cased words."""
        if self._matrix is None:
            self._load()
        missing = [w for w in dict.fromkeys(words) if w not in self._known]
        for word, encoding in zip(
            missing, self._tokenizer.encode_batch(missing, add_special_tokens=False), strict=True
        ):
            self._known[word] = self._mean(encoding.ids)
        if not words:
            return np.zeros((0, self._centre.shape[0]), np.float32)
        return np.stack([self._known[w] for w in words])

    def _load(self) -> None:
        from safetensors import safe_open
        from tokenizers import Tokenizer

        with safe_open(self._folder / "model.safetensors", framework="numpy") as weights:
            self._matrix = weights.get_tensor(_MATRIX)
        self._centre = self._matrix.mean(axis=0)
        self._tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def _mean(self, ids: Sequence[int]) -> Vectors:
        if self._matrix is None or not ids:
            return np.zeros_like(self._centre)
        vector = self._matrix[list(ids)].mean(axis=0) - self._centre
        length = float(np.linalg.norm(vector))
        return np.asarray(vector / length if length else vector, np.float32)
