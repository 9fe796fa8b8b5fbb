"""The page over the real engine and the founding corpus, in Chromium.

With FOOTNOTE_SCREENSHOTS set, its pictures go to docs/screenshots instead of a temporary folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
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
ASKED = (
    "What was the U.S. operation called?", "Who is Russia's ambassador in Venezuela?", QUESTION,
    "Which city was lost before the general was removed?", "Where was the interview with the ambassador broadcast?",
)  # fmt: skip
SET = (
    (ASKED[0], "Absolute Resolution"), (ASKED[1], "Melik-Bagdasarov"), (QUESTION, "Makarevich"),
    (ASKED[3], "Kherson"), (ASKED[4], "Rossiya-24"),
)  # fmt: skip
REACTION_MS, PAINTED_MS = 300, 1000
_WATCH = """() => {
  const question = document.querySelector('#question textarea');
  const before = document.querySelectorAll('#talk .turn').length;
  const finished = document.querySelectorAll('#talk .actions').length;
  window.timed = {};
  let began = 0;
  const look = () => {
    const now = performance.now() - began;
    if (!window.timed.reaction && document.querySelectorAll('#talk .turn').length > before) window.timed.reaction = now;
    if (document.querySelectorAll('#talk .actions').length > finished) window.timed.painted = now;
    else requestAnimationFrame(look);
  };
  question.addEventListener('keydown', () => { began = performance.now(); requestAnimationFrame(look); },
    { once: true, capture: true });
}"""
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


def test_a_warm_answer_is_seen_in_time(browser: Browser, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = browser.new_page()
    page.goto(address)
    ask(page, COMPARED)
    taken = []
    for question in ASKED:
        page.fill("#question textarea", question)
        page.evaluate(_WATCH)
        page.press("#question textarea", "Enter")
        page.wait_for_function("window.timed.painted", timeout=60_000)
        taken.append(page.evaluate("window.timed"))
    page.close()
    for name, limit in (("reaction", REACTION_MS), ("painted", PAINTED_MS)):
        times = sorted(one[name] for one in taken)
        with capsys.disabled():
            print(f"\n{name}: median {median(times):.0f} ms ({', '.join(f'{t:.0f}' for t in times)})")
        assert times[0] <= limit


def pictures(tmp_path: Path) -> Path:
    return ROOT / "docs/screenshots" if os.environ.get("FOOTNOTE_SCREENSHOTS") else tmp_path


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_can_be_shown(browser: Browser, address: str, look: str, tmp_path: Path) -> None:
    folder = pictures(tmp_path)
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


def test_the_pages_of_articles_and_evaluation_can_be_shown(browser: Browser, address: str, tmp_path: Path) -> None:
    page = browser.new_page(**LOOKS["light"])
    page.goto(address)
    page.wait_for_selector(".example", timeout=120_000)
    page.click("[data-act=library]")
    page.wait_for_selector("#articles tbody tr")
    page.wait_for_timeout(400)
    page.set_viewport_size({"width": 1360, "height": 480})
    page.screenshot(path=pictures(tmp_path) / "articles.png")
    rows = [{"question": question, "answers": [gold], "answerable": True} for question, gold in SET]
    rows.append({"question": NOT_ANSWERED, "answers": [], "answerable": False})
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    page.click("[data-act=evaluation]")
    page.set_input_files("#question-set input[type=file]", tmp_path / "questions.jsonl")
    page.wait_for_selector("#question-set >> text=questions")
    page.click("#run")
    page.wait_for_selector(".run .card", timeout=120_000)
    assert f"{len(rows)} questions" in page.inner_text(".run")
    page.set_viewport_size({"width": 1360, "height": 1220})
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)
    page.screenshot(path=pictures(tmp_path) / "evaluate.png")
    page.close()
