"""`rag copy`: an index from one store to another, with a bar on stderr. `rag.stores.copying` does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import click

from rag.cli.options import json_option
from rag.cli.output import echo_json
from rag.errors import InputError


@click.command(short_help="Copy an index to another folder or database.")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@json_option
def copy(source: str, target: str, as_json: bool) -> None:
    """Copy the index in SRC to DST; each is a folder or an address like postgresql://user@host/database.

    DST is made if it is not there. Run it again after an interruption: it goes on. Nothing is encoded.
    """
    from rag.stores import open_store
    from rag.stores.copying import copy_index
    from rag.stores.postgres import shown

    if source == target:
        raise InputError(f"{shown(source)} cannot be copied onto itself; name another place")
    started = time.monotonic()
    with ExitStack() as opened:
        origin = opened.enter_context(closing(open_store(source, read_only=True)))
        other = opened.enter_context(closing(open_store(target, manifest=origin.manifest, create=True)))
        copied = copy_index(origin, other, shown(target), _progress)
        articles, passages = other.counts()
        summary = {"copied": copied, "articles": articles, "passages": passages, "fingerprint": other.fingerprint}
    seconds = time.monotonic() - started
    if as_json:
        echo_json({**summary, "seconds": round(seconds, 3)})
    else:
        click.echo(
            f"{copied} articles copied; {shown(target)} holds {articles} articles in {passages} passages,"
            f" the same as {shown(source)} ({seconds:.1f} s)"
        )


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Draw a bar on stderr, where that is a terminal; yield what moves it on by one."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("articles ·"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
