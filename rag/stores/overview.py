"""What a store holds, told in brief, as a page that lists articles shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from rag.records import Metadata
from rag.stores.protocol import PassageStore, StoredArticle


@dataclass(frozen=True, slots=True)
class Overview:
    """A store as it was under a fingerprint.

    `listed` are the first articles by id, `copies` the articles with near-copies, and the names are ascending.
    """

    total: int = 0
    outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    listed: tuple[StoredArticle, ...] = ()
    copies: Mapping[str, Metadata] = field(default_factory=dict)
    fingerprint: str = ""


def overview_of(store: PassageStore, listed: int) -> Overview:
    """Return the overview of a store, with at most `listed` articles listed; reads the texts of no others."""
    fingerprint = store.fingerprint  # first, so that what is changed meanwhile is read again
    copies = [article_id for group in store.groups().values() for article_id in group]
    return Overview(
        store.counts()[0],
        tuple(store.names("outlet")),
        tuple(store.names("author")),
        tuple(store.names("language")),
        tuple(islice(store.articles(), listed)),
        store.metadata(copies),
        fingerprint,
    )
