"""The learned score: boosted trees over readable features, a JSON file with their provenance.

Each tree asks at most three questions ("is less than half of it covered?") and adds its answer to the sum. A feature
that speaks for a claim can only raise the score, one that speaks against it only lower it (monotone constraints).
Fitted by `python benchmarks/bench_verification.py --data DIR --fit`; evaluated here with plain arithmetic.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Question(BaseModel):
    """Whether a feature is at most a value, and what follows: another question, or what is added to the sum."""

    model_config = ConfigDict(frozen=True)

    feature: str
    at_most: float
    yes: Question | float
    no: Question | float


class Model(BaseModel):
    """Where the sum starts, the trees, and the score from which a claim counts as supported or partly so."""

    model_config = ConfigDict(frozen=True)

    start: float
    trees: tuple[Question, ...]
    supported_from: float
    partly_from: float


@lru_cache(maxsize=1)
def stored_model() -> Model:
    """Return the stored model."""
    stored = json.loads(files("rag.verification").joinpath("score.json").read_text(encoding="utf-8"))
    return Model.model_validate(stored["model"])


def probability(features: Mapping[str, float], model: Model) -> float:
    """Return the probability that a claim with these features is supported."""
    z = model.start + sum(_answer(features, tree) for tree in model.trees)
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, z))))


def _answer(features: Mapping[str, float], at: Question | float) -> float:
    while isinstance(at, Question):
        at = at.yes if features[at.feature] <= at.at_most else at.no
    return at
