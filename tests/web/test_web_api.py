"""The named endpoints, called as a program calls them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from web_fakes import ARTICLES, COST, NOWHERE

TEXTS = {article.article_id: article.text for article in ARTICLES}


# The client of Gradio leaves event loops and sockets to the garbage collector, which is run before the filter ends.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Client]:
    client = Client(url, verbose=False)
    yield client
    client.close()
    del client
    gc.collect()


def test_ask_gives_the_answer_of_the_contract(client: Client) -> None:
    answered: dict[str, Any] = client.predict(COST, api_name="/ask")
    assert answered["abstained"] is False
    assert [c["marker"] for c in answered["citations"]] == [1, 2]
    assert all(TEXTS[c["article_id"]][c["start"] : c["end"]] == c["quote"] for c in answered["citations"])


def test_ask_refuses_plainly(client: Client) -> None:
    answered = client.predict(NOWHERE, api_name="/ask")
    assert (answered["abstained"], answered["citations"]) == (True, [])


def test_search_gives_hits_best_first(client: Client) -> None:
    found = client.predict(COST, 1, api_name="/search")
    assert [hit["rank"] for hit in found["hits"]] == [1]


def test_a_filter_narrows_the_search(client: Client) -> None:
    found = client.predict(COST, outlet="The Northern Post", api_name="/search")
    assert {hit["outlet"] for hit in found["hits"]} == {"The Northern Post"}


def test_an_author_narrows_the_search(client: Client) -> None:
    found = client.predict(COST, author="Mara Lind", language="en", api_name="/search")
    assert {hit["author"] for hit in found["hits"]} == {"Mara Lind"}


def test_articles_lists_without_texts(client: Client) -> None:
    listed = client.predict(api_name="/articles")
    assert [row["article_id"] for row in listed] == list(TEXTS)
    assert all("text" not in row for row in listed)


@pytest.mark.parametrize("question", ["", "x" * 2001, 7, {"a": 1}])
def test_a_question_that_cannot_be_is_refused_with_a_sentence(client: Client, question: object) -> None:
    with pytest.raises(AppError, match="question"):
        client.predict(question, api_name="/ask")


def test_only_the_named_endpoints_are_public(client: Client) -> None:
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {"/ask", "/search", "/articles"}
