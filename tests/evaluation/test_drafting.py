"""Drafted question sets: worded by rule, their gold spans exact, and fit to be evaluated as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation_fakes import TEXTS, OverlapEngine, ScriptedGenerator

from rag.errors import InputError
from rag.evaluation import read_questions, run_evaluation
from rag.evaluation.drafting import draft, draft_questions, write_drafts
from rag.records import Article, Metadata

ARTICLES = [Article(name, text, Metadata(), name) for name, text in TEXTS.items()]


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("The old mill at Hale was burned in 1911.", "When was the old mill at Hale burned?", "1911"),
        ("About 300 young trees were planted there.", "How many young trees were planted there?", "300"),
        ("Mira Tolan planted the orchard at Hale.", "Who or what planted the orchard at Hale?", "Mira Tolan"),
        ("It grows trees of the Brock pear.", "What belongs in the gap: It grows trees of the ____ pear.", "Brock"),
    ],
)
def test_rules_word_a_question_and_its_answer(sentence: str, question: str, answer: str) -> None:
    found = draft(sentence, frozenset())
    assert found is not None
    assert (found.question, found.answer) == (question, answer)


@pytest.mark.parametrize(
    "sentence",
    ["He said so.", "Officials said that nothing was known then.", "“Who planted it?” asked Mira Tolan at the gate."],
)
def test_sentences_that_make_no_question_are_left(sentence: str) -> None:
    assert draft(sentence, frozenset()) is None


def test_the_gold_span_is_the_sentence_and_holds_the_answer() -> None:
    for question in draft_questions(ARTICLES, 20):
        (span,) = question.spans
        sentence = TEXTS[span.article_id][span.start : span.end]
        assert question.answers[0] in sentence
        assert question.extra == {"unchecked": True, "sentence": sentence}


def test_articles_take_turns() -> None:
    assert len({question.evidence for question in draft_questions(ARTICLES, 4)}) == 4


def test_a_generator_words_the_question_unless_it_gives_the_answer_away() -> None:
    writer = ScriptedGenerator("In which year was it dredged?", "Was it Mira Tolan who planted it?")
    first, second = draft_questions(ARTICLES[:2], 2, generator=writer)
    assert first.question == "In which year was it dredged?"
    assert second.question == "Who or what planted the orchard at Hale in 1952?"


def test_a_drafted_set_can_be_evaluated_at_once(tmp_path: Path) -> None:
    drafts = draft_questions(ARTICLES, 6)
    write_drafts(tmp_path / "drafts.jsonl", drafts)
    assert read_questions(tmp_path / "drafts.jsonl") == drafts
    metrics = run_evaluation(OverlapEngine(), tmp_path / "drafts.jsonl", tmp_path / "run").metrics
    assert metrics["retrieval"]["span Success@5"] == 1.0


def test_articles_without_a_usable_sentence_are_refused() -> None:
    with pytest.raises(InputError, match="no sentence of the indexed articles can be asked about"):
        draft_questions([Article("a", "Nothing.", Metadata(), "a")], 5)
