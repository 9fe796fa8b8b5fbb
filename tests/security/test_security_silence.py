"""Nothing here calls out: indexing, asking and serving in a namespace without a route try to reach nobody.

`strace` lists every address the processes try to connect or send to; without it, a namespace that has only a loopback
is left, in which any call out would fail.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from asked_over_http import ask
from injection import CLEAN_QUESTIONS, write_clean

ROOT = Path(__file__).parents[2]
LOCAL = re.compile(r"AF_UNIX|AF_NETLINK|AF_UNSPEC|127\.0\.0\.\d+|\"::1\"|::ffff:127\.|AF_LOCAL")
CALL = re.compile(r"\b(?:connect|sendto|sendmsg)\(\d+.*?(sa_family=\S+.*?)\}")
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("HF_HUB_OFFLINE", "GRADIO_ANALYTICS_ENABLED")}


def can(*command: str) -> bool:
    return (
        shutil.which(command[0]) is not None
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )


pytestmark = [
    pytest.mark.slow,
    pytest.mark.weights,
    pytest.mark.skipif(not can("unshare", "-n", "true"), reason="no network namespace can be made here"),
]


def alone(log: Path, *command: str) -> list[str]:
    """Return a command that runs in a namespace with nothing but a loopback, traced where that is possible."""
    traced = (
        ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(log)] if can("strace", "-V") else []
    )
    return ["unshare", "-n", "sh", "-c", 'ip link set lo up; exec "$@"', "alone", *traced, *command]


def called_out(log: Path) -> list[str]:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    reached = [match[1] for line in lines if (match := CALL.search(line))]
    return [address for address in reached if not LOCAL.search(address)]


def test_indexing_and_asking_call_nobody(tmp_path: Path) -> None:
    write_clean(tmp_path / "articles")
    log, index = tmp_path / "calls", ["--index", str(tmp_path / "index")]
    for words in (["index", str(tmp_path / "articles")], ["ask", CLEAN_QUESTIONS[0]], ["search", "mill"]):
        run = alone(log, sys.executable, "-m", "rag", *words, *index)
        done = subprocess.run(
            run, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr[-800:]
        assert called_out(log) == []


def test_the_served_page_answers_without_calling_anybody_and_ends_when_told(tmp_path: Path) -> None:
    write_clean(tmp_path / "articles")
    log = tmp_path / "calls"
    settings = {"RAG_INDEX": str(tmp_path / "index"), "RAG_CORPUS": str(tmp_path / "articles"), "RAG_PORT": "7977"}
    command = alone(log, sys.executable, str(ROOT / "app.py"))
    here = str(Path(__file__).parent)
    code = f"import sys; sys.path.insert(0, {here!r}); from asked_over_http import ask; print(ask(7977))"
    with subprocess.Popen(command, cwd=tmp_path, env={**ENVIRONMENT, **settings}, start_new_session=True) as app:
        try:
            seen = subprocess.run(
                ["nsenter", "-t", str(app.pid), "-n", sys.executable, "-c", code],
                capture_output=True, text=True, timeout=300, check=False,
            )  # fmt: skip
            assert "8,400 visitors" in seen.stdout, seen.stdout[-500:] + seen.stderr[-500:]
        finally:
            os.killpg(app.pid, signal.SIGTERM)
            app.wait(30)
    assert called_out(log) == []


def test_a_stopped_server_tells_or_finishes_and_exits_with_zero_in_ten_seconds(tmp_path: Path) -> None:
    write_clean(tmp_path / "articles")
    settings = {"RAG_INDEX": str(tmp_path / "index"), "RAG_CORPUS": str(tmp_path / "articles"), "RAG_PORT": "0"}
    with subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")], cwd=tmp_path, env={**ENVIRONMENT, **settings}, stdout=subprocess.PIPE,
        text=True,
    ) as app:  # fmt: skip
        assert app.stdout is not None
        found = re.search(r"http://\S+/", app.stdout.readline())
        assert found is not None
        told: list[str] = []
        asking = threading.Thread(target=lambda: told.append(ask(int(found[0].rstrip("/").rpartition(":")[2]))))
        asking.start()
        time.sleep(2)
        started = time.monotonic()
        app.send_signal(signal.SIGTERM)
        assert app.wait(10) == 0
        assert time.monotonic() - started < 10
        asking.join(30)
        assert told
