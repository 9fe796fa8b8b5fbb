"""Answers as a web page and as a Word file: whole, checkable, and with nothing alive in them."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pytest
from web_fakes import COST, HARBOUR, INQUIRY, NOWHERE, PAYLOADS, answer, evidence, hostile_articles

from rag.web.documents import answer_page, answer_word

docx = pytest.importorskip("docx")
CITED = [
    evidence(HARBOUR, "The council put the cost of the repairs at 2.3 million crowns."),
    evidence(INQUIRY, "warnings were issued two days before the storm"),
]


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def words_of(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)


@pytest.mark.parametrize(
    "text", [answer_page(answer(COST, cited=CITED)), words_of(answer_word(answer(COST, cited=CITED)))]
)
def test_each_footnote_holds_what_is_needed_to_check_it(text: str) -> None:
    for item in CITED:
        assert item.quote in text
        assert f"article {item.article_id}, characters {item.start}–{item.end}" in text
    for needed in ("The Coastal Courier", "16 March 2026", "https://courier.example/harbour", "f00dfeed"):
        assert needed in text


def test_the_page_has_a_footnote_for_each_marker() -> None:
    links = Page(answer_page(answer(COST, cited=CITED))).links
    assert {"#fn1", "#fn2", "#ref1", "#ref2"} <= set(links)


def test_a_refusal_is_taken_away_as_one() -> None:
    refused = answer(NOWHERE, abstained=True)
    assert refused.text in answer_page(refused)
    assert refused.text in words_of(answer_word(refused))


def test_no_word_of_an_article_is_alive_in_the_page() -> None:
    for article, payload in zip(hostile_articles(), PAYLOADS, strict=True):
        page = Page(answer_page(answer(payload, cited=[evidence(article, payload)])))
        allowed = {
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "p",
            "sup",
            "a",
            "ol",
            "li",
            "q",
            "small",
            "footer",
        }
        assert set(page.tags) <= allowed
        assert page.tags.count("meta") == 2
        assert all(link.startswith("#") for link in page.links)


def test_a_word_file_of_hostile_words_can_be_read() -> None:
    for article, payload in zip(hostile_articles(), PAYLOADS, strict=True):
        assert words_of(answer_word(answer(payload, cited=[evidence(article, payload)])))
