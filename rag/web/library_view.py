"""Draws the articles page: a timeline by outlet, the table of articles, and what adding or removing did.

The timeline is plain SVG: one row an outlet, one dot an article, on a common time axis; articles without a date are
only counted. Near-copies are one voice and share a row, which unfolds to outlets and dates. Sorting and
filtering of the table happen in the browser. Everything foreign goes through `esc`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from rag.records import Article
from rag.stores.protocol import StoredArticle
from rag.web import icons
from rag.web.render import opens, problem_html
from rag.web.text import day, esc, plural, shorten

_LANES = 8
_LEFT, _WIDTH, _LANE = 150, 900, 26
_NO_OUTLET = "Outlet not stated"


def library_html(listed: Sequence[StoredArticle], total: int, *, editable: bool) -> str:
    """Draw timeline and table of the listed articles."""
    if not listed:
        return '<p class="hint">There is no article yet.</p>'
    columns = [("title", "Title"), ("outlet", "Outlet"), ("author", "Author"), ("language", "Language")]
    columns = [column for column in columns if column[0] in ("title", "outlet") or _varied(listed, column[0])]
    columns += [("date", "Date"), ("passages", "Passages")]
    shown = [name for name, _ in columns]
    rows = "".join(_voice(voice, shown, editable) for voice in _voices(listed))
    heads = "".join(
        f'<th scope="col" class="{name}" aria-sort="none"><button type="button" class="textlink" data-act="sort">'
        f"{label}</button></th>"
        for name, label in columns
    )
    last = '<th scope="col"><span class="unseen">Remove</span></th>' if editable else ""
    more = f'<p class="hint">The first {len(listed):,} of {total:,} articles.</p>' if total > len(listed) else ""
    return (
        f'{_timeline([stored.article for stored in listed])}<div class="table"><table id="articles">'
        f'<caption class="unseen">Articles</caption><thead><tr>{heads}{last}</tr></thead><tbody>{rows}</tbody>'
        f"</table></div>{more}"
    )


def progress_html(text: str) -> str:
    """Draw work that goes on."""
    return f'<p class="status" role="status"><span class="waiting"></span>{esc(text)}</p>'


def outcome_html(done: str, failed: Sequence[tuple[str, str]] = ()) -> str:
    """Draw what was done, and one line for each file that could not be read."""
    lines = "".join(problem_html(f"{path}: {error}") for path, error in failed)
    return f'<p class="notice" role="status">{esc(done)}</p>{lines}'


def _voices(listed: Sequence[StoredArticle]) -> list[list[StoredArticle]]:
    """Put near-copies together, the first of each group before the others."""
    voices: dict[str, list[StoredArticle]] = {}
    for stored in listed:
        voices.setdefault(stored.group or stored.article.article_id, []).append(stored)
    return [sorted(voice, key=lambda s: s.article.article_id != group) for group, voice in voices.items()]


def _varied(listed: Sequence[StoredArticle], name: str) -> bool:
    """Tell whether a column has anything to tell apart."""
    values = {getattr(stored.article.metadata, name) for stored in listed} - {None}
    return len(values) > 1 if name == "language" else bool(values)


def _voice(voice: Sequence[StoredArticle], shown: Sequence[str], editable: bool) -> str:
    """Draw the row of an article, and under it, folded, one of each near-copy."""
    first, *copies = voice
    key = first.article.article_id
    if not copies:
        return _row(first, shown, editable)
    fold = (
        f'<button type="button" class="textlink more" data-act="copies" data-group="{esc(key)}" aria-expanded="false">'
        f"+{len(copies)} {'copy' if len(copies) == 1 else 'copies'}</button>"
    )
    return _row(first, shown, editable, fold) + "".join(_row(copy, shown, editable, of=key) for copy in copies)


def _row(stored: StoredArticle, shown: Sequence[str], editable: bool, fold: str = "", of: str = "") -> str:
    article, metadata = stored.article, stored.article.metadata
    key, title = esc(article.article_id), metadata.title or article.article_id
    head = (
        f'<button type="button" class="textlink" {opens(article.article_id)}>{esc(shorten(title, 140))}</button>{fold}'
    )
    cells = {
        "title": (title.casefold(), head),
        "outlet": ((metadata.outlet or "").casefold(), esc(metadata.outlet or _NO_OUTLET)),
        "author": ((metadata.author or "").casefold(), esc(shorten(metadata.author or "", 60))),
        "language": (metadata.language or "", esc(metadata.language or "")),
        "date": (metadata.published or "", esc(day(metadata.published) or "No date")),
        "passages": (f"{stored.passages:09}", f"{stored.passages:,}"),
    }
    drawn = "".join(f'<td class="{name}" data-sort="{esc(cells[name][0])}">{cells[name][1]}</td>' for name in shown)
    remove = (
        f'<td><button type="button" class="ghost" data-act="remove" data-article="{key}" data-title="{esc(title)}" '
        f'aria-label="Remove {esc(title)}" title="Remove">{icons.REMOVE}</button></td>'
        if editable
        else ""
    )
    row = f'<tr class="copy" data-copy-of="{esc(of)}" hidden>' if of else f'<tr data-voice="{key}">'
    return f"{row}{drawn}{remove}</tr>"


def _timeline(articles: Sequence[Article]) -> str:
    dated = [(moment, article) for article in articles if (moment := _moment(article)) is not None]
    undated = len(articles) - len(dated)
    note = f'<p class="hint">{plural(undated, "article")} without a date not shown.</p>' if undated else ""
    if len(dated) < 2:
        return ""
    counts = Counter(article.metadata.outlet or _NO_OUTLET for _, article in dated)
    lanes = [outlet for outlet, _ in counts.most_common(_LANES)]
    others = len(counts) > len(lanes)
    first, last = min(moment for moment, _ in dated), max(moment for moment, _ in dated)
    days = max((last - first).days, 1)
    height = (len(lanes) + others) * _LANE + 34
    dots = "".join(
        f'<circle r="5" cx="{_LEFT + (moment - first).days / days * _WIDTH:.1f}" '
        f'cy="{_lane(lanes, article) * _LANE + 16}">'
        f"<title>{esc(shorten(article.metadata.title or article.article_id, 90))}, {day(moment.isoformat())}</title>"
        "</circle>"
        for moment, article in dated
    )
    names = "".join(
        f'<text x="0" y="{lane * _LANE + 20}">{esc(shorten(outlet, 20))}</text>'
        f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{lane * _LANE + 16}" y2="{lane * _LANE + 16}"/>'
        for lane, outlet in enumerate([*lanes, *(["Other outlets"] if others else [])])
    )
    label = f"{plural(len(dated), 'article')} from {day(first.isoformat())} to {day(last.isoformat())}, a row an outlet"
    drawing = f'<svg viewBox="-4 0 {_LEFT + _WIDTH + 14} {height}" role="img" aria-label="{esc(label)}">'
    return f'<figure class="timeline">{drawing}{names}{_axis(first, last, height)}{dots}</svg>{note}</figure>'


def _axis(first: date, last: date, height: int) -> str:
    span = last - first
    moments = [first, first + span / 2, last] if span > timedelta(days=1) else [first, last]
    anchors = ("start", "middle", "end") if len(moments) == 3 else ("start", "end")
    return "".join(
        f'<text x="{_LEFT + (moment - first) / max(span, timedelta(days=1)) * _WIDTH:.1f}" y="{height - 6}" '
        f'text-anchor="{anchor}">{day(moment.isoformat())}</text>'
        for moment, anchor in zip(moments, anchors, strict=True)
    )


def _lane(lanes: Sequence[str], article: Article) -> int:
    outlet = article.metadata.outlet or _NO_OUTLET
    return lanes.index(outlet) if outlet in lanes else len(lanes)


def _moment(article: Article) -> date | None:
    try:
        return date.fromisoformat((article.metadata.published or "")[:10])
    except ValueError:
        return None
