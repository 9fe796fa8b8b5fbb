"""What a generator read and wrote is counted by its own words, also when its stream is closed early."""

from collections.abc import Iterator

from rag.generators.metering import MeteredGenerator
from rag.generators.protocol import Prompt, Usage


class Counting:
    """Writes three pieces; reads as many tokens as its prompt has words, if it tells."""

    name = "counting"

    def __init__(self, tells: bool = True) -> None:
        self._tells = tells

    def stream(self, prompt: Prompt) -> Iterator[str]:
        written = 0
        try:
            for piece in ("one ", "two ", "three"):
                written += 1
                yield piece
        finally:
            prompt.tell(Usage(len(prompt.user.split()) if self._tells else None, written))


def test_requests_are_summed():
    metered = MeteredGenerator(Counting())
    for text in ("who won", "who lost it"):
        assert "".join(metered.stream(Prompt("", text))) == "one two three"
    assert metered.tokens == {"prompt": 5, "completion": 6}


def test_a_stream_closed_early_counts_what_was_written():
    metered = MeteredGenerator(Counting())
    pieces = metered.stream(Prompt("", "who won"))
    next(pieces)
    pieces.close()
    assert metered.tokens == {"prompt": 2, "completion": 1}


def test_what_is_not_told_is_left_out():
    metered = MeteredGenerator(Counting(tells=False))
    list(metered.stream(Prompt("", "who won")))
    assert metered.tokens == {"completion": 3}


def test_a_prompt_without_a_listener_is_served_alike():
    assert list(Counting().stream(Prompt("", "who won"))) == ["one ", "two ", "three"]
