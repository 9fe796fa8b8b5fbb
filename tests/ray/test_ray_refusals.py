"""What a cluster cannot be used for is said in one line with exit 2: no token, a wrong one, no Ray, no free core."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Command, Run
from two_nodes import TwoNodes, children, free_ports, listening, processes

pytestmark = pytest.mark.ray
INDEX = ("index", "news.jsonl", "--index", "refused", "--on")
JOIN = """
import sys
import ray
from rag.cluster import join, place_of
from rag.errors import RagError
from rag.settings import Settings
place, threads, version = sys.argv[1:]
ray.__version__ = version or ray.__version__
try:
    join(place_of(place), Settings(threads=int(threads)), place_s=4)
except RagError as error:
    print(error)
"""
STARTED_HERE = """
import sys
from rag.cluster import join, place_of
from rag.settings import Settings
with join(place_of("ray"), Settings()) as cluster:
    print(cluster.workers, flush=True)
    sys.stdin.read()
"""


def refusal(run: Run) -> str:
    """Return the one line that a refused command printed."""
    assert run.returncode == 2, run.stderr
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    return line


def test_a_missing_and_a_wrong_token_are_refused(command: Command, nodes: TwoNodes) -> None:
    tried = [(place, token) for place in (nodes.address, nodes.client_address) for token in ("", "f" * 64)]
    with ThreadPoolExecutor(len(tried)) as side_by_side:  # Ray takes half a minute to give up on a wrong one
        runs = side_by_side.map(lambda one: command(*INDEX, one[0], RAY_AUTH_TOKEN=one[1]), tried)
    for (place, token), run in zip(tried, runs, strict=True):
        line = refusal(run)
        assert place in line
        assert ("is its token the one in RAY_AUTH_TOKEN" if token else "no token for") in line


def test_a_cluster_that_asks_for_no_token_is_not_worked_on(command: Command) -> None:
    open_to_all = TwoNodes(token=False)
    try:
        open_to_all.start_head()
        line = refusal(command(*INDEX, open_to_all.address))
    finally:
        open_to_all.stop()
    assert "asks for no token" in line


def test_an_address_where_nothing_listens_is_refused_at_once(command: Command) -> None:
    (port,) = free_ports(1)
    started = time.monotonic()
    line = refusal(command(*INDEX, f"ray://127.0.0.1:{port}"))
    assert f"no Ray cluster can be reached at ray://127.0.0.1:{port}" in line
    assert time.monotonic() - started < 15


def test_a_cluster_without_a_free_core_is_not_waited_for(command: Command, nodes: TwoNodes) -> None:
    run = command(nodes.address, "64", "", program=("-c", JOIN))
    assert "no worker on" in run.stdout, run.stderr
    assert "a worker needs 64" in run.stdout


@pytest.mark.parametrize("way", ["driver", "client"])
def test_a_cluster_with_another_ray_is_refused_by_its_version(command: Command, nodes: TwoNodes, way: str) -> None:
    place = nodes.address if way == "driver" else nodes.client_address
    run = command(place, "0", "2.1.0", program=("-c", JOIN))
    assert "2.1.0" in run.stdout, run.stderr
    assert len(run.stdout.splitlines()) == 1


def test_an_index_that_workers_cannot_see_is_named(command: Command, nodes: TwoNodes, folder: Path) -> None:
    questions = ("evaluate", "questions.jsonl", "--out", "unseen", "--on", nodes.address)
    line = refusal(command(*questions, "--index", "nowhere"))
    assert "nowhere" in line


def test_ray_started_for_one_command_listens_on_loopback_only_and_ends_with_it(nodes: TwoNodes) -> None:
    environment = {name: value for name, value in nodes.environment.items() if not name.startswith("RAY_")}
    command = [sys.executable, "-c", STARTED_HERE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as started:  # type: ignore[call-overload]
        assert started.stdout.readline().strip().isdigit()
        own = [started.pid, *children(started.pid)]
        assert listening(own) <= {"0100007F", "0000000000000000FFFF00000100007F"}
        assert listening(own)
        started.stdin.close()
        assert started.wait(60) == 0, started.stderr.read()
    assert not [words for pid, words in processes() if pid in own]
