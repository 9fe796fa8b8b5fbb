"""The articles page: add by upload, web address or folder with progress, remove, list.

Uploaded files are kept in `uploads/` inside the index folder, so that what was added can be read again; a file of the
same name replaces the one before. An article whose file lies elsewhere is removed from the index only. Who may change
articles is decided by `may_edit`: anyone on this machine, or, when others can reach the page, those with a login.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import gradio as gr

from rag.errors import InputError, RagError
from rag.locations import folder_beside
from rag.settings import Settings
from rag.web.door import Door
from rag.web.handlers import Drawn, Handlers, data_of
from rag.web.library_view import library_html, outcome_html, progress_html
from rag.web.security import may_edit, may_name_folders
from rag.web.text import plural, safe_url

if TYPE_CHECKING:
    from rag.indexing import IndexSummary

MAX_FILES = 100
GREETED = ("welcome", "shelf", "outlet", "author", "language")
_POLL_S = 0.25
_UNFIT = re.compile(r"[^\w.\- ]+")


class Progress:
    """Counts what the indexing tells it; read from another thread."""

    def __init__(self) -> None:
        self.read = self.todo = self.done = 0

    def reading(self, source: str) -> None:
        self.read += 1

    def to_encode(self, passages: int) -> None:
        self.todo += passages

    def encoded(self, passages: int) -> None:
        self.done += passages

    def __str__(self) -> str:
        encoded = f", {self.done:,} of {plural(self.todo, 'passage')} encoded" if self.todo else ""
        return f"{plural(self.read, 'article')} read{encoded}…"


class Library:
    """The handlers of the articles page."""

    def __init__(self, door: Door, settings: Settings, chat: Handlers) -> None:
        self._door, self._chat, self._editable = door, chat, may_edit(settings)
        self._folders = may_name_folders(settings)
        self._uploads = folder_beside(settings.index) / "uploads"

    def draw(self) -> str:
        """Draw the articles as they are now."""
        self._door.look_again()
        corpus = self._door.corpus
        return library_html(corpus.listed, corpus.total, editable=self._editable)

    async def add(self, files: object, address: object) -> AsyncIterator[Drawn]:
        """Add files, and a web address or folder; outputs are status, library, what is greeted with, files, address."""
        skipped = [gr.skip()] * (len(GREETED) + 3)
        try:
            self._refuse_unless_editable()
            places = self._places(files, address)
        except InputError as error:
            yield (outcome_html(f"Nothing added: {error}."), *skipped)
            return
        progress = Progress()
        working = asyncio.ensure_future(asyncio.to_thread(self._added, places, progress))
        while not working.done():
            yield (progress_html(str(progress)), *skipped)
            await asyncio.wait([working], timeout=_POLL_S)
        try:
            said = _told(working.result())
        except RagError as error:
            said = outcome_html(f"Nothing added: {error}")
        yield (said, self.draw(), *self._chat.greeting(), None, "")

    def remove(self, event: gr.EventData) -> Drawn:
        """Remove one article; outputs are status, library, and what a visitor is greeted with."""
        try:
            self._refuse_unless_editable()
            article_id = data_of(event).get("article")
            if not isinstance(article_id, str):
                raise InputError("an article id is needed to remove an article")
            said = self._removed(article_id)
        except RagError as error:
            said = f"Nothing removed: {error}"
        return (outcome_html(said), self.draw(), *self._chat.greeting())

    def _refuse_unless_editable(self) -> None:
        if not self._editable:
            raise InputError("articles can be changed only on this machine or after a login; see --auth")

    def _places(self, files: object, address: object) -> list[str]:
        given = files if isinstance(files, list) else [files] if files else []
        if len(given) > MAX_FILES:
            raise InputError(f"{len(given)} files are too many at once; at most {MAX_FILES}")
        places = [str(self._kept(Path(str(file)))) for file in given]
        if address:
            places.append(self._place(address.strip() if isinstance(address, str) else ""))
        if not places:
            raise InputError("choose files or give a web address first")
        return places

    def _place(self, address: str) -> str:
        """Return a web address, or a folder where this page is for the person at this machine only."""
        url = safe_url(address)
        if url is not None and urlsplit(url).scheme in ("http", "https"):
            return url
        if self._folders and "://" not in address:
            folder = Path(address).expanduser()
            if not (address and folder.is_absolute() and folder.is_dir()):
                raise InputError(f"there is no folder {address[:200]!r} on this computer; give its whole path")
            return str(folder)
        raise InputError("the web address must begin with https:// or http:// and hold no user name")

    def _kept(self, file: Path) -> Path:
        """Copy an uploaded file to where it stays; its name is cut down to letters, digits, dots and dashes."""
        self._uploads.mkdir(parents=True, exist_ok=True)
        name = _UNFIT.sub("_", file.name).lstrip(". ")[-120:] or "article.txt"
        return Path(shutil.copyfile(file, self._uploads / name))

    def _added(self, places: Sequence[str], progress: Progress) -> IndexSummary:
        summary = self._door.engine.add(places, progress=progress)
        self._door.refresh()
        return summary

    def _removed(self, article_id: str) -> str:
        article = self._door.engine.article(article_id)
        if article is None or not self._door.engine.remove([article_id]):
            return f"There is no article {article_id}."
        source = Path(article.source)
        kept = source.resolve().parent != self._uploads.resolve()
        if not kept:
            source.unlink(missing_ok=True)
        self._door.refresh()
        where = f" Its file {article.source} stays, and comes back when that is indexed again." if kept else ""
        return f"Removed “{article.metadata.title or article_id}”.{where}"


def _told(summary: IndexSummary) -> str:
    counts = [
        (summary.added, "added"), (summary.updated, "updated"), (summary.unchanged, "unchanged"),
        (summary.duplicates, "left out as copies"), (len(summary.failed), "not read"),
    ]  # fmt: skip
    done = ", ".join(f"{count:,} {word}" for count, word in counts if count) or "Nothing to add"
    line = f"{done}; {plural(summary.articles, 'article')} in {summary.seconds:.1f} s."
    return outcome_html(line, [(Path(failure.path).name, failure.error) for failure in summary.failed])


def add_library(library: Library, parts: dict[str, Any], settings: Settings) -> Callable[[dict[str, Any]], None]:
    """Lay the page out; return the function that wires it once everything else stands."""
    folders = may_name_folders(settings)
    with gr.Column(elem_id="library"):
        gr.HTML(_HEAD, apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="adding", visible=may_edit(settings)):
            parts["files"] = gr.File(label="Add files", file_count="multiple", height=120, elem_id="files")
            with gr.Column(min_width=240):
                parts["address"] = gr.Textbox(
                    label="or a web address, or a folder on this computer" if folders else "or a web address",
                    placeholder="https://… or /home/…" if folders else "https://…", max_lines=1, elem_id="address",
                )  # fmt: skip
                parts["add"] = gr.Button("Add", variant="primary", elem_id="add")
        parts["told"] = gr.HTML("", elem_id="told", apply_default_css=False, js_on_load=None)
        parts["library"] = gr.HTML("", elem_id="articles-list", apply_default_css=False, js_on_load=None)

    def wire(quiet: dict[str, Any]) -> None:
        greeted = [parts[name] for name in GREETED]
        one = {"concurrency_limit": 1, "concurrency_id": "library"}
        parts["add"].click(
            library.add, [parts["files"], parts["address"]],
            [parts["told"], parts["library"], *greeted, parts["files"], parts["address"]], **one, **quiet,
        )  # fmt: skip
        parts["ledger"].remove(library.remove, None, [parts["told"], parts["library"], *greeted], **one, **quiet)
        parts["ledger"].library(library.draw, None, parts["library"], **quiet)

    return wire


_HEAD = """<header class="side"><h2>Articles</h2><input type="search" id="sift" placeholder="Filter by title or outlet"
aria-label="Filter by title or outlet"></header>"""
