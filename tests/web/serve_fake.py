"""Serves the page over the scripted engine in a process of its own, so that what Gradio leaves behind ends with it.

Usage: serve_fake.py SECONDS_BETWEEN_SENTENCES SECONDS_TO_OPEN hostile|copies|plain; prints the address first.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable

from web_fakes import ARTICLES, REPRINT, FakeEngine, hostile_articles

from rag.settings import Settings
from rag.web.server import start

pause_s, open_s, kind = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]


def opened(report: Callable[[str], None]) -> FakeEngine:
    report("Loading the models…")
    time.sleep(open_s)
    articles = {"hostile": hostile_articles(), "copies": [*ARTICLES, REPRINT]}.get(kind, ARTICLES)
    return FakeEngine(articles, pause_s=pause_s)


serving = start(Settings(port=0, index=tempfile.mkdtemp(prefix="footnote-test-")), opened)
print(serving.url, flush=True)
serving.wait()
