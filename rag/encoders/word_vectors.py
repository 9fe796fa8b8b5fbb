"""Vectors of single words, for telling that "killed" and "died" are near: the encoder's own input embeddings.

They are the word-piece embedding matrix of the bundled all-MiniLM-L6-v2 (30,522 × 384, float32), read from its
safetensors without running any model; a word is the mean of its pieces, centred on the vocabulary. No sentence meaning
is in them. The file is read when the first word is asked for; the words last met are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from rag.encoders.protocol import Vectors

_MATRIX = "embeddings.word_embeddings.weight"
_KEPT_WORDS = 30_000  # 50 MB


class WordVectors:
    """Unit vectors of words from a folder with `model.safetensors` and `tokenizer.json` of a BERT-like encoder.

    Safe between threads.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Vectors] = {}
        self._matrix: Vectors | None = None
        self._turn = Lock()

    def vectors(self, words: Sequence[str]) -> Vectors:
        """Return float32 unit vectors, shape (len(words), dimension), for lower-cased words."""
        with self._turn:
            if self._matrix is None:
                self._load()
        found = {word: vector for word in words if (vector := self._known.get(word)) is not None}
        missing = [word for word in dict.fromkeys(words) if word not in found]
        encodings = self._tokenizer.encode_batch(missing, add_special_tokens=False)
        new = {word: self._mean(encoding.ids) for word, encoding in zip(missing, encodings, strict=True)}
        self._keep(new)
        if not words:
            return np.zeros((0, self._centre.shape[0]), np.float32)
        found |= new
        return np.stack([found[word] for word in words])

    def _keep(self, new: Mapping[str, Vectors]) -> None:
        with self._turn:
            self._known.update(new)
            while len(self._known) > _KEPT_WORDS:
                del self._known[next(iter(self._known))]

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
