"""Who may use the page: names with salted password hashes, and how often a password may be tried.

A login file holds one `name:hash` a line, as `rag password NAME` prints it; the hash is scrypt (RFC 7914) with a salt
of its own, at the cost OWASP recommends (N = 2^17, r = 8, p = 1). A plain `name:password` is taken too, for a try on
one's own machine. Every check takes as long for a name that is not known.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

from rag.errors import SettingsError

Check = Callable[[str, str], bool]

_MARK = "scrypt"
_N, _R, _P = 2**17, 8, 1
_MEMORY = 2 * 128 * _N * _R
_TRIES, _WITHIN_S = 10, 60.0
_REMEMBERED = 10_000


def hashed(password: str) -> str:
    """Return a salted hash of a password, as it stands in a login file."""
    salt = secrets.token_bytes(16)
    return "$".join((_MARK, str(_N), str(_R), str(_P), _coded(salt), _coded(_key(password, salt, _N, _R, _P))))


def logins(auth: str) -> Check | None:
    """Return the check of name and password for `name:password` or a file of logins; None when `auth` is empty.

    Raises SettingsError for anything else.
    """
    if not auth:
        return None
    users = dict(line.strip().split(":", 1) for line in lines_of(auth) if ":" in line and not line.startswith("#"))
    if not users or not all(name and kept for name, kept in users.items()):
        raise SettingsError(
            "auth: neither user:password nor a file of logins; `rag password NAME` prints a line of one"
        )
    if any(kept.startswith(f"{_MARK}$") and not _is_hash(kept) for kept in users.values()):
        raise SettingsError(f"auth: a hash in {auth} is cut off or of another form; print it again with `rag password`")
    nobody = hashed(secrets.token_hex(8)) if any(map(_is_hash, users.values())) else secrets.token_hex(8)
    turn = threading.Lock()  # a hash takes 128 MB: one at a time

    def check(name: str, password: str) -> bool:
        with turn:
            return _matches(users.get(name, nobody), password) and name in users

    return check


def lines_of(auth: str) -> list[str]:
    """Return the lines of a file of logins, or the one login that is given instead."""
    path = Path(auth)
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else [auth]


class Attempts:
    """Counts tries by who makes them, in the last minute; the oldest are forgotten when there are too many."""

    def __init__(self, tries: int = _TRIES, within_s: float = _WITHIN_S, clock: Callable[[], float] = time.monotonic):
        self._tries, self._within_s, self._clock = tries, within_s, clock
        self._made: OrderedDict[str, deque[float]] = OrderedDict()
        self._turn = threading.Lock()

    def allowed(self, who: str) -> bool:
        """Count one more try and return whether it is within what is allowed."""
        now = self._clock()
        with self._turn:
            made = self._made.setdefault(who, deque(maxlen=self._tries))
            self._made.move_to_end(who)
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
            if len(made) == self._tries and now - made[0] < self._within_s:
                return False
            made.append(now)
            return True


def _matches(kept: str, password: str) -> bool:
    if not _is_hash(kept):
        return hmac.compare_digest(kept.encode(), password.encode())
    n, r, p, salt, key = _parts(kept)
    return hmac.compare_digest(key, _key(password, salt, n, r, p))


def _is_hash(kept: str) -> bool:
    try:
        n, r, p, salt, key = _parts(kept)
    except ValueError:
        return False
    return (n, r, p) == (_N, _R, _P) and len(salt) == 16 and len(key) == 32


def _parts(kept: str) -> tuple[int, int, int, bytes, bytes]:
    mark, n, r, p, salt, key = kept.split("$")
    if mark != _MARK:
        raise ValueError(mark)
    return int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True)


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
