"""The report: one file that asks nothing of the network, in which no text from outside can become markup or script."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluation_fakes import OverlapEngine

from rag.evaluation import Question, run_evaluation
from rag.evaluation.highlights import highlighted

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}"
HOSTILE = {"harbour": f"The harbour {ATTACK} of Elin opened.", "mill": "The mill burned twice in May."}


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    questions = [
        Question(f'h"{ATTACK}', f"When was the harbour of Elin {ATTACK}?", (ATTACK,), True, ("mill",), type=ATTACK),
        Question("m", "How often was the mill burned?", ("twice",), True, ("mill",), type="number"),
        Question("n", "Where is the tower?", answerable=False, type="absent"),
    ]
    folder = tmp_path_factory.mktemp("report")
    run_evaluation(OverlapEngine(HOSTILE), questions, folder, settings={"model": ATTACK})
    return (folder / "report.html").read_text(encoding="utf-8")


def test_texts_from_outside_stay_text(report: str) -> None:
    page = Page(report)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert ATTACK in page.words


def test_the_page_asks_nothing_of_the_network(report: str) -> None:
    page = Page(report)
    loaded = [value for name, value in page.attributes if name in ("src", "srcset", "action", "data", "poster")]
    assert loaded == []
    assert "link" not in page.tags
    assert not re.search(r"@import|url\(", report)
    assert "default-src &#39;none&#39;" in report or "default-src 'none'" in report


def test_figures_failures_and_every_question_are_there(report: str) -> None:
    words = Page(report).words
    assert "95% interval" in words
    assert "gold article not retrieved" in words
    assert "How often was the mill burned?" in words
    assert Page(report).tags.count("svg") >= 3


def test_pieces_of_a_hit_join_to_its_text_and_mark_what_was_cited() -> None:
    hit = {"article_id": "a", "start": 100, "text": "Gulls nest. It was built in 1911."}
    citation = {"article_id": "a", "start": 112, "end": 133}
    pieces = highlighted(hit, [citation, citation | {"article_id": "b"}], ["1911", "gulls"])
    assert "".join(piece for _, piece in pieces) == hit["text"]
    assert pieces == [
        ("answer", "Gulls"),
        ("", " nest. "),
        ("evidence", "It was built in "),
        ("both", "1911"),
        ("evidence", "."),
    ]


@pytest.mark.browser
def test_the_pages_own_policy_lets_its_filter_run_and_nothing_else(report: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(report, encoding="utf-8")
    requests: list[str] = []
    messages: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: messages.append(message.text))
        page.goto(file.as_uri())
        page.get_by_label("Search questions").fill("mill")
        shown = page.locator("tr.row:visible").count()
        browser.close()
    assert (shown, requests, messages) == (1, [file.as_uri()], [])
