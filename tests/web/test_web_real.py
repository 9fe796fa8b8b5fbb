"""The page over the real engine and the founding corpus, in Chromium.

With FOOTNOTE_SCREENSHOTS set, its pictures go to docs/screenshots instead of a temporary folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.weights,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
ROOT = Path(__file__).parents[2]
COMPARED = "How do the two articles describe Cuban losses and Russian losses?"
QUESTION, NOT_ANSWERED = "Who commanded the Russian contingent?", "Who won the football World Cup?"
LOOKS = {
    "light": {"viewport": {"width": 1360, "height": 850}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1360, "height": 850}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = tmp_path_factory.mktemp("embeddings")
    environment = {**os.environ, "RAG_INDEX": str(index), "RAG_PORT": "0", "HF_HUB_OFFLINE": "1"}
    with subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as app:
        assert app.stdout is not None
        found = re.search(r"http://\S+/", app.stdout.readline())
        assert found is not None
        yield found.group()
        app.terminate()


def ask(page: Page, question: str) -> None:
    answered = page.locator("#talk .actions").count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function(f"document.querySelectorAll('#talk .actions').length > {answered}", timeout=120_000)


def test_the_real_answer_is_cited_word_for_word(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    ask(page, QUESTION)
    assert "Makarevich" in page.inner_text(".answer")
    page.click(".marker")
    quote = page.inner_text(".quote.chosen mark")
    page.click(".quote.chosen [data-act=open]")
    page.wait_for_selector("#reader mark.focus")
    assert page.inner_text("#reader mark.focus") == quote
    article = next((ROOT / "corpus").glob(f"{'*fate*'}.md")).read_text(encoding="utf-8")
    assert quote in article
    page.close()


def test_the_real_refusal_cites_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    ask(page, NOT_ANSWERED)
    assert page.locator(".refusal").count() == 1
    assert page.locator(".marker").count() == 0
    page.close()


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_can_be_shown(browser: Browser, address: str, look: str, tmp_path: Path) -> None:
    folder = ROOT / "docs/screenshots" if os.environ.get("FOOTNOTE_SCREENSHOTS") else tmp_path
    page = browser.new_page(**LOOKS[look])
    page.goto(address)
    ask(page, COMPARED)
    if look != "phone":
        page.click(".marker")
        page.mouse.move(2, 2)
    page.wait_for_timeout(900)
    page.screenshot(path=folder / f"{look}.png")
    assert (folder / f"{look}.png").stat().st_size > 20_000
    page.close()
