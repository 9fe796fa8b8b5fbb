"""Markup of strangers stays words: in what is taken away, and in Chromium on every side of the page."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile_page import ALL_PAYLOADS, ASKED, payload_articles
from markdown_it import MarkdownIt
from page_served import served
from web_fakes import answer, evidence

from rag.records import Answer
from rag.web.documents import answer_page, answer_word
from rag.web.exports import answer_markdown
from rag.web.text import safe_url

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"
ARTICLES = payload_articles()
ALIVE = {"script", "img", "iframe", "object", "embed", "video", "audio", "picture", "source", "form", "input", "svg",
         "math", "base", "link", "details", "dialog", "template", "button", "mark", "b", "i",
         "h3", "marquee"}  # fmt: skip
FOREIGN = (
    ":is(#talk, #sources, #reader, #articles-list, #shelf, #welcome, #told, #run-told) "
    ":is(script, img, iframe, object, embed, video, audio, picture, source, form, style, link, meta, base, math,"
    " marquee, dialog, template, keygen, slot, select, mark mark, h1 h1, b, i:not(.marker i))"
)
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\x00]")


class Tags(HTMLParser):
    """Collects the tags and the links of a document."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.links, self.handlers = set[str](), list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def hostile_answers() -> Iterator[tuple[str, Answer]]:
    """Yield an answer for each payload that asks it, quotes it and names it in every field."""
    for article, payload in zip(ARTICLES, ALL_PAYLOADS, strict=True):
        yield payload, answer(payload, cited=[evidence(article, payload)], articles=[article])


def assert_only_words(page: Tags) -> None:
    assert page.tags & ALIVE == set()
    assert page.handlers == []
    assert all(link.startswith(("#", "http://", "https://")) for link in page.links)


def test_there_are_sixty_payloads() -> None:
    assert len(set(ALL_PAYLOADS)) == len(ALL_PAYLOADS) >= 60


def test_a_web_page_taken_away_holds_only_words() -> None:
    for payload, hostile in hostile_answers():
        text = answer_page(hostile)
        assert_only_words(Tags(text))
        assert BIDI.search(Tags(text).rawdata) is None or BIDI.search(payload)


@pytest.mark.parametrize("html", [True, False])
def test_markdown_taken_away_holds_only_words(html: bool) -> None:
    reader = MarkdownIt("commonmark", {"html": html}).enable("table")
    for _, hostile in hostile_answers():
        page = Tags(reader.render(answer_markdown(hostile)))
        assert_only_words(page)
        assert all(link == safe_url(hostile.citations[0].evidence.metadata.url) for link in page.links)
        assert BIDI.search(answer_markdown(hostile)) is None


def test_a_word_file_taken_away_has_no_link_field_or_image() -> None:
    for _, hostile in hostile_answers():
        with zipfile.ZipFile(io.BytesIO(answer_word(hostile))) as parts:
            body, relations = parts.read("word/document.xml"), parts.read("word/_rels/document.xml.rels")
        assert not re.search(rb"<w:(hyperlink|drawing|object|pict|instrText|fldSimple|altChunk)\b", body)
        assert b"evil.example" not in relations


@pytest.mark.parametrize("payload", ALL_PAYLOADS)
def test_no_payload_becomes_a_link(payload: str) -> None:
    address = safe_url(payload)
    assert address is None or address.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "\x01javascript:alert(1)", "java\nscript:alert(1)",
     "data:text/html,x",
     "vbscript:x", "file:///etc/passwd", "//evil.example", "https:evil.example", "https://good.example@evil.example/",
     "https://gооd.example/", "https://good.example\\@evil.example", "https://evil.example/\u202egpj", "ftp://a.example",
     "http://", "https:///x", "blob:https://a.example/1", "https://a.example/ onclick=x", "intent://x", " https://a.example"],
)  # fmt: skip
def test_a_tricky_address_is_not_made_a_link(url: str) -> None:
    assert safe_url(url) is None


@pytest.fixture(scope="module")
def hostile_url() -> Iterator[str]:
    with served(kind="hostile") as url:
        yield url


@pytest.fixture
def page(hostile_url: str) -> Iterator[tuple[Page, list[str]]]:
    """Open the page over hostile articles in Chromium."""
    with watched(hostile_url) as shown:
        yield shown


@pytest.fixture(scope="module")
def plain_url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def plain_page(plain_url: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page over harmless articles in Chromium."""
    with watched(plain_url) as shown:
        yield shown


@contextmanager
def watched(url: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page in Chromium; whatever runs, asks another origin or opens a dialog is noted."""
    from playwright.sync_api import sync_playwright

    own, noted = (url, "data:", "blob:"), list[str]()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = chromium.new_context(accept_downloads=True)
        context.add_init_script("window.alert = window.confirm = window.prompt = t => console.error('RAN ' + t);")
        context.on("request", lambda request: None if request.url.startswith(own) else noted.append(request.url))
        context.on("page", lambda other: noted.append(f"opened {other.url}") if len(context.pages) > 1 else None)
        shown = context.new_page()
        shown.on("dialog", lambda dialog: (noted.append(dialog.message), dialog.dismiss()))
        shown.on("console", lambda line: noted.append(line.text) if "RAN" in line.text else None)
        shown.goto(url)
        shown.wait_for_selector("#question textarea")
        yield shown, noted
        chromium.close()


def asked(shown: Page, question: str) -> None:
    before = shown.locator("#talk .actions").count()
    shown.fill("#question textarea", question)
    shown.press("#question textarea", "Enter")
    shown.wait_for_function(f"document.querySelectorAll('#talk .actions').length > {before}", timeout=60_000)


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_sixty_payloads_in_every_field_run_nothing_and_load_nothing(
    page: tuple[Page, list[str]], tmp_path: Path
) -> None:
    shown, noted = page
    asked(shown, ASKED)
    assert shown.locator(".marker").count() == len(ALL_PAYLOADS)
    assert shown.locator(FOREIGN).count() == 0
    for marker in range(1, len(ALL_PAYLOADS) + 1, 9):
        shown.click(f".marker[data-marker='{marker}']")
        shown.click(".quote.chosen [data-act=open]")
        shown.wait_for_selector("#reader mark.focus", state="visible")
        assert shown.locator(FOREIGN).count() == 0
        shown.keyboard.press("Escape")
    for act in ("library", "evaluation", "history"):
        shown.click(f"[data-act={act}]")
        shown.wait_for_timeout(400)
        assert shown.locator(FOREIGN).count() == 0
    shown.keyboard.press("Escape")
    assert set(noted) == set()


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_every_payload_typed_as_a_question_stays_words(plain_page: tuple[Page, list[str]]) -> None:
    shown, noted = plain_page
    for start in range(0, len(ALL_PAYLOADS), 5):
        question = " and ".join(ALL_PAYLOADS[start : start + 5])
        asked(shown, question)
        assert shown.locator(FOREIGN).count() == 0, question
    shown.click("[data-act=history]")
    shown.wait_for_timeout(400)
    assert shown.locator(FOREIGN).count() == 0
    assert set(noted) == set()


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_every_payload_as_the_name_of_an_uploaded_file_stays_words(plain_page: tuple[Page, list[str]]) -> None:
    shown, noted = plain_page
    names = [f"{payload} {n}{('.txt', '.bin')[n % 2]}" for n, payload in enumerate(ALL_PAYLOADS)]
    shown.click("[data-act=library]")
    shown.set_input_files(
        "#files input[type=file]",
        [
            {"name": name, "mimeType": "text/plain", "buffer": f"It is said {n}.".encode()}
            for n, name in enumerate(names)
        ],
    )
    shown.wait_for_function(f"document.querySelectorAll('#files .file').length === {len(names)}", timeout=60_000)
    assert (
        shown.locator("#files :is(img, script, iframe, object, embed, form, style, link, meta, base, b, i)").count()
        == 0
    )
    shown.click("#add")
    shown.wait_for_selector(f"#told >> text={len(names) // 2} not read", timeout=60_000)
    assert shown.locator(FOREIGN).count() == 0
    assert set(noted) == set()
