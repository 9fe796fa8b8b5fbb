"""Near-copies are listed once, what a copy adds is listed, and a list holds several voices when there are some."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from rag.records import Passage
from rag.retrieval.listing import Line, listed
from rag.stores.protocol import ArticleMark

DAM = "The dam at Obel held through the night, said engineer Ida Torp, and the village below it was spared the flood."
GATE = "Two of the three gates had been repaired in spring after a report that warned of rust in the lower hinges."


@dataclass
class Shelf:
    """Passages by id, in the order of the ranking, and the group of each article that has one."""

    texts: dict[int, tuple[str, str]]
    groups: dict[str, str] = field(default_factory=dict)

    def passages(self, passage_ids: list[int]) -> list[Passage]:
        return [Passage(self.texts[i][0], 0, len(self.texts[i][1]), self.texts[i][1], i) for i in passage_ids]

    def lines(self, k: int, kept: tuple[int, ...] = ()) -> list[Line]:
        article_of = {i: article for i, (article, _) in self.texts.items()}
        marks = {a: ArticleMark(self.groups.get(a, a), "v") for a in article_of.values()}
        return listed(list(self.texts), article_of, marks, self, k, kept)  # type: ignore[arg-type]


def ids(lines: list[Line]) -> list[int]:
    return [line.passage_id for line in lines]


WIRE = {"post": "post", "echo": "post", "mail": "post"}


def test_a_copy_is_named_behind_the_first_and_its_place_given_to_another() -> None:
    shelf = Shelf(
        {1: ("post", DAM), 2: ("echo", DAM), 3: ("mail", DAM.replace(", said", " , said")), 4: ("else", "x")}, WIRE
    )
    lines = shelf.lines(2)
    assert ids(lines) == [1, 4]
    assert lines[0].copies == ["echo", "mail"]


def test_articles_of_different_groups_are_never_collapsed() -> None:
    assert ids(Shelf({1: ("post", DAM), 2: ("other", DAM)}).lines(2)) == [1, 2]


def test_what_a_copy_says_beyond_the_original_is_listed() -> None:
    assert ids(Shelf({1: ("post", DAM), 2: ("echo", GATE), 3: ("echo", DAM)}, WIRE).lines(5)) == [1, 2]


def test_a_passage_cut_elsewhere_is_a_copy_of_two_neighbours() -> None:
    first, second = DAM.split(" and ")
    straddling = f"{second} {GATE.split(' after ')[0]}"
    lines = Shelf(
        {1: ("post", f"{first} and {second}"), 2: ("post", f"{second} {GATE}"), 3: ("echo", straddling)}, WIRE
    ).lines(5)
    assert ids(lines) == [1, 2]
    assert lines[1].copies == ["echo"]


@pytest.mark.parametrize(
    ("said", "instead"), [("Two of the three", "Two of the nine"), ("had been repaired", "had not been repaired")]
)
def test_a_copy_with_another_figure_or_a_denial_is_listed(said: str, instead: str) -> None:
    long = f"{DAM} {GATE} {DAM.replace('night', 'day')}"
    changed = long.replace(said, instead)
    assert changed != long
    assert ids(Shelf({1: ("post", long), 2: ("echo", changed)}, WIRE).lines(5)) == [1, 2]


def test_an_article_is_no_copy_of_itself() -> None:
    assert ids(Shelf({1: ("post", DAM), 2: ("post", DAM), 3: ("echo", GATE)}, WIRE).lines(5)) == [1, 2, 3]


def test_half_of_a_list_is_of_different_voices_when_so_many_were_found() -> None:
    texts = {n: ("long", f"passage {n}") for n in range(1, 11)} | {n: (f"a{n}", "short") for n in range(11, 20)}
    assert ids(Shelf(texts).lines(10)) == [1, 2, 3, 4, 5, 6, 11, 12, 13, 14]


def test_a_list_that_already_holds_them_is_left_in_its_order() -> None:
    texts = {1: ("a", "x"), 2: ("b", "x"), 3: ("a", "y"), 4: ("c", "x"), 5: ("d", "x")}
    assert ids(Shelf(texts).lines(4)) == [1, 2, 3, 4]


def test_one_article_fills_the_list_when_there_is_no_other() -> None:
    assert ids(Shelf({n: ("only", f"passage {n}") for n in range(1, 9)}).lines(6)) == [1, 2, 3, 4, 5, 6]


def test_passages_kept_in_play_take_the_last_places_and_at_most_a_third() -> None:
    texts = {n: (f"a{n}", f"passage {n}") for n in range(1, 10)}
    assert ids(Shelf(texts).lines(6, kept=(7, 8, 9))) == [1, 2, 3, 4, 7, 8]
    assert ids(Shelf(texts).lines(6, kept=(2, 99))) == [1, 2, 3, 4, 5, 6]
