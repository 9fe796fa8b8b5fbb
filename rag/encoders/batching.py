"""Makes texts fit to encode and plans the batches. Pure functions; knows no model and no runtime."""

from __future__ import annotations

import os
from collections.abc import Sequence

BATCH_TOKENS = 512  # measured: a token gets no cheaper in larger batches, and the activations still fit a core's cache


def encodable(prompt: str, texts: Sequence[str]) -> list[str]:
    """Return the texts with the prompt before each; lone surrogates, which no tokenizer takes, become `?`."""
    joined = [prompt + text for text in texts] if prompt else list(texts)
    return [t if t.isascii() else t.encode("utf-8", "replace").decode("utf-8") for t in joined]


def plan_batches(lengths: Sequence[int], batch_tokens: int = BATCH_TOKENS) -> list[list[int]]:
    """Group positions, longest first; no group of two or more, padded to its longest, exceeds `batch_tokens`."""
    batches: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= batch_tokens:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
