"""What a generator (language model) is to the rest of Footnote. What it writes is never trusted, only checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written for one request, by the count of the model; `prompt` is None where it is not told."""

    prompt: int | None
    completion: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request: a system text, a user text, and how many tokens may be written at most.

    `on_usage` is told once what the request took, when its stream ends or is closed.
    """

    system: str
    user: str
    max_new_tokens: int = 160
    on_usage: Callable[[Usage], None] | None = None

    def tell(self, usage: Usage) -> None:
        """Pass on what the request took, if anyone asked."""
        if self.on_usage is not None:
            self.on_usage(usage)


class Generator(Protocol):
    """Writes text for a prompt. Deterministic where the runtime allows it (greedy)."""

    @property
    def name(self) -> str: ...

    def stream(self, prompt: Prompt) -> Iterator[str]:
        """Yield the text piece by piece as it is written. Closing the iterator stops the work.

        Raises GeneratorError when the model cannot be loaded or stops with an error.
        """
        ...
