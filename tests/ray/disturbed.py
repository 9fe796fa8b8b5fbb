"""Runs `rag index` or `rag evaluate` of its arguments, and kills a node of the cluster when some of it is done.

`disturbed.py PID index …`: PID is the node manager; its workers are killed with it. Says on stderr when that was.
"""

from __future__ import annotations

import sys

from two_nodes import children, end

from rag.cli import main
from rag.cli.progress import ProgressBar
from rag.evaluation.progress import ProgressMeter

_ENOUGH = {"index": 40, "evaluate": 6}  # passages, questions

victim, done = int(sys.argv[1]), 0
encoded, advanced = ProgressBar.encoded, ProgressMeter.advance


def strike(more: int) -> None:
    global done
    before, done = done, done + more
    if before < _ENOUGH[sys.argv[2]] <= done:
        workers = children(victim)
        end([victim, *workers])
        print(f"killed a node and its {len(workers)} processes after {done}", file=sys.stderr)


def on_passages(bar: ProgressBar, passages: int) -> None:
    encoded(bar, passages)
    strike(passages)


def on_question(meter: ProgressMeter, *, failed: bool) -> None:
    advanced(meter, failed=failed)
    strike(1)


ProgressBar.encoded = on_passages  # type: ignore[method-assign]
ProgressMeter.advance = on_question  # type: ignore[method-assign]
sys.exit(main(sys.argv[2:]))
