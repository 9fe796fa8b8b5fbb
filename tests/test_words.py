"""Words: where they stand, what counts as a name or a number, and which stems are of one word."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import content_words, english_stem, same_stem, words


@given(st.text(max_size=200))
def test_every_word_stands_where_it_says(text: str) -> None:
    assert all(text[w.start : w.end] == w.text for w in words(text))


def test_a_capital_inside_a_sentence_makes_a_name() -> None:
    names = [w.text for w in words("The general met Ana Ruiz in Lima.") if w.is_name]
    assert names == ["Ana", "Ruiz", "Lima"]


def test_a_common_word_that_begins_a_sentence_is_no_name() -> None:
    assert not any(w.is_name for w in words("Many people left. Some people stayed."))


@pytest.mark.parametrize("text", ["14", "fourteen", "1,400", "none", "dozen"])
def test_digits_and_number_words_are_numbers(text: str) -> None:
    assert words(f"about {text} of them")[1].is_number


@pytest.mark.parametrize(
    ("a", "b"), [("Cuba", "Cuban"), ("U.S.", "American"), ("Rodríguez", "Rodriguez"), ("ran", "ran")]
)
def test_one_name_in_two_forms_has_the_same_stem(a: str, b: str) -> None:
    assert same_stem(words(f"of {a}")[1].stem, words(f"of {b}")[1].stem)


@pytest.mark.parametrize(
    ("a", "b"), [("Iran", "Iraq"), ("Austria", "Australia"), ("1984", "1985"), ("port", "portrait")]
)
def test_words_that_only_look_alike_have_different_stems(a: str, b: str) -> None:
    assert not same_stem(words(f"of {a}")[1].stem, words(f"of {b}")[1].stem)


def test_a_rare_word_says_more_than_a_common_one() -> None:
    rare, common = words("estuary house")
    assert rare.weight > common.weight > 0


def test_question_words_say_nothing() -> None:
    assert [w.text for w in content_words(words("Who did the mayor appoint in 2019?"))] == ["mayor", "appoint", "2019"]


def test_threads_that_stem_at_the_same_time_get_the_stems_of_their_own_words() -> None:
    asked = [
        f"{start}{end}" for start in ("harbour", "nation", "relat", "gener") for end in ("ization", "ally", "ing", "s")
    ]
    alone, before = [english_stem(word) for word in asked], sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(english_stem, asked * 100))
    finally:
        sys.setswitchinterval(before)
    assert together == alone * 100
