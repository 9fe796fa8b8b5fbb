"""Vectors of words: each the same however often it was asked for, and only so many kept."""

from __future__ import annotations

import numpy as np
import pytest

from rag.encoders import word_vectors
from rag.encoders.word_vectors import WordVectors
from rag.weights import MINILM, locate


@pytest.mark.weights
def test_a_word_that_was_forgotten_gets_its_vector_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "_KEPT_WORDS", 2)
    vectors = WordVectors(locate(MINILM).parent)
    first = vectors.vectors(["harbour", "storm", "ferry", "harbour"])
    assert len(vectors._known) == 2
    assert np.array_equal(vectors.vectors(["ferry", "harbour", "storm"]), first[[2, 0, 1]])
    assert np.allclose(np.linalg.norm(first, axis=1), 1)
