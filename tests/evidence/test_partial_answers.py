"""Questions of several parts, and questions that take something wrong for granted, from the index to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_fakes import FakeModels

from rag import engine as engine_module
from rag.engine import Engine
from rag.prompts import REFUSAL
from rag.settings import Settings

STORM = """---
title: Storm over Lima
outlet: The Courier
published: 2026-03-14
---
A storm reached Lima at dawn. Fourteen boats sank in the harbour of Lima in 2026 because nobody had repaired them.

The harbour master Ana Ruiz warned the crews of the boats in the harbour of Lima a day before.
"""


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(engine_module, "Models", FakeModels)
    (tmp_path / "storm.md").write_text(STORM)
    engine = Engine.open(Settings(index=str(tmp_path / "index"), chunk_tokens=60), create=True)
    engine.add([str(tmp_path / "storm.md")])
    yield engine
    engine.close()


def test_the_part_that_is_not_answered_is_named_behind_the_part_that_is(opened: Engine) -> None:
    answer = opened.ask("How many boats sank in the harbour of Lima, and which bank froze the accounts of Carlos Vega?")
    assert not answer.abstained
    assert "Fourteen boats sank" in answer.text
    assert [part.lower() for part in answer.missing] == ["which bank froze the accounts of carlos vega?"]
    assert answer.text.endswith("The articles do not say which bank froze the accounts of Carlos Vega.")
    assert (answer.sentences[-1].verdict, answer.sentences[-1].markers) == ("no_claim", ())


def test_each_part_that_is_answered_has_its_evidence(opened: Engine) -> None:
    answer = opened.ask("How many boats sank in the harbour of Lima, and who warned the crews of the boats in Lima?")
    assert answer.missing == ()
    assert "Fourteen boats" in answer.text
    assert "Ana Ruiz" in answer.text
    assert len({(c.evidence.start, c.evidence.end) for c in answer.citations}) == len(answer.citations)


def test_a_question_none_of_whose_parts_is_answered_is_refused(opened: Engine) -> None:
    answer = opened.ask("Which volcano erupted in Iceland, and which bank froze the accounts of Carlos Vega?")
    assert (answer.abstained, answer.text, answer.missing, answer.citations) == (True, REFUSAL, (), ())


def test_a_false_premise_is_named_with_the_span_that_contradicts_it(opened: Engine) -> None:
    answer = opened.ask("Why did forty boats sink in the harbour of Lima?")
    assert answer.abstained or answer.false_premises == (
        "The question speaks of “forty boats”, but the source says “Fourteen boats”.",
    )
    assert answer.abstained or "Fourteen boats sank" in answer.citations[0].evidence.quote


def test_a_year_that_no_article_has_is_named_before_the_quotes(opened: Engine) -> None:
    answer = opened.ask("Who warned the crews of the boats in the harbour of Lima in 1987?")
    assert answer.text.startswith("The articles do not mention “1987” in this connection. The Courier")
    assert answer.false_premises == ("The articles do not mention “1987” in this connection.",)
    assert (answer.sentences[0].verdict, answer.sentences[0].markers) == ("no_claim", ())


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How many boats sank in the harbour of Lima, and how many were painted?", "How many were painted?"),
        (
            "Who warned the crews of the boats in Lima, and what did Ana Ruiz promise Quito?",
            "What did Ana Ruiz promise Quito?",
        ),
    ],
)
def test_evidence_that_shares_only_the_names_of_a_part_does_not_answer_it(
    opened: Engine, question: str, missing: str
) -> None:
    assert opened.ask(question).missing == (missing,)
