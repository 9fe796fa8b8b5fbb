"""`rag articles`, `rag show` and `rag remove`: what the index holds, and taking it out again."""

from __future__ import annotations

import sys

import click

from rag.cli.options import engine, index_option, json_option
from rag.cli.output import echo_json, echo_note, echo_table, plain, source_line
from rag.errors import InputError
from rag.wire import article_json


@click.command(short_help="List the stored articles.")
@index_option
@json_option
def articles(index: str | None, as_json: bool) -> None:
    """List the stored articles, ordered by id."""
    with engine(index=index) as opened:
        stored = list(opened.articles())
    if as_json:
        rows = [article_json(row.article, passages=row.passages, text=False) for row in stored]
        echo_json({"articles": rows})
        return
    echo_table(
        ("id", "outlet", "published", "title", "passages", "source"),
        [
            (a.article_id, a.metadata.outlet, a.metadata.published, a.metadata.title, row.passages, a.source)
            for row in stored
            for a in (row.article,)
        ],
    )


@click.command(short_help="Print one stored article.")
@click.argument("article_id", metavar="ID")
@index_option
@json_option
def show(article_id: str, index: str | None, as_json: bool) -> None:
    """Print the article ID: what is known about it on stderr, its stored text and nothing else on stdout.

    The offsets of every citation count in that text, in Unicode code points.
    """
    with engine(index=index) as opened:
        article = opened.article(article_id)
    if article is None:
        raise _unknown([article_id])
    if as_json:
        echo_json(article_json(article))
        return
    echo_note(f"{article.article_id} · {source_line(article.metadata)}")
    for name in ("author", "url", "language"):
        if value := getattr(article.metadata, name):
            echo_note(f"{name}: {value}")
    echo_note(f"read from: {article.source} · {len(article.text)} characters")
    terminal = sys.stdout.isatty()
    click.echo(plain(article.text) if terminal else article.text, nl=terminal)


@click.command(short_help="Remove articles from the index.")
@click.argument("article_ids", metavar="ID…", nargs=-1, required=True)
@index_option
@json_option
def remove(article_ids: tuple[str, ...], index: str | None, as_json: bool) -> int:
    """Remove the articles ID… with all their passages."""
    asked = list(dict.fromkeys(article_ids))
    with engine(index=index) as opened:
        known = [article_id for article_id in asked if opened.article(article_id) is not None]
        unknown = [article_id for article_id in asked if article_id not in known]
        if not known:
            raise _unknown(unknown)
        opened.remove(known)
    if as_json:
        echo_json({"removed": known, "unknown": unknown})
    else:
        click.echo(f"removed {len(known)} article{'' if len(known) == 1 else 's'}")
    for article_id in unknown:
        echo_note(f"{article_id}: no such article")
    return 1 if unknown else 0


def _unknown(article_ids: list[str]) -> InputError:
    names = ", ".join(f"'{article_id}'" for article_id in article_ids)
    return InputError(f"no article is stored as {names}; `rag articles` lists the ids")
