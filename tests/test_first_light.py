"""First light, on the real weights: the founding corpus is asked, every footnote is checked, furniture stays out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.engine import Engine
from rag.settings import Settings

pytestmark = pytest.mark.weights

CORPUS = Path(__file__).parents[1] / "corpus"
ANSWERED = [
    ("Which state channel interviewed the ambassador?", "Rossiya-24"),
    ("Who leads the regime since Maduro was captured?", "Delcy Rodríguez"),
    ("How many Cuban agents were killed?", "32"),
    ("What was General Makarevich accused of?", "false reporting"),
    ("Which city did Russia lose under Makarevich?", "Kherson"),
    ("Where did the convoys of diplomatic vehicles gather?", "embassy"),
    ("What did Russia supply to the regime?", "drone instructors"),
    ("What joke did the U.S. defense minister make?", "air defense"),
    ("Who is Maduro's wife?", "Cilia Flores"),
    ("How many officers were put in charge of the ZODI?", "12"),
]
REFUSED = [
    "How many aircraft did the United States use?",
    "What is the name of the judge in New York?",
    "Which hospital treated the wounded Cubans?",
    "What did the president of Brazil say?",
    "How old is Oleg Makarevich?",
    "Who won the world cup in 2022?",
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine.open(Settings(index=str(tmp_path_factory.mktemp("index"))), create=True)
    summary = opened.add([str(CORPUS)])
    assert (summary.added, summary.failed) == (2, ())
    yield opened
    opened.close()


def test_questions_of_the_founding_corpus_are_answered(engine: Engine) -> None:
    wrong = [(q, gold, engine.ask(q).text) for q, gold in ANSWERED if gold not in engine.ask(q).text]
    assert len(wrong) <= 1, wrong


def test_questions_it_does_not_answer_are_refused(engine: Engine) -> None:
    answered = [(q, engine.ask(q).text) for q in REFUSED if not engine.ask(q).abstained]
    assert len(answered) <= 1, answered


@pytest.mark.parametrize("question", [q for q, _ in ANSWERED])
def test_every_citation_is_an_exact_span(engine: Engine, question: str) -> None:
    for citation in engine.ask(question).citations:
        article = engine.article(citation.evidence.article_id)
        assert article is not None
        assert article.text[citation.evidence.start : citation.evidence.end] == citation.evidence.quote


def test_indexing_again_changes_nothing(engine: Engine) -> None:
    summary = engine.add([str(CORPUS)])
    assert (summary.unchanged, summary.added, summary.updated) == (2, 0, 0)


def test_the_bundled_generator_never_shows_an_unsupported_sentence(engine: Engine) -> None:
    answer = engine.ask("How many Cuban agents were killed?", generator="local")
    assert answer.citations
    assert {s.verdict for s in answer.sentences} == {"supported"}
    assert "32" in answer.text
