"""What a passage store is to the rest of Footnote: articles, passages and vectors, kept true and searchable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.encoders.protocol import Vectors
from rag.records import Article, Filters, Metadata, Passage

VERSION_DIGITS = 16  # of the content hash, hex: what a version is called


NamedBy = Literal["outlet", "author", "language"]  # what articles are filtered by that has a name


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built with. Opening it with anything else is refused, so the query side cannot drift."""

    format_version: int
    encoder: str
    encoder_fingerprint: str
    dimension: int
    chunking: str


@dataclass(frozen=True, slots=True)
class ArticleMark:
    """Which voice an article is, and which version of it is stored.

    `group` is the id of the first article of its near-copies, its own when it has none; `version` is the start of its
    content hash.
    """

    group: str
    version: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A row of `rag articles`: an article with its number of passages, and its voice and version."""

    article: Article
    passages: int
    group: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """What an article was before it was changed; `replaced` is when that was, UTC, ISO 8601 to the second."""

    article: Article
    replaced: str

    @property
    def version(self) -> str:
        """Return what this version is called."""
        return version_of(self.article)


def version_of(article: Article) -> str:
    """Return what the version of an article that has this content is called: the start of its content hash."""
    return article.content_hash[:VERSION_DIGITS]


class PassageStore(Protocol):
    """The truth about articles, and search over their passages. One writer at a time; readers are not blocked."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def fingerprint(self) -> str:
        """Return a short hash of manifest and contents: equal for equal articles, whatever order they came in."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Hold the one place of a writer over several changes; raises IndexStateError when another process has it."""
        ...

    def put(self, article: Article, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Add an article, or replace the one with its id, in one transaction. Passage ids are given here.

        What it replaces is kept as a version; near-copies are found and share a group at once.
        """
        ...

    def remove(self, article_ids: Sequence[str]) -> int:
        """Remove articles with all their passages and versions; return how many there were."""
        ...

    def article(self, article_id: str) -> Article | None: ...

    def articles(self) -> Iterator[StoredArticle]:
        """Yield every article, ordered by id."""
        ...

    def metadata(self, article_ids: Sequence[str]) -> dict[str, Metadata]:
        """Return what is known about these articles, without their texts; ids that are gone are left out."""
        ...

    def names(self, field: NamedBy) -> list[str]:
        """Return every outlet, author or language that an article has, ascending by code point."""
        ...

    def marks(self, article_ids: Sequence[str]) -> dict[str, ArticleMark]:
        """Return the voice and version of these articles; ids that are gone are left out."""
        ...

    def groups(self) -> dict[str, list[str]]:
        """Return every group of two or more near-copies: the id of its first article → all its ids, ascending."""
        ...

    def versions(self, article_id: str) -> list[ArticleVersion]:
        """Return what the article was before, each distinct content once, newest first; not what it is now."""
        ...

    def version(self, article_id: str, prefix: str) -> Article | None:
        """Return the article as it is or was under a content hash with this start; the newest when several have it."""
        ...

    def content_hashes(self) -> Mapping[str, str]:
        """Return article id → content hash of every stored article."""
        ...

    def counts(self) -> tuple[int, int]:
        """Return (articles, passages)."""
        ...

    def same_text(self, text: str) -> str | None:
        """Return the id of the stored article with exactly this text, if there is one."""
        ...

    def sources(self) -> Mapping[str, str]:
        """Return source → id of the article it holds; several sources may hold the same article."""
        ...

    def add_source(self, article_id: str, source: str) -> None:
        """Record that a source holds this article too."""
        ...

    def remove_sources(self, sources: Sequence[str]) -> int:
        """Forget sources, and remove the articles that are left with none; return how many articles those were."""
        ...

    def cached_vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors already known for these encoder inputs (by content), so that none is computed twice."""
        ...

    def passages(self, passage_ids: Sequence[int]) -> list[Passage]:
        """Return the passages in the order asked; ids that are gone are left out."""
        ...

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article in the order of its text."""
        ...

    def dense(self, vector: Vectors, k: int, filters: Filters) -> list[tuple[int, float]]:
        """Return at most k (passage id, cosine) pairs among the articles that pass the filters, best first."""
        ...

    def lexical(self, query: str, k: int, filters: Filters) -> list[tuple[int, float]]:
        """Return at most k (passage id, BM25) pairs among the articles that pass the filters, best first."""
        ...

    def dense_scores(self, vector: Vectors, passage_ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of just these passages."""
        ...

    def lexical_scores(self, query: str, passage_ids: Sequence[int]) -> dict[int, float]:
        """Return the BM25 score of just these passages; those that share no term with the query are left out."""
        ...

    def article_of(self, passage_ids: Sequence[int]) -> dict[int, str]:
        """Return passage id → id of its article; ids that are gone are left out."""
        ...

    def article_scores(self, query: str, article_ids: Sequence[str]) -> dict[str, float]:
        """Return the BM25 score of these articles as whole texts; those without a term of the query are left out."""
        ...

    def flush(self) -> None:
        """Bring the derived indexes up to date on disk; search sees every committed article even without it."""
        ...

    def close(self) -> None: ...
