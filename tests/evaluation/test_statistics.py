"""Statistics against SciPy and scikit-learn on random samples, and on samples small enough to work out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from rag.evaluation import statistics

RNG = np.random.default_rng(7)


def test_figures_of_a_group_are_those_of_its_rows_alone_in_value_and_count() -> None:
    values = np.array([[1.0, 0.0], [0.0, np.nan], [1.0, 1.0], [0.0, 0.0]])
    members = np.array([True, False, True, False])
    (whole, part) = statistics.mean_figures_of_groups(values, [np.ones(4, dtype=bool), members])
    assert whole == statistics.mean_figures(values)
    assert [(f.value, f.n) for f in part if f] == [(1.0, 2), (0.5, 2)]


def test_the_resamples_do_not_depend_on_how_many_are_drawn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).random((60, 2))
    whole = statistics.mean_figures(values)
    monkeypatch.setattr(statistics, "_CELLS", 600)
    assert statistics.mean_figures(values) == whole


def test_mean_intervals_agree_with_scipys_bootstrap() -> None:
    sample = RNG.beta(2, 1, 400)
    (figure,) = statistics.mean_figures(sample[:, None])
    expected = stats.bootstrap((sample,), np.mean, method="percentile", n_resamples=4000, rng=RNG).confidence_interval
    assert figure is not None
    assert figure.value == pytest.approx(sample.mean())
    assert (figure.low, figure.high) == pytest.approx((expected.low, expected.high), abs=0.004)


def test_a_measure_counts_only_the_questions_that_have_it() -> None:
    values = np.array([[1.0, np.nan], [0.0, np.nan], [np.nan, np.nan]])
    first, second = statistics.mean_figures(values)
    assert first is not None
    assert (first.value, first.n) == (0.5, 2)
    assert second is None


def test_a_rate_of_one_gets_the_wilson_interval() -> None:
    (figure,) = statistics.mean_figures(np.ones((28, 1)))
    expected = stats.binomtest(28, 28).proportion_ci(0.95, method="wilson")
    assert figure is not None
    assert (figure.low, figure.high) == pytest.approx((expected.low, expected.high))


def test_quantile_and_interval_agree_with_scipys_bootstrap() -> None:
    sample = RNG.exponential(10, 500)
    figure = statistics.quantile_figure(sample.tolist(), 0.95)
    resampled = np.quantile(RNG.choice(sample, (4000, 500)), 0.95, axis=1)
    assert figure is not None
    assert figure.value == pytest.approx(np.quantile(sample, 0.95))
    assert (figure.low, figure.high) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])), rel=0.06)


def test_auroc_equals_scikit_learns_with_ties() -> None:
    scores = RNG.integers(0, 12, 300) / 12
    positive = RNG.random(300) < scores
    figure = statistics.auroc_figure(scores.tolist(), positive.tolist())
    assert figure is not None
    assert figure.value == pytest.approx(roc_auc_score(positive, scores))
    assert figure.low < figure.value < figure.high


def test_auroc_of_one_class_is_not_measured() -> None:
    assert statistics.auroc_figure([0.1, 0.9], [True, True]) is None


def test_kappa_equals_scikit_learns() -> None:
    ours, theirs = RNG.random(200) < 0.6, RNG.random(200) < 0.5
    figure = statistics.kappa_figure(ours.tolist(), theirs.tolist())
    assert figure is not None
    assert figure.value == pytest.approx(cohen_kappa_score(ours, theirs))


def test_risk_coverage_on_a_worked_example() -> None:
    points = statistics.risk_coverage([0.9, 0.5, 0.5, 0.2], [1, 1, 0, 0], total=5)
    assert np.array(points) == pytest.approx(np.array([(0.2, 0.0), (0.6, 1 / 3), (0.8, 0.5)]))


def test_area_under_risk_coverage_on_a_worked_example() -> None:
    figure = statistics.aurc_figure([0.9, 0.5, 0.5, 0.2], [1, 1, 0, 0])
    assert figure is not None
    assert figure.value == pytest.approx((1 * 0 + 2 / 3 + 1 / 2) / 4)


def test_paired_p_value_agrees_with_scipys_permutation_test() -> None:
    ours, theirs = RNG.random(60), RNG.random(60) + 0.08
    found = statistics.paired_difference(ours, theirs)
    expected = stats.permutation_test(
        (ours, theirs), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=9999, rng=RNG
    )
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue, abs=0.02)
    assert found.value == pytest.approx((ours - theirs).mean())


def test_equal_runs_have_no_difference() -> None:
    same = RNG.random(50)
    assert statistics.paired_difference(same, same) == statistics.Difference(0.0, 0.0, 0.0, 1.0, 1.0, 50)


def test_holm_on_a_worked_example() -> None:
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_figures_are_the_same_each_time() -> None:
    sample = RNG.random((40, 2))
    assert statistics.mean_figures(sample) == statistics.mean_figures(sample)
