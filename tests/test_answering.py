"""Writing and checking: nothing a generator says is shown unless the evidence supports it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from rag.answering import Composer, quote_all, write
from rag.errors import GeneratorError
from rag.generators.protocol import Prompt
from rag.questions import analyse
from rag.records import Evidence, Metadata
from rag.verification import verify

QUOTE = "The harbour master Ana Ruiz said that 14 boats sank in the storm."
EVIDENCE = Evidence("storm", 0, len(QUOTE), QUOTE, Metadata(outlet="The Courier"), 0.9, QUOTE)
OTHER = "The storm reached the harbour at dawn."
SECOND = Evidence("storm", 100, 100 + len(OTHER), OTHER, Metadata(outlet="The Courier"), 0.8, OTHER)
QUESTION = analyse("How many boats sank in the storm?")


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


def answer(text: str, evidence: Sequence[Evidence] = (EVIDENCE,), **how: object) -> Composer:
    composer = Composer()
    list(write(QUESTION, evidence, Scripted(text, **how), verify, composer))
    return composer


def test_a_supported_sentence_is_shown_attributed_and_cited() -> None:
    assert answer("14 boats sank in the storm.").text == "According to The Courier, 14 boats sank in the storm. [1]"


@pytest.mark.parametrize(
    "lie",
    [
        "15 boats sank in the storm.",
        "No boats sank in the storm.",
        "The captain Carlos Vega said that 14 boats sank.",
        "The mayor resigned after 14 boats sank in the storm.",
        "As an assistant I think [1] 40 boats sank [9].",
        "",
    ],
)
def test_a_lie_is_replaced_by_the_exact_words(lie: str) -> None:
    assert answer(lie).text == f"The Courier: “{QUOTE}” [1]"


@pytest.mark.parametrize("marker", ["[9]", "[[1]]", "[1", "［１］", "[99999999999]", "[a][b]"])
def test_a_marker_the_generator_writes_never_reaches_the_answer(marker: str) -> None:
    assert answer(f"14 boats sank in the storm {marker}.").text.count("[") == 1


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_the_size_of_the_pieces_changes_nothing(size: int) -> None:
    assert (
        answer("14 boats sank in the storm. Boats sank.", size=size).text
        == answer("14 boats sank in the storm. Boats sank.").text
    )


def test_a_sentence_that_is_cut_off_is_dropped() -> None:
    assert (
        "dawn"
        not in answer("14 boats sank in the storm. The storm reached the harbour at dawn", (EVIDENCE, SECOND)).text
    )


def test_a_sentence_said_twice_is_shown_once() -> None:
    assert len(answer("14 boats sank in the storm. 14 boats sank in the storm.").sentences) == 1


def test_an_answer_that_loses_the_number_asked_for_gets_the_quote() -> None:
    assert "14 boats" in answer("Boats sank in the storm.").text


def test_a_generator_that_fails_is_replaced_by_quotes_and_the_caller_is_told() -> None:
    composer = Composer()
    with pytest.raises(GeneratorError, match="gone"):
        list(write(QUESTION, [EVIDENCE], Scripted("14 boats", failure="gone"), verify, composer))
    assert composer.text == f"The Courier: “{QUOTE}” [1]"


def test_markers_number_in_order_of_appearance_and_each_has_its_citation() -> None:
    composer = Composer()
    list(quote_all([SECOND, EVIDENCE], composer))
    assert [c.marker for c in composer.citations] == [1, 2]
    assert [c.evidence for c in composer.citations] == [SECOND, EVIDENCE]
    assert [s.markers for s in composer.sentences] == [(1,), (2,)]


def test_evidence_cited_twice_keeps_its_marker() -> None:
    composer = Composer()
    composer.say("One.", "supported", [EVIDENCE])
    assert (
        composer.say("Two.", "supported", [SECOND, EVIDENCE]).citations == composer.citations[1:]
        or len(composer.citations) == 2
    )
    assert composer.sentences[1].markers == (1, 2)
