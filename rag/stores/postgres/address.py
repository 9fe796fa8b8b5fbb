"""Where an index in PostgreSQL is: `postgresql://user@host/database?schema=NAME&hnsw=halfvec`.

`schema` (default `public`) lets one database hold several indexes; `hnsw` (`vector` or `halfvec`) is the precision of
the approximate vector index and counts when the index is created. Every other parameter is libpq's own, such as
`sslmode`, `service` or several hosts. The password may stand in the address, in `PGPASSWORD` or in `~/.pgpass`; it is
never shown again. This module loads no library of databases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from rag.errors import InputError
from rag.locations import SECRET, joined, parameters_of, shown

_OWN = ("schema", "hnsw")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """An index in a database. `conninfo` is for libpq only, as it may hold a password; `shown` is for people."""

    conninfo: str = field(repr=False)
    shown: str
    schema: str
    hnsw: str

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
    return Address(urlunsplit(parts._replace(query=rest)), shown(location), schema, hnsw)
