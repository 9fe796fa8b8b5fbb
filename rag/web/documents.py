"""Takes an answer out of the page as a web page of its own or as a Word file, with numbered footnotes.

Every footnote holds quote, outlet, title, author, date, address, article id and span; the colophon names generator,
encoder and index. The web page loads nothing and runs nothing. Owner of python-docx.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from rag.records import Answer, Citation, Disagreement
from rag.web.exports import disagreement_caption, said_rows
from rag.web.text import day, esc, plain, safe_url, verbatim

_STYLE = (
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:17px/1.6 Georgia,serif;color:#1c1c1a;background:#fff}"
    "h1{font-size:1.4rem}li{margin:.6rem 0}q{quotes:'“' '”'}small,footer{color:#63625c;font-size:.85rem}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def answer_page(answer: Answer) -> str:
    """Return the answer as one self-contained HTML page; words of articles and people are escaped."""
    sentences = " ".join(
        esc(text) + "".join(f'<sup><a href="#fn{m}" id="ref{m}">{m}</a></sup>' for m in markers)
        for text, markers in _sentences(answer)
    )
    notes = "".join(_note(citation) for citation in answer.citations)
    tables = "".join(_table(disagreement) for disagreement in answer.disagreements)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{esc(answer.question)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{esc(answer.question)}</h1><p>{sentences}</p>"
        f"{tables}<ol>{notes}</ol><footer>{esc(_colophon(answer))}</footer></body></html>\n"
    )


def answer_word(answer: Answer) -> bytes:
    """Return the answer as a Word file (.docx), markers raised, sources as a numbered list."""
    import docx

    document = docx.Document()
    document.core_properties.title = plain(answer.question)[:250]
    document.core_properties.author = "Footnote"
    document.add_heading(plain(answer.question), level=1)
    body = document.add_paragraph()
    for text, markers in _sentences(answer):
        body.add_run(plain(text))
        body.add_run("".join(f"[{m}]" for m in markers)).font.superscript = True
        body.add_run(" ")
    for disagreement in answer.disagreements:
        document.add_paragraph(plain(disagreement_caption(disagreement)))
        for row in said_rows(disagreement):
            document.add_paragraph(plain(" · ".join(row)), style="List Bullet")
    if answer.citations:
        document.add_heading("Sources", level=2)
    for citation in answer.citations:
        entry = document.add_paragraph(f"[{citation.marker}] ")
        entry.add_run(f"“{plain(citation.evidence.quote)}”").italic = True
        entry.add_run(f" {plain(_source(citation))}")
    document.add_paragraph(plain(_colophon(answer)))
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _sentences(answer: Answer) -> Iterator[tuple[str, tuple[int, ...]]]:
    if answer.abstained or not answer.sentences:
        yield answer.text, ()
    for sentence in answer.sentences:
        doubt = "" if sentence.verdict in ("supported", "no_claim") else f" ({sentence.verdict})"
        yield sentence.text + doubt, sentence.markers


def _table(disagreement: Disagreement) -> str:
    heads = "".join(f"<th>{esc(name)}</th>" for name in ("What is said", "By whom", "When"))
    rows = "".join(f"<tr>{''.join(f'<td>{esc(cell)}</td>' for cell in row)}</tr>" for row in said_rows(disagreement))
    return f"<table><caption>{esc(disagreement_caption(disagreement))}</caption><tr>{heads}</tr>{rows}</table>"


def _note(citation: Citation) -> str:
    evidence = citation.evidence
    url = safe_url(evidence.metadata.url)
    link = f' <a href="{esc(url)}" rel="noreferrer noopener">{esc(url)}</a>' if url else ""
    back = f'<a href="#ref{citation.marker}" aria-label="Back to the sentence">↩</a>'
    return (
        f'<li id="fn{citation.marker}"><q>{verbatim(evidence.quote)}</q> '
        f"<small>{esc(_source(citation, url=False))}{link}</small> {back}</li>"
    )


def _source(citation: Citation, *, url: bool = True) -> str:
    e = citation.evidence
    m = e.metadata
    address = safe_url(m.url) if url else None
    known = [m.outlet, m.title, m.author, day(m.published), address]
    place = f"article {e.article_id}, characters {e.start}–{e.end}"
    return f"{', '.join(part for part in known if part) or 'source not stated'}; {place}."


def _colophon(answer: Answer) -> str:
    return f"Generator {answer.generator}, encoder {answer.encoder}, index {answer.index_fingerprint}."
