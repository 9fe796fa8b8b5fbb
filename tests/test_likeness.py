"""What the store keeps of a text to find its copies is stable, bounded and symmetric."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.likeness import bands, is_near_copy, may_be_copies, profile, signature

WORDS = [f"word{i}" for i in range(300)]
LONG = " ".join(WORDS)


def test_a_signature_is_the_same_in_every_process() -> None:
    code = f"from rag.likeness import *; print(signature(profile({LONG!r})).hex())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == signature(profile(LONG)).hex()


@given(st.integers(0, 300), st.integers(40, 300))
def test_signatures_agree_in_about_as_many_places_as_texts_share_shingles(first: int, size: int) -> None:
    some, others = WORDS[:size], WORDS[first : first + size]
    a, b = profile(" ".join(some)), profile(" ".join(others))
    if min(len(a.shingles), len(b.shingles)) < 40:
        return
    resemblance = len(a.shingles & b.shingles) / len(a.shingles | b.shingles)
    places = zip(*(memoryview(signature(one)).cast("I") for one in (a, b)), strict=True)
    same = [one == other for one, other in places]
    assert abs(sum(same) / len(same) - resemblance) < 0.2  # five standard errors


def test_a_text_without_words_has_no_signature_and_is_no_copy() -> None:
    empty = signature(profile(" … — !"))
    assert empty == b""
    assert bands(empty) == []
    assert not may_be_copies(empty, empty)


def test_texts_that_share_most_words_meet_in_a_band() -> None:
    other = signature(profile(" ".join(WORDS[:200])))
    assert set(bands(signature(profile(LONG)))) & set(bands(other))
    assert may_be_copies(signature(profile(LONG)), other)


def test_case_punctuation_and_line_ends_do_not_count() -> None:
    assert profile("The FERRY — sailed,\n\nat noon.").words == profile("the ferry sailed at noon").words


def test_languages_without_spaces_are_compared_by_sign() -> None:
    assert profile("灯塔关闭").words == ("灯", "塔", "关", "闭")


def test_numbers_and_names_within_a_sentence_are_details() -> None:
    assert profile("On Monday 3.5 tonnes left Nordvik. They sank. “Help!” he cried.").details == {
        "monday", "3.5", "nordvik",
    }  # fmt: skip


def test_a_very_long_text_is_compared_by_its_beginning() -> None:
    assert len(profile("ferry " * 50_000).words) == 20_000


@given(st.lists(st.sampled_from(WORDS), max_size=150), st.lists(st.sampled_from(WORDS[:20]), max_size=80))
def test_likeness_has_no_direction(one: list[str], other: list[str]) -> None:
    a, b = profile(" ".join(one + other)), profile(" ".join(one))
    assert is_near_copy(a, b) == is_near_copy(b, a)
    assert not a.words or is_near_copy(a, a)
    assert may_be_copies(signature(a), signature(b)) == may_be_copies(signature(b), signature(a))


@pytest.mark.parametrize(("replaced", "near"), [("12", False), ("ten", True)])
def test_one_number_replaced_makes_a_short_text_another_claim(replaced: str, near: bool) -> None:
    text = f"The harbour master said 10 ferries sailed. {' '.join(WORDS[:80])}"
    assert is_near_copy(profile(text), profile(text.replace("10", replaced))) is near
