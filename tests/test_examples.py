"""Questions to begin with."""

from __future__ import annotations

import pytest

from rag.examples import questions_about
from rag.records import Article, Metadata


def asked(text: str, outlet: str | None = None) -> list[str]:
    return list(questions_about([Article("a", text, Metadata(outlet=outlet), "a.md")]))


def test_a_count_is_asked_for() -> None:
    assert (
        asked("The town said that 14 fishing boats sank in the storm.")[0]
        == "How many fishing boats sank in the storm?"
    )


@pytest.mark.parametrize(
    "told",
    [
        "It sent 150 personnel tied to the regime.",  # and does not say what they did
        "There were 20 cases of theft reported.",
        "After 3 months the legend died at sea.",
        "It was the fourth death, and 2 death became known.",
        "At 14 boats the count was given as one of.",
    ],
)
def test_a_number_of_things_that_did_nothing_gives_no_question(told: str) -> None:
    assert not [question for question in asked(told) if question.startswith("How many")]


def test_millions_are_part_of_the_number() -> None:
    assert asked("Some 1.4 million people visited the park in May.")[0] == "How many people visited the park in May?"


def test_what_a_person_did_is_asked_without_the_rest_of_the_sentence() -> None:
    assert (
        asked("Ana Ruiz took over the harbour office, and nobody objected.")[0] == "Who took over the harbour office?"
    )


def test_a_name_spoken_of_often_is_asked_about() -> None:
    assert asked("The mayor met Ana Ruiz. The crew met Ana Ruiz.") == ["What is said about Ana Ruiz?"]


def test_an_outlet_is_not_asked_about() -> None:
    assert asked("Evening Ledger reported the storm at sea.", outlet="Evening Ledger") == []


@pytest.mark.parametrize("text", ["the rain fell and fell", "Carlos Vega sold it there.", ""])
def test_a_sentence_that_cannot_stand_alone_gives_no_question(text: str) -> None:
    assert not [q for q in asked(text) if q.startswith(("Who", "How"))]
