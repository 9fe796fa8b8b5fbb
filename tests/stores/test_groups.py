"""Copies of one story are one voice, whatever is edited in them and in whatever order they come; others are not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from news_store import MANIFEST, put
from stories import FOLLOW_UP, FORM_ONE, FORM_TWO, OTHER, OWN_WORDS, STORY, article

from rag.records import Article, Metadata
from rag.stores import PassageStore, open_store

CUT = "\n\n".join(STORY.split("\n\n")[:-2])
WITH_LOCAL = STORY.replace("\n\n", "\n\nIn Ashford, councillor Ines Corda said the town had followed the news.\n\n", 1)
WITH_BYLINE = "By Tom Barrowby, Harbour Wire\n\nNORDVIK (Harbour Wire) — " + STORY


@pytest.fixture
def empty(location: str) -> Iterator[PassageStore]:
    opened = open_store(location, manifest=MANIFEST, create=True)
    yield opened
    opened.close()


def fill(store: PassageStore, **texts: str) -> None:
    for article_id, text in texts.items():
        put(store, article(article_id, text))


@pytest.mark.parametrize("copy", [CUT, WITH_LOCAL, WITH_BYLINE, STORY.upper(), STORY.replace("\n\n", " ")])
def test_an_edited_copy_is_the_same_voice(empty: PassageStore, copy: str) -> None:
    fill(empty, wire=STORY, other=OTHER, local=copy)
    assert empty.groups() == {"local": ["local", "wire"]}


@pytest.mark.parametrize("text", [OTHER, FOLLOW_UP, OWN_WORDS, STORY.split("\n\n")[0], ""])
def test_another_story_is_another_voice(empty: PassageStore, text: str) -> None:
    fill(empty, wire=STORY, other=text)
    assert empty.groups() == {}


def test_a_form_filled_in_anew_is_another_story(empty: PassageStore) -> None:
    fill(empty, one=FORM_ONE, two=FORM_TWO)
    assert empty.groups() == {}


def test_a_short_claim_with_another_number_is_another_voice(empty: PassageStore) -> None:
    claim = " ".join(STORY.split()[:60])
    fill(empty, one=claim, two=claim.replace("forty", "ninety").replace("12", "31"), three=claim + " It said.")
    assert empty.groups() == {"one": ["one", "three"]}


def test_a_group_is_named_by_its_earliest_article_and_else_by_the_least_id(empty: PassageStore) -> None:
    put(empty, article("b", CUT, published="2026-02-02"))
    put(empty, article("a", STORY))
    assert set(empty.groups()) == {"b"}
    put(empty, article("c", WITH_LOCAL, published="2026-02-01"))
    assert {mark.group for mark in empty.marks(["a", "b", "c"]).values()} == {"c"}


def test_groups_do_not_depend_on_the_order_of_arrival(tmp_path: object) -> None:
    texts = [STORY, CUT, WITH_LOCAL, WITH_BYLINE, OTHER, OTHER + " It closed early.", FOLLOW_UP, FORM_ONE]
    articles = [article(f"n{i}", text, published=f"2026-01-0{9 - i}") for i, text in enumerate(texts)]
    found = []
    for order in range(4):
        store = open_store(f"{tmp_path}/{order}", manifest=MANIFEST, create=True)
        for one in random.Random(order).sample(articles, len(articles)):
            put(store, one)
        found.append((store.groups(), store.fingerprint))
        store.close()
    assert found == found[:1] * 4
    assert [len(members) for members in found[0][0].values()] == [4, 2]


def test_what_is_left_of_a_group_is_grouped_anew(empty: PassageStore) -> None:
    fill(empty, a=STORY, b=CUT, c=WITH_LOCAL)
    empty.remove(["a"])
    assert empty.groups() == {"b": ["b", "c"]}
    empty.remove(["b"])
    assert empty.groups() == {}
    assert empty.marks(["a", "b", "c"])["c"].group == "c"


def test_two_groups_meet_when_a_copy_of_both_comes_and_part_when_it_goes(empty: PassageStore) -> None:
    words = STORY.split()
    more = (OTHER + OWN_WORDS).split()[: len(words) * 85 // 100]
    fill(empty, half=" ".join(words[: len(words) // 2]), double=" ".join(words + more))
    assert empty.groups() == {}
    fill(empty, whole=STORY)
    assert empty.groups() == {"double": ["double", "half", "whole"]}
    empty.remove(["whole"])
    assert empty.groups() == {}


def test_a_changed_article_leaves_its_group_and_joins_another(empty: PassageStore) -> None:
    fill(empty, a=STORY, b=CUT, c=OTHER)
    fill(empty, b=OTHER + " It closed early.")
    assert empty.groups() == {"b": ["b", "c"]}


def test_a_mark_names_the_version_by_the_content_hash(empty: PassageStore) -> None:
    one = article("one", STORY)
    put(empty, one)
    assert empty.marks(["one", "gone"])["one"].version == one.content_hash[:16]
    stored = next(iter(empty.articles()))
    assert (stored.group, stored.version) == ("one", one.content_hash[:16])
    assert list(empty.marks(["gone"])) == []


def test_a_title_does_not_make_a_copy(empty: PassageStore) -> None:
    put(empty, Article("one", STORY, Metadata(title="Same title"), "one.md"))
    put(empty, replace(article("two", OTHER), metadata=Metadata(title="Same title")))
    assert empty.groups() == {}
