"""A Ray cluster of two nodes with one core each, on this machine and on loopback only, one of which can be killed.

Made of the processes that `ray start` leaves behind; they are found by the folder or the address they were given.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_START_S = 120
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1"}
_PATIENT = {"RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "60", "RAY_worker_niceness": "0"}  # the machine may be busy
_AS_ADVISED = {"GRPC_ENABLE_FORK_SUPPORT": "0"}  # docs/scale.md, "Starting a cluster"
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # takes 127.0.0.1 for the address of the machine
# `ray start`, which refuses a second node to the variable above, with the same address for the machine.
_RAY_ON_LOOPBACK = """
from ray._private import services
services.get_node_ip_address = lambda address=None: "127.0.0.1"
from ray.scripts.scripts import main
main()
"""


class TwoNodes:
    """The head has the address; the other node is started, killed and started again."""

    def __init__(self, *, token: bool = True) -> None:
        self.token = secrets.token_hex(32)
        self._folder = tempfile.mkdtemp(prefix="rn-", dir="/tmp")  # sockets need a short path
        self.port, self.client_port = free_ports(2)
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "RAG_"))}
        plain |= _LOOPBACK
        secret = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token} if token else {"RAY_AUTH_MODE": "disabled"}
        self.environment = {
            **plain,
            **_QUIET,
            **_PATIENT,
            **_AS_ADVISED,
            **secret,
            "HF_HUB_OFFLINE": "1",
            "HOME": self._folder,
        }

    @property
    def address(self) -> str:
        """Return the address for a driver on this machine."""
        return f"127.0.0.1:{self.port}"

    @property
    def client_address(self) -> str:
        """Return the address for a Ray Client."""
        return f"ray://127.0.0.1:{self.client_port}"

    def start_head(self) -> None:
        ports = (f"--port={self.port}", f"--ray-client-server-port={self.client_port}")
        self._ray_start("--head", f"--temp-dir={self._folder}", "--include-dashboard=false", *ports)

    def start_other(self) -> None:
        self._ray_start(f"--address={self.address}")

    @property
    def other(self) -> int:
        """Return the id of the node manager of the node started last; its workers are its children."""
        return max(pid for pid, words in self._processes() if words[0].endswith("/raylet"))

    def stop(self) -> None:
        managers = [pid for pid, words in self._processes() if words[0].endswith("/raylet")]
        end([*(pid for pid, _ in self._processes()), *(child for pid in managers for child in children(pid))])
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ray_start(self, *words: str) -> None:
        size = ("--num-cpus=1", "--object-store-memory=100000000", "--disable-usage-stats")
        environment = {name: value for name, value in self.environment.items() if name not in _LOOPBACK}
        run = subprocess.run(
            [sys.executable, "-c", _RAY_ON_LOOPBACK, "start", *size, *words],
            env=self.environment if "--head" in words else environment,
            capture_output=True,
            text=True,
            timeout=_START_S,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    def _processes(self) -> Iterator[tuple[int, list[str]]]:
        own = (self._folder, f"--address={self.address}")  # servers of Ray Client are given the address alone
        return (found for found in processes() if any(mark in word for word in found[1] for mark in own))


def processes() -> Iterator[tuple[int, list[str]]]:
    """Yield the id and the words of every process."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_text(errors="replace").split("\0")
            except OSError:
                continue
            yield int(folder.name), words


def children(parent: int) -> list[int]:
    """Return the processes that this one started, and those that they did."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found += [int(folder.name), *children(int(folder.name))]
        except OSError:
            continue
    return found


def end(pids: Iterable[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def listening(pids: Iterable[int]) -> set[str]:
    """Return the addresses, as the kernel writes them, that these processes listen at."""
    inodes = set()
    for pid in pids:
        try:
            links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            continue
        inodes |= {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].split(":")[0])
    return found


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports
