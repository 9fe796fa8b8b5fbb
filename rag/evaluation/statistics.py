"""Intervals and tests over questions: bootstrap, paired permutation test, Holm, AUROC, risk–coverage, quantiles.

Everything is over questions as the sampling unit, with a fixed seed, so that a figure is the same each time. A sample
in which every value is equal gives a bootstrap interval of no width, which claims more than is known; a rate of 0 or 1
gets the Wilson score interval instead (Wilson 1927). Methods: percentile bootstrap (Efron & Tibshirani 1993), sign-flip
permutation test with the add-one correction (Phipson & Smyth 2010), Holm (1979), AUROC as the Mann–Whitney statistic,
risk–coverage as in El-Yaniv & Wiener (2010). NaN is never returned: where there is nothing to measure, None is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SEED = 20
RESAMPLES = 2000
PERMUTATIONS = 9999
_CHUNK = 200
_CELLS = 400_000  # of a chunk of resamples at most, so that memory does not grow with the number of questions
_Z95 = 1.959963984540054
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its 95% interval and the number of questions behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference (ours minus theirs) with its 95% interval.

    `p` is two-sided; `p_loss` is one-sided, for the true difference being below zero.
    """

    value: float
    low: float
    high: float
    p: float
    p_loss: float
    n: int


def mean_figures(values: Floats) -> list[Figure | None]:
    """Return the mean of each column of (questions, measures) over the questions that have it; NaN marks those without.

    Whole questions are resampled, so a measure that few questions have gets the wider interval it deserves.
    """
    return mean_figures_of_groups(values, [np.ones(len(values), dtype=bool)])[0]


def mean_figures_of_groups(values: Floats, groups: Sequence[npt.NDArray[np.bool_]]) -> list[list[Figure | None]]:
    """Return `mean_figures` over the questions of each group (a mask of the rows), all from the same resamples."""
    known = ~np.isnan(values)
    filled, present = np.where(known, values, 0.0), known.astype(np.float64)
    sums = np.empty((len(groups), RESAMPLES, values.shape[1]))
    counts = np.empty_like(sums)
    for start, weights in _resampled_weights(len(values)):
        rows = slice(start, start + len(weights))
        for g, members in enumerate(groups):
            sums[g, rows], counts[g, rows] = (
                weights[:, members] @ filled[members],
                weights[:, members] @ present[members],
            )
    return [
        [_mean_figure(values[known[:, m] & members, m], sums[g, :, m], counts[g, :, m]) for m in range(values.shape[1])]
        for g, members in enumerate(groups)
    ]


def quantile_figure(values: Sequence[float], quantile: float) -> Figure | None:
    """Return a quantile (linear interpolation) with its bootstrap interval.

    The k-th smallest of a resample stands at a Beta-distributed place of the sample, so it is drawn from there.
    """
    sample = np.sort(np.asarray(values, dtype=np.float64))
    n = len(sample)
    if not n:
        return None
    k = round(quantile * (n - 1)) + 1
    places = np.random.default_rng(SEED).beta(k, n - k + 1, RESAMPLES)
    resampled = sample[np.minimum((places * n).astype(np.intp), n - 1)]
    return _figure(float(np.quantile(sample, quantile)), resampled, n)


def auroc_figure(scores: Sequence[float], positive: Sequence[bool]) -> Figure | None:
    """Return the chance that a positive scores above a negative (ties count half), None when a class is missing."""
    order = np.argsort(np.asarray(scores, dtype=np.float64), kind="stable")
    ranked = np.asarray(scores, dtype=np.float64)[order]
    labels = np.asarray(positive, dtype=bool)[order]
    if labels.all() or not labels.any():
        return None
    groups = np.flatnonzero(np.r_[True, np.diff(ranked) > 0])
    value = _auroc(np.ones((1, len(ranked))), labels, groups)[0]
    resampled = np.concatenate([_auroc(weights, labels, groups) for _, weights in _resampled_weights(len(ranked))])
    return _figure(float(value), resampled[~np.isnan(resampled)], len(ranked))


def _auroc(weights: Floats, labels: npt.NDArray[np.bool_], groups: npt.NDArray[np.intp]) -> Floats:
    positive = np.add.reduceat(weights * labels, groups, axis=1)
    negative = np.add.reduceat(weights * ~labels, groups, axis=1)
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + negative / 2)).sum(axis=1)
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    chances: Floats = np.divide(wins, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
    return chances


def kappa_figure(ours: Sequence[bool], theirs: Sequence[bool]) -> Figure | None:
    """Return Cohen's kappa of two raters, None where one of them never varies, as chance is then undefined."""
    first, second = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if not len(first) or len(np.unique(first)) < 2 or len(np.unique(second)) < 2:
        return None
    columns = np.column_stack([first, second, (first == second).astype(np.float64)])
    value = float(_kappa(columns.mean(axis=0)[None])[0])
    resampled = np.concatenate([_kappa(w @ columns / len(first)) for _, w in _resampled_weights(len(first))])
    return _figure(value, resampled[~np.isnan(resampled)], len(first))


def _kappa(rates: Floats) -> Floats:
    first, second, agreed = rates.T
    chance = first * second + (1 - first) * (1 - second)
    kappas: Floats = np.divide(agreed - chance, 1 - chance, out=np.full(len(rates), np.nan), where=chance < 1)
    return kappas


def risk_coverage(confidence: Sequence[float], correct: Sequence[float], total: int) -> list[tuple[float, float]]:
    """Return (coverage, risk) points, the most confident answers first; `total` counts the refused questions too.

    Answers of equal confidence enter together, as no threshold can part them.
    """
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    ranked = np.asarray(confidence, dtype=np.float64)[order]
    errors = np.cumsum(1.0 - np.asarray(correct, dtype=np.float64)[order])
    last = np.flatnonzero(np.r_[np.diff(ranked) < 0, True]) if len(ranked) else np.array([], dtype=np.intp)
    return [((i + 1) / total, float(errors[i]) / (i + 1)) for i in last.tolist()]


def aurc_figure(confidence: Sequence[float], correct: Sequence[float]) -> Figure | None:
    """Return the mean risk over the coverages that the answers reach, None without an answer; lower is better."""
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    if not len(order):
        return None
    ranked = np.asarray(confidence, dtype=np.float64)[order]
    errors = 1.0 - np.asarray(correct, dtype=np.float64)[order]
    groups = np.flatnonzero(np.r_[True, np.diff(ranked) < 0])
    value = float(_aurc(np.ones((1, len(order))), errors, groups)[0])
    if value in (0.0, 1.0):
        return Figure(value, *wilson(value, len(order)), len(order))
    resampled = np.concatenate([_aurc(weights, errors, groups) for _, weights in _resampled_weights(len(order))])
    return _figure(value, resampled, len(order))


def _aurc(weights: Floats, errors: Floats, groups: npt.NDArray[np.intp]) -> Floats:
    entering = np.add.reduceat(weights, groups, axis=1)
    covered = np.cumsum(entering, axis=1)
    wrong = np.cumsum(np.add.reduceat(weights * errors, groups, axis=1), axis=1)
    risk = np.divide(wrong, covered, out=np.zeros_like(wrong), where=covered > 0)
    areas: Floats = (risk * entering).sum(axis=1) / covered[:, -1]
    return areas


def paired_difference(ours: Floats, theirs: Floats) -> Difference | None:
    """Compare two runs on the same questions; NaN in either leaves a question out."""
    both = ~(np.isnan(ours) | np.isnan(theirs))
    differences = ours[both] - theirs[both]
    n = len(differences)
    if not n:
        return None
    value = float(differences.mean())
    if not differences.any():
        return Difference(0.0, 0.0, 0.0, 1.0, 1.0, n)
    means, flipped = _resampled_means(differences), _sign_flipped_means(differences)
    tolerance = 1e-12
    two_sided = int((np.abs(flipped) >= abs(value) - tolerance).sum())
    loss = int((flipped <= value + tolerance).sum())
    low, high = np.quantile(means, [0.025, 0.975])
    p, p_loss = (two_sided + 1) / (len(flipped) + 1), (loss + 1) / (len(flipped) + 1)
    return Difference(value, float(low), float(high), p, p_loss, n)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for having been many (Holm), in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for position, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - position) * p_values[index]))
        adjusted[index] = running
    return adjusted


def _resampled_means(sample: Floats) -> Floats:
    """Return bootstrap means. Equal values are drawn together (multinomial), which is the same but quick."""
    values, counts = np.unique(sample, return_counts=True)
    drawn = np.random.default_rng(SEED).multinomial(len(sample), counts / len(sample), RESAMPLES)
    means: Floats = drawn @ values / len(sample)
    return means


def _sign_flipped_means(differences: Floats) -> Floats:
    """Return the means under random signs. The signs of equal sizes are drawn together (binomial)."""
    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    rng = np.random.default_rng(SEED)
    sums = [
        (2.0 * rng.binomial(counts, 0.5, (min(_CHUNK, PERMUTATIONS - start), len(sizes))) - counts) @ sizes
        for start in range(0, PERMUTATIONS, _CHUNK)
    ]
    return np.concatenate(sums) / len(differences)


def _resampled_weights(n: int) -> Iterator[tuple[int, Floats]]:
    """Yield (first resample, how often each question was drawn in each), the same ones every time."""
    rng = np.random.default_rng(SEED)
    chunk = max(1, min(_CHUNK, _CELLS // max(1, n)))
    for start in range(0, RESAMPLES, chunk):
        rows = min(chunk, RESAMPLES - start)
        drawn = rng.integers(0, n, (rows, n)) + np.arange(rows)[:, None] * n
        yield start, np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def _mean_figure(sample: Floats, sums: Floats, counts: Floats) -> Figure | None:
    if not len(sample):
        return None
    value = float(sample.mean())
    if (sample == sample[0]).all() and value in (0.0, 1.0):
        return Figure(value, *wilson(value, len(sample)), len(sample))
    return _figure(value, sums[counts > 0] / counts[counts > 0], len(sample))


def _figure(value: float, resampled: Floats, n: int) -> Figure:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Figure(value, float(low), float(high), n)


def wilson(rate: float, n: int) -> tuple[float, float]:
    """Return the 95% Wilson score interval of a rate over n questions."""
    centre = (rate + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * math.sqrt(rate * (1 - rate) / n + _Z95**2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
