"""Writing and checking: nothing a generator says is shown unless the evidence supports it."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from rag.answering import Composer, admit, correct, place_in_time, quote_all, warn, write
from rag.errors import GeneratorError
from rag.evidence.premises import Premise
from rag.generators.protocol import Prompt
from rag.questions import analyse
from rag.records import Evidence, Metadata
from rag.verification import verify

COURIER = Metadata(outlet="The Courier", published="2026-03-14")
QUOTE = "In the harbour of Lima 14 boats sank in the storm on Saturday night."
EVIDENCE = Evidence("storm", 0, len(QUOTE), QUOTE, COURIER, 0.9, QUOTE)
OTHER = "The storm reached the harbour at dawn."
SECOND = Evidence("storm", 100, 100 + len(OTHER), OTHER, COURIER, 0.8, OTHER)
SPOKEN = "“The owners knew that the boats leaked,” the harbour master Ana Ruiz said."
SPEECH = Evidence("storm", 200, 200 + len(SPOKEN), SPOKEN, COURIER, 0.9, SPOKEN)
QUESTION = analyse("How many boats sank in the storm?")
AS_QUOTE = f"The Courier (14 March 2026): “{QUOTE}” [1]"
TRUE = "According to The Courier, 14 boats sank in the storm. [1]"
MARKER = re.compile(r"\[\d+\]")


class Scripted:
    """A generator that says what it is told, in pieces of a given size, and may fail at the end."""

    name = "scripted"

    def __init__(self, text: str, size: int = 7, failure: str | None = None) -> None:
        self.text, self.size, self.failure = text, size, failure

    def stream(self, prompt: Prompt) -> Iterator[str]:
        for i in range(0, len(self.text), self.size):
            yield self.text[i : i + self.size]
        if self.failure:
            raise GeneratorError(self.failure)


class Endless:
    """A generator that never ends; `closed` is set once it has been stopped."""

    name = "endless"

    def __init__(self, *pieces: str) -> None:
        self.pieces, self.closed = pieces, threading.Event()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        try:
            yield from itertools.cycle(self.pieces)
        finally:
            self.closed.set()


class Hanging:
    """A generator that says something and then hangs."""

    name = "hanging"

    def __init__(self, text: str = "14 boats sank in the storm. And then") -> None:
        self.text, self.released = text, threading.Event()

    def stream(self, prompt: Prompt) -> Iterator[str]:
        yield self.text
        self.released.wait(10)


class Copying:
    """A generator that gives back what it was sent."""

    name = "copying"

    def stream(self, prompt: Prompt) -> Iterator[str]:
        yield from (prompt.system, "\n", prompt.user)


def answer(text: str, evidence: Sequence[Evidence] = (EVIDENCE,), size: int = 7) -> Composer:
    composer = Composer()
    list(write(QUESTION, evidence, Scripted(text, size), verify, composer))
    return composer


def test_a_supported_sentence_is_shown_attributed_and_cited() -> None:
    assert answer("14 boats sank in the storm.").text == TRUE


@pytest.mark.parametrize(
    "lie",
    [
        "15 boats sank in the storm.",
        "140 boats sank in the storm.",
        "About 1,400 boats sank in the storm.",
        "No boats sank in the storm.",
        "14 boats did not sink in the storm.",
        "14 ferries sank in the storm.",
        "14 boats sank in the harbour of Trujillo.",
        "14 boats burned in the storm.",
        "14 boats sank on Sunday night.",
        "14 boats sank in the storm in 2019.",
        "The captain Carlos Vega said that 14 boats sank.",
        "The mayor resigned after 14 boats sank in the storm.",
        "14 boats sank in the storm, which killed nine people.",
        "14 boats sank because the harbour master was drunk.",
        "14 boats may be raised next week.",
        "Ignore the notes: 40 boats sank.",
        "As an assistant I think [1] 40 boats sank [9].",
        "The answer is 41.",
        "I do not know.",
        "Sure! Here is the answer:",
        "<b>15 boats</b> sank in the storm.",
        "Según las notas, quince barcos se hundieron.",
        "15 boats sank in the storm [1]. [2] [3]",
        "boats boats boats boats boats boats",
        "...",
        "\x00\x1b[31m",
        "[1]",
        "   \n\n  ",
        "",
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_lie_is_replaced_by_the_exact_words(lie: str, size: int) -> None:
    assert answer(lie, size=size).text == AS_QUOTE


@pytest.mark.parametrize(
    "marker",
    "[9] [0] [-1] [[1]] [[[1]] [1 1] ]1[ ［１］ 【1】 〔2〕 [99999999999] [a][b] [1][2][3] [^1] [1,2] [1-3] "
    "[source:Courier] [1](https://example.org) ¹ ⟦1⟧ 〖1〗".split(),
)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_marker_the_generator_writes_never_reaches_the_answer(marker: str, size: int) -> None:
    for text in (f"14 boats sank in the storm {marker}.", f"14 boats sank in the storm. {marker}"):
        composer = answer(text, size=size)
        assert MARKER.findall(composer.text) == ["[1]"]
        assert MARKER.sub("", composer.text).strip() in (TRUE[:-4], AS_QUOTE[:-4])


def test_truth_among_lies_is_shown_alone() -> None:
    assert answer("15 boats sank. 14 boats sank in the storm. The mayor fled [2].").text == TRUE


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_size_of_the_pieces_changes_nothing(size: int) -> None:
    text = "14 boats sank in the storm. Boats sank. The storm reached the harbour at dawn."
    assert answer(text, (EVIDENCE, SECOND), size).text == answer(text, (EVIDENCE, SECOND)).text


def test_a_generator_that_copies_its_prompt_adds_no_marker_and_nothing_unsupported() -> None:
    composer = Composer()
    list(write(QUESTION, [EVIDENCE, SECOND], Copying(), verify, composer))
    assert all(s.verdict == "supported" and s.markers for s in composer.sentences)
    assert "notes" not in composer.text


@pytest.mark.parametrize(
    "pieces", [("boats ",), ("14 boats sank in the storm. ",), ("x",), ("No boats sank. ",), ("[",), ("\n",), (" [1]",)]
)
def test_an_endless_generator_is_stopped(pieces: tuple[str, ...]) -> None:
    endless, composer = Endless(*pieces), Composer()
    list(write(QUESTION, [EVIDENCE], endless, verify, composer))
    assert composer.text in (AS_QUOTE, TRUE)
    assert endless.closed.wait(5)


def test_a_generator_that_hangs_is_left_and_what_it_said_before_is_kept() -> None:
    hanging, composer, started = Hanging("14 boats sank in the storm. The next"), Composer(), time.monotonic()
    with pytest.raises(GeneratorError, match=r"hanging has not finished after 0\.2 s"):
        list(write(QUESTION, [EVIDENCE], hanging, verify, composer, timeout_s=0.2))
    hanging.released.set()
    assert composer.text == TRUE
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("text", ["", "14 boats", "15 boats sank. Then", "[1] ["])
def test_a_generator_that_fails_half_way_is_replaced_by_quotes_and_the_caller_is_told(text: str) -> None:
    composer = Composer()
    with pytest.raises(GeneratorError, match="gone"):
        list(write(QUESTION, [EVIDENCE], Scripted(text, failure="gone"), verify, composer))
    assert composer.text == AS_QUOTE


def test_a_sentence_that_is_cut_off_is_dropped() -> None:
    text = "14 boats sank in the storm. The storm reached the harbour at dawn"
    assert "dawn" not in answer(text, (EVIDENCE, SECOND)).text


def test_a_sentence_said_twice_is_shown_once() -> None:
    assert len(answer("14 boats sank in the storm. 14 boats sank in the storm.").sentences) == 1


def test_an_answer_that_loses_the_number_asked_for_gets_the_quote() -> None:
    assert "14 boats" in answer("Boats sank in the storm.").text


def test_what_a_speaker_claims_is_not_told_as_plain_fact() -> None:
    composer = Composer()
    asked = analyse("What did the owners know about the boats?")
    list(write(asked, [SPEECH], Scripted("The owners knew that the boats leaked."), verify, composer))
    assert composer.text == f"The Courier (14 March 2026): “{SPOKEN}” [1]"


def test_a_generator_that_names_the_speaker_is_heard() -> None:
    composer = Composer()
    asked = analyse("What did the owners know about the boats?")
    said = "Ana Ruiz said that the owners knew that the boats leaked."
    list(write(asked, [SPEECH], Scripted(said), verify, composer))
    assert composer.text == f"According to The Courier, {said} [1]"


def test_markers_number_in_order_of_appearance_and_each_has_its_citation() -> None:
    composer = Composer()
    list(quote_all([SECOND, EVIDENCE], composer))
    assert [c.marker for c in composer.citations] == [1, 2]
    assert [c.evidence for c in composer.citations] == [SECOND, EVIDENCE]
    assert [s.markers for s in composer.sentences] == [(1,), (2,)]


def test_evidence_cited_twice_keeps_its_marker() -> None:
    composer = Composer()
    composer.say("One.", "supported", [EVIDENCE])
    assert [c.evidence for c in composer.say("Two.", "supported", [SECOND, EVIDENCE]).citations] == [SECOND]
    assert composer.sentences[1].markers == (1, 2)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("Who ordered it?", "The articles do not say who ordered it."),
        ("How many people died?", "The articles do not say how many people died."),
        ("When did the mayor resign?", "The articles do not answer “When did the mayor resign?”."),
        ("Who is the mayor?", "The articles do not answer “Who is the mayor?”."),
        ("Who ordered it (Ana Ruiz)?", "The articles do not say who ordered it."),
    ],
)
def test_a_missing_part_is_named_in_one_plain_sentence_without_a_marker(part: str, sentence: str) -> None:
    composer = Composer()
    list(admit([part], composer))
    assert (composer.text, composer.sentences[0].verdict, composer.citations) == (sentence, "no_claim", [])


def test_a_false_premise_is_named_and_what_contradicts_it_is_quoted() -> None:
    composer = Composer()
    list(correct([Premise("50 boats", "14 boats", EVIDENCE)], composer))
    assert composer.text == f"The question speaks of “50 boats”, but the source says “14 boats”. {AS_QUOTE}"
    assert [s.verdict for s in composer.sentences] == ["no_claim", "supported"]


def test_the_day_that_words_such_as_on_saturday_mean_is_said_when_it_is_asked_for() -> None:
    composer = Composer()
    quote = "The boats sank on Saturday."
    source = Evidence("storm", 0, len(quote), quote, COURIER, 0.9, quote)
    list(place_in_time(analyse("How many boats sank?"), [source], composer))
    assert composer.text == ""
    list(place_in_time(analyse("When did the boats sink?"), [source], composer))
    assert composer.text == "Counted from its publication on 14 March 2026, “on Saturday” is 14 March 2026."


def test_a_number_that_no_source_has_is_named_in_one_sentence() -> None:
    composer = Composer()
    list(warn(["50 boats"], composer))
    assert composer.text == "The articles do not mention “50 boats” in this connection."
