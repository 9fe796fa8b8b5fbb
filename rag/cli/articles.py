"""`rag articles`, `rag show` and `rag remove`: what the index holds, and taking it out again."""

from __future__ import annotations

import sys
from collections import Counter

import click

from rag.cli.options import engine, index_option, json_option
from rag.cli.output import echo_json, echo_note, echo_table, plain, source_line
from rag.errors import InputError
from rag.records import Article
from rag.stores.protocol import version_of
from rag.wire import article_json


@click.command(short_help="List the stored articles.")
@index_option
@json_option
def articles(index: str | None, as_json: bool) -> None:
    """List the stored articles, ordered by id, each with its near-copies in other outlets."""
    with engine(index=index) as opened:
        stored = list(opened.articles())
    if as_json:
        rows = [
            {**article_json(row.article, passages=row.passages, text=False), "group": row.group, "version": row.version}
            for row in stored
        ]
        echo_json({"articles": rows})
        return
    voices = Counter(row.group for row in stored if row.group)
    echo_table(
        ("id", "outlet", "published", "title", "passages", "copies", "source"),
        [
            (a.article_id, a.metadata.outlet, a.metadata.published, a.metadata.title, row.passages, copies, a.source)
            for row in stored
            for a, copies in [(row.article, _copies(row.article.article_id, row.group, voices[row.group]))]
        ],
    )


@click.command(short_help="Print one stored article.")
@click.argument("article_id", metavar="ID")
@click.option("--version", metavar="PREFIX", help="Print it as it was: the start of that version's content hash.")
@index_option
@json_option
def show(article_id: str, version: str | None, index: str | None, as_json: bool) -> None:
    """Print the article ID: what is known about it on stderr, its stored text and nothing else on stdout.

    The offsets of every citation count in that text, in Unicode code points.
    """
    with engine(index=index) as opened:
        article = opened.article(article_id, version)
        if article is None and version is not None and opened.article(article_id) is not None:
            raise InputError(f"{article_id!r} has no version {version!r}; `rag show {article_id}` names those it has")
        earlier = opened.versions(article_id)
    if article is None:
        raise _unknown([article_id])
    if as_json:
        versions = [{"version": v.version, "replaced": v.replaced} for v in earlier]
        echo_json({**article_json(article), "version": version_of(article), "earlier_versions": versions})
        return
    _echo_about(article)
    if earlier:
        named = ", ".join(f"{v.version} (until {v.replaced[:16]})" for v in earlier)
        echo_note(f"{len(earlier)} earlier version{'' if len(earlier) == 1 else 's'}: {named}")
    terminal = sys.stdout.isatty()
    click.echo(plain(article.text) if terminal else article.text, nl=terminal)


@click.command(short_help="Remove articles from the index.")
@click.argument("article_ids", metavar="ID…", nargs=-1, required=True)
@index_option
@json_option
def remove(article_ids: tuple[str, ...], index: str | None, as_json: bool) -> int:
    """Remove the articles ID… with all their passages and earlier versions."""
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


def _echo_about(article: Article) -> None:
    echo_note(f"{article.article_id} · {source_line(article.metadata)}")
    for name in ("author", "url", "language"):
        if value := getattr(article.metadata, name):
            echo_note(f"{name}: {value}")
    echo_note(f"read from: {article.source} · {len(article.text)} characters")


def _copies(article_id: str, group: str, members: int) -> str:
    """Return how many near-copies the first of a group has, and of which one another member is a copy."""
    if members < 2:
        return ""
    return f"{members - 1} more" if article_id == group else f"of {group}"


def _unknown(article_ids: list[str]) -> InputError:
    names = ", ".join(f"'{article_id}'" for article_id in article_ids)
    return InputError(f"no article is stored as {names}; `rag articles` lists the ids")
