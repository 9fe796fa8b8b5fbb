"""Vectors that are kept: a text is encoded once while it stays among the last used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.encoders.protocol import TokenVectors
from rag.evidence.vectors import KeptTokenVectors


class Counting:
    """Gives a text as many tokens as it has words, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.asked += texts
        return [TokenVectors(np.ones((len(text.split()), 2), np.float32), ()) for text in texts]


def test_a_text_is_encoded_once_and_the_order_is_kept() -> None:
    encoder = Counting()
    kept = KeptTokenVectors(encoder)
    first, second = kept.token_vectors(["one two", "three"])
    assert (len(first.vectors), len(second.vectors)) == (2, 1)
    again = kept.token_vectors(["three", "one two", "three"])
    assert [found is known for found, known in zip(again, [second, first, second], strict=True)] == [True] * 3
    assert encoder.asked == ["one two", "three"]


def test_what_was_not_used_for_longest_is_dropped_first() -> None:
    encoder = Counting()
    kept = KeptTokenVectors(encoder, kept=4)
    kept.token_vectors(["a b", "c d"])
    kept.token_vectors(["a b"])
    kept.token_vectors(["e f"])
    kept.token_vectors(["a b", "c d"])
    assert encoder.asked == ["a b", "c d", "e f", "c d"]


def test_a_text_larger_than_all_that_may_be_kept_is_still_answered() -> None:
    encoder = Counting()
    kept = KeptTokenVectors(encoder, kept=2)
    assert len(kept.token_vectors(["a b c"])[0].vectors) == 3
    assert len(kept.token_vectors(["a b c"])[0].vectors) == 3
    assert encoder.asked == ["a b c", "a b c"]
