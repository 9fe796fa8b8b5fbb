"""Chunking keeps every word, its exact place, and the encoder's limit, whatever the text looks like."""

from __future__ import annotations

import itertools

import pytest
from hashing_encoder import HashingEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import Chunking, chunk, encoder_input
from rag.errors import ReadError
from rag.records import Article, Metadata, Passage

ENCODER = HashingEncoder(max_tokens=60)
CHUNKING = Chunking(max_tokens=40, overlap_sentences=1)

AWKWARD = {
    "one huge word": "x" * 5000,
    "huge words": " ".join("y" * n for n in (400, 3, 900)),
    "one long sentence": "the ferry left the island at noon and " * 60,
    "chinese": "今天下午港口重新开放。渡轮恢复运行,居民返回家中。" * 30,
    "chinese without stops": "港口重新开放渡轮恢复运行" * 80,
    "thai": "ท่าเรือเปิดอีกครั้งหลังพายุ" * 40,
    "emoji": "👩‍👩‍👧‍👦🚢🌊 " * 200,
    "combining marks": "é̂ à́ ö̃ " * 150,
    "line ends": "First line.\r\nSecond line.\r\n\r\nNext paragraph.\r" * 30,
    "zero width and nul": "a\u200bb\x00c d\ufeffe. " * 120,
    "right to left": "أعيد فتح الميناء بعد العاصفة. " * 40,
    "tabs and blanks": "\t  one \u00a0 two\u2003three \n\n\n" * 80,
    "punctuation only": "... !!! ??? --- " * 90,
}

PIECES = ["Rain fell. ", "U.S. ", "x" * 70, "\n\n", "港口。", "é", " "]


def article(text: str, title: str | None = "Harbour reopens") -> Article:
    return Article("a1", text, Metadata(title=title), "a1.md")


def assert_sound(story: Article, passages: list[Passage]) -> None:
    covered = [False] * len(story.text)
    for p in passages:
        assert story.text[p.start : p.end] == p.text
        assert p.text.strip()
        covered[p.start : p.end] = [True] * (p.end - p.start)
    assert all(seen or char.isspace() for seen, char in zip(covered, story.text, strict=True))
    inputs = ENCODER.count_tokens([encoder_input(story.metadata, p) for p in passages])
    assert all(tokens <= ENCODER.max_tokens for tokens in inputs)


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_awkward_text_is_covered_exactly_and_within_the_limit(text: str) -> None:
    passages = chunk(article(text), ENCODER, CHUNKING)
    assert len(passages) > 1
    assert_sound(article(text), passages)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=400) | st.lists(st.sampled_from(PIECES)).map("".join),
    st.integers(1, 60),
    st.integers(0, 3),
)
def test_any_text_is_covered_exactly_and_within_the_limit(text: str, max_tokens: int, overlap: int) -> None:
    assert_sound(article(text), chunk(article(text), ENCODER, Chunking(max_tokens, overlap)))


def test_a_blank_text_has_no_passages() -> None:
    assert chunk(article(""), ENCODER, CHUNKING) == []
    assert chunk(article(" \n\n\t"), ENCODER, CHUNKING) == []


def test_passages_are_whole_sentences_and_repeat_the_last_one() -> None:
    text = " ".join(f"Sentence number {i} tells of the harbour." for i in range(20))
    first, second, *_ = chunk(article(text), ENCODER, CHUNKING)
    assert first.text.startswith("Sentence number 0 ")
    assert first.text.endswith("harbour.")
    assert second.text.split(". ")[0] + "." == first.text[first.text.rindex("Sentence") :]


def test_no_overlap_means_that_passages_do_not_share_a_character() -> None:
    text = " ".join(f"Sentence number {i} tells of the harbour." for i in range(20))
    passages = chunk(article(text), ENCODER, Chunking(max_tokens=40, overlap_sentences=0))
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))


def test_a_passage_ends_with_its_paragraph_when_that_is_near() -> None:
    paragraph = "The storm passed. Boats went out. Nets came in full today. Prices fell."
    passages = chunk(article(f"{paragraph}\n\n{paragraph}\n\n{paragraph}", title=None), ENCODER, Chunking(24, 0))
    assert [p.text for p in passages] == [paragraph] * 3


def test_the_last_passage_is_never_only_a_repetition() -> None:
    text = " ".join(f"Boat {i} came back." for i in range(50))
    passages = chunk(article(text), ENCODER, CHUNKING)
    assert all(b.end > a.end for a, b in itertools.pairwise(passages))


def test_the_encoder_reads_the_passage_under_its_headline() -> None:
    passage = Passage("a1", 0, 5, "Boats")
    assert encoder_input(Metadata(title="Harbour\n reopens"), passage) == "Harbour reopens\nBoats"
    assert encoder_input(Metadata(), passage) == "Boats"


def test_a_headline_of_any_length_leaves_room_for_the_text() -> None:
    encoder = HashingEncoder(max_tokens=254)
    story = article("Boats went out. " * 100, title="🚢 " * 500)
    passages = chunk(story, encoder, Chunking())
    assert all(n <= 254 for n in encoder.count_tokens([encoder_input(story.metadata, p) for p in passages]))


def test_a_headline_that_fills_a_tiny_encoder_is_refused() -> None:
    with pytest.raises(ReadError, match="shorten"):
        chunk(article("Boats.", title="a b c d e f g"), HashingEncoder(max_tokens=5), CHUNKING)


def test_tokens_are_counted_in_batches() -> None:
    calls: list[int] = []

    class Counting(HashingEncoder):
        def count_tokens(self, texts: object) -> list[int]:
            calls.append(1)
            return super().count_tokens(texts)  # type: ignore[arg-type]

    chunk(article("Boats went out. " * 200), Counting(), CHUNKING)
    assert len(calls) <= 2


def test_the_fingerprint_differs_with_every_setting() -> None:
    variants = [Chunking(), Chunking(max_tokens=10), Chunking(overlap_sentences=3)]
    assert len({c.fingerprint for c in variants}) == 3
