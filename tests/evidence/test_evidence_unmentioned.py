"""Dates and numbers that a question states and no source has of what it asks."""

from __future__ import annotations

import pytest

from rag.evidence.unmentioned import unmentioned
from rag.questions import analyse
from rag.records import Evidence, Hit, Metadata, Passage

SANK = "In the harbour of Lima many boats sank because their owners had never repaired them."
KITE = "Operation Red Kite ended on 9 October 2004 with the arrest of Ana Ruiz. Article 12 let her go."
LIST = "The crew came from Peru, Chile, Ecuador and Brazil."


def named(question: str, quote: str, *elsewhere: str, published: str | None = None) -> list[str]:
    about = Metadata(title="Harbour", published=published)
    source = Evidence("storm", 0, len(quote), quote, about, 0.9, quote)
    texts = [quote, *elsewhere]
    hits = [Hit(i, 1.0, Passage(f"a{i}", 0, len(t), t), about) for i, t in enumerate(texts, start=1)]
    return list(unmentioned(analyse(question), [source], hits))


@pytest.mark.parametrize(
    ("question", "quote", "missing"),
    [
        ("Why did so many boats sink in Lima in 2019?", SANK, "2019"),
        ("Why did 50 boats sink in Lima?", SANK, "50 boats"),
        ("Who was arrested on October 12?", KITE, "October 12"),
        ("What did Article 27 do for Ana Ruiz?", KITE, "Article 27"),
        ("Which six countries did the crew come from?", LIST, "six countries"),
    ],
)
def test_a_date_or_number_that_no_source_has_is_named(question: str, quote: str, missing: str) -> None:
    assert named(question, quote) == [missing]


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Who was arrested on October 9, 2004?", KITE),
        ("Who was arrested in 2004?", KITE),
        ("What did Article 12 do for Ana Ruiz?", KITE),
        ("Who fell ill with COVID-19 in Lima?", SANK),
        ("Who won Cup 56?", "Lima won the Cup LVI."),
        ("Which four countries did the crew come from?", LIST),
        ("Name three countries that the crew came from.", LIST),
        ("Which two boats sank in Lima?", SANK),
        ("Why did the ten year old boats sink in Lima?", SANK),
        ("Why did the boats sink in Lima?", SANK),
    ],
)
def test_what_a_source_has_and_what_is_only_asked_for_is_not_named(question: str, quote: str) -> None:
    assert named(question, quote) == []


def test_a_number_said_of_something_else_is_no_mention() -> None:
    assert named("Why did 50 boats sink in Lima?", SANK, "The choir of Quito has 50 members.") == ["50 boats"]
    assert named("Why did 50 boats sink in Lima?", SANK, "The Ledger counted 50 boats that sank there.") == []


def test_the_year_of_publication_needs_no_mention() -> None:
    assert named("Why did the boats sink in Lima in 2019?", SANK, published="2019-05-02") == []
    assert named("Why did the boats sink in Lima in 2012?", SANK, published="2019-05-02") == ["2012"]
