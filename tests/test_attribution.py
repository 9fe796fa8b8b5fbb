"""Who says it."""

from __future__ import annotations

from rag.attribution import as_quote, as_report, dated_label, source_label
from rag.records import Evidence, Metadata


def evidence(
    outlet: str | None = "The Courier", title: str | None = "Mill burns", published: str | None = None
) -> Evidence:
    return Evidence("mill", 0, 14, "The mill burned.", Metadata(title=title, outlet=outlet, published=published), 0.9)


def test_a_source_is_called_by_its_outlet() -> None:
    assert source_label(evidence().metadata, "mill") == "The Courier"


def test_without_an_outlet_the_title_stands_in_and_nothing_is_invented() -> None:
    assert source_label(Metadata(title="Mill burns"), "mill") == "“Mill burns”"
    assert source_label(Metadata(), "mill") == "mill"


def test_the_day_is_given_where_it_is_known() -> None:
    assert (
        dated_label(Metadata(outlet="The Courier", published="2026-03-14T08:00:00+01:00"), "m")
        == "The Courier (14 March 2026)"
    )


def test_a_quote_keeps_the_exact_words() -> None:
    assert as_quote(evidence()) == "The Courier: “The mill burned.”"


def test_a_report_names_every_source_once() -> None:
    sources = [evidence(), evidence("Ledger"), evidence()]
    assert as_report("The mill burned.", sources) == "According to The Courier and Ledger, the mill burned."


def test_a_name_at_the_start_of_a_report_keeps_its_capital() -> None:
    assert as_report("Lima slept.", [evidence()]) == "According to The Courier, Lima slept."


def test_a_sentence_that_names_its_source_is_left_alone() -> None:
    assert as_report("The mill burned, The Courier writes.", [evidence()]) == "The mill burned, The Courier writes."


def test_a_word_that_counts_from_the_day_of_writing_brings_that_day() -> None:
    dated = evidence(published="2026-03-14")
    assert as_report("The mill burned on Monday.", [dated]).startswith("According to The Courier (14 March 2026), ")
    assert as_report("The mill burned.", [dated]).startswith("According to The Courier, ")
