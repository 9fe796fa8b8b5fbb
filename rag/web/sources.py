"""Draws the right side of the page: the cards of what an answer cites, and the list of articles.

A card shows each quote marked inside the passage around it, who else prints it, and whether the article still stands
as it was cited. A whole article is drawn by `rag.web.article_view`. Everything foreign goes through `esc`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.records import Citation, Evidence, Metadata
from rag.stores.protocol import StoredArticle
from rag.web import icons
from rag.web.conversation import Conversation, Exchange
from rag.web.render import opens
from rag.web.standing import Standing
from rag.web.text import day, esc, plural, safe_url, shorten, site, verbatim

_AROUND = 220
_BREAK = re.compile(r"\s*\n\s*")


def sources_html(conversation: Conversation, standing: Standing | None = None) -> str:
    """Draw the cards of every answer; the page shows those of one answer at a time, at first the last one's."""
    standing = standing or Standing()
    cited = [exchange for exchange in conversation.exchanges if exchange.shown_citations]
    last = conversation.exchanges[-1].exchange_id if conversation.exchanges else None
    return "".join(_group(exchange, standing, shown=exchange.exchange_id == last) for exchange in cited)


def articles_html(articles: Sequence[StoredArticle], total: int) -> str:
    """Draw the list of articles, which stands beside the page while no source is shown."""
    if not articles:
        return '<p class="hint">The passages behind an answer appear here, with the quoted words marked.</p>'
    rows = "".join(_row(stored) for stored in articles)
    more = f'<p class="hint">and {total - len(articles):,} more</p>' if total > len(articles) else ""
    heading = f'<header class="side"><h2>Articles</h2><p class="count">{plural(total, "article")} to ask</p></header>'
    return f'{heading}<ul class="listing">{rows}</ul>{more}'


def _group(exchange: Exchange, standing: Standing, *, shown: bool) -> str:
    by_article: dict[str, list[Citation]] = {}
    for citation in exchange.shown_citations:
        by_article.setdefault(citation.evidence.article_id, []).append(citation)
    cards = "".join(_card(citations, exchange.exchange_id, standing) for citations in by_article.values())
    key, hidden = esc(exchange.exchange_id), "" if shown else " hidden"
    count = f"{plural(len(exchange.shown_citations), 'quote')} from {plural(len(by_article), 'article')}"
    return (
        f'<section class="group" data-group="{key}" aria-label="Sources of the answer"{hidden}>'
        f'<header class="side"><h2>Sources</h2><p class="count">{count}</p></header>{cards}</section>'
    )


def _card(citations: Sequence[Citation], key: str, standing: Standing) -> str:
    first = citations[0].evidence
    quotes = "".join(_quote(citation, key) for citation in citations)
    noted = next(filter(None, (standing.note(citation.evidence) for citation in citations)), None)
    note = f'<p class="stale">{icons.WARNING}<span>{esc(noted)}</span></p>' if noted else ""
    return (
        f'<article class="card"><header><h3>{title_html(first.metadata, first.article_id)}</h3>'
        f"{byline_html(first.metadata)}{_copies(citations, standing)}{note}"
        f'</header><ol class="quotes">{quotes}</ol></article>'
    )


def _copies(citations: Sequence[Citation], standing: Standing) -> str:
    """Name the outlets that print the same text, each a button that opens its article."""
    printed = dict(pair for citation in citations for pair in standing.printed_by(citation.evidence))
    if not printed:
        return ""
    listed = ", ".join(
        f'<button type="button" class="textlink" {opens(article_id)}>{esc(shorten(name, 60))}</button>'
        for article_id, name in printed.items()
    )
    return f'<p class="copies">Also in: {listed}</p>'


def _quote(citation: Citation, key: str) -> str:
    evidence = citation.evidence
    before, after = _around(evidence)
    name = f"{esc(key)}-{citation.marker}"
    open_ = (
        f'<button type="button" class="textlink" '
        f"{opens(evidence.article_id, evidence.start, evidence.end, evidence.version, key)}>"
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


def title_html(metadata: Metadata, article_id: str) -> str:
    """Draw the title of an article, its id when it has none."""
    return esc(metadata.title or article_id)


def byline_html(metadata: Metadata) -> str:
    """Draw outlet, author, date and link of an article."""
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


def _row(stored: StoredArticle) -> str:
    article = stored.article
    facts = [article.metadata.outlet or "Outlet not stated", day(article.metadata.published) or "No date"]
    return (
        f'<li><button type="button" class="row" {opens(article.article_id)}>'
        f"<strong>{title_html(article.metadata, article.article_id)}</strong>"
        f"<span>{esc(' · '.join(facts))}</span></button></li>"
    )
