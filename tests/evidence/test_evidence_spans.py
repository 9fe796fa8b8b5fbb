"""Where a piece of evidence begins and ends."""

from __future__ import annotations

import dataclasses

from evidence_fakes import hit

from rag.evidence.candidates import candidates
from rag.evidence.spans import evidence_of
from rag.records import Evidence

SPEECH = "The storm came. “We were warned. The owners did nothing. Nobody came,” Ana Ruiz said. Then it rained hard."


def evidence(text: str, holding: str) -> Evidence:
    found = [c for c in candidates([hit(text, start=50)]) if holding in c.text]
    return evidence_of(found[0], 0.5)


def test_a_sentence_inside_a_quotation_brings_the_speaker() -> None:
    quote = evidence(SPEECH, "owners").quote
    assert quote.startswith("“We were warned.")
    assert quote.endswith("Ana Ruiz said.")


def test_straight_quotation_marks_are_understood() -> None:
    quote = evidence(SPEECH.replace("“", '"').replace("”", '"'), "owners").quote
    assert quote.startswith('"We were warned.')
    assert quote.endswith("Ana Ruiz said.")


def test_a_sentence_outside_the_quotation_stands_alone() -> None:
    assert evidence(SPEECH, "it rained").quote == "Then it rained hard."


def test_the_span_is_where_the_article_has_it() -> None:
    found = evidence(SPEECH, "owners")
    assert ("x" * 50 + SPEECH)[found.start : found.end] == found.quote


def test_evidence_says_whose_voice_it_is_which_version_and_who_copied_it() -> None:
    copied = dataclasses.replace(hit(SPEECH), group="storm-0", version="abc", copies=("storm-2",))
    found = evidence_of(candidates([copied])[0], 0.5)
    assert (found.group, found.version, found.copies) == ("storm-0", "abc", ("storm-2",))
