"""Answer measures against numbers printed by the official SQuAD 2.0 script and by rouge-score 0.1.2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.answer_measures import contains, exact_match, numbers, numeric_match, rouge_l, token_f1

# answer, golds, exact and f1 of evaluate-v2.0.py, rougeL F-measure of rouge-score 0.1.2 without stemming
REFERENCE = [
    ("The bridge opened in May.", ["in May"], 0.0, 0.666667, 0.571429),
    ("the Bridge", ["Bridge!"], 1.0, 1.0, 0.666667),
    ("An orchard of 300 pear trees, planted in 1952", ["three hundred trees", "300 trees"], 0.0, 0.4, 0.363636),
    ("", ["a pier"], 0.0, 0.0, 0.0),
    ("The", ["an"], 1.0, 1.0, 0.0),
    ("Osman Vey's choir — it sings, it sings.", ["Osman Veys choir", "it sings"], 0.0, 0.545455, 0.4),
    ("twelve twelve twelve", ["twelve", "twelve twelve"], 0.0, 0.8, 0.8),
    ("U.S. officials said $4.5 million was lost", ["US officials", "4.5 million dollars"], 0.0, 0.444444, 0.461538),
    ("Zürich café naïve", ["zurich cafe", "Zürich café"], 0.0, 0.8, 0.75),
    ("pears apples plums", ["plums apples pears"], 0.0, 1.0, 0.333333),
    ("東京 is the capital", ["東京"], 0.0, 0.5, 0.0),
]


@pytest.mark.parametrize(("answer", "golds", "exact", "f1", "rouge"), REFERENCE)
def test_em_f1_and_rouge_l_equal_the_reference_scripts(
    answer: str, golds: list[str], exact: float, f1: float, rouge: float
) -> None:
    assert exact_match(answer, golds) == exact
    assert token_f1(answer, golds) == pytest.approx(f1, abs=1e-6)
    assert rouge_l(answer, golds) == pytest.approx(rouge, abs=1e-6)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("It was Mira Tolan’s orchard.", "mira tolan's", 1.0),
        ("The bus stopped.", "us", 0.0),
        ("Trams run every 12 minutes.", "every 120 minutes", 0.0),
        ("昨日東京で開かれた", "東京", 1.0),
        ("a plain answer", "The", 0.0),
        ("the answer is ?!", "?!", 1.0),
        ("", "anything", 0.0),
    ],
)
def test_contains_asks_for_whole_words(answer: str, gold: str, expected: float) -> None:
    assert contains(answer, [gold]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200 people", {1200.0}),
        ("1.2 thousand", {1200.0}),
        ("twenty-one of thirty", {21.0, 30.0}),
        ("$4.5bn", {4.5e9}),
        ("two million", {2e6}),
        ("U2 and B12", set()),
        ("no number", set()),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, expected: set[float]) -> None:
    assert numbers(text) == expected


def test_a_number_matches_whatever_its_spelling() -> None:
    assert numeric_match("Some twelve hundred... in fact 1,200 came", ["1200"]) == 1.0
    assert numeric_match("Twenty-one came", ["21 people"]) == 1.0
    assert numeric_match("12 came", ["21 people"]) == 0.0


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=3))
def test_every_measure_stays_between_0_and_1(answer: str, golds: list[str]) -> None:
    for measure in (contains, exact_match, token_f1, rouge_l, numeric_match):
        assert 0.0 <= measure(answer, golds) <= 1.0
