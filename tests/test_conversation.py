"""Follow-up questions."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rag.conversation import standalone_question
from rag.records import Answer, Citation, Evidence, Metadata


@dataclass
class Asked:
    question: str
    answer: Answer


def before(question: str, quote: str) -> list[Asked]:
    cited = (Citation(1, Evidence("a", 0, len(quote), quote, Metadata(), 0.9)),)
    return [Asked(question, Answer(question, question, "", False, (), cited, (), {}, "extractive", "e", "f"))]


HISTORY = before("Who commanded the northern fleet?", "The fleet was led by Admiral Ana Ruiz.")


def test_the_first_question_stands_as_it_is() -> None:
    assert standalone_question("When was she born?", []) == "When was she born?"


def test_a_pronoun_is_given_the_names_of_the_turn_before() -> None:
    assert "Ruiz" in standalone_question("When was she born?", HISTORY)


@pytest.mark.parametrize("question", ["And when?", "Why?", "What about the crew?"])
def test_a_question_too_short_to_stand_alone_is_completed(question: str) -> None:
    assert standalone_question(question, HISTORY) != question


def test_a_question_with_its_own_subject_is_left_alone() -> None:
    question = "Which port did Carlos Vega inspect yesterday?"
    assert standalone_question(question, HISTORY) == question
