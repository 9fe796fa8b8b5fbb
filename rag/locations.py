"""Where an index is: a folder, or the address of a database, which may hold a password that is never to be shown.

Files that belong to an index in a database (uploads, evaluation runs) lie in a folder of the user. Opens nothing.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

SECRET = ("password", "sslpassword")
_SCHEMES = ("postgresql://", "postgres://")
_WHICH = ("host", "hostaddr", "port", "dbname", "service", "schema")  # parameters that say which index is meant
_BESIDE_A_DATABASE = Path(".local", "share", "footnote-rag")


def is_postgres(location: str) -> bool:
    """Tell whether a location names a database and not a folder."""
    return location.startswith(_SCHEMES)


def shown(location: str) -> str:
    """Return a location as it may be printed: without a password."""
    if not is_postgres(location):
        return location
    parts = urlsplit(location)
    credentials, at, host = parts.netloc.rpartition("@")
    query = [(name, value) for name, value in parameters_of(parts.query) if name not in SECRET]
    return urlunsplit(parts._replace(netloc=credentials.split(":")[0] + at + host, query=joined(query)))


def folder_beside(location: str) -> Path:
    """Return the folder for files that belong to an index: its own, or for a database one in the user's home.

    That is the same whatever an address says of how to reach the index: replicas, timeouts, certificates.
    """
    if not is_postgres(location):
        return Path(location)
    parts = urlsplit(shown(location))
    which = joined([(name, value) for name, value in parameters_of(parts.query) if name in _WHICH])
    named = urlunsplit(parts._replace(query=which))
    return Path.home() / _BESIDE_A_DATABASE / hashlib.sha256(named.encode()).hexdigest()[:16]


def parameters_of(query: str) -> list[tuple[str, str]]:
    """Read parameters as libpq does: a plus sign is itself."""
    return parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)


def joined(parameters: list[tuple[str, str]]) -> str:
    return urlencode(parameters, quote_via=quote, safe="/,")
