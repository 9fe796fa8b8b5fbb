"""Turns a prompt into chat messages whose texts cannot end their own turn. Knows no model.

A chat template marks turns with special tokens, and tokenizers take their spelling inside a text for the token itself.
Article text is not trusted, so every such spelling is broken by a space before it reaches a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.generators.protocol import Prompt

_TURN_MARKS = re.compile(
    r"<[|｜][^<>]{1,60}?[|｜]>|</?s>|\[/?(?:INST|SYS\w*)\]|<</?SYS>>|</?(?:start|end)_of_\w{1,20}>|<(?:bos|eos|pad|unk)>",
    re.IGNORECASE,
)


def messages(prompt: Prompt, special_tokens: Iterable[str] = ()) -> list[dict[str, str]]:
    """Return the system message (left out when empty) and the user message, special tokens defused in both."""
    marks = tuple(special_tokens)
    turns = [("system", prompt.system), ("user", prompt.user)]
    return [{"role": role, "content": defuse(text, marks)} for role, text in turns if text or role == "user"]


def defuse(text: str, special_tokens: Iterable[str] = ()) -> str:
    """Put a space after the first character of every spelling of a special token."""
    for token in special_tokens:
        if len(token) > 1:
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return _TURN_MARKS.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
