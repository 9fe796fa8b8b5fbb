"""How far indexing has come, drawn by rich on stderr: articles, passages a second, time left.

Articles are read ahead and encoded together, so a batch counts as done by the share of its passages that is encoded:
the bar moves with the work, not with the reading. The total counts one article a file, and one a line in `.jsonl`;
it grows when more turn up.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rag import readers
from rag.cli.output import one_line

_NAME_WIDTH = 32


class ProgressBar:
    """A bar that is told by the index how far it is. Draws nothing where stderr is no terminal.

    Raises InputError, as reading does, for a path that does not exist or a folder without articles.
    """

    def __init__(self, paths: Sequence[str], console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("articles · {task.fields[rate]} passages/s ·"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=expected_articles(paths), rate="–")
        self._read = self._committed = 0
        self._batch_todo = self._batch_done = 0
        self._encoded = 0
        self._encoding_since: float | None = None

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    @property
    def done(self) -> float:
        """Return how many articles are done, a batch under way counted by its encoded share."""
        if not self._batch_todo:
            return self._committed
        return self._committed + (self._read - self._committed) * self._batch_done / self._batch_todo

    @property
    def total(self) -> float:
        """Return how many articles are expected at least."""
        return self._bar.tasks[self._task].total or 0

    def reading(self, source: str) -> None:
        """Count one more article that was read, or could not be."""
        self._read += 1
        name = one_line(source.rstrip("/").rsplit("/", 1)[-1])
        shown = name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
        self._bar.update(self._task, description=escape(shown), total=max(self.total, self._read))

    def to_encode(self, passages: int) -> None:
        """Begin a batch of so many passages; all articles read so far are in it or before it."""
        self._batch_todo, self._batch_done = passages, 0
        if not passages:
            self._committed = self._read
        self._encoding_since = self._encoding_since or time.monotonic()
        self._show()

    def encoded(self, passages: int) -> None:
        """Count so many passages of the batch as encoded."""
        self._encoded += passages
        self._batch_done += passages
        if self._batch_done >= self._batch_todo:
            self._committed, self._batch_todo = self._read, 0
        self._show()

    def _show(self) -> None:
        elapsed = time.monotonic() - (self._encoding_since or time.monotonic())
        rate = f"{self._encoded / elapsed:.0f}" if elapsed > 0 and self._encoded else "–"
        self._bar.update(self._task, completed=self.done, rate=rate)


def expected_articles(paths: Sequence[str]) -> int:
    """Return how many articles these files, folders and URLs hold at least, as far as that is cheap to say."""
    places = readers.inputs(paths)
    return sum(_lines(Path(place)) if place.lower().endswith((".jsonl", ".ndjson")) else 1 for place in places)


def _lines(file: Path) -> int:
    try:
        with file.open("rb") as stream:
            return max(1, sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b"")))
    except OSError:
        return 1
