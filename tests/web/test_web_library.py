"""The articles page: what is added and removed, who may do so, and how it is drawn."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from web_fakes import ARTICLES, HARBOUR, PAYLOADS, REPRINT, FakeEngine, hostile_articles

from rag.records import Metadata
from rag.settings import Settings
from rag.stores.protocol import StoredArticle
from rag.web.door import Door
from rag.web.library_view import library_html, outcome_html
from rag.web.security import may_edit

gradio = pytest.importorskip("gradio")
from rag.web.handlers import Handlers  # noqa: E402
from rag.web.library import Library  # noqa: E402


def library(tmp_path: Path, engine: FakeEngine, **settings: object) -> Library:
    door = Door(lambda report: engine)
    door.start()
    assert door.wait(5)
    chosen = Settings(index=str(tmp_path / "index"), **settings)  # type: ignore[arg-type]
    return Library(door, chosen, Handlers(door, {"extractive": "Quotes only"}))


def added(shelves: Library, files: object, address: object = "") -> tuple[object, ...]:
    async def last() -> tuple[object, ...]:
        return [drawn async for drawn in shelves.add(files, address)][-1]

    return asyncio.run(last())


def removed(shelves: Library, article: object) -> tuple[object, ...]:
    return shelves.remove(gradio.EventData(None, {"article": article}))


def file(tmp_path: Path, name: str, text: str = "The new quay at Lunde has 40 berths.") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_uploaded_file_is_kept_indexed_and_told(tmp_path: Path) -> None:
    engine = FakeEngine()
    told = added(library(tmp_path, engine), [file(tmp_path, "quay.txt"), file(tmp_path, "x.bin")])
    assert (tmp_path / "index/uploads/quay.txt").read_text(encoding="utf-8").startswith("The new quay")
    assert "quay" in engine.stored
    assert "1 added, 1 not read; 3 articles" in str(told[0])
    assert "x.bin: not an article" in str(told[0])


@pytest.mark.parametrize("name", ["..\\..\\evil.txt", "...hidden.txt", "a;b$(c).txt", "ü b.txt"])
def test_an_uploaded_file_stays_inside_its_folder(tmp_path: Path, name: str) -> None:
    added(library(tmp_path, FakeEngine()), [file(tmp_path, name)])
    (kept,) = (tmp_path / "index/uploads").iterdir()
    assert not kept.name.startswith(".")
    assert set(kept.name) & set('\\/;$()"') == set()


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "ftp://a.example/", "javascript:1", 7, ["x"]])
def test_an_address_that_is_no_web_address_adds_nothing(tmp_path: Path, address: object) -> None:
    engine = FakeEngine()
    assert "Nothing added" in str(added(library(tmp_path, engine), None, address)[0])
    assert set(engine.stored) == {a.article_id for a in ARTICLES}


def test_a_folder_of_this_computer_is_added_by_its_path(tmp_path: Path) -> None:
    added(library(tmp_path, engine := FakeEngine()), None, str(tmp_path))
    assert engine.added == [str(tmp_path)]


@pytest.mark.parametrize("settings", [{"auth": "ada:secret"}, {"allowed_hosts": "chat.example"}])
def test_a_page_that_others_may_reach_adds_no_folder(tmp_path: Path, settings: dict[str, str]) -> None:
    engine = FakeEngine()
    assert "must begin with https" in str(added(library(tmp_path, engine, **settings), None, str(tmp_path))[0])
    assert engine.added == []


def test_removing_an_upload_deletes_its_copy(tmp_path: Path) -> None:
    engine = FakeEngine()
    shelves = library(tmp_path, engine)
    added(shelves, [file(tmp_path, "quay.txt")])
    removed(shelves, "quay")
    assert "quay" not in engine.stored
    assert list((tmp_path / "index/uploads").iterdir()) == []


def test_removing_an_article_leaves_files_elsewhere_alone(tmp_path: Path) -> None:
    own = file(tmp_path, "own.txt")
    engine = FakeEngine([replace(HARBOUR, source=own)])
    assert "stays" in str(removed(library(tmp_path, engine), "harbour")[0])
    assert Path(own).exists()


@pytest.mark.parametrize("article", ["unknown", 7, None, {"x": 1}])
def test_removing_what_is_not_there_removes_nothing(tmp_path: Path, article: object) -> None:
    engine = FakeEngine()
    removed(library(tmp_path, engine), article)
    assert len(engine.stored) == 2


def test_strangers_may_not_change_articles(tmp_path: Path) -> None:
    engine = FakeEngine()
    shelves = library(tmp_path, engine, host="0.0.0.0")
    assert "only on this machine" in str(added(shelves, [file(tmp_path, "quay.txt")])[0])
    assert "only on this machine" in str(removed(shelves, "harbour")[0])
    assert len(engine.stored) == 2
    assert may_edit(Settings(host="0.0.0.0", auth="ada:secret"))


def test_copies_share_a_row_that_unfolds(tmp_path: Path) -> None:
    stored = list(FakeEngine([REPRINT, *ARTICLES]).articles())
    page = Elements(library_html(stored, 3, editable=False))
    assert "+1 copy" in page.text
    assert (page.text.count("Skarholm Weekly"), page.tags.count("tr")) == (2, 4)
    assert [row.get("data-copy-of") for row in page.rows] == [None, None, "reprint", None]


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.rows: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.rows += [dict(attrs)] if tag == "tr" else []

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_articles_are_listed_as_words(payload: str) -> None:
    dated = Metadata(payload, payload, payload, "2026-01-02", payload)
    stored = [StoredArticle(replace(a, metadata=dated, article_id=payload), 1) for a in hostile_articles()[:3]]
    page = Elements(library_html(stored, 3, editable=True) + outcome_html(payload, [(payload, payload)]))
    assert set(page.tags).isdisjoint({"script", "img", "iframe", "a", "form", "style", "link", "video", "base", "mark"})
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    assert payload in page.text


def test_the_timeline_has_a_dot_for_each_dated_article() -> None:
    undated = replace(HARBOUR, metadata=Metadata("No date"))
    page = Elements(library_html([StoredArticle(a, 1) for a in (*ARTICLES, undated)], 3, editable=False))
    assert page.text.count("Inquiry opens into storm damage, 20 March 2026") == 1
    assert "1 article without a date not shown." in page.text
    assert page.tags.count("tr") == 4
