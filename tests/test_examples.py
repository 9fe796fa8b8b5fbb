"""Questions to begin with."""

from __future__ import annotations

from rag.examples import questions_about
from rag.records import Article, Metadata

TEXT = "The mayor met Ana Ruiz. Later Ana Ruiz met Carlos Vega. Then Ana Ruiz left the Old Harbour."


def test_the_name_spoken_of_most_comes_first() -> None:
    first = next(questions_about([Article("a", TEXT, Metadata(), "a.md")]))
    assert "Ana Ruiz" in first


def test_a_corpus_without_names_gives_no_questions() -> None:
    assert list(questions_about([Article("a", "the rain fell and fell", Metadata(), "a.md")])) == []
