"""What is measured about a sentence."""

from __future__ import annotations

import numpy as np
from evidence_fakes import FakeWordVectors, hit

from rag.evidence.candidates import candidates
from rag.evidence.features import FEATURES, features
from rag.questions import analyse


def measured(question: str, text: str, sentence: int = 0) -> dict[str, float]:
    found = candidates([hit(text)])
    rows = features(analyse(question), found, [0.5] * len(found), FakeWordVectors())
    assert rows.shape == (len(found), len(FEATURES))
    return dict(zip(FEATURES, map(float, rows[sentence]), strict=True))


def test_a_sentence_with_every_term_is_covered_whole() -> None:
    row = measured("How many boats sank in Lima?", "In Lima 14 boats sank that day.")
    assert (row["coverage_sentence"], row["missing_sentence"], row["names_sentence"]) == (1.0, 0.0, 1.0)


def test_a_near_word_covers_in_part() -> None:
    near = measured("Who perished there?", "Ana Ruiz died there yesterday.")["predicate_sentence"]
    far = measured("Who perished there?", "Ana Ruiz sang there yesterday.")["predicate_sentence"]
    assert 0.5 < near < 1.0
    assert far < 0.2


def test_a_name_is_not_covered_by_another_name() -> None:
    assert measured("What did Ana Ruiz sell?", "The harbour and Carlos Vega sell fish.")["names_sentence"] == 0.0


def test_a_name_in_the_sentence_before_counts_as_context() -> None:
    row = measured("How many boats did Ana Ruiz lose?", "Ana Ruiz fishes here. She lost 14 boats at sea.", 1)
    assert (row["names_sentence"], row["names_context"]) == (0.0, 1.0)


def test_the_kind_of_answer_must_be_new() -> None:
    assert measured("How many boats sank in 2019?", "In 2019 some boats sank there.")["kind_asked_absent"] == 1.0
    assert measured("How many boats sank in 2019?", "In 2019 just 14 boats sank there.")["kind_present"] == 1.0


def test_a_number_far_from_what_is_counted_is_not_near_the_focus() -> None:
    near = measured("How many boats sank?", "On that day 14 boats sank.")["focus_near"]
    far = measured("How many boats sank?", "At 14 degrees the wind rose and rose until, late in the night, boats sank.")
    assert (near, far["focus_near"]) == (1.0, 0.0)


def test_every_feature_is_finite_for_a_question_that_says_nothing() -> None:
    found = candidates([hit("The storm came at dawn.")])
    assert np.isfinite(features(analyse("?"), found, [0.0], FakeWordVectors())).all()
