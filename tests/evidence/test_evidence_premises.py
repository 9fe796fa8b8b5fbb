"""What a question takes for granted and the evidence contradicts."""

from __future__ import annotations

import pytest

from rag.evidence.premises import false_premises
from rag.questions import analyse
from rag.records import Evidence, Metadata


def named(question: str, quote: str, *elsewhere: str) -> list[tuple[str, str]]:
    source = Evidence("storm", 0, len(quote), quote, Metadata(outlet="The Courier"), 0.9, quote)
    return [(p.asked, p.said) for p in false_premises(analyse(question), [source], [quote, *elsewhere])]


RESIGNED = "The mayor Ana Ruiz resigned in May 2023 over the leaking boats."
SANK = "In the harbour 14 boats sank because their owners had never repaired them."


@pytest.mark.parametrize(
    ("question", "quote", "asked_and_said"),
    [
        ("Why did the mayor Ana Ruiz resign in 2024?", RESIGNED, ("2024", "May 2023")),
        ("Why did 50 boats sink in the harbour?", SANK, ("50 boats", "14 boats")),
        (
            "Where did 50 Cuban sailors drown?",
            "In the bay 32 Cuban navy sailors drowned.",
            ("50 Cuban sailors", "32 Cuban"),
        ),
    ],
)
def test_a_year_or_number_that_the_evidence_contradicts_is_named(
    question: str, quote: str, asked_and_said: tuple[str, str]
) -> None:
    asked, said = named(question, quote)[0]
    assert asked == asked_and_said[0]
    assert said.startswith(asked_and_said[1])


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Why did the mayor Ana Ruiz resign in 2023?", RESIGNED),
        ("Why did the mayor Ana Ruiz resign?", RESIGNED),
        ("When did the mayor Ana Ruiz resign, in 2024?", RESIGNED),
        ("Why did 14 boats sink in the harbour?", SANK),
        ("Of the 50 boats in the harbour, how many boats sank?", SANK),
        ("What happened to Ana Ruiz after 2024?", RESIGNED),
        ("Who built the lighthouse of Trujillo in 2024?", RESIGNED),
        ("Which 50 houses in the harbour burned?", SANK),
    ],
)
def test_what_the_evidence_does_not_contradict_is_no_false_premise(question: str, quote: str) -> None:
    assert named(question, quote) == []


def test_what_another_passage_says_as_the_question_does_is_no_false_premise() -> None:
    assert named("Why did 50 boats sink in the harbour?", SANK, "The Ledger counted 50 boats.") == []
