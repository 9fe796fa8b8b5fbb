"""Where an index in PostgreSQL is: `postgresql://user@host/database?schema=NAME&hnsw=halfvec&replicas=HOST:PORT,HOST`.

`schema` (default `public`) lets one database hold several indexes; `hnsw` (`vector` or `halfvec`) is the precision of
the approximate vector index and counts when the index is created; `replicas` are streaming replicas to read from, with
the port of the address unless they name another (`replicas.py` says when they are read). Every other
parameter is libpq's own, such as `sslmode`, `service` or several hosts. The password may stand in the address, in
`PGPASSWORD` or in `~/.pgpass`; it is never shown again. This module loads no library of databases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from rag.errors import InputError
from rag.locations import SECRET, joined, parameters_of, shown

_OWN = ("schema", "hnsw", "replicas")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_HOST = re.compile(r"([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Address:
    """An index in a database. `conninfo` and `replicas` are for libpq only, as they may hold a password."""

    conninfo: str = field(repr=False)
    shown: str
    schema: str
    hnsw: str
    replicas: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """Return a text, such as a message of libpq, without the password."""
        parts = urlsplit(self.conninfo)
        secrets = [parts.password or "", *(value for name, value in parameters_of(parts.query) if name in SECRET)]
        for secret in filter(None, (*secrets, *map(unquote, secrets))):
            text = text.replace(secret, "***")
        return text


def address_of(location: str) -> Address:
    """Read a location; raises InputError for a parameter of Footnote's own that has a value that cannot be."""
    parts = urlsplit(location)
    query = parameters_of(parts.query)
    own = {name: value for name, value in query if name in _OWN}
    schema, hnsw = own.get("schema", "public"), own.get("hnsw", "vector")
    if not _NAME.fullmatch(schema):
        raise InputError(f"the schema {schema!r} in {shown(location)} is no name; write it in small letters and digits")
    if hnsw not in ("vector", "halfvec"):
        raise InputError(f"hnsw is {hnsw!r} in {shown(location)}; it is vector or halfvec")
    rest = joined([(name, value) for name, value in query if name not in _OWN])
    replicas = tuple(_at(host, location) for host in own.get("replicas", "").split(",") if host)
    return Address(urlunsplit(parts._replace(query=rest)), shown(location), schema, hnsw, replicas)


def _at(host: str, location: str) -> str:
    """Return the address of a replica: that of the primary with another host."""
    if not _HOST.fullmatch(host):
        raise InputError(f"the replica {host!r} in {shown(location)} is no HOST or HOST:PORT")
    parts = urlsplit(location)
    credentials, at, usual = parts.netloc.rpartition("@")
    port = re.search(r":[0-9]+$", usual.split(",")[0])
    other = host if re.search(r":[0-9]+$", host) or not port else host + port[0]
    kept = [(name, value) for name, value in parameters_of(parts.query) if name not in (*_OWN, "target_session_attrs")]
    return urlunsplit(parts._replace(netloc=credentials + at + other, query=joined(kept)))
