"""Whose it is."""

from __future__ import annotations

import pytest

from rag.evidence.owners import belongs_to_another


@pytest.mark.parametrize(
    ("question", "sentence", "another"),
    [
        ("What is Vega's wife called?", "Vega saw how they arrested Ruiz and his wife, Ana Flores.", True),
        ("What is Vega's wife called?", "The wife of Ruiz, Ana Flores, was there with Vega.", True),
        ("What is Peru's largest port?", "Callao is not Chile's largest port.", True),
        ("What is Ruiz's wife called?", "Vega saw how they arrested Ruiz and his wife, Ana Flores.", False),
        ("What is Céloron's force made of?", "Celeron's force was made of sailors.", False),
        ("What is Vega's wife called?", "He came with his wife, Ana Flores.", False),
        ("What is Vega's wife called?", "Vega's wife, Ana Flores, met Ruiz's wife.", False),
        ("What was Vega doing there?", "Ruiz and his wife were doing well.", False),
    ],
)
def test_what_is_another_s_does_not_answer(question: str, sentence: str, another: bool) -> None:
    assert belongs_to_another(question, sentence) is another
