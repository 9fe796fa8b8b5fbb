"""Counts what a generator reads and writes over one answer, whatever number of requests it makes. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.generators.protocol import Generator, Prompt, Usage


class MeteredGenerator:
    """A generator that keeps the sum of its `tokens`, by `prompt` and `completion`; what is not told is left out."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.tokens: dict[str, int] = {}

    @property
    def name(self) -> str:
        return self._generator.name

    def stream(self, prompt: Prompt) -> Iterator[str]:
        return self._generator.stream(replace(prompt, on_usage=self._add))

    def _add(self, usage: Usage) -> None:
        for kind, count in (("prompt", usage.prompt), ("completion", usage.completion)):
            if count is not None:
                self.tokens[kind] = self.tokens.get(kind, 0) + count
