"""What a question asks for."""

from __future__ import annotations

import pytest

from rag.questions import analyse


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who sold the mill?", "person"),
        ("How many boats sank?", "number"),
        ("What percentage of boats sank?", "number"),
        ("When did the mill burn?", "date"),
        ("In which year did it burn?", "date"),
        ("Where was the boat found?", "place"),
        ("Why did the mill burn?", "reason"),
        ("How did the crew escape?", "manner"),
        ("Did the crew escape?", "truth"),
        ("What did the crew say?", "thing"),
    ],
)
def test_the_kind_of_answer_follows_the_question_word(text: str, kind: str) -> None:
    assert analyse(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who was on board when the boats sank?", "person"),
        ("When the boats sank, who was on board?", "person"),
        ("What happened where the river bends?", "thing"),
        ("When and where did the boats sink?", "date"),
        ("What do the two outlets say about why the boats sank?", "reason"),
        ("What was the name of the storm?", "name"),
    ],
)
def test_a_clause_behind_another_question_word_asks_nothing(text: str, kind: str) -> None:
    assert analyse(text).kind == kind


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("On what date did the capture take place?", ["capture"]),
        ("What was the name of the storm?", ["storm"]),
        ("What do both newspapers say about the storm?", ["storm"]),
        ("What day?", ["day"]),
    ],
)
def test_words_that_only_say_what_sort_of_answer_is_wanted_are_no_terms(text: str, terms: list[str]) -> None:
    assert [t.text for t in analyse(text).terms] == terms


def test_the_focus_is_the_noun_phrase_asked_for() -> None:
    assert [w.text for w in analyse("How many senior pilots were hurt?").focus] == ["senior", "pilots"]


def test_a_question_without_which_or_what_has_no_focus() -> None:
    assert analyse("Who sold the mill?").focus == ()


def test_each_term_is_kept_once_in_the_order_of_the_question() -> None:
    assert [t.text for t in analyse("Did Lima's port help the port of Lima?").terms] == ["Lima's", "port", "help"]


def test_names_and_numbers_are_told_apart() -> None:
    asked = analyse("What did Ana Ruiz sell in 2019?")
    assert ([t.text for t in asked.names], [t.text for t in asked.numbers]) == (["Ana", "Ruiz"], ["2019"])


@pytest.mark.parametrize("text", ["", "   ", "?", "the of and", "🙂"])
def test_a_question_that_says_nothing_has_no_terms(text: str) -> None:
    assert analyse(text).terms == ()
