"""What follows `--on`: where the work is done, and the token that Ray must be spoken to with. Knows no Ray.

`ray` starts Ray on this machine for one command, `ray://host:port` speaks to a cluster from outside (Ray Client), and
`host:port` joins it as a driver, from one of its machines. Ray runs whatever it is sent, so nothing is ever started or
joined without a token.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import ClusterError, InputError

LOCAL = "ray"
_CLIENT = "ray://"
_REACH_S = 5.0
_TOKEN_FILE = Path(".ray", "auth_token")
_TOKEN_HINT = "put the cluster's token into RAY_AUTH_TOKEN, or its file into RAY_AUTH_TOKEN_PATH"


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster to work on; without `host` it is one on this machine that the command starts and ends."""

    written: str
    host: str = ""
    port: int = 0

    @property
    def local(self) -> bool:
        """Tell whether the command starts Ray itself."""
        return not self.host

    def reach(self) -> None:
        """Raise ClusterError when nothing listens there, which Ray would take half a minute to say."""
        try:
            socket.create_connection((self.host, self.port), timeout=_REACH_S).close()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ClusterError(f"no Ray cluster can be reached at {self.written}: {reason}; is it started?") from None


def place_of(written: str) -> Place:
    """Read what was given with `--on`; raises InputError when it is no place."""
    if written == LOCAL:
        return Place(written)
    parts = urlsplit(written if written.startswith(_CLIENT) else f"//{written}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.path.strip("/") or parts.username or parts.query:
        raise InputError(f"--on {written} names no cluster; give ray, ray://host:port or host:port")
    return Place(written, host, port)


def require_token(place: Place, environ: MutableMapping[str, str]) -> None:
    """Make Ray ask for a token: the one that is set, or for a cluster of its own a new one.

    Raises ClusterError when a cluster is to be joined and no token is set.
    """
    environ["RAY_AUTH_MODE"] = "token"
    if _has_token(environ):
        return
    if not place.local:
        raise ClusterError(f"no token for the Ray cluster at {place.written}; {_TOKEN_HINT}")
    environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _has_token(environ: Mapping[str, str]) -> bool:
    if environ.get("RAY_AUTH_TOKEN"):
        return True
    named = environ.get("RAY_AUTH_TOKEN_PATH")
    file = Path(named) if named else Path(environ.get("HOME", "~")).expanduser() / _TOKEN_FILE
    return file.is_file()
