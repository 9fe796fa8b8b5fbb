"""Events whose day stands in another sentence, and days that are counted from the publication."""

from __future__ import annotations

import pytest
from evidence_fakes import hit

from rag.evidence.anchors import anchored
from rag.evidence.candidates import candidates
from rag.evidence.relative_dates import counted_from

RAID = "The police began Operation “Red Kite” in the port. That same day they arrested the mayor of Lima."
DATED = "Nobody resisted the operation “Red Kite,” which took place on 9 October."


def joined(*texts: str) -> list[str]:
    return [c.text for c in anchored([c for text in texts for c in candidates([hit(text)])])]


def test_the_same_day_is_that_of_the_sentence_before() -> None:
    text = "The port burned on 9 October. That same day the mayor of Lima was arrested."
    assert joined(text) == [text]


def test_the_same_day_is_that_of_the_event_that_the_article_dates_elsewhere() -> None:
    (found,) = joined(RAID, DATED)
    assert found == f"{DATED} That same day they arrested the mayor of Lima."


@pytest.mark.parametrize(
    "texts",
    [
        [RAID],
        [RAID, DATED, "The operation “Red Kite” began on 7 October, said others."],
        [RAID, "The operation “Blue Heron” took place on 9 October."],
        ["The port burned on 9 October. The mayor of Lima was arrested later."],
    ],
    ids=["no date", "two days", "another event", "not the same day"],
)
def test_without_one_day_nothing_is_joined(texts: list[str]) -> None:
    assert joined(*texts) == []


@pytest.mark.parametrize(
    ("quote", "meant"),
    [
        ("The mayor resigned on Saturday.", ("on Saturday", "3 January 2026")),
        ("The mayor resigned on Monday.", ("on Monday", "5 January 2026")),
        ("Yesterday the mayor resigned.", ("Yesterday", "4 January 2026")),
        ("The mayor resigned last month.", ("last month", "December 2025")),
        ("The mayor resigned last year.", ("last year", "2025")),
        ("The mayor will resign on Saturday.", None),
        ("The mayor resigned overnight.", None),
        ("On 2 May 2020 the mayor said it on Saturday.", None),
    ],
)
def test_a_day_is_counted_from_the_publication(quote: str, meant: tuple[str, str] | None) -> None:
    assert counted_from(quote, "2026-01-05T08:00:00+00:00") == meant


def test_without_a_day_of_publication_nothing_is_counted() -> None:
    assert counted_from("The mayor resigned on Saturday.", None) is None
    assert counted_from("The mayor resigned on Saturday.", "last winter") is None
