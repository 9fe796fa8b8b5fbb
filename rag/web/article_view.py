"""Draws a whole article with what an answer cites of it marked in its text.

An article that was changed since is shown as it was cited, with a way to what it says now; of one that was removed, the
words that the answer kept are shown. Nothing is marked that is not the quote, word for word. Everything foreign goes
through `esc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.records import Article, Evidence
from rag.web import icons
from rag.web.render import opens, problem_html
from rag.web.sources import byline_html, title_html
from rag.web.text import esc, verbatim

if TYPE_CHECKING:
    from rag.web.door import ChatEngine

_BACK = (
    f'<button type="button" class="ghost back" data-act="close">{icons.BACK}<span>Back to the sources</span></button>'
)
_MOVED = "This article has changed since the answer was written: a quote is no longer where it was cited from."
_EARLIER = "This article has changed since the answer was written. This is the text that was cited."
_NOW = "This is the text as it is now, which is not the one that was cited. "
_STILL, _NO_MORE = "The words cited still stand in it.", "The words cited no longer stand in it."
_REMOVED = "This article was removed from the index after the answer was written. This is what was cited of it."


def opened_html(
    engine: ChatEngine,
    article_id: str,
    version: str,
    evidence: Sequence[Evidence],
    focus: tuple[int, int],
    *,
    now: bool,
) -> str:
    """Draw an article as the cited version had it, or `now`; says so when what is stored is another, or nothing."""
    current = engine.article(article_id)
    if current is None:
        return _removed(article_id, evidence)
    if not version or engine.source_state(article_id, version) == "current":
        return article_html(current, evidence, focus)
    earlier = engine.article(article_id, version)
    if earlier is None:
        return article_html(current, evidence, focus)
    if now:
        return _as_it_is(current, version, evidence, focus)
    switch = _switch(article_id, version, focus, now=True, label="Show the text as it is now")
    return article_html(earlier, evidence, focus, above=_note(_EARLIER, switch))


def article_html(article: Article, evidence: Sequence[Evidence], focus: tuple[int, int], above: str = "") -> str:
    """Draw a whole article with the given spans marked, the one in focus strongly."""
    spans, moved = _spans(article.text, evidence, focus)
    warning = problem_html(_MOVED) if moved and not above else above
    heading = f"<h3>{title_html(article.metadata, article.article_id)}</h3>{byline_html(article.metadata)}"
    text = f'<div class="article-text">{_marked(article.text, spans, focus)}</div>'
    return (
        f'<div class="reader" data-article="{esc(article.article_id)}">{_BACK}{warning}<header>{heading}</header>'
        f"{text}</div>"
    )


def _as_it_is(article: Article, version: str, evidence: Sequence[Evidence], focus: tuple[int, int]) -> str:
    """Draw the present text, with the cited words marked where they stand now."""
    places = {(e.start, e.end): article.text.find(e.quote) for e in evidence}
    found = [replace(e, start=at, end=at + len(e.quote)) for e in evidence if (at := places[e.start, e.end]) >= 0]
    at = places.get(focus, -1)
    switch = _switch(article.article_id, version, focus, now=False, label="Show the text that was cited")
    above = _note(_NOW + (_STILL if len(found) == len(evidence) else _NO_MORE), switch)
    return article_html(article, found, (at, at + focus[1] - focus[0]) if at >= 0 else (0, 0), above)


def _removed(article_id: str, evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return (
            f'<div class="reader">{_BACK}{problem_html(f"The article {article_id} is no longer in the index.")}</div>'
        )
    first = evidence[0]
    quotes = "".join(f"<p><mark>{verbatim(quote)}</mark></p>" for quote in dict.fromkeys(e.quote for e in evidence))
    heading = f"<h3>{title_html(first.metadata, article_id)}</h3>{byline_html(first.metadata)}"
    return (
        f'<div class="reader" data-article="{esc(article_id)}">{_BACK}{_note(_REMOVED)}<header>{heading}</header>'
        f'<div class="article-text kept">{quotes}</div></div>'
    )


def _note(told: str, switch: str = "") -> str:
    return f'<div class="problem changed" role="note">{icons.WARNING}<div><p>{esc(told)}</p>{switch}</div></div>'


def _switch(article_id: str, version: str, focus: tuple[int, int], *, now: bool, label: str) -> str:
    return (
        f'<button type="button" class="textlink" data-now="{"yes" if now else ""}" '
        f"{opens(article_id, *focus, version)}>"
        f"<span>{label}</span></button>"
    )


def _spans(text: str, evidence: Sequence[Evidence], focus: tuple[int, int]) -> tuple[list[tuple[int, int]], bool]:
    """Return the spans to mark, in order and apart from each other, and whether a quote was not found at its span."""
    wanted, moved = {focus} if 0 <= focus[0] < focus[1] <= len(text) else set(), False
    for item in evidence:
        if text[item.start : item.end] == item.quote:
            wanted.add((item.start, item.end))
        else:
            moved = True
            wanted.discard((item.start, item.end))
    spans: list[tuple[int, int]] = []
    for start, end in sorted(wanted, key=lambda span: (span != focus, span)):
        if all(end <= s or start >= e for s, e in spans):
            spans.append((start, end))
    return sorted(spans), moved


def _marked(text: str, spans: Sequence[tuple[int, int]], focus: tuple[int, int]) -> str:
    parts, at = [], 0
    for start, end in spans:
        strong = ' class="focus" id="focus" tabindex="-1"' if (start, end) == focus else ""
        parts += [verbatim(text[at:start]), f"<mark{strong}>{verbatim(text[start:end])}</mark>"]
        at = end
    return "".join([*parts, verbatim(text[at:])])
