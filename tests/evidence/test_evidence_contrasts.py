"""What tells an answer from a near miss."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_fakes import FakeTokens

from rag.evidence.contrasts import CONTRASTS, contrasts
from rag.questions import analyse


def measured(question: str, sentence: str) -> dict[str, float]:
    row = contrasts(analyse(question), sentence, FakeTokens())
    return dict(zip(CONTRASTS, map(float, row), strict=True))


def test_a_question_whose_words_all_occur_is_taken_up_whole() -> None:
    row = measured("boats sank in Lima", "Fourteen boats sank in Lima")
    assert [row["token_all"], row["token_names_least"]] == pytest.approx([1.0, 1.0])


def test_a_name_that_is_missing_is_told_from_another_word() -> None:
    row = measured("Which boats sank in Lima?", "Fourteen boats sank in Trujillo.")
    assert row["token_names_least"] < 0.6


@pytest.mark.parametrize(
    ("question", "sentence", "unmatched"),
    [
        ("Which boats did not sink?", "Fourteen boats sank in the harbour.", 1.0),
        ("Which boats did not sink?", "The ferries did not sink in the harbour.", 0.0),
        ("Which boats sank?", "The ferries did not sink in the harbour.", 0.0),
    ],
)
def test_a_negation_counts_when_only_the_question_has_it(question: str, sentence: str, unmatched: float) -> None:
    assert measured(question, sentence)["negation_unmatched"] == unmatched


@pytest.mark.parametrize(
    ("question", "sentence", "opposite"),
    [
        ("Who owns the smallest boat?", "Ana Ruiz owns the largest boat.", 0.0),
        ("Why did prices increase?", "Prices decreased after the storm.", 1.0),
        ("Which fish is common here?", "The lantern fish is rare in these waters.", 1.0),
        ("What made the crews happy?", "The late pay made the crews unhappy.", 1.0),
        ("Why did prices increase?", "Prices increased while wages decreased.", 0.0),
    ],
)
def test_an_opposite_counts_when_the_sentence_lacks_the_word_itself(
    question: str, sentence: str, opposite: float
) -> None:
    assert measured(question, sentence)["opposite"] == opposite


def test_a_question_without_words_is_measured_all_the_same() -> None:
    assert np.isfinite(contrasts(analyse("?"), "The storm came at dawn.", FakeTokens())).all()
