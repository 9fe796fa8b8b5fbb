"""The learned score: a logistic regression over readable features, its coefficients a JSON file with their provenance.

Fitted by `python benchmarks/bench_verification.py --data DIR --fit`; evaluated here with plain arithmetic.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Coefficients(BaseModel):
    """Weights by feature name, the intercept, and the score from which a claim counts as supported or partly so."""

    model_config = ConfigDict(frozen=True)

    intercept: float
    weights: dict[str, float]
    supported_from: float
    partly_from: float


@lru_cache(maxsize=1)
def coefficients() -> Coefficients:
    """Return the stored coefficients."""
    stored = json.loads(files("rag.verification").joinpath("coefficients.json").read_text(encoding="utf-8"))
    return Coefficients.model_validate(stored["model"])


def probability(features: Mapping[str, float], model: Coefficients) -> float:
    """Return the probability that a claim with these features is supported."""
    z = model.intercept + sum(weight * features.get(name, 0.0) for name, weight in model.weights.items())
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, z))))
