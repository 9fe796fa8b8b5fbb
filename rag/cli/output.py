"""How results look in a terminal. Text from articles is shown as text: no control sequence of theirs reaches it.

Results go to stdout, everything else to stderr. rich is imported only to draw a table.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence

import click

from rag.records import Answer, AnswerSentence, Citation, Disagreement, Metadata

# C0 and C1 controls but tab and line feed, lone surrogates, and the marks that reorder a line.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PIPE_WIDTH = 400


def plain(text: str) -> str:
    """Return the text with what a terminal would obey replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Return the text fit for one line."""
    return plain(" ".join(text.split()))


def echo_json(document: object) -> None:
    """Print one JSON document, in ASCII where stdout is not UTF-8."""
    ascii_only = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(document, ensure_ascii=ascii_only, indent=2))


def echo_note(text: str) -> None:
    """Print one line on stderr."""
    click.echo(one_line(text), err=True)


def echo_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as wide as the terminal, or as its content when stdout is a pipe or file."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else one_line(str(cell))) for cell in row))
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False).print(table)


def source_line(metadata: Metadata) -> str:
    """Return outlet, day and title of an article, as far as they are known."""
    day = metadata.published[:10] if metadata.published else None
    known = [one_line(part) for part in (metadata.outlet, day, metadata.title) if part]
    return " · ".join(known) or "unknown source"


def sentence_line(sentence: AnswerSentence) -> str:
    """Return a sentence of an answer with its markers behind it."""
    markers = "".join(f"[{marker}]" for marker in sentence.markers)
    return one_line(sentence.text) + (" " + click.style(markers, fg="cyan") if markers else "")


def echo_sources(citations: Sequence[Citation]) -> None:
    """Print the numbered sources with the exact words they are cited for."""
    for citation in citations:
        marker = click.style(f"[{citation.marker}]", fg="cyan")
        click.echo(f"{marker} {source_line(citation.evidence.metadata)}")
        click.echo(f"    “{one_line(citation.evidence.quote)}”")


def echo_disagreements(disagreements: Sequence[Disagreement], citations: Sequence[Citation] = ()) -> None:
    """Print what the sources say differently: each claim, and under it who says so, when, and in which words.

    A source that the answer cites is shown with its marker.
    """
    markers = {(c.evidence.article_id, c.evidence.start): c.marker for c in citations}
    for disagreement in disagreements:
        changed = disagreement.relation == "update"
        lead = "Reports changed with time on" if changed else "Sources disagree on"
        click.echo(f"{lead} {one_line(disagreement.about)}:")
        for claim in disagreement.claims:
            click.echo(f"  - {click.style(one_line(claim.text), bold=True)}")
            for evidence in claim.evidence:
                marker = markers.get((evidence.article_id, evidence.start))
                cited = click.style(f"[{marker}] ", fg="cyan") if marker else ""
                click.echo(f"    {cited}{source_line(evidence.metadata)}: “{one_line(evidence.quote)}”")


def echo_ending(answer: Answer) -> None:
    """Print what follows the streamed sentences: the refusal or the sources, then what there is to know about it."""
    if answer.abstained:
        click.echo(plain(answer.text))
    if answer.citations:
        click.echo()
        echo_sources(answer.citations)
    if answer.disagreements:
        click.echo()
        echo_disagreements(answer.disagreements, answer.citations)
    if answer.notice:
        echo_note(f"note: {answer.notice}")
