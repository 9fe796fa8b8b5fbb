"""Ray: started on loopback for one command, or joined; pieces of work mapped over it in order. Owner of the library.

A piece is a Ray task: it holds its cores only while it runs, and Ray itself runs it again, on whichever machine has
room, when its worker or machine is lost. Worker processes outlive tasks and keep what they loaded. Not actors: a lost
one waits for cores of its own that the others hold. Not Ray Data: it starts its pool anew for each batch of articles.
The figures stand in docs/scale.md.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from rag import __version__
from rag.cluster.address import Place, require_token
from rag.cluster.jobs import order_of, stand
from rag.encoders.batching import available_cores
from rag.errors import ClusterError, RagError
from rag.settings import Settings

Result = TypeVar("Result")

PLACE_S = 180.0  # for the first free core; a cluster that grows on demand needs a minute or two
STALL_S = 900.0  # without a result: longer than the slowest piece with a language model
_RETRIES = 10  # of a piece whose worker or machine was lost; one lost more often is itself the cause
_AHEAD = 8  # pieces under way for each worker, so that one that is run again does not hold up the others
_STORE_BYTES = 200_000_000  # of a Ray on this machine; pieces are small

# A head forks a server for each Ray Client beside the threads of its gRPC; one in ten dies of it at birth unless gRPC's
# handling of forks is off (github.com/ray-project/ray/issues/63202). The client learns of it after half a minute.
_STILLBORN = "Starting Ray client server failed"
_TRIES = 3

# Read when ray is imported: no word home, and nothing on stdout or stderr, where a command writes its own. Ray prints
# what befell a task to stdout unless a pattern skips it.
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DEDUP_LOGS": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
}
# A Ray started with it takes 127.0.0.1 for its machine's address and listens nowhere else.
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


def join(place: Place, settings: Settings, *, place_s: float = PLACE_S) -> Cluster:
    """Start Ray on this machine, or join the cluster there, to work by these settings.

    A worker takes a core (with the setting `threads`, so many), and a GPU where the cluster has one and the encoder is
    sentence-transformers, which can use it. Raises ClusterError when Ray is not installed, when the cluster cannot be
    reached, refuses the token, or runs without one, when it or a worker has another version, or when no worker is free
    within `place_s` seconds.
    """
    require_token(place, os.environ)
    os.environ.update(_QUIET, **(_LOOPBACK if place.local else {}))
    try:
        import ray
    except ImportError as error:
        reason = f"{error}; install it with: pip install 'footnote-rag[ray]'"
        raise ClusterError(f"--on {place.written} needs the library ray, which cannot be loaded: {reason}") from None
    cluster = Cluster(ray, place, _connect(ray, place), settings)
    try:
        cluster.check(place_s)
    except BaseException:
        cluster.close()
        raise
    return cluster


class Cluster:
    """A Ray cluster that was joined; `close` leaves it, and ends one that was started here."""

    def __init__(self, ray: Any, place: Place, folder: str | None, settings: Settings) -> None:
        self._ray, self._place, self._folder = ray, place, folder
        self._remote: dict[Callable[..., Any], Any] = {}
        self.order = order_of(settings)
        there, cores = ray.cluster_resources(), settings.threads or 1
        on_gpus = settings.encoder_backend == "sentence-transformers" and there.get("GPU", 0) >= 1
        self._needs = {"num_cpus": cores, "num_gpus": int(on_gpus), "max_retries": _RETRIES, "max_calls": 0}
        self.workers = max(1, int(there.get("GPU", 0) if on_gpus else there.get("CPU", 0) // cores))

    def check(self, place_s: float) -> None:
        """Have one worker say what it is; raises ClusterError when it is not one to be given work."""
        ray, place = self._ray, self._place.written
        try:
            standing = ray.get(self._submit(stand, ()), timeout=place_s)
        except ray.exceptions.GetTimeoutError:
            total, free = (int(count().get("CPU", 0)) for count in (ray.cluster_resources, ray.available_resources))
            held = f"it has {total} cores, {free} of them free, and a worker needs {self._needs['num_cpus']}"
            more = "wait for its other work, or add machines"
            raise ClusterError(f"no worker on {place} was free within {place_s:g} s: {held}; {more}") from None
        except (ray.exceptions.RayError, ImportError, AttributeError) as error:
            cause = f"cannot load Footnote: {_last_line(error)}"
            raise ClusterError(f"a worker on {place} {cause}; {_install(__version__)}") from None
        if standing.version != __version__:
            held = f"a worker on {place} holds Footnote {standing.version}, this is {__version__}"
            raise ClusterError(f"{held}; {_install(__version__)}")
        if not standing.asks_for_a_token:
            danger = "so whoever reaches it can run code there; start it with RAY_AUTH_MODE=token"
            raise ClusterError(f"the Ray cluster at {place} asks for no token, {danger}")

    def map(
        self,
        job: Callable[..., Result],
        pieces: Iterable[tuple[object, ...]],
        *,
        ahead: int | None = None,
        stall_s: float = STALL_S,
    ) -> Iterator[Result]:
        """Yield `job(*piece)` for each piece in order; at most `ahead` pieces are under way.

        Raises what a job raises if that is a RagError, else ClusterError; also when nothing comes for `stall_s`.
        """
        limit = ahead or _AHEAD * self.workers
        waiting: deque[Any] = deque()
        try:
            for piece in pieces:
                if len(waiting) >= limit:
                    yield self._result(waiting.popleft(), stall_s)
                waiting.append(self._submit(job, piece))
            while waiting:
                yield self._result(waiting.popleft(), stall_s)
        finally:
            for unfinished in waiting:
                self._ray.cancel(unfinished)

    def close(self) -> None:
        """Leave the cluster; a Ray that was started here ends."""
        self._ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, job: Callable[..., Any], piece: tuple[object, ...]) -> Any:
        if job not in self._remote:
            self._remote[job] = self._ray.remote(**self._needs)(job)
        return self._remote[job].remote(*piece)

    def _result(self, reference: Any, stall_s: float) -> Any:
        ray, place = self._ray, self._place.written
        try:
            return ray.get(reference, timeout=stall_s)
        except ray.exceptions.GetTimeoutError:
            raise ClusterError(f"{place} gave no result for {stall_s:g} s; run the command again to go on") from None
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, RagError):
                raise error.cause from None
            raise ClusterError(f"a worker on {place} failed: {_last_line(error)}") from None
        except (ray.exceptions.RayError, ConnectionError) as error:
            lost = f"work was lost on {place}: {_last_line(error)}"
            raise ClusterError(f"{lost}; run the command again to go on") from None


def _connect(ray: Any, place: Place) -> str | None:
    """Start or join; return the folder of a Ray that was started here."""
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if place.local:
        folder = tempfile.mkdtemp(prefix="rag-ray-")
        own = {"num_cpus": available_cores(), "object_store_memory": _STORE_BYTES, "include_dashboard": False}
        try:
            with _muted():
                ray.init(address="local", _temp_dir=folder, **own, **quiet)
        except (RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ClusterError(f"Ray cannot be started on this machine: {_words(error)}") from None
        return folder
    place.reach()
    for tries_left in reversed(range(_TRIES)):
        try:
            with _muted():
                ray.init(place.written, **quiet)
        except (ConnectionError, ray.exceptions.AuthenticationError) as error:
            if _STILLBORN not in str(error):
                hint = "is its token the one in RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token?"
                raise ClusterError(f"the Ray cluster at {place.written} refuses: {_last_line(error)}; {hint}") from None
            if not tries_left:
                hint = "start it with GRPC_ENABLE_FORK_SUPPORT=0 in its environment"
                raise ClusterError(f"the Ray cluster at {place.written} fails: {_last_line(error)}; {hint}") from None
        except (RuntimeError, ValueError, OSError, ImportError, ray.exceptions.RayError) as error:
            raise ClusterError(f"the Ray cluster at {place.written} cannot be joined: {_words(error)}") from None
        else:
            break
    return None


@contextmanager
def _muted() -> Iterator[None]:
    """Keep what Ray writes to stderr by itself, each second it waits, from a person who will be told in one line."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _install(version: str) -> str:
    return f"install footnote-rag[ray] {version} on every machine"


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:400] or type(error).__name__


def _last_line(error: BaseException) -> str:
    """Return the line of an error of Ray that names the cause, below the traceback it carries."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]
