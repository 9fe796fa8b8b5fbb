"""What an encoder (bi-encoder) is to the rest of Footnote; nothing here knows a model or a runtime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Role = Literal["passage", "query"]
Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors. `fingerprint` changes whenever its vectors would (weights, pooling, prefixes)."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Return the longest input in tokens, special tokens not counted; longer ones would be cut off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens with the model's own tokenizer, special tokens not counted.

        May be called while another thread is in `encode`.
        """
        ...

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Return float32 vectors of length 1, shape (len(texts), dimension), in the order given.

        `progress` is called with the number of texts just finished. An empty input gives shape (0, dimension).
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """The tokens of one text as they are meant there: its last hidden states, special tokens left out.

    `vectors` is float32, shape (tokens, dimension), rows of length 1; `offsets` holds for each row the start and end
    of its token in the text, in code points.
    """

    vectors: Vectors
    offsets: tuple[tuple[int, int], ...]


class TokenEncoder(Protocol):
    """Gives every token of a text the vector it has in that text."""

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Return the tokens of each text, in the order given, encoded as passages; none for a text without tokens.

        A text longer than the encoder's `max_tokens` is cut there: its later tokens are missing.
        """
        ...


class ServedEncoder(Encoder, TokenEncoder, Protocol):
    """What `load_encoder` returns."""
