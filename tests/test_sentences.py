"""Sentence spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import sentence_spans


@given(st.text(max_size=300))
def test_no_character_but_white_space_lies_outside_a_sentence(text: str) -> None:
    spans = sentence_spans(text)
    inside = set().union(*(range(s, e) for s, e in spans)) if spans else set()
    assert all(text[i].isspace() for i in range(len(text)) if i not in inside)


@given(st.text(max_size=300))
def test_sentences_are_in_order_and_do_not_overlap(text: str) -> None:
    ends = [0, *(point for span in sentence_spans(text) for point in span)]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Vega of the U.S. Army left at 5 p.m. on Jan. 3 for $1.5 million.",
        "Dr. Ode said so, e.g. in Lima.",
    ],
)
def test_abbreviations_do_not_end_a_sentence(text: str) -> None:
    assert sentence_spans(text) == [(0, len(text))]


def test_offsets_count_code_points() -> None:
    text = "😀 Sí. e\u0301 is one letter. 日本です。はい。"
    assert [text[s:e] for s, e in sentence_spans(text)] == ["😀 Sí.", "e\u0301 is one letter.", "日本です。", "はい。"]


def test_a_line_break_ends_a_sentence() -> None:
    assert sentence_spans("A heading\n\nA sentence.") == [(0, 9), (11, 22)]
