"""Measures whether two encoders give the same vectors, on texts chosen to be awkward. Knows neither of them."""

from __future__ import annotations

import numpy as np

from rag.encoders.protocol import Encoder

SAMPLES = (
    "The ferry company cancelled all evening sailings after two lifeboats failed inspection.",
    "Who signed the lease, and when does it end?",
    "Revenue fell 4.7% to €1,203.55m in the third quarter, the board said on 3 March 2024.",
    "“We never promised that,” the minister's spokeswoman said; opponents called it 'a U-turn'.",
    "",
    "?",
    "naïve café façade coöperate Łódź São Tomé Ærøskøbing",
    "東京の図書館は月曜日に休館する。 Библиотека закрыта. المكتبة مغلقة",
    "Rain ☔ delayed the match 🏏👩🏽‍🚀 by an hour.",
    "ZQX-4471/b pneumonoultramicroscopicsilicovolcanoconiosis " * 3,
    "A long report repeats itself. " * 30,
    "Beyond the limit everything must be cut at the same token. " * 60,
)


def compare(candidate: Encoder, reference: Encoder) -> dict[str, float]:
    """Return the mean and the lowest cosine between two encoders' vectors of the same texts, in both roles."""
    cosines = np.concatenate(
        [
            np.einsum("ij,ij->i", candidate.encode(SAMPLES, role=role), reference.encode(SAMPLES, role=role))
            for role in ("passage", "query")
        ]
    )
    return {"mean_cosine": float(cosines.mean()), "min_cosine": float(cosines.min())}
