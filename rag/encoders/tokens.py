"""Matches a model's last hidden states with the places of their tokens in the text. Knows no model and no runtime."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rag.encoders.protocol import TokenVectors, Vectors


def of_text(hidden: Vectors, spans: Sequence[tuple[int, int]], special: Sequence[int], prompt: str) -> TokenVectors:
    """Return a text's tokens from the states of `prompt` + text; specials, padding and the prompt are left out.

    `spans` and `special` may be longer or shorter than `hidden`: what was cut off or padded has no partner and no row.
    """
    before = len(prompt)
    kept = [i for i, (start, _) in enumerate(spans[: len(hidden)]) if not special[i] and start >= before]
    rows = hidden[kept]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
    return TokenVectors(unit, tuple((spans[i][0] - before, spans[i][1] - before) for i in kept))
