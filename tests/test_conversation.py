"""Follow-up questions: what they point back to is added, what stands alone is left as it is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rag.conversation import follow_up, standalone_question
from rag.records import Answer, Citation, Evidence, Hit, Metadata, Passage


@dataclass
class Asked:
    question: str
    answer: Answer


def turn(question: str, quote: str = "", alone: str | None = None, hits: tuple[Hit, ...] = ()) -> Asked:
    cited = (Citation(1, Evidence("a", 0, len(quote), quote, Metadata(), 0.9)),) if quote else ()
    answer = Answer(question, alone or question, "", not cited, (), cited, hits, {}, "extractive", "e", "f")
    return Asked(question, answer)


HISTORY = [turn("Who commanded the northern fleet?", "The fleet was led by Admiral Ana Ruiz.")]
VENN = [
    turn("Why did Nora Venn leave the Obel council?", "Nora Venn resigned over the dam on 3 May."),
    turn("Who took over?", "Otto Brand took over.", alone="Who took over (Nora Venn, Obel)?"),
]


def test_the_first_question_stands_as_it_is() -> None:
    first = follow_up("When was she born?", [])
    assert (first.standalone, first.earlier, first.weight) == ("When was she born?", (), 0.0)


def test_a_pronoun_is_given_the_names_of_the_turn_before() -> None:
    assert "Ruiz" in standalone_question("When was she born?", HISTORY)


@pytest.mark.parametrize("question", ["And when?", "Why?", "What about the crew?", "Who else was there?"])
def test_a_question_too_short_to_stand_alone_is_completed(question: str) -> None:
    assert standalone_question(question, HISTORY) != question


@pytest.mark.parametrize(
    "question",
    [
        "Which port did Carlos Vega inspect yesterday?",
        "When did Carlos Vega retire, and why did he leave?",
        "Is there any news about Skarholm?",
        "How are bread prices set in mountain villages?",
    ],
)
def test_a_question_with_its_own_subject_is_left_alone(question: str) -> None:
    assert standalone_question(question, HISTORY) == question


def test_a_pronoun_before_any_name_of_its_clause_still_points_back() -> None:
    assert "Ruiz" in standalone_question("Did Carlos Vega ever meet her?", HISTORY)


def test_the_thing_spoken_of_before_is_what_the_means() -> None:
    assert standalone_question("How many ships does the fleet have today?", HISTORY).endswith("(Admiral Ana Ruiz)?")
    assert standalone_question("How many ships does the company have today?", HISTORY).endswith("today?")


def test_who_was_asked_for_twice_comes_before_who_was_named_once() -> None:
    assert standalone_question("What did she say?", VENN).startswith("What did she say (Nora Venn")


def test_without_names_the_telling_words_of_the_questions_are_added() -> None:
    history = [turn("how is rye bread baked without yeast")]
    assert "rye" in standalone_question("How long does it take?", history)


def test_it_is_looked_up_with_what_was_asked_just_before_and_counts_more_itself() -> None:
    asked = follow_up("Was she right?", VENN)
    assert asked.earlier == (asked.standalone, VENN[1].answer.standalone_question, VENN[0].question)
    assert asked.weight < 1


def test_a_question_that_stands_alone_is_hardly_weighed_down() -> None:
    pointing, alone = follow_up("Was she right?", VENN), follow_up("How deep is the harbour of Skarholm?", VENN)
    assert alone.weight < pointing.weight
    assert alone.cited == ()


def test_the_passages_that_were_cited_stay_in_play_for_a_question_that_points_back() -> None:
    quote = "The fleet was led by Admiral Ana Ruiz."
    hits = tuple(
        Hit(rank, 1.0, Passage(article, 0, 60, "x" * 60, 40 + rank), Metadata())
        for rank, article in enumerate(("a", "b"), start=1)
    )
    assert follow_up("When was she born?", [turn("Who led it?", quote, hits=hits)]).cited == (41,)
