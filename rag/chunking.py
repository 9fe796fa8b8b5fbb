"""Article → passages: whole consecutive sentences, as many as fit the encoder, counted by its own tokenizer.

A passage ends at the end of a paragraph when one is near, and the next one repeats its last sentence, so that what is
said across a boundary is found from both sides. A sentence too long for the encoder is split between words, a word too
long between characters. Every character that is not white space lies in some passage, and nothing is ever cut off.
What the encoder reads is the passage under its headline (`encoder_input`): a passage from the middle of a story often
names its subject only by a pronoun. This module knows no model and no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.encoders.protocol import Encoder
from rag.errors import ReadError
from rag.records import Article, Metadata, Passage
from rag.sentences import sentence_spans

_VERSION = 1  # raise it whenever the same article would be chunked, or prefixed, differently
_TITLE_BYTES = 160  # no tokenizer makes more tokens than UTF-8 bytes, so a headline leaves room for the text
_PIECE_CHARS = 64  # WordPiece gives up on a word of more than 100 characters and counts it as one unknown token
_CHARS_PER_TOKEN = 16  # more than that and the tokenizer has not read the text
_FULL_ENOUGH = 0.6  # a passage this full ends at the end of a paragraph

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Chunking:
    """How articles are cut: `max_tokens` of text at most, the last `overlap_sentences` repeated in the next."""

    max_tokens: int = 160
    overlap_sentences: int = 1

    @property
    def fingerprint(self) -> str:
        """Return a short text that differs whenever passages or encoder inputs would."""
        return f"sentences-{_VERSION} tokens={self.max_tokens} overlap={self.overlap_sentences}"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch of text that is not divided further: a sentence, or a part of one too long for a passage."""

    start: int
    end: int
    tokens: int
    ends_paragraph: bool


def encoder_input(metadata: Metadata, passage: Passage) -> str:
    """Return what an encoder reads for a passage: the headline, a line break, the text."""
    prefix = _prefix(metadata)
    return f"{prefix}\n{passage.text}" if prefix else passage.text


def chunk(article: Article, encoder: Encoder, chunking: Chunking) -> list[Passage]:
    """Cut an article into passages, in order; their ids are 0 until a store gives them. A blank text gives none.

    Raises ReadError when the headline leaves no room for the text within the encoder's limit.
    """
    prefix = _prefix(article.metadata)
    spans = sentence_spans(article.text, article.metadata.language)
    prefix_tokens, *counts = encoder.count_tokens([prefix, *(article.text[start:end] for start, end in spans)])
    limit = min(chunking.max_tokens, encoder.max_tokens - prefix_tokens)
    if limit < 1:
        raise ReadError(f"the title of {article.source} fills the encoder's {encoder.max_tokens} tokens; shorten it")
    units = _units(article.text, spans, counts, limit, encoder)
    groups = _pack(units, limit, chunking.overlap_sentences)
    passages = [_passage(article, units[first].start, units[last - 1].end) for first, last in groups]
    return _within_limit(article, passages, encoder)


def _prefix(metadata: Metadata) -> str:
    title = " ".join((metadata.title or "").split())
    if len(title.encode()) <= _TITLE_BYTES:
        return title
    cut = title.encode()[:_TITLE_BYTES].decode(errors="ignore")
    return cut.rsplit(" ", 1)[0]


def _passage(article: Article, start: int, end: int) -> Passage:
    return Passage(article_id=article.article_id, start=start, end=end, text=article.text[start:end])


def _units(
    text: str, spans: Sequence[tuple[int, int]], counts: Sequence[int], limit: int, encoder: Encoder
) -> list[_Unit]:
    units: list[_Unit] = []
    for i, ((start, end), tokens) in enumerate(zip(spans, counts, strict=True)):
        ends_paragraph = i + 1 == len(spans) or "\n" in text[end : spans[i + 1][0]]
        if tokens <= limit and end - start <= limit * _CHARS_PER_TOKEN:
            units.append(_Unit(start, end, tokens, ends_paragraph))
        else:
            units.extend(_split_sentence(text, start, end, limit, encoder, ends_paragraph))
    return units


def _split_sentence(text: str, start: int, end: int, limit: int, encoder: Encoder, ends_paragraph: bool) -> list[_Unit]:
    """Split an oversize sentence into units of at most `limit` tokens, between words where that is possible."""
    pieces = [
        (at, min(at + _PIECE_CHARS, word.end()))
        for word in _WORD.finditer(text, start, end)
        for at in range(word.start(), word.end(), _PIECE_CHARS)
    ]
    sized = list(_fitting(text, pieces, limit, encoder))
    units: list[_Unit] = []
    first, total = 0, 0
    for i, (_, _, tokens) in enumerate(sized):
        if i > first and (total + tokens > limit or sized[i][1] - sized[first][0] > limit * _CHARS_PER_TOKEN):
            units.append(_Unit(sized[first][0], sized[i - 1][1], total, False))
            first, total = i, 0
        total += tokens
    units.append(_Unit(sized[first][0], sized[-1][1], total, ends_paragraph))
    return units


def _fitting(
    text: str, pieces: Sequence[tuple[int, int]], limit: int, encoder: Encoder
) -> Iterable[tuple[int, int, int]]:
    counts = encoder.count_tokens([text[start:end] for start, end in pieces])
    for (start, end), tokens in zip(pieces, counts, strict=True):
        if tokens <= limit or end - start == 1:
            yield start, end, tokens
        else:
            middle = (start + end) // 2
            yield from _fitting(text, [(start, middle), (middle, end)], limit, encoder)


def _pack(units: Sequence[_Unit], limit: int, overlap: int) -> list[tuple[int, int]]:
    """Group units into (first, last + 1) ranges of at most `limit` tokens; each range reaches past the one before."""
    groups: list[tuple[int, int]] = []
    first = reached = 0
    while reached < len(units):
        last = _fill(units, first, limit)
        if last <= reached:  # the repeated sentences leave no room for a new one
            first = reached
            continue
        groups.append((first, last))
        reached = last
        first = _overlapping(units, first, last, overlap, limit)
    return groups


def _fill(units: Sequence[_Unit], first: int, limit: int) -> int:
    total, paragraph_end, last = 0, 0, first
    for last in range(first, len(units)):
        if total + units[last].tokens > limit and last > first:
            return paragraph_end or last
        total += units[last].tokens
        if units[last].ends_paragraph and total >= limit * _FULL_ENOUGH:
            paragraph_end = last + 1
    return last + 1


def _overlapping(units: Sequence[_Unit], first: int, last: int, overlap: int, limit: int) -> int:
    """Return where the next group starts: at most `overlap` units back, never more than a third of a passage."""
    start, total = last, 0
    while start - 1 > first and last - start < overlap and total + units[start - 1].tokens <= limit // 3:
        start -= 1
        total += units[start].tokens
    return start


def _within_limit(article: Article, passages: list[Passage], encoder: Encoder) -> list[Passage]:
    """Halve any passage whose whole input is over the encoder's limit: tokens of joined sentences need not add up."""

    def counted(some: Sequence[Passage]) -> list[int]:
        return encoder.count_tokens([encoder_input(article.metadata, p) for p in some])

    return [
        fit
        for p, n in zip(passages, counted(passages), strict=True)
        for fit in _halved(article, p, n, encoder, counted)
    ]


def _halved(
    article: Article, passage: Passage, tokens: int, encoder: Encoder, counted: Callable[[Sequence[Passage]], list[int]]
) -> list[Passage]:
    if tokens <= encoder.max_tokens:
        return [passage]
    if passage.end - passage.start == 1:
        raise ReadError(f"the title of {article.source} fills the encoder's {encoder.max_tokens} tokens; shorten it")
    words = [w.start() for w in _WORD.finditer(article.text, passage.start, passage.end)]
    middle = words[len(words) // 2] if len(words) > 1 else (passage.start + passage.end) // 2
    end = middle
    while article.text[end - 1].isspace():
        end -= 1
    halves = [_passage(article, passage.start, end), _passage(article, middle, passage.end)]
    return [
        fit for p, n in zip(halves, counted(halves), strict=True) for fit in _halved(article, p, n, encoder, counted)
    ]
