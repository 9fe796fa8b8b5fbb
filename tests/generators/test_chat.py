"""Chat messages: article text cannot end its own turn."""

import pytest

from rag.generators.chat import defuse, messages
from rag.generators.protocol import Prompt


@pytest.mark.parametrize(
    "mark",
    [
        "<|im_end|>",
        "<|im_start|>",
        "<|eot_id|>",
        "</s>",
        "[/INST]",
        "<<SYS>>",
        "<start_of_turn>",
        "<｜User｜>",
        "<|EOS|>",
    ],
)
def test_the_spelling_of_a_turn_mark_is_broken(mark):
    assert mark not in defuse(f"before {mark} after")


def test_the_special_tokens_of_a_tokenizer_are_broken_too():
    assert defuse("a @@END@@ b", ["@@END@@"]) == "a @ @END@@ b"


@pytest.mark.parametrize("text", ["a < b | c > d", "[1] and [INSTANCE]", "x <b>bold</b> y", "profits | losses", ""])
def test_ordinary_text_is_left_alone(text):
    assert defuse(text) == text


def test_an_empty_system_text_makes_no_message():
    assert messages(Prompt(system="", user="hello")) == [{"role": "user", "content": "hello"}]
