"""The page in Chromium: a person asks, checks, takes away; nothing is loaded from elsewhere and nothing breaks."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from web_fakes import COST, CREW, HARBOUR, INQUIRY, NOWHERE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
QUOTES = {
    1: "The council put the cost of the repairs at 2.3 million crowns.",
    2: "The Northern Post reports that the repairs cost 2.9 million crowns, more than the council admits.",
}
Visit = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open pages in fresh contexts; at the end none may have had an error or asked another origin for anything."""
    opened: list[tuple[Any, list[str]]] = []

    def open_page(address: str, **options: Any) -> Page:
        own = (address.partition("?")[0], "data:", "blob:")
        context = browser.new_context(viewport=options.pop("viewport", {"width": 1280, "height": 820}), **options)
        page, faults = context.new_page(), list[str]()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: None if "Remove" in dialog.message else faults.append(dialog.message))
        page.on("request", lambda r: None if r.url.startswith(own) else faults.append(r.url))
        opened.append((context, faults))
        page.goto(address)
        page.wait_for_selector("#question textarea")
        return page

    yield open_page
    for context, _ in opened:
        context.close()
    assert [faults for _, faults in opened if faults] == []


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_function(
        "q => { const t = [...document.querySelectorAll('#talk .turn')].pop();"
        " return t && t.querySelector('h2').textContent === q && t.querySelector('.actions'); }",
        arg=question,
    )


def reload(page: Page) -> None:
    """Load the page again once its last request has ended: one that is cut off is an error in the console."""
    page.wait_for_timeout(700)
    page.reload()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.className"))


def test_a_marker_leads_to_the_quote_it_stands_for(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, COST)
    for marker, quote in QUOTES.items():
        page.click(f".marker[data-marker='{marker}']")
        page.wait_for_selector(f".quote.chosen[data-marker='{marker}']")
        assert page.inner_text(".quote.chosen mark") == quote


def test_the_whole_article_opens_at_the_quote(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, COST)
    page.click(".quote[data-marker='1'] [data-act=open]")
    page.wait_for_selector("#reader mark.focus", state="visible")
    assert page.text_content("#reader mark.focus") == QUOTES[1]
    assert page.text_content("#reader .article-text") == HARBOUR.text
    page.keyboard.press("Escape")
    page.wait_for_selector(".quote[data-marker='1']", state="visible")


def test_the_table_of_disagreements_opens_each_source_at_its_words(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, COST)
    assert "The sources disagree" in page.inner_text(".disagreement caption")
    for row, (article, words) in enumerate([(HARBOUR, "2.3 million crowns"), (INQUIRY, "2.9 million crowns")], 1):
        page.click(f".disagreement tbody tr:nth-child({row}) [data-act=open]")
        page.wait_for_selector(f"#reader [data-article={article.article_id}] mark.focus", state="visible")
        assert words in page.inner_text("#reader mark.focus")


def upload(page: Page, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    page.click("[data-act=library]")
    page.set_input_files("#files input[type=file]", file)
    page.wait_for_selector(f"#files >> text={file.stem}")
    page.click("#add")
    page.wait_for_selector("#told >> text=1 added")
    page.click("[data-act=library]")


def test_a_source_that_changed_is_shown_as_cited_and_as_it_is_now(
    visit: Visit, serve: Callable[..., str], tmp_path: Path
) -> None:
    page = visit(serve())
    ask(page, COST)
    upload(page, tmp_path / "harbour.txt", f"Corrected on Friday. {QUOTES[1]} It may be more.")
    reload(page)
    page.wait_for_selector(".stale >> text=Changed since this was cited")
    page.click(".quote[data-marker='1'] [data-act=open]")
    page.wait_for_selector("#reader .changed >> text=This is the text that was cited")
    assert page.text_content("#reader .article-text") == HARBOUR.text
    assert page.inner_text("#reader mark.focus") == QUOTES[1]
    page.click("#reader .changed [data-act=open]")
    page.wait_for_selector("#reader .changed >> text=still stand in it")
    assert (page.text_content("#reader .article-text") or "").startswith("Corrected on Friday.")
    assert page.inner_text("#reader mark.focus") == QUOTES[1]


def test_a_source_that_was_removed_says_so(visit: Visit, serve: Callable[..., str]) -> None:
    page = visit(serve())
    ask(page, COST)
    page.click("[data-act=library]")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("[data-act=remove][data-article=inquiry]")
    page.wait_for_selector("#told >> text=Removed")
    reload(page)
    page.wait_for_selector(".stale >> text=Removed since this was cited")
    page.click(".quote[data-marker='2'] [data-act=open]")
    page.wait_for_selector("#reader .changed >> text=removed from the index")
    assert QUOTES[2] in page.inner_text("#reader")


def test_copies_are_named_in_the_card_and_unfold_in_the_list(visit: Visit, serve: Callable[..., str]) -> None:
    page = visit(serve(kind="copies"))
    ask(page, COST)
    assert "Also in: Skarholm Weekly" in page.inner_text(".card >> nth=0")
    page.click(".copies [data-act=open]")
    page.wait_for_selector("#reader >> text=Ferries sail again")
    page.click("[data-act=library]")
    page.wait_for_selector("#articles [data-act=copies]")
    assert page.locator("#articles tbody tr:visible").count() == 2
    page.click("#articles [data-act=copies]")
    assert "Skarholm Weekly" in page.inner_text("#articles .copy")


def test_hovering_a_marker_shows_its_quote(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, COST)
    page.hover(".marker[data-marker='2']")
    page.wait_for_selector("#popover", state="visible")
    assert QUOTES[2] in page.inner_text("#popover")


def test_the_keyboard_is_enough(visit: Visit, url: str) -> None:
    page = visit(url)
    page.keyboard.press("Escape")
    ask(page, COST)
    page.focus(".marker[data-marker='1']")
    page.keyboard.press("Enter")
    page.wait_for_selector(".quote.chosen")
    assert focused(page).startswith("cite-")
    page.focus(".quote.chosen [data-act=return]")
    page.keyboard.press("Enter")
    assert focused(page).startswith("marker")


def test_a_refusal_shows_no_source(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, NOWHERE)
    assert "Searched 2 articles" in page.inner_text(".refusal")
    assert page.locator(".marker").count() == page.locator("#sources .card").count() == 0


def test_a_conversation_survives_a_reload_and_goes_on(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, COST)
    reload(page)
    page.wait_for_selector(".marker")
    ask(page, CREW)
    assert page.locator("#talk .turn").count() == 2
    page.click(".turn:first-child .marker[data-marker='2']")
    assert page.inner_text(".quote.chosen mark") == QUOTES[2]


def test_two_visitors_do_not_see_each_other(visit: Visit, url: str) -> None:
    first, second = visit(url), visit(url)
    ask(first, COST)
    ask(second, CREW)
    reload(second)
    second.wait_for_selector(".turn")
    assert (first.inner_text(".turns h2"), second.inner_text(".turns h2")) == (COST, CREW)
    assert first.locator(".turn").count() == second.locator(".turn").count() == 1
    second.click("[data-act=history]")
    assert COST not in second.inner_text("#history")


def test_a_new_conversation_is_empty_and_the_old_one_can_be_found_and_deleted(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, COST)
    page.click("[data-act=fresh]")
    page.wait_for_selector(".welcome", state="visible")
    page.click("[data-act=history]")
    page.click("#history .row")
    page.wait_for_selector(".marker")
    page.click("[data-act=history]")
    page.click("#history li .ghost")
    assert "No conversations" in page.inner_text("#history ul")
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('footnote.conversation')).length") == 0


def test_a_stop_leaves_what_was_written(visit: Visit, serve: Callable[..., str]) -> None:
    page = visit(serve(pause_s=1.5))
    page.fill("#question textarea", COST)
    page.click("#ask")
    page.wait_for_selector(".sentence")
    page.click("#stop")
    page.wait_for_selector("text=Stopped.")
    assert page.locator(".sentence").count() == 1
    page.wait_for_selector("#ask", state="visible")


def test_a_question_can_be_edited_and_asked_again(visit: Visit, url: str) -> None:
    page = visit(url)
    ask(page, NOWHERE)
    page.hover(".question")
    page.click("[data-act=edit]")
    page.fill(".editing textarea", CREW)
    page.keyboard.press("Enter")
    page.wait_for_selector(".marker")
    assert page.locator(".turn").count() == 1
    page.click("[data-act=retry]")
    page.wait_for_selector(".marker")
    assert page.inner_text(".turns h2") == CREW


def test_an_example_and_a_follow_up_ask_themselves(visit: Visit, url: str) -> None:
    page = visit(url)
    page.click(".example")
    page.wait_for_selector(".actions")
    page.click(".follow")
    page.wait_for_function("document.querySelectorAll('#talk .actions').length === 2")
    assert page.inner_text(".turn:last-child h2") == CREW


def test_a_filter_narrows_the_sources(visit: Visit, url: str) -> None:
    page = visit(url)
    page.wait_for_selector(".example")
    page.click("[data-act=filters]")
    page.click("#outlet input")
    page.click("[role=option] >> text=The Northern Post")
    ask(page, COST)
    assert page.locator(".card").count() == 1
    assert INQUIRY.metadata.title in page.inner_text(".card")


def test_a_wrong_date_is_told_and_asks_nothing(visit: Visit, url: str) -> None:
    page = visit(url)
    page.click("[data-act=filters]")
    page.fill("#since input", "soon")
    page.fill("#question textarea", COST)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("text=since must be a date")
    assert page.locator(".turn").count() == 0


def test_what_is_taken_away_verifies(visit: Visit, url: str, tmp_path: Path) -> None:
    page = visit(url)
    ask(page, COST)
    for form in ("json", "docx", "html", "md"):
        page.click(".menu summary")
        with page.expect_download() as taken:
            page.click(f"[data-act=save][data-format={form}]")
        taken.value.save_as(tmp_path / f"answer.{form}")
    assert all(quote in (tmp_path / "answer.html").read_text(encoding="utf-8") for quote in QUOTES.values())
    assert zipfile.is_zipfile(tmp_path / "answer.docx")
    exported = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    texts = {HARBOUR.article_id: HARBOUR.text, INQUIRY.article_id: INQUIRY.text}
    assert [c["quote"] for c in exported["citations"]] == list(QUOTES.values())
    assert all(texts[c["article_id"]][c["start"] : c["end"]] == c["quote"] for c in exported["citations"])


def test_an_answer_is_copied_with_its_footnotes(visit: Visit, url: str) -> None:
    page = visit(url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, COST)
    page.click("[data-act=copy]")
    page.wait_for_selector("#toast.shown")
    assert "[^2]: “The Northern Post reports" in page.evaluate("navigator.clipboard.readText()")


def test_a_link_asks_its_question(visit: Visit, url: str) -> None:
    page = visit(url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, CREW)
    page.click("[data-act=link]")
    page.wait_for_selector("#toast.shown")
    other = visit(page.evaluate("navigator.clipboard.readText()"))
    other.wait_for_selector(".marker")
    assert other.inner_text(".turns h2") == CREW


def test_a_question_asked_while_models_load_is_answered(visit: Visit, serve: Callable[..., str]) -> None:
    page = visit(serve(open_s=12))
    page.wait_for_selector("#welcome >> text=Loading the models…")
    page.fill("#question textarea", CREW)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("text=Your question waits")
    page.wait_for_selector(".marker")


def test_hostile_articles_stay_words(visit: Visit, serve: Callable[..., str]) -> None:
    page = visit(serve(pause_s=0, kind="hostile"))
    ask(page, "What was the cost? <img src=http://evil.example/q.png onerror=alert(1)>")
    page.click(".marker[data-marker='6']")
    page.hover(".marker[data-marker='7']")
    page.click(".quote.chosen [data-act=open]")
    page.wait_for_selector("#reader mark.focus")
    page.click(".fold summary")
    reload(page)
    page.wait_for_selector(".marker")
    page.click("[data-act=history]")
    inserted = "#talk :is(script, img, iframe, form, video, style, link, meta, base, input), .card a"
    assert page.locator(inserted).count() == 0


def test_an_uploaded_article_is_listed_and_can_be_removed(
    visit: Visit, serve: Callable[..., str], tmp_path: Path
) -> None:
    page = visit(serve())
    (tmp_path / "quay.txt").write_text("The new quay at Lunde has 40 berths.", encoding="utf-8")
    page.click("[data-act=library]")
    page.set_input_files("#files input[type=file]", tmp_path / "quay.txt")
    page.wait_for_selector("#files >> text=quay")
    page.click("#add")
    page.wait_for_selector("#told >> text=1 added")
    assert page.locator("#articles tbody tr").count() == 3
    page.fill("#sift", "northern")
    assert page.locator("#articles tbody tr:visible").count() == 1
    page.fill("#sift", "")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("[data-act=remove][data-article=quay]")
    page.wait_for_selector("#told >> text=Removed")
    assert page.locator("#articles tbody tr").count() == 2


def test_an_evaluation_runs_from_upload_to_download_and_is_compared(
    visit: Visit, serve: Callable[..., str], tmp_path: Path
) -> None:
    page = visit(serve())
    gold = [(COST, "2.3 million"), (NOWHERE, "Ines Dahl")]
    lines = [json.dumps({"question": question, "answers": [answer]}) for question, answer in gold]
    (tmp_path / "cost.jsonl").write_text("\n".join(lines), encoding="utf-8")
    page.click("[data-act=evaluation]")
    for _ in range(2):
        page.set_input_files("#question-set input[type=file]", tmp_path / "cost.jsonl")
        page.wait_for_selector("#question-set >> text=cost")
        page.click("#run")
        page.wait_for_selector("#run-told >> text=2 questions asked")
        page.wait_for_timeout(1100)
        page.reload()
        page.click("[data-act=evaluation]")
    page.click("#which input")
    page.click("[role=option] >> nth=0")
    page.wait_for_selector(".run .card")
    assert NOWHERE in page.inner_text(".failures tbody tr:first-child")
    page.click("#base input")
    page.click("[role=option] >> nth=1")
    page.wait_for_selector(".compared >> text=2 questions in common")
    with page.expect_download() as taken:
        page.click("#take")
    taken.value.save_as(tmp_path / "run.zip")
    assert {"answers.jsonl", "metrics.json", "report.html"} <= set(zipfile.ZipFile(tmp_path / "run.zip").namelist())


def test_feedback_is_taken_away_as_evaluation_questions(visit: Visit, url: str, tmp_path: Path) -> None:
    page = visit(url)
    ask(page, COST)
    page.click("[data-verdict=good]")
    page.click("[data-act=history]")
    with page.expect_download() as taken:
        page.click("text=Download my feedback")
    taken.value.save_as(tmp_path / "feedback.jsonl")
    (line,) = (tmp_path / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
    question = json.loads(line)
    assert (question["question"], question["answerable"]) == (COST, True)
    assert question["answers"] == list(QUOTES.values())
    assert question["evidence"] == ["harbour", "inquiry"]


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_narrow_page_has_one_column_and_no_sideways_scroll(visit: Visit, url: str, width: int) -> None:
    page = visit(url, viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    ask(page, COST)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.tap(".marker[data-marker='2']")
    page.wait_for_timeout(900)
    mark, composer = page.locator(".quote.chosen mark").bounding_box(), page.locator("#composer").bounding_box()
    assert mark is not None
    assert composer is not None
    assert 0 < mark["y"] < composer["y"]


def test_the_chosen_look_is_kept(visit: Visit, url: str) -> None:
    page = visit(url, color_scheme="light")
    page.click("[data-act=theme]")
    reload(page)
    page.wait_for_selector("#question textarea")
    page.wait_for_function("document.body.classList.contains('dark')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_violation(visit: Visit, url: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(url, color_scheme=scheme)
    page.wait_for_selector(".example")
    empty = axe.run(page).response["violations"]
    ask(page, COST)
    ask(page, NOWHERE)
    page.click(".turn:first-child .marker[data-marker='1']")
    found = [*empty, *axe.run(page).response["violations"]]
    page.click(".quote.chosen [data-act=open]")
    page.wait_for_selector("#reader mark.focus")
    for name in ("library", "evaluation"):
        page.click(f"[data-act={name}]")
        page.wait_for_selector(f"#{name} h2", state="visible")
        page.wait_for_timeout(400)
        found += axe.run(page).response["violations"]
    serious = [
        (v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found if v["impact"] in ("serious", "critical")
    ]
    assert serious == []
