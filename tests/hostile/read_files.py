"""Read the files named on standard input, one a line, and print what became of each: a JSON line a file, one at last.

A process of its own, so that its memory and that of the parsers it starts can be measured apart from the tests.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from rag.readers import Failure, read
from rag.readers.workers import close_workers


def main() -> None:
    """Read and report."""
    for path in sys.stdin.read().split("\n"):
        if not path:
            continue
        started, articles, failures, longest = time.monotonic(), 0, [], 0
        for outcome in read([path]):
            if isinstance(outcome, Failure):
                failures.append(outcome.error)
            else:
                articles += 1
                longest = max(longest, len(outcome.text))
                secret = "root:x:0" in outcome.text
                failures += ["SECRET READ"] if secret else []
        seconds = time.monotonic() - started
        print(json.dumps({"path": path, "seconds": round(seconds, 2), "articles": articles, "failures": failures[:20],
                          "count": len(failures), "longest": longest}), flush=True)  # fmt: skip
    close_workers()
    status = Path(
        "/proc/self/status"
    ).read_text()  # getrusage would count what the process was before it became this one
    own = next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    parsers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(json.dumps({"reader_mib": own, "parser_mib": parsers}), flush=True)


if __name__ == "__main__":
    main()
