"""Draws the conversation as HTML: questions, checked sentences with their markers, refusals, what was searched.

Method: every word that is not in this file goes through `esc`; ids come from this program and are checked when a
browser gives them back. Sources and whole articles are drawn by `rag.web.sources`.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.records import Answer, AnswerSentence, Citation, Disagreement, Evidence, Filters, Hit
from rag.web import icons
from rag.web.conversation import Conversation, Exchange
from rag.web.exports import disagreement_caption
from rag.web.text import day, esc, plural, shorten

_VERDICTS = {
    "quote": (icons.QUOTE, "Quoted word for word from its source"),
    "supported": (icons.SUPPORTED, "Checked: its sources say this"),
    "partly": (icons.PARTLY, "Checked: its sources say only part of this"),
    "unsupported": (icons.DOUBT, "Checked: its sources do not say this"),
    "contradicted": (icons.DOUBT, "Checked: its sources say otherwise"),
}
_STAGES = {"total": "all together"}


def conversation_html(conversation: Conversation, follow_ups: Sequence[str] = ()) -> str:
    """Draw all exchanges; the questions to go on with stand under the last one."""
    if not conversation.exchanges:
        return ""
    last = conversation.exchanges[-1].exchange_id
    drawn = [exchange_html(e, follow_ups if e.exchange_id == last else ()) for e in conversation.exchanges]
    return f'<div class="turns" role="log" aria-label="Conversation">{"".join(drawn)}</div>'


def exchange_html(exchange: Exchange, follow_ups: Sequence[str] = ()) -> str:
    """Draw one question with its answer so far."""
    key = esc(exchange.exchange_id)
    edit = (
        f'<button type="button" class="ghost" data-act="edit" data-turn="{key}" title="Edit this question" '
        f'aria-label="Edit this question">{icons.EDIT}</button>'
    )
    question = f'<header class="question"><h2>{esc(exchange.question)}</h2>{edit}</header>'
    body = _body(exchange) + _status(exchange) + _problem(exchange)
    settled = exchange.status is None
    after = _actions(exchange) + _follow_ups(follow_ups) if settled else ""
    busy = "" if settled else ' aria-busy="true"'
    return f'<section class="turn" id="turn-{key}" data-turn="{key}"{busy}>{question}{body}{after}</section>'


def welcome_html(examples: Sequence[str], articles: int, outlets: int, problem: str | None, status: str | None) -> str:
    """Draw the empty page: what this is, whether it is ready, and questions that the corpus can answer."""
    if problem:
        state = problem_html(problem)
    elif status:
        state = f'<p class="status" role="status"><span class="waiting"></span>{esc(status)}</p>'
    else:
        of = f" from {plural(outlets, 'outlet')}" if outlets else ""
        state = f'<p class="ready" role="status">{plural(articles, "article")}{of}, ready to be asked.</p>'
    buttons = "".join(_ask_button(question, "example") for question in examples)
    listed = f'<div class="examples" aria-label="Example questions">{buttons}</div>' if buttons else ""
    return (
        '<div class="welcome"><h1>Ask your articles</h1>'
        "<p class='lead'>Answers come from the articles only. Every sentence carries the passage it stands on, "
        f"word for word, so that you can check it.</p>{state}{listed}</div>"
    )


def searched_line(articles: int, hits: Sequence[Hit], filters: Filters) -> str:
    """Say in words what was searched."""
    limits = [
        f"outlet {filters.outlet}" if filters.outlet else "",
        f"since {day(filters.since)}" if filters.since else "",
        f"until {day(filters.until)}" if filters.until else "",
        f"author {filters.author}" if filters.author else "",
        f"language {filters.language}" if filters.language else "",
    ]
    narrowed = ", ".join(limit for limit in limits if limit)
    sources = len({hit.passage.article_id for hit in hits})
    read = f"; {plural(len(hits), 'passage')} of {plural(sources, 'article')} read" if hits else "; nothing found"
    return f"Searched {plural(articles, 'article')}{f' ({narrowed})' if narrowed else ''}{read}."


def opens(article_id: str, start: int = 0, end: int = 0, version: str = "", turn: str = "") -> str:
    """Return the attributes of a button that opens an article at a span, as an answer (`turn`) cites it."""
    of = f' data-turn="{esc(turn)}"' if turn else ""
    cited = f' data-version="{esc(version)}"' if version else ""
    return f'data-act="open" data-article="{esc(article_id)}" data-start="{start}" data-end="{end}"{of}{cited}'


def problem_html(problem: str) -> str:
    """Draw what went wrong, in one sentence."""
    return f'<p class="problem" role="alert">{icons.WARNING}<span>{esc(problem)}</span></p>'


def _body(exchange: Exchange) -> str:
    answer = exchange.answer
    if answer is not None and (answer.abstained or not answer.sentences):
        return _refusal(exchange, answer)
    by_marker = {citation.marker: citation for citation in exchange.shown_citations}
    drawn = [_sentence(s, by_marker, exchange.exchange_id) for s in exchange.shown_sentences]
    text = f'<div class="answer"><p>{" ".join(drawn)}</p></div>' if drawn else ""
    if answer is None:
        return text
    notice = f'<p class="notice">{esc(answer.notice)}</p>' if answer.notice else ""
    return text + notice + "".join(_disagreement(d, exchange.exchange_id) for d in answer.disagreements)


def _sentence(sentence: AnswerSentence, by_marker: dict[int, Citation], key: str) -> str:
    cited = [by_marker[marker] for marker in sentence.markers if marker in by_marker]
    kind = "quote" if any(c.evidence.quote.strip(" .") in sentence.text for c in cited) else sentence.verdict
    marks = "".join(_marker(citation, key) for citation in cited)
    sign = ""
    if kind in _VERDICTS:
        drawing, meaning = _VERDICTS[kind]
        sign = f'<span class="verdict" role="img" title="{meaning}" aria-label="{meaning}">{drawing}</span>'
    head, _, last = sentence.text.rpartition(" ")
    tail = f'<span class="tail">{esc(last)}<span class="marks">{marks}{sign}</span></span>'
    return f'<span class="sentence" data-verdict="{esc(kind)}">{esc(head)} {tail}</span>'


def _marker(citation: Citation, key: str) -> str:
    metadata = citation.evidence.metadata
    source = ", ".join(part for part in (metadata.outlet, metadata.title) if part) or "source without a title"
    number = citation.marker
    return (
        f'<button type="button" class="marker" data-act="cite" data-turn="{esc(key)}" data-marker="{number}" '
        f'aria-label="Source {number}: {esc(source)}"><i>[</i>{number}<i>]</i></button>'
    )


def _refusal(exchange: Exchange, answer: Answer) -> str:
    closest = list(dict.fromkeys(hit.metadata.title or hit.passage.article_id for hit in answer.hits))[:3]
    nearest = "".join(f"<li>{esc(shorten(title, 90))}</li>" for title in closest)
    listed = f"<p>Closest articles, none of which answers it:</p><ul>{nearest}</ul>" if nearest else ""
    return (
        f'<div class="refusal" role="note">{icons.NOTHING}<div><p class="refusal-text">{esc(answer.text)}</p>'
        f"<p>{esc(searched_line(exchange.articles, answer.hits, exchange.filters))}</p>{listed}</div></div>"
    )


def _status(exchange: Exchange) -> str:
    if exchange.status is None:
        return ""
    return f'<p class="status" role="status"><span class="waiting"></span>{esc(exchange.status)}</p>'


def _problem(exchange: Exchange) -> str:
    if exchange.problem:
        return problem_html(exchange.problem)
    return '<p class="notice">Stopped.</p>' if exchange.stopped else ""


def _actions(exchange: Exchange) -> str:
    key = esc(exchange.exchange_id)

    def button(act: str, drawing: str, label: str, word: str = "", extra: str = "") -> str:
        return (
            f'<button type="button" class="ghost" data-act="{act}" data-turn="{key}" {extra}title="{label}" '
            f'aria-label="{label}">{drawing}{word}</button>'
        )

    tools = ""
    if exchange.answer is not None:
        tools = (
            button("copy", icons.COPY, "Copy as Markdown with footnotes", "<span>Copy</span>")
            + _downloads(key)
            + button("judge", icons.GOOD, "Good answer", "", 'data-verdict="good" aria-pressed="false" ')
            + button("judge", icons.BAD, "Bad answer", "", 'data-verdict="bad" aria-pressed="false" ')
            + button("link", icons.LINK, "Copy a link that asks this question", "<span>Link</span>")
        )
    again = button("retry", icons.RETRY, "Ask again", "<span>Retry</span>")
    return f'<div class="actions">{tools}{again}</div>{_details(exchange)}'


def _downloads(key: str) -> str:
    kinds = (("md", "Markdown"), ("html", "Web page"), ("docx", "Word"), ("json", "JSON"))
    buttons = "".join(
        f'<button type="button" class="ghost" data-act="save" data-turn="{key}" data-format="{kind}">{name}</button>'
        for kind, name in kinds
    )
    return (
        f'<details class="menu" id="take-{key}"><summary class="ghost" title="Download with footnotes">'
        f"{icons.DOWNLOAD}<span>Download</span></summary><div>{buttons}</div></details>"
    )


def _details(exchange: Exchange) -> str:
    answer = exchange.answer
    if answer is None:
        return ""
    facts = [("Searched", searched_line(exchange.articles, answer.hits, exchange.filters))]
    if answer.standalone_question != answer.question:
        facts.append(("Understood as", answer.standalone_question))
    timings = ", ".join(f"{_STAGES.get(stage, stage)} {ms:,.0f} ms" for stage, ms in answer.timings_ms.items())
    facts += [("Not answered", part) for part in answer.missing]
    facts += [("Put right", premise) for premise in answer.false_premises]
    facts += [("Time", timings or "not measured"), ("Confidence", f"{answer.confidence:.0%}")]
    if answer.tokens:
        facts.append(("Tokens", ", ".join(f"{count:,} {kind}" for kind, count in answer.tokens.items())))
    facts += [("Generator", answer.generator), ("Encoder", answer.encoder), ("Index", answer.index_fingerprint)]
    listed = "".join(f"<dt>{name}</dt><dd>{esc(value)}</dd>" for name, value in facts)
    rows = "".join(_hit(hit) for hit in answer.hits)
    hits = f'<ol class="hits" aria-label="Passages found, best first">{rows}</ol>' if rows else ""
    return (
        f'<details class="fold" id="how-{esc(exchange.exchange_id)}"><summary>How this was answered</summary>'
        f"<dl>{listed}</dl>{hits}</details>"
    )


def _hit(hit: Hit) -> str:
    passage = hit.passage
    source = " · ".join(part for part in (hit.metadata.outlet, hit.metadata.title, day(hit.metadata.published)) if part)
    return (
        f'<li><button type="button" class="textlink" '
        f"{opens(passage.article_id, passage.start, passage.end, hit.version)}>"
        f"{esc(shorten(source or passage.article_id, 110))}"
        "</button> "
        f'<span class="score">{hit.score:.3f}</span><p>{esc(shorten(passage.text, 220))}</p></li>'
    )


def _disagreement(disagreement: Disagreement, key: str) -> str:
    rows = "".join(
        f"<tr><td>{esc(claim.text)}</td><td><ul>{''.join(_said_by(e, key) for e in claim.evidence)}</ul></td></tr>"
        for claim in disagreement.claims
    )
    return (
        f'<table class="disagreement"><caption>{esc(disagreement_caption(disagreement))}</caption>'
        "<thead><tr><th scope='col'>What is said</th><th scope='col'>By whom, and when</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _said_by(evidence: Evidence, key: str) -> str:
    """Draw one source of a claim: a button that opens its article at the words, and its date."""
    metadata = evidence.metadata
    name = shorten(metadata.outlet or metadata.title or evidence.article_id, 60)
    return (
        f'<li><button type="button" class="textlink" title="Open the article at these words" '
        f"{opens(evidence.article_id, evidence.start, evidence.end, evidence.version, key)}>{esc(name)}</button> "
        f"<time>{esc(day(metadata.published) or 'no date')}</time></li>"
    )


def _follow_ups(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    buttons = "".join(_ask_button(question, "follow") for question in questions)
    return f'<div class="followups" aria-label="Questions to go on with">{buttons}</div>'


def _ask_button(question: str, kind: str) -> str:
    return (
        f'<button type="button" class="suggestion {kind}" data-act="ask" data-question="{esc(question)}">'
        f"<span>{esc(question)}</span>{icons.ASK}</button>"
    )
