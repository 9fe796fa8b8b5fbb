"""Questions that ask several things are taken apart, and only those."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question_parts import question_parts


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "When did the ferry sink, and why was its captain Otto Brand absent?",
            ("When did the ferry sink?", "Why was its captain Otto Brand absent (ferry, sink)?"),
        ),
        (
            "How many voted in Orrin? Which party won the council?",
            ("How many voted in Orrin?", "Which party won the council?"),
        ),
        (
            "Where and when was the Treaty of Obel signed?",
            ("Where was the Treaty of Obel signed?", "When was the Treaty of Obel signed?"),
        ),
        (
            "When and by whom was the Lyle Museum founded?",
            ("When was the Lyle Museum founded?", "By whom was the Lyle Museum founded?"),
        ),
    ],
)
def test_a_question_that_asks_two_things_becomes_two(question: str, parts: tuple[str, ...]) -> None:
    assert question_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who ordered the bridge closed?",
        "What is the difference between what the mayor said and what the police said?",
        "Who is the woman who founded the bakery and who also ran the mill?",
        "Did the police say when it happened and who ordered it?",
        "Who wrote the book and was awarded the prize?",
        "Which towns lie between Orrin and what used to be Obel?",
        "Who and under what terms can ask for a loan?",
        "Who sang “Where are you and who cares?” in 2011?",
        "The toll is paid by drivers and by whom?",
        "Who won? I mean the final.",
        "Qui a gagné et quand ?",
        "",
        "and?",
    ],
)
def test_a_question_that_asks_one_thing_is_left_as_it_is(question: str) -> None:
    assert question_parts(question) == (question,)


def test_three_things_in_a_list_become_three() -> None:
    parts = question_parts("Who won the chess final, when was it held, and by how much?")
    assert [part.split(" (")[0].rstrip("?") for part in parts] == [
        "Who won the chess final",
        "When was it held",
        "By how much",
    ]


def test_a_pronoun_is_given_the_names_of_the_first_part() -> None:
    assert question_parts("Why did Nora Venn resign and did she apologise?")[1] == "Did she apologise (Nora Venn)?"


def test_without_names_the_thing_spoken_of_is_given_and_not_the_verb() -> None:
    assert question_parts("Who discovered penicillin and where is it made?")[1] == "Where is it made (penicillin)?"


def test_a_bare_question_word_takes_all_that_the_first_part_said() -> None:
    assert question_parts("Who discovered the silver mine and when?")[1] == "When (discovered the silver mine)?"


def test_a_name_said_only_in_the_second_part_completes_a_first_one_that_lacks_it() -> None:
    first, second = question_parts("How many died and how many were hurt in the Orrin flood?")
    assert first == "How many died (Orrin)?"
    assert second == "How many were hurt in the Orrin flood?"


def test_words_in_brackets_go_with_every_part() -> None:
    parts = question_parts("When did it happen and who ordered it (Orrin, dam)?")
    assert parts == ("When did it happen (Orrin, dam)?", "Who ordered it (Orrin, dam)?")


@given(st.text(alphabet="Who when and ,?.()'\"abc", max_size=80) | st.text(max_size=60))
def test_any_text_gives_one_to_four_parts(text: str) -> None:
    parts = question_parts(text)
    assert 1 <= len(parts) <= 4
    assert parts == (text,) or all(part.endswith("?") for part in parts)
