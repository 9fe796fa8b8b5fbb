"""Two small logistic models: how likely a sentence answers, and how likely the corpus answers at all.

Their weights are readable data (`coefficients.json`, with the data, date and command that made them). Inference is a
dot product. Knows nothing of how the features were measured.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression on standardised columns named `features`."""

    features: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def probability(self, rows: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability for each row, shape (rows,); `names` are those of the rows' columns."""
        columns = [names.index(feature) for feature in self.features]
        logits = ((rows[:, columns] - self.mean) / self.scale) @ self.weights + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float64)


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The fitted models, the probability under which a question is refused, and where the numbers come from."""

    sentence: Logistic
    answerable: Logistic
    threshold: float
    provenance: dict[str, Any]


@lru_cache(maxsize=1)
def load_coefficients() -> Coefficients:
    """Return the coefficients that ship with the package."""
    data = json.loads((files("rag.evidence") / "coefficients.json").read_text(encoding="utf-8"))
    return Coefficients(
        _logistic(data["sentence"]), _logistic(data["answerable"]), float(data["threshold"]), data["provenance"]
    )


def _logistic(data: dict[str, Any]) -> Logistic:
    columns = data["columns"]
    return Logistic(
        tuple(columns),
        np.array([c["mean"] for c in columns.values()]),
        np.array([c["scale"] for c in columns.values()]),
        np.array([c["weight"] for c in columns.values()]),
        float(data["bias"]),
    )
