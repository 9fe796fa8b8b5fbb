"""Index `corpus/` and serve the chat at http://127.0.0.1:7860; what `make run` starts.

Reading, encoding and loading of models happen in a process behind the page, which is up at once and says so. Articles
that have not changed since the last start are not encoded again, those whose file has gone are dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.locations import shown
from rag.settings import Settings, load_settings
from rag.web import serve

if TYPE_CHECKING:
    from rag.engine import Engine


def indexed(settings: Settings, report: Callable[[str], None]) -> Engine:
    """Open the index of these settings, made when there is none, and bring it up to date with the corpus."""
    report("Opening the index…")
    from rag.cli.progress import ProgressBar
    from rag.engine import Engine

    engine = Engine.open(settings, create=True)
    report(f"Reading the articles in {settings.corpus}…")
    with ProgressBar([settings.corpus]) as bar:
        summary = engine.add([settings.corpus], prune=True, progress=bar)
    for failure in summary.failed:
        print(f"not read: {failure.path}: {failure.error}", file=sys.stderr)
    counts = f"{summary.articles} articles, {summary.passages} passages"
    print(f"{counts} in {shown(settings.index)}", file=sys.stderr, flush=True)
    return engine


def main() -> int:
    """Serve until Ctrl-C; return the exit code."""
    try:
        settings = load_settings().settings
        serve(settings, partial(indexed, settings))
    except RagError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
