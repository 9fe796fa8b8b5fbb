"""An encoder whose passages are encoded by the workers of a cluster. Knows no Ray and no store."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rag.cluster.connection import Cluster
from rag.cluster.jobs import encode
from rag.encoders.protocol import Encoder, Role, Vectors

_PIECE_CHARACTERS = 32 * 600  # of texts: a second or so of one core


class ClusterEncoder:
    """The local encoder for everything but passages, which go out in pieces of about the same work.

    Pieces depend on the texts alone, so that whichever worker takes which, and however often, the vectors are the same.
    """

    def __init__(self, cluster: Cluster, local: Encoder) -> None:
        self._cluster, self._local = cluster, local

    @property
    def name(self) -> str:
        return self._local.name

    @property
    def fingerprint(self) -> str:
        return self._local.fingerprint

    @property
    def dimension(self) -> int:
        return self._local.dimension

    @property
    def max_tokens(self) -> int:
        return self._local.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._local.count_tokens(texts)

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        if role != "passage":
            return self._local.encode(texts, role=role, progress=progress)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        pieces = pieces_of(texts)
        calls = ((self._cluster.order, self.fingerprint, [texts[i] for i in piece]) for piece in pieces)
        for piece, encoded in zip(pieces, self._cluster.map(encode, calls), strict=True):
            vectors[piece] = encoded
            if progress is not None:
                progress(len(piece))
        return vectors


def pieces_of(texts: Sequence[str]) -> list[list[int]]:
    """Return positions in groups of about the same length in all, longest texts first, so that little is padded."""
    pieces: list[list[int]] = []
    room = 0
    for position in sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i)):
        if room <= 0:
            pieces.append([])
            room = _PIECE_CHARACTERS
        pieces[-1].append(position)
        room -= len(texts[position])
    return pieces
