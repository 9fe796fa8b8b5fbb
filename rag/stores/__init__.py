"""Where articles, passages and vectors are kept. The door is `open_store`; `PassageStore` says what comes back.

A location is a folder, or `postgresql://…` for a database. Importing this package loads neither FAISS nor tantivy, nor
a library of databases.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from rag.encoders.protocol import Encoder
from rag.errors import IndexStateError
from rag.stores.database import FORMAT_VERSION, DamagedIndexError, Database, lies_still
from rag.stores.local import LocalStore
from rag.stores.overview import Overview, overview_of
from rag.stores.postgres import is_postgres, open_postgres, shown
from rag.stores.protocol import ArticleMark, ArticleVersion, Manifest, NamedBy, PassageStore, StoredArticle

__all__ = [
    "FORMAT_VERSION",
    "ArticleMark",
    "ArticleVersion",
    "Manifest",
    "NamedBy",
    "Overview",
    "PassageStore",
    "StoredArticle",
    "manifest_of",
    "open_store",
    "overview_of",
    "refuse_mismatch",
]

_FILE = "index.db"


def manifest_of(encoder: Encoder, chunking: str) -> Manifest:
    """Return the manifest of an index made with this encoder and the fingerprint of a chunking."""
    return Manifest(FORMAT_VERSION, encoder.name, encoder.fingerprint, encoder.dimension, chunking)


def open_store(
    location: str,
    *,
    manifest: Manifest | None = None,
    create: bool = False,
    read_only: bool = False,
    nonempty: bool = False,
) -> PassageStore:
    """Open the index in a folder or a PostgreSQL database; with `create`, start an empty one there if there is none.

    Raises IndexStateError, with the command that mends it, when the index is missing, damaged, of another format
    version, built with another encoder or chunking than `manifest` says, or (with `nonempty`) holds no article.
    """
    if create and manifest is None:
        raise ValueError("a manifest is needed to create an index")
    made = manifest if create else None
    store: PassageStore
    if is_postgres(location):
        store = open_postgres(location, create=made, read_only=read_only)
    else:
        store = _opened(location, made, read_only)
    try:
        refuse_mismatch(store.manifest, manifest, location)
        if nonempty and store.counts()[0] == 0:
            raise IndexStateError(f"the index in {shown(location)} is empty; add articles with: {_build(location)}")
    except BaseException:
        store.close()
        raise
    return store


def _opened(location: str, create: Manifest | None, read_only: bool) -> LocalStore:
    root = Path(location).expanduser()
    file = root / _FILE
    if create is None and not file.is_file():
        raise IndexStateError(f"no index in {location}; build one with: {_build(location)}")
    try:
        if create is not None:
            root.mkdir(parents=True, exist_ok=True)
        database = Database(file, create=create, read_only=read_only and create is None)
        read_only = read_only or lies_still(file)
    except OSError as error:
        raise IndexStateError(f"the index folder {location} cannot be used: {error.strerror}") from error
    except DamagedIndexError as error:
        raise IndexStateError(f"{error}; to build it again: {_rebuild(location)}") from error
    return LocalStore(root, database, read_only=read_only)


def refuse_mismatch(found: Manifest, wanted: Manifest | None, location: str) -> None:
    if found.format_version != FORMAT_VERSION:
        difference = f"has format version {found.format_version}, not {FORMAT_VERSION}"
    elif wanted is None or found == wanted:
        return
    elif found.encoder != wanted.encoder:
        difference = f"was built with the encoder {found.encoder}, not {wanted.encoder}"
    elif (found.encoder_fingerprint, found.dimension) != (wanted.encoder_fingerprint, wanted.dimension):
        difference = (
            f"was built with other weights or settings of the encoder {found.encoder}"
            f" ({found.encoder_fingerprint}, not {wanted.encoder_fingerprint})"
        )
    else:
        difference = f"was built with the chunking '{found.chunking}', not '{wanted.chunking}'"
    raise IndexStateError(f"the index in {shown(location)} {difference}; to build it again: {_rebuild(location)}")


def _build(location: str) -> str:
    return f"rag index PATH… --index {shlex.quote(shown(location))}"


def _rebuild(location: str) -> str:
    if is_postgres(location):
        return f"{_build(location)} with another ?schema=NAME behind the address"
    folder = location.rstrip("/") or location
    return f"mv {shlex.quote(folder)} {shlex.quote(folder + '.old')} && {_build(location)}"
