"""The engine: from a question to an answer or a refusal, over a real store and an encoder without a model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "evidence"))

from evidence_fakes import FakeModels

from rag import engine as engine_module
from rag.engine import Engine, Finished, Retrieved, Turn, Written
from rag.errors import GeneratorError, IndexStateError, InputError
from rag.generators.protocol import Prompt
from rag.prompts import REFUSAL
from rag.records import Filters
from rag.settings import Settings

STORM = """---
title: Storm over Lima
outlet: The Courier
published: 2026-03-14
---
A storm reached Lima at dawn. Fourteen boats sank in the harbour of Lima.

The harbour master Ana Ruiz warned the crews a day before.
"""
MILL = """---
title: Mill sold
outlet: Evening Ledger
published: 2026-04-02
---
Carlos Vega sold the old mill of Trujillo for nine million soles. The buyer was not named.
"""


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(engine_module, "Models", FakeModels)
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "storm.md").write_text(STORM)
    (articles / "mill.md").write_text(MILL)
    engine = Engine.open(Settings(index=str(tmp_path / "index"), chunk_tokens=40), create=True)
    engine.add([str(articles)])
    yield engine
    engine.close()


def test_an_answer_quotes_the_exact_span_of_its_source(opened: Engine) -> None:
    answer = opened.ask("How many boats sank in Lima?")
    evidence = answer.citations[0].evidence
    article = opened.article(evidence.article_id)
    assert article is not None
    assert article.text[evidence.start : evidence.end] == evidence.quote
    assert "Fourteen boats sank" in answer.text


def test_every_marker_has_its_citation_and_every_citation_its_marker(opened: Engine) -> None:
    answer = opened.ask("How many boats sank in Lima?")
    used = [m for s in answer.sentences for m in s.markers]
    assert sorted(set(used)) == [c.marker for c in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_what_the_corpus_does_not_hold_is_refused_without_a_citation(opened: Engine) -> None:
    answer = opened.ask("Which volcano erupted in Iceland?")
    assert (answer.abstained, answer.text, answer.citations, answer.sentences) == (True, REFUSAL, (), ())


def test_a_question_that_would_be_refused_for_a_slip_is_read_again_and_says_so(opened: Engine) -> None:
    *events, last = opened.stream("How many baots sank?")
    assert isinstance(last, Finished)
    answer = last.answer
    assert answer.question == "How many baots sank?"
    assert answer.standalone_question == "How many boats sank?"
    assert "Fourteen boats sank" in answer.text
    assert answer.notice == "No passage found has “baots”; the question was read as “How many boats sank?”"
    assert [event.hits for event in events if isinstance(event, Retrieved)][-1] == answer.hits


def test_a_slip_in_a_question_that_nothing_answers_is_no_reason_to_answer(opened: Engine) -> None:
    answer = opened.ask("Which volcano of Trujiloo erupted in Iceland?")
    assert (answer.abstained, answer.text, answer.notice) == (True, REFUSAL, None)
    assert answer.standalone_question == "Which volcano of Trujiloo erupted in Iceland?"


def test_the_threshold_can_be_set(opened: Engine) -> None:
    opened.settings = opened.settings.model_copy(update={"abstain_threshold": 1.0})
    assert opened.ask("How many boats sank in Lima?").abstained


def test_events_come_in_order_and_the_answer_last(opened: Engine) -> None:
    kinds = [type(event) for event in opened.stream("How many boats sank in Lima?")]
    assert kinds[0] is Retrieved
    assert kinds[-1] is Finished
    assert set(kinds[1:-1]) == {Written}


def test_a_filter_keeps_other_outlets_out(opened: Engine) -> None:
    hits = opened.search("boats sank in Lima", filters=Filters(outlet="Evening Ledger")).hits
    assert {h.metadata.outlet for h in hits} == {"Evening Ledger"}


def test_a_follow_up_is_asked_with_the_names_of_the_turn_before(opened: Engine) -> None:
    first = opened.ask("Who warned the crews in Lima?")
    assert "Ruiz" in opened.ask("When did she warn them?", history=[Turn(first.question, first)]).standalone_question


def test_a_removed_article_is_gone_at_once(opened: Engine) -> None:
    opened.remove(["storm"])
    assert opened.ask("How many boats sank in Lima?").abstained


@pytest.mark.parametrize("question", ["", "  \n "])
def test_an_empty_question_is_refused_in_one_line(opened: Engine, question: str) -> None:
    with pytest.raises(InputError, match="empty"):
        opened.ask(question)


def test_an_unknown_generator_is_refused_by_name(opened: Engine) -> None:
    with pytest.raises(InputError, match="parrot"):
        opened.ask("How many boats sank?", generator="parrot")


def test_when_the_generator_fails_the_answer_is_quotes_and_says_so(
    opened: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        name = "broken"

        def stream(self, prompt: Prompt) -> Iterator[str]:
            raise GeneratorError("the endpoint is gone")
            yield ""

    monkeypatch.setattr(engine_module, "generator_of", lambda name, settings: Broken())
    answer = opened.ask("How many boats sank in Lima?", generator="openai")
    assert "endpoint is gone" in str(answer.notice)
    assert "Fourteen boats sank" in answer.text


def test_an_index_cut_in_another_way_is_refused_with_the_command_that_mends_it(opened: Engine) -> None:
    other = Engine.open(opened.settings.model_copy(update={"chunk_tokens": 30}))
    with pytest.raises(IndexStateError, match="rag index"):
        other.ask("How many boats sank?")
    other.close()


def test_example_questions_are_ones_the_corpus_answers(opened: Engine) -> None:
    questions = opened.example_questions(2)
    assert questions
    assert not any(opened.ask(q).abstained for q in questions)
