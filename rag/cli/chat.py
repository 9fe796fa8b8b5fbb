"""`rag chat`: a conversation in a terminal, or over a pipe with one question a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from rag.cli.options import engine, filter_options, filters, generator_option, index_option, k_option
from rag.cli.output import echo_note
from rag.cli.questions import stream_answer
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.engine import Engine, Turn
    from rag.records import Filters

_LEAVE = ("/quit", "/exit")


@click.command(short_help="Ask in a terminal, with follow-up questions.")
@k_option
@filter_options
@generator_option
@index_option
def chat(
    k: int | None,
    outlet: str | None,
    author: str | None,
    language: str | None,
    since: str | None,
    until: str | None,
    generator: str | None,
    index: str | None,
) -> None:
    """Ask question after question; each may refer to those before it.

    /new forgets the conversation, /quit or the end of the input leaves. Ctrl-C stops an answer.
    """
    passing = filters(outlet, author, language, since, until)
    with engine(nonempty=True, k=k, generator=generator, index=index) as opened:
        opened.warm()
        _converse(opened, passing)


def _converse(opened: Engine, passing: Filters) -> None:
    from rag.engine import Turn

    history: list[Turn] = []
    for question in _questions():
        if question in _LEAVE:
            return
        if question == "/new":
            history.clear()
            continue
        try:
            answer = stream_answer(opened, question, passing, history=history)
        except RagError as error:
            echo_note(f"rag: {error}")
            continue
        except KeyboardInterrupt:
            echo_note("stopped")
            continue
        if answer is not None:
            history.append(Turn(question, answer))


def _questions() -> Iterator[str]:
    """Yield the questions typed, blank ones left out, until the input ends."""
    interactive = sys.stdin.isatty()
    if interactive:
        import readline  # noqa: F401 - gives input() line editing and history
    while True:
        try:
            line = input("> " if interactive else "")
        except EOFError:
            return
        except UnicodeDecodeError:
            echo_note("rag: the question is not valid UTF-8")
            continue
        if question := " ".join(line.split()):
            yield question
        if interactive:
            click.echo()
