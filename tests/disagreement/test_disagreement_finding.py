"""What is shown as a disagreement, and what is not."""

from __future__ import annotations

import pytest
from sources import claims, rows, source

TOLL = "How many people died in the Tarvo fire?"
CAUSE = "What caused the Tarvo fire?"


def test_two_numbers_for_the_same_thing_are_two_claims() -> None:
    found = claims(TOLL, "Twelve people died in the Tarvo fire.", "The Tarvo fire killed 19 people.")
    assert set(found) == {"Twelve people", "19 people"}


@pytest.mark.parametrize(
    "other",
    [
        "The Tarvo fire killed a dozen people.",
        "The Tarvo fire killed about 11 people.",
        "At least 10 people were killed in the Tarvo fire.",
        "More than ten people died in the Tarvo fire.",
        "The Tarvo fire killed 12 people and injured 19.",
        "Twelve died and 19 were wounded in the Tarvo fire.",
        "The Tarvo fire hurt 19 people.",
        "The Tarvo fire killed 12 people, including 3 children.",
        "The Tarvo fire could have killed 40 people.",
        "Some 400 people watched the Tarvo fire.",
        "The Marlune fire killed 19 people.",
        "In 1987 another fire in Tarvo killed 19 people.",
    ],
)
def test_rounding_other_tallies_and_other_events_are_no_disagreement(other: str) -> None:
    assert claims(TOLL, "Twelve people died in the Tarvo fire.", other) == []


def test_a_toll_that_grows_from_day_to_day_is_an_update_and_in_order() -> None:
    later = source("The Tarvo fire killed 19 people.", "Courier", "2026-03-04")
    first = source("Twelve people died in the Tarvo fire.", "Gazette", "2026-03-02")
    (row,) = rows(TOLL, later, first)
    assert row.relation == "update"
    assert [claim.evidence[0].metadata.outlet for claim in row.claims] == ["Gazette", "Courier"]


@pytest.mark.parametrize("day", ["2026-03-02", None])
def test_of_one_day_or_of_unknown_days_numbers_contradict(day: str | None) -> None:
    texts = ("Twelve people died in the Tarvo fire.", "The Tarvo fire killed 19 people.")
    (row,) = rows(TOLL, *(source(text, text, day) for text in texts))
    assert (row.kind, row.relation) == ("value", "contradiction")


def test_copies_of_one_text_are_one_span_of_their_claim() -> None:
    copies = [source("Twelve people died in the Tarvo fire.", name, group="wire") for name in ("Post", "Star", "Sun")]
    (row,) = rows(TOLL, *copies, source("The Tarvo fire killed 19 people.", "Courier"))
    assert [len(claim.evidence) for claim in row.claims] == [1, 1]


def test_two_speakers_of_one_article_are_two_voices() -> None:
    text = "Officials say 12 people died in the Tarvo fire, but rights groups say 40 people died."
    assert set(claims(TOLL, text)) == {"12 people, according to Officials", "40 people, according to rights groups"}


def test_two_numbers_of_one_article_without_two_speakers_are_none() -> None:
    assert claims(TOLL, "Twelve people died in the Tarvo fire. By night 19 people had died.") == []


def test_a_row_rests_on_an_article_of_the_answer() -> None:
    silent = source("The Tarvo fire lit the sky.", "Star")
    assert (
        rows(TOLL, silent, source("Twelve people died in the Tarvo fire."), source("19 died in the Tarvo fire.")) == ()
    )


def test_every_span_of_a_row_is_a_sentence_of_its_article() -> None:
    texts = ["It rained. Twelve people died in the Tarvo fire.", "Fog. The Tarvo fire killed 19 people. It rained."]
    (row,) = rows(TOLL, *(source(text, text) for text in texts))
    for evidence in (e for claim in row.claims for e in claim.evidence):
        assert evidence.article_id[evidence.start : evidence.end] == evidence.quote


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("The Tarvo fire was caused by arson.", "Police blamed lightning for the Tarvo fire.", True),
        ("The Tarvo fire was caused by faulty wiring.", "Old wiring caused the Tarvo fire.", False),
        ("The Tarvo fire was caused by arson.", "The Tarvo fire was not caused by lightning.", False),
    ],
)
def test_causes_that_share_no_word_are_apart(one: str, other: str, apart: bool) -> None:
    assert bool(claims(CAUSE, one, other)) is apart


@pytest.mark.parametrize(
    ("question", "one", "other", "apart"),
    [
        (
            "What was the verdict on Edda Lisko?",
            "Edda Lisko was acquitted.",
            "The court found Edda Lisko guilty.",
            True,
        ),
        ("What was the verdict on Edda Lisko?", "Edda Lisko was acquitted.", "Edda Lisko was found not guilty.", False),
        (
            "Did Edda Lisko sign the treaty?",
            "Edda Lisko signed the treaty.",
            "Edda Lisko did not sign the treaty.",
            True,
        ),
        ("Did Edda Lisko sign the treaty?", "Edda Lisko signed the treaty.", "Edda Lisko may sign the treaty.", False),
        ("Who won the Tarvo race?", "Edda Lisko won the Tarvo race.", "The Tarvo race was won by Karl Moriva.", True),
        ("Who won the Tarvo race?", "Edda Lisko won the Tarvo race.", "The Tarvo race was won by Lisko.", False),
        ("When did the Tarvo dam break?", "The Tarvo dam broke on Monday.", "The Tarvo dam broke on 2 March.", False),
        ("When did the Tarvo dam break?", "The Tarvo dam broke on 1 March.", "The Tarvo dam broke on 2 March.", True),
        ("Where was Edda Lisko found?", "Edda Lisko was found in Tarvo.", "Edda Lisko was found in Marlune.", True),
    ],
)
def test_outcomes_names_and_dates(question: str, one: str, other: str, apart: bool) -> None:
    assert bool(claims(question, one, other)) is apart


def test_who_said_it_is_a_disagreement_about_the_speaker() -> None:
    texts = ("Edda Lisko said the Tarvo bridge is safe.", "The Tarvo bridge is safe, said Karl Moriva.")
    (row,) = rows("Who said that the Tarvo bridge is safe?", *(source(text, text) for text in texts))
    assert row.kind == "speaker"
