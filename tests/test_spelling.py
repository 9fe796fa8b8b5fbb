"""Slips in a question are put right by the words of the passages, and nothing else is touched."""

from __future__ import annotations

import pytest

from rag.spelling import respelt, with_words

TEXTS = [
    "The Russian ambassador said that General Oleg Makarevich had been in Caracas.",
    "Zelensky met the ambassador. The ministers of Slovenia were not there. Rodríguez was.",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Makarevitch", "Makarevich"),  # a letter too many
        ("Makarevich’s", None),
        ("Makarevitch's", "Makarevich"),
        ("Makraevich", "Makarevich"),  # two exchanged
        ("Nakarevich", "Makarevich"),  # one wrong, the first
        ("Rusian", "Russian"),
        ("embasador", None),  # two, and the first among them
        ("ambasadir", "ambassador"),  # two in a long word
        ("Rodirguez", "Rodríguez"),
        ("Zelenskyy", None),  # counts as the same name from the start
        ("hapened", "happened"),  # a usual word, in no passage
        ("Hapened", None),  # it could be a name
    ],
)
def test_a_word_that_no_passage_has_is_taken_for_the_one_it_is_a_slip_of(written: str, meant: str | None) -> None:
    found = respelt(f"What was {written} doing?", TEXTS)
    assert list(found.values()) == ([meant] if meant else [])


@pytest.mark.parametrize(
    "word",
    ["Slovakia", "Makarenko", "ambassadors", "Oleg", "minister", "2027", "Minsk", "generals", "opine", "disarmed"],
)
def test_what_is_a_word_of_its_own_is_left_alone(word: str) -> None:
    assert respelt(f"What about {word} then?", TEXTS) == {}


def test_without_passages_no_name_is_guessed() -> None:
    assert respelt("Who is Makarevitch?", []) == {}


def test_words_are_replaced_where_they_stand_by_themselves() -> None:
    assert with_words("Rusian? Rusian's, Rusians", {"Rusian": "Russian"}) == "Russian? Russian's, Rusians"
