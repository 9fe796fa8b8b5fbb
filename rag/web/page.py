"""The chat page: what stands where, and which event calls which handler.

Conversation left, sources right. Gradio gives layout, inputs, streaming and state; the two columns are drawn by
`rag.web.render` and `rag.web.sources`, and `footnote.js` moves between them. A conversation lives in the visitor's
browser, which sends it along with each question, and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from rag.settings import Settings
from rag.web import icons
from rag.web.asking import ASKED_AT_ONCE, MAX_QUESTION_CHARS
from rag.web.door import Door
from rag.web.evaluation import Evaluation, add_evaluation
from rag.web.handlers import Handlers
from rag.web.library import GREETED, Library, add_library
from rag.web.render import welcome_html

_HERE = Path(__file__).parent
TITLE = "Footnote"
FILTERS = ("outlet", "since", "until", "author", "language")
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_DRAWN = "watch('value', () => document.dispatchEvent(new Event('footnote:{}')));"
_KEPT = (
    "() => { const id = sessionStorage.getItem('footnote.current');"
    " return new URL(location.href).searchParams.get('q') || !id ? null"
    " : localStorage.getItem('footnote.conversation.' + id); }"
)
_WITH_KEPT = "(...given) => [...given.slice(0, -1), window.footnoteKept ? window.footnoteKept() : null]"
_HEADER = f"""<header class="top"><div class="brand">Footnote<sup aria-hidden="true">1</sup></div>
<nav aria-label="Page"><button type="button" class="ghost" data-act="fresh" aria-label="New conversation">
{icons.NEW}<span>New</span></button>
<button type="button" class="ghost" data-act="library" aria-label="Articles" aria-pressed="false">
{icons.ARTICLES}<span>Articles</span></button>
<button type="button" class="ghost" data-act="evaluation" aria-label="Evaluate" aria-pressed="false">
{icons.EVALUATE}<span>Evaluate</span></button>
<button type="button" class="ghost" data-act="history" aria-label="Past conversations">
{icons.HISTORY}<span>History</span></button>
<button type="button" class="ghost" data-act="theme" aria-label="Light or dark">{icons.THEME}</button></nav></header>"""
_WELCOME = welcome_html((), 0, 0, None, "Loading the models…")
_FILTERS = f"""<button type="button" class="ghost" data-act="filters" aria-expanded="false" aria-controls="filter-row">
{icons.FILTERS}<span>Filters</span></button>"""


def generators(settings: Settings) -> dict[str, str]:
    """Return the generators on offer with plain words for each; an endpoint only when it is configured."""
    offered = {"extractive": "Quotes only", "local": "Small local model"}
    if settings.openai_base_url or settings.openai_api_key.get_secret_value():
        offered["openai"] = f"Endpoint: {settings.openai_model or 'default model'}"
    return offered


def build(door: Door, settings: Settings) -> gr.Blocks:
    """Return the page, its events wired to handlers that share this door."""
    offered = generators(settings)
    handlers = Handlers(door, offered)
    library = Library(door, settings, handlers)
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as page:
        parts = _layout(settings, offered)
        wire_library = add_library(library, parts, settings)
        wire_evaluation = add_evaluation(Evaluation(door, settings, offered), parts, offered)
        _wire(page, parts, handlers)
        wire_library(_QUIET)
        wire_evaluation(_QUIET)
    return page


def _layout(settings: Settings, offered: dict[str, str]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    script = (_HERE / "footnote.js").read_text(encoding="utf-8")
    gr.HTML(_HEADER, elem_id="top", apply_default_css=False, js_on_load=None)
    with gr.Row(elem_id="desk", equal_height=True):
        with gr.Column(elem_id="left", scale=3, min_width=320):
            with gr.Column(elem_id="scroll"):
                parts["welcome"] = gr.HTML(_WELCOME, elem_id="welcome", apply_default_css=False, js_on_load=None)
                parts["talk"] = _canvas("talk", "drawn")
            _composer(parts, settings, offered)
        with gr.Column(elem_id="right", scale=2, min_width=320):
            parts["sources"] = _canvas("sources", "drawn")
            parts["shelf"] = gr.HTML("", elem_id="shelf", apply_default_css=False, js_on_load=None)
            parts["reader"] = _canvas("reader", "article")
    parts["ledger"] = gr.HTML(None, html_template="", js_on_load=script, elem_id="ledger", apply_default_css=False)
    return parts


def _composer(parts: dict[str, Any], settings: Settings, offered: dict[str, str]) -> None:
    with gr.Column(elem_id="composer"):
        parts["question"] = gr.Textbox(
            placeholder="Ask a question about the articles", label="Question", show_label=False, container=False,
            lines=1, max_lines=6, max_length=MAX_QUESTION_CHARS, autofocus=True, elem_id="question",
        )  # fmt: skip
        with gr.Row(elem_id="tools"):
            chosen = settings.generator if settings.generator in offered else "extractive"
            parts["generator"] = gr.Radio(
                [(words, name) for name, words in offered.items()], value=chosen, label="How answers are written",
                show_label=False, container=False, elem_id="generator", min_width=120,
            )  # fmt: skip
            gr.HTML(_FILTERS, elem_id="filters", apply_default_css=False, js_on_load=None)
            parts["ask"] = gr.Button("Ask", variant="primary", elem_id="ask", min_width=72)
            parts["stop"] = gr.Button("Stop", elem_id="stop", min_width=72)
        with gr.Row(elem_id="filter-row"):
            for name in ("outlet", "author", "language"):
                parts[name] = gr.Dropdown([("Any", "")], value="", label=name.capitalize(), elem_id=name, min_width=150)
            parts["since"] = gr.Textbox(
                label="Since", placeholder="2026-01-31", max_lines=1, elem_id="since", min_width=110
            )
            parts["until"] = gr.Textbox(
                label="Until", placeholder="2026-12-31", max_lines=1, elem_id="until", min_width=110
            )


def _canvas(name: str, event: str) -> Any:
    return gr.HTML("", elem_id=name, apply_default_css=False, js_on_load=_DRAWN.format(event))


def _wire(page: Any, parts: dict[str, Any], handlers: Handlers) -> None:
    ledger, stop = parts["ledger"], parts["stop"]
    drawn = [parts[name] for name in ("talk", "sources", "ledger")]
    asking = [*drawn, parts["question"]]
    chosen = [parts[name] for name in ("generator", *FILTERS)]
    one_by_one = {"concurrency_limit": ASKED_AT_ONCE, "concurrency_id": "asking"}
    page.load(handlers.recall, ledger, drawn, js=_KEPT, concurrency_limit=None, **_QUIET)
    page.load(handlers.greet, None, [parts[name] for name in GREETED], concurrency_limit=None, **_QUIET)
    gr.on(
        [parts["question"].submit, parts["ask"].click], handlers.ask_typed, [parts["question"], *chosen, ledger],
        asking, js=_WITH_KEPT, **one_by_one, **_QUIET,
    )  # fmt: skip
    ledger.ask(handlers.ask_told, chosen, asking, **one_by_one, **_QUIET)
    stop.click(handlers.stop, None, None, queue=False, **_QUIET)
    ledger.open(handlers.open_article, None, parts["reader"], concurrency_limit=4, **_QUIET)
    ledger.take(handlers.take, None, ledger, concurrency_limit=4, **_QUIET)
    ledger.restore(handlers.restore, None, drawn, **_QUIET)
    ledger.fresh(handlers.fresh, None, drawn, **_QUIET)
