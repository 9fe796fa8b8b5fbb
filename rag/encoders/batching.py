"""Makes texts fit to encode and plans the batches. Pure functions; knows no model and no runtime."""

from __future__ import annotations

import os
from collections.abc import Sequence

EQUAL_TOKENS = 128  # measured: from here on a batch of equal lengths is cheaper alone than padded with others
RUN_TOKENS = 4  # measured: about what a run costs beside its tokens; padding beyond it costs more than a run of its own
BATCH_TOKENS = 512  # measured: a token gets no cheaper in larger batches, and the activations still fit a core's cache


def encodable(prompt: str, texts: Sequence[str]) -> list[str]:
    """Return the texts with the prompt before each; lone surrogates, which no tokenizer takes, become `?`."""
    joined = [prompt + text for text in texts] if prompt else list(texts)
    return [t if t.isascii() else t.encode("utf-8", "replace").decode("utf-8") for t in joined]


def plan_batches(lengths: Sequence[int], workers: int = 1, batch_tokens: int = BATCH_TOKENS) -> list[list[int]]:
    """Group positions, longest first; no group of two or more, padded to its longest, exceeds `batch_tokens`.

    Groups are smaller where there would else be fewer of them than `workers`, but not tiny. A group of equal lengths is
    closed to shorter texts when it has `EQUAL_TOKENS` tokens, as it then needs no padding and no mask; no text is
    padded by more than `RUN_TOKENS`.
    """
    batch_tokens = min(batch_tokens, max(EQUAL_TOKENS, -(-sum(lengths) // workers)))
    batches: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batches and _takes(batches[-1], lengths, position, batch_tokens):
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


def _takes(batch: list[int], lengths: Sequence[int], position: int, batch_tokens: int) -> bool:
    longest = lengths[batch[0]]
    padding = longest - lengths[position]
    if (len(batch) + 1) * longest > batch_tokens or padding > RUN_TOKENS:
        return False
    equal = lengths[batch[-1]] == longest  # sorted, so then all of them are
    return padding == 0 or not (equal and len(batch) * longest >= EQUAL_TOKENS)


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
