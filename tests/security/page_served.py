"""A page over the scripted engine in a process of its own, with the settings that a test needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CODE = """
import json, sys, tempfile
sys.path[:0] = json.loads(sys.argv[1])
from hostile_page import engine_of
from rag.settings import Settings
from rag.web.server import start
given = json.loads(sys.argv[2])
kind = given.pop("kind", "plain")
settings = Settings(port=0, index=tempfile.mkdtemp(prefix="footnote-test-"), **given)
serving = start(settings, lambda report: engine_of(kind))
print(serving.url, flush=True)
serving.wait()
"""
_ROOMS = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "web")]


@contextmanager
def served(**settings: object) -> Iterator[str]:
    """Serve a page and yield its address."""
    command = [sys.executable, "-c", _CODE, json.dumps(_ROOMS), json.dumps(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(20)
