"""The passage store on PostgreSQL + pgvector, for indexes and crowds that outgrow one machine. See docs/scale.md.

Needs the extra `postgres`. Importing this package loads no library of databases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import IndexStateError
from rag.locations import is_postgres, shown
from rag.stores.postgres.address import address_of
from rag.stores.protocol import Manifest

if TYPE_CHECKING:
    from rag.stores.postgres.store import PostgresStore

__all__ = ["is_postgres", "open_postgres", "shown"]


def open_postgres(location: str, *, create: Manifest | None = None, read_only: bool = False) -> PostgresStore:
    """Open the index at an address like `postgresql://user@host/database`; with `create`, make it if it is not there.

    Raises IndexStateError when the server cannot be reached or the index is missing or of another version, and
    InputError for an address that cannot be read.
    """
    address = address_of(location)
    try:
        from rag.stores.postgres.store import PostgresStore
    except ImportError as error:
        raise IndexStateError(
            f"{shown(location)} needs a library that is missing ({error});"
            " install it: pip install 'footnote-rag[postgres]'"
        ) from error
    return PostgresStore(address, create=create, read_only=read_only)
