"""Which sentences are chosen, and how sure the choice is."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_fakes import FakeModels, hit

from rag.evidence.features import FEATURES
from rag.evidence.scoring import load_coefficients
from rag.evidence.selection import SUMMARY, Selection, select
from rag.questions import analyse

STORM = "The storm came at dawn. Fourteen boats sank in the harbour of Lima. He had warned the crews the day before."


def chosen(question: str, *hits: object, most: int = 3) -> Selection:
    models = FakeModels()
    vector = models.encoder.encode([question], role="query")[0]
    return select(analyse(question), hits, vector, models.texts, models.words, models.tokens, most=most)


def test_the_sentence_that_answers_comes_first() -> None:
    assert chosen("How many boats sank in Lima?", hit(STORM)).evidence[0].quote.startswith("Fourteen boats")


def test_the_quote_is_the_exact_span_of_the_article() -> None:
    article = "y" * 30 + STORM
    for evidence in chosen("How many boats sank in Lima?", hit(STORM, start=30)).evidence:
        assert article[evidence.start : evidence.end] == evidence.quote


def test_evidence_that_begins_with_a_pronoun_takes_the_sentence_before() -> None:
    best = chosen("Who had warned the crews?", hit(STORM)).evidence[0]
    assert best.quote.startswith("Fourteen boats")
    assert best.quote.endswith("the day before.")


def test_a_question_about_something_else_is_less_sure() -> None:
    sure = chosen("How many boats sank in Lima?", hit(STORM)).confidence
    unsure = chosen("Which bank froze the accounts of Carlos Vega?", hit(STORM)).confidence
    assert sure > load_coefficients().threshold > unsure


def test_what_is_another_s_is_no_answer() -> None:
    text = "Carlos Vega saw how they arrested Luis Ruiz and his wife, Ana Flores. Then it rained in Lima."
    asked = chosen("What is Vega's wife called?", hit(text)), chosen("What is Ruiz's wife called?", hit(text))
    assert asked[0].confidence < load_coefficients().threshold < asked[1].confidence


def test_an_event_that_another_sentence_dates_is_cited_with_that_sentence() -> None:
    text = "The port burned on 9 October. That same day the mayor of Lima was arrested."
    found = chosen("On what date was the mayor of Lima arrested?", hit(text))
    assert [e.quote for e in found.evidence] == text.replace(". ", ".|").split("|")
    assert found.confidence > load_coefficients().threshold


def test_what_says_no_day_does_not_answer_on_which_day() -> None:
    text = "The mayor of Lima was arrested in the harbour. Then it rained for hours."
    sure, unsure = chosen("Where was the mayor arrested?", hit(text)), chosen("When was the mayor arrested?", hit(text))
    assert sure.confidence > load_coefficients().threshold > unsure.confidence


def test_no_hits_give_no_evidence_and_no_confidence() -> None:
    assert chosen("How many boats sank?") == Selection((), 0.0)


def test_no_more_than_the_most_are_chosen() -> None:
    hits = [
        hit(f"In Lima {n} boats sank that day.", article_id=n, rank=r) for r, n in enumerate(("ten", "six", "two"), 1)
    ]
    assert len(chosen("How many boats sank in Lima?", *hits, most=1).evidence) == 1


def test_a_question_that_compares_gets_a_sentence_of_each_article() -> None:
    hits = [
        hit(f"In Lima {n} boats sank that day. Then it rained.", article_id=n, rank=r)
        for r, n in enumerate(("a", "b"), 1)
    ]
    evidence = chosen("How many boats sank in Lima, in the two articles?", *hits).evidence
    assert {e.article_id for e in evidence} == {"a", "b"}


def test_quotes_end_once_the_answer_is_likely_among_them() -> None:
    text = "In Lima 14 boats sank that day. Boats are built in Lima. Boats of Lima sank before."
    few = chosen("How many boats sank in Lima that day?", hit(text), most=3).evidence
    assert few[0].quote.startswith("In Lima 14")
    assert len(few) < 3


def test_the_same_words_in_two_articles_are_chosen_once() -> None:
    copies = [hit("In Lima 14 boats sank that day.", article_id=a, rank=r) for r, a in enumerate(("a", "b"), 1)]
    assert len(chosen("How many boats sank in Lima?", *copies).evidence) == 1


@pytest.mark.parametrize("model", ["sentence", "answerable"])
def test_the_coefficients_name_columns_that_are_measured(model: str) -> None:
    logistic = getattr(load_coefficients(), model)
    assert set(logistic.features) <= set(FEATURES if model == "sentence" else SUMMARY)
    assert np.isfinite(logistic.weights).all()


def test_the_coefficients_say_where_they_come_from() -> None:
    assert {"command", "data", "date"} <= set(load_coefficients().provenance)
