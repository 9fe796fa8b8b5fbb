"""`rag index`: articles into the index, with progress, a summary, and one line for each that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rag.cli.options import cluster, engine, index_option, json_option, on_option
from rag.cli.output import echo_json, echo_note
from rag.errors import InputError

if TYPE_CHECKING:
    from rag.indexing import IndexSummary


@click.command(short_help="Add or update articles from files, folders or URLs.")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True)
@click.option("--prune", is_flag=True, help="Drop stored articles of these paths whose file has gone.")
@on_option
@index_option
@json_option
def index(paths: tuple[str, ...], prune: bool, on: str | None, index: str | None, as_json: bool) -> int:
    """Add or update the articles of PATH…: files, folders, .jsonl or .csv of articles, URLs.

    What has not changed is not encoded again. What cannot be read is named on stderr, and the rest goes on.
    """
    from rag.cli.progress import ProgressBar

    bar = ProgressBar(paths)
    with cluster(on, index=index) as joined, engine(create=True, index=index) as opened, bar:
        if joined is None:
            summary = opened.add(paths, prune=prune, progress=bar)
        else:
            from rag.cluster import ClusterEncoder

            encoder = ClusterEncoder(joined, opened.encoder)
            summary = opened.add(paths, prune=prune, progress=bar, encoder=encoder, workers=joined.workers)
    if as_json:
        echo_json(summary.as_json())
    elif summary.articles:
        click.echo(_in_words(summary))
    for failure in summary.failed:
        echo_note(f"{failure.path}: {failure.error}")
    if not summary.articles and not summary.removed:
        raise InputError(f"no article could be read from {', '.join(paths)}, and the index is empty")
    return 1 if summary.failed else 0


def _in_words(summary: IndexSummary) -> str:
    counts = {
        "added": summary.added,
        "updated": summary.updated,
        "unchanged": summary.unchanged,
        "duplicates": summary.duplicates,
        "removed": summary.removed,
        "failed": len(summary.failed),
    }
    done = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    held = f"the index holds {summary.articles} articles in {summary.passages} passages"
    return f"{done or 'nothing to do'}; {held} ({summary.seconds:.1f} s)"
