"""`rag search` and `rag ask`: one question to the engine, its hits or its cited answer to the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from rag.cli.options import (
    engine,
    filter_options,
    filters,
    generator_option,
    index_option,
    json_option,
    k_option,
    question_of,
    unknown_names,
)
from rag.cli.output import echo_ending, echo_json, echo_note, echo_table, one_line, sentence_line, source_line
from rag.records import Answer, Filters
from rag.wire import answer_json, search_json

if TYPE_CHECKING:
    from rag.engine import Engine, Turn

_SHOWN_CHARACTERS = 240


@click.command(short_help="Print the passages nearest to a question.")
@click.argument("question", nargs=-1, required=True)
@k_option
@filter_options
@index_option
@json_option
def search(
    question: tuple[str, ...],
    k: int | None,
    outlet: str | None,
    author: str | None,
    language: str | None,
    since: str | None,
    until: str | None,
    index: str | None,
    as_json: bool,
) -> None:
    """Print the passages nearest to QUESTION, the best first."""
    asked, passing = question_of(question), filters(outlet, author, language, since, until)
    with engine(nonempty=True, k=k, index=index) as opened:
        result = opened.search(asked, filters=passing)
        unknown = [] if result.hits else unknown_names(opened, passing)
    for line in unknown:
        echo_note(line)
    if as_json:
        echo_json(search_json(result.question, result.hits, result.timings_ms))
    elif not result.hits:
        echo_note("no passage found")
    else:
        rows = [
            (
                hit.rank,
                f"{hit.score:.3f}",
                source_line(hit.metadata),
                f"{hit.passage.article_id}:{hit.passage.start}-{hit.passage.end}",
                _shortened(hit.passage.text),
            )
            for hit in result.hits
        ]
        echo_table(("rank", "score", "source", "where", "passage"), rows)


@click.command(short_help="Answer one question with citations.")
@click.argument("question", nargs=-1, required=True)
@k_option
@filter_options
@generator_option
@index_option
@json_option
def ask(
    question: tuple[str, ...],
    k: int | None,
    outlet: str | None,
    author: str | None,
    language: str | None,
    since: str | None,
    until: str | None,
    generator: str | None,
    index: str | None,
    as_json: bool,
) -> None:
    """Answer QUESTION from the indexed articles: each sentence with its sources, or a plain refusal."""
    asked, passing = question_of(question), filters(outlet, author, language, since, until)
    with engine(nonempty=True, k=k, generator=generator, index=index) as opened:
        if as_json:
            answer = opened.ask(asked, filters=passing)
            echo_json(answer_json(answer))
            _note_unknown(opened, passing, answer)
        else:
            stream_answer(opened, asked, passing)


def stream_answer(opened: Engine, question: str, passing: Filters, *, history: Sequence[Turn] = ()) -> Answer | None:
    """Print each sentence as soon as it is checked, then the sources; return the answer."""
    from rag.engine import Finished, Written

    for event in opened.stream(question, history=history, filters=passing):
        if isinstance(event, Written):
            click.echo(sentence_line(event.sentence))
        elif isinstance(event, Finished):
            echo_ending(event.answer)
            _note_unknown(opened, passing, event.answer)
            return event.answer
    return None


def _note_unknown(opened: Engine, passing: Filters, answer: Answer) -> None:
    """Say on stderr which name that was filtered by no article has, when nothing was found."""
    if not answer.hits:
        for line in unknown_names(opened, passing):
            echo_note(line)


def _shortened(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS].rsplit(" ", 1)[0] + " …"
