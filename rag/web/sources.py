"""Draws the right side of the page: the cards of what an answer cites, the list of articles, and a whole article.

A card shows each quote marked inside the passage around it; `article_html` marks the same span in the whole text, and
says so when the stored text no longer has the quote where the citation put it. Everything foreign goes through `esc`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.records import Article, Citation, Evidence, Metadata
from rag.stores.protocol import StoredArticle
from rag.web import icons
from rag.web.conversation import Conversation, Exchange
from rag.web.render import problem_html
from rag.web.text import day, esc, plural, safe_url, site, verbatim

_AROUND = 220
_BACK = (
    f'<button type="button" class="ghost back" data-act="close">{icons.BACK}<span>Back to the sources</span></button>'
)
_CHANGED = "This article has changed since the answer was written: a quote is no longer where it was cited from."
_BREAK = re.compile(r"\s*\n\s*")


def sources_html(conversation: Conversation) -> str:
    """Draw the cards of every answer; the page shows those of one answer at a time, at first the last one's."""
    cited = [exchange for exchange in conversation.exchanges if exchange.shown_citations]
    last = conversation.exchanges[-1].exchange_id if conversation.exchanges else None
    return "".join(_group(exchange, shown=exchange.exchange_id == last) for exchange in cited)


def articles_html(articles: Sequence[StoredArticle], total: int) -> str:
    """Draw the list of articles, which stands beside the page while no source is shown."""
    if not articles:
        return '<p class="hint">The passages behind an answer appear here, with the quoted words marked.</p>'
    rows = "".join(_row(stored) for stored in articles)
    more = f'<p class="hint">and {total - len(articles):,} more</p>' if total > len(articles) else ""
    heading = f'<header class="side"><h2>Articles</h2><p class="count">{plural(total, "article")} to ask</p></header>'
    return f'{heading}<ul class="listing">{rows}</ul>{more}'


def article_html(article: Article | None, article_id: str, evidence: Sequence[Evidence], focus: tuple[int, int]) -> str:
    """Draw a whole article with the given spans marked, the one in focus strongly; an article that is gone says so."""
    if article is None:
        return (
            f'<div class="reader">{_BACK}{problem_html(f"The article {article_id} is no longer in the index.")}</div>'
        )
    spans, changed = _spans(article.text, evidence, focus)
    warning = problem_html(_CHANGED) if changed else ""
    heading = f"<h3>{_title(article.metadata, article.article_id)}</h3>{_byline(article.metadata)}"
    text = f'<div class="article-text">{_marked(article.text, spans, focus)}</div>'
    return (
        f'<div class="reader" data-article="{esc(article.article_id)}">{_BACK}{warning}<header>{heading}</header>'
        f"{text}</div>"
    )


def _group(exchange: Exchange, *, shown: bool) -> str:
    by_article: dict[str, list[Citation]] = {}
    for citation in exchange.shown_citations:
        by_article.setdefault(citation.evidence.article_id, []).append(citation)
    cards = "".join(_card(citations, exchange.exchange_id) for citations in by_article.values())
    key, hidden = esc(exchange.exchange_id), "" if shown else " hidden"
    count = f"{plural(len(exchange.shown_citations), 'quote')} from {plural(len(by_article), 'article')}"
    return (
        f'<section class="group" data-group="{key}" aria-label="Sources of the answer"{hidden}>'
        f'<header class="side"><h2>Sources</h2><p class="count">{count}</p></header>{cards}</section>'
    )


def _card(citations: Sequence[Citation], key: str) -> str:
    first = citations[0].evidence
    quotes = "".join(_quote(citation, key) for citation in citations)
    return (
        f'<article class="card"><header><h3>{_title(first.metadata, first.article_id)}</h3>{_byline(first.metadata)}'
        f'</header><ol class="quotes">{quotes}</ol></article>'
    )


def _quote(citation: Citation, key: str) -> str:
    evidence = citation.evidence
    before, after = _around(evidence)
    name = f"{esc(key)}-{citation.marker}"
    open_ = (
        f'<button type="button" class="textlink" data-act="open" data-turn="{esc(key)}" '
        f'data-article="{esc(evidence.article_id)}" data-start="{evidence.start}" data-end="{evidence.end}">'
        f"{icons.BOOK}<span>Open the whole article</span></button>"
    )
    return_ = (
        f'<button type="button" class="textlink return" data-act="return" data-turn="{esc(key)}" '
        f'data-marker="{citation.marker}">{icons.BACK}<span>Back to the sentence</span></button>'
    )
    return (
        f'<li class="quote" id="cite-{name}" data-turn="{esc(key)}" data-marker="{citation.marker}" tabindex="-1">'
        f'<span class="number" aria-hidden="true">{citation.marker}</span><div><blockquote>{verbatim(before)}'
        f"<mark>{verbatim(evidence.quote)}</mark>{verbatim(after)}</blockquote>"
        f'<div class="links">{open_}{return_}</div></div></li>'
    )


def _around(evidence: Evidence) -> tuple[str, str]:
    """Return what stands before and after the quote in its passage, cut at words; nothing when it is not there."""
    at = evidence.context.find(evidence.quote)
    if at < 0:
        return "", ""
    before, after = (
        _BREAK.sub("\n", part) for part in (evidence.context[:at], evidence.context[at + len(evidence.quote) :])
    )
    if len(before) > _AROUND:
        before = "… " + (before[-_AROUND:].partition(" ")[2] or before[-_AROUND:])
    if len(after) > _AROUND:
        after = (after[:_AROUND].rpartition(" ")[0] or after[:_AROUND]) + " …"
    return before, after


def _title(metadata: Metadata, article_id: str) -> str:
    return esc(metadata.title or article_id)


def _byline(metadata: Metadata) -> str:
    outlet = (
        f'<span class="outlet">{esc(metadata.outlet)}</span>' if metadata.outlet else "<span>Outlet not stated</span>"
    )
    written = f"<span>{esc(metadata.author)}</span>" if metadata.author else ""
    when = day(metadata.published)
    dated = f"<time>{esc(when)}</time>" if when else "<span>No date</span>"
    url = safe_url(metadata.url)
    link = (
        f'<a href="{esc(url)}" target="_blank" rel="noreferrer noopener nofollow">{esc(site(url))}{icons.OUT}</a>'
        if url
        else ""
    )
    return f'<p class="byline">{outlet}{written}{dated}{link}</p>'


def _spans(text: str, evidence: Sequence[Evidence], focus: tuple[int, int]) -> tuple[list[tuple[int, int]], bool]:
    """Return the spans to mark, in order and apart from each other, and whether a quote was not found at its span."""
    wanted, changed = {focus} if 0 <= focus[0] < focus[1] <= len(text) else set(), False
    for item in evidence:
        if text[item.start : item.end] == item.quote:
            wanted.add((item.start, item.end))
        else:
            changed = True
            wanted.discard((item.start, item.end))
    spans: list[tuple[int, int]] = []
    for start, end in sorted(wanted, key=lambda span: (span != focus, span)):
        if all(end <= s or start >= e for s, e in spans):
            spans.append((start, end))
    return sorted(spans), changed


def _marked(text: str, spans: Sequence[tuple[int, int]], focus: tuple[int, int]) -> str:
    parts, at = [], 0
    for start, end in spans:
        strong = ' class="focus" id="focus" tabindex="-1"' if (start, end) == focus else ""
        parts += [verbatim(text[at:start]), f"<mark{strong}>{verbatim(text[start:end])}</mark>"]
        at = end
    return "".join([*parts, verbatim(text[at:])])


def _row(stored: StoredArticle) -> str:
    article = stored.article
    facts = [article.metadata.outlet or "Outlet not stated", day(article.metadata.published) or "No date"]
    return (
        f'<li><button type="button" class="row" data-act="open" data-article="{esc(article.article_id)}" '
        f'data-start="0" data-end="0"><strong>{_title(article.metadata, article.article_id)}</strong>'
        f"<span>{esc(' · '.join(facts))}</span></button></li>"
    )
