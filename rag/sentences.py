"""Sentence spans of a text: exact offsets, never across a paragraph break.

The splitting itself is sentencex (Wikimedia, MIT, rules for some 300 languages, its core in Rust: no model to load).
This module knows nothing of articles or passages.
"""

from __future__ import annotations

import sentencex

Span = tuple[int, int]


def sentence_spans(text: str, language: str | None = None) -> list[Span]:
    """Return (start, end) of each sentence in code points, in order, without the white space around it.

    Text between sentences is white space only, so no word is lost. Newlines end a sentence.
    """
    spans: list[Span] = []
    line_start = 0
    for line in text.split("\n"):
        if line.strip():
            for boundary in sentencex.get_sentence_boundaries(language or "en", line):
                spans.extend(_trimmed(text, line_start + boundary["start_index"], line_start + boundary["end_index"]))
        line_start += len(line) + 1
    return spans


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return [(start, end)] if end > start else []
