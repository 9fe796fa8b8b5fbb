"""An engine for the command line's tests: two articles in memory and answers by rule, no model and no disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.engine import Event, Finished, Retrieved, SearchResult, Turn, Written
from rag.errors import GeneratorError
from rag.indexing import IndexProgress, IndexSummary
from rag.records import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Claim,
    Disagreement,
    Evidence,
    Filters,
    Hit,
    Metadata,
    Passage,
)
from rag.settings import Settings
from rag.stores.protocol import ArticleVersion, NamedBy, StoredArticle

FERRY = Article(
    "ferry-1a2b",
    "Der Fährmann 🚣 ruft.\n\nThe ferry sank at dusk, the harbour master said.",
    Metadata(
        "Ferry [bold]lost[/bold]", "Harbour Post", "A. Reed", "2026-02-03T09:00:00+01:00", "https://example.org/f"
    ),
    "corpus/ferry.md",
)
MILL = Article("mill-3c4d", "The mill burned\x1b[31m down.", Metadata(title="Mill fire"), "corpus/mill.md")
FERRY_BEFORE = replace(FERRY, text="The ferry is late.")
REFUSAL = "The articles do not answer this."


def evidence(article: Article, quote: str) -> Evidence:
    start = article.text.index(quote)
    return Evidence(article.article_id, start, start + len(quote), quote, article.metadata, 0.9, article.text)


FERRY_QUOTE = evidence(FERRY, "The ferry sank at dusk, the harbour master said.")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@dataclass
class FakeEngine:
    """Records what it was asked; questions that begin with `refuse`, `fail` or `differ` get what they ask for."""

    stored: dict[str, Article] = field(default_factory=lambda: {a.article_id: a for a in (FERRY, MILL)})
    asked: list[tuple[str, int, Filters | None]] = field(default_factory=list)
    settings: Settings | None = None
    closed: bool = False
    added: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    summary: IndexSummary | None = None

    def warm(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def articles(self) -> Iterator[StoredArticle]:
        return (StoredArticle(a, 2, FERRY.article_id, a.content_hash[:16]) for a in self.stored.values())

    def names(self, field: NamedBy) -> list[str]:
        return sorted({name for a in self.stored.values() if (name := getattr(a.metadata, field))})

    def article(self, article_id: str, version: str | None = None) -> Article | None:
        states = [self.stored.get(article_id), *(v.article for v in self.versions(article_id))]
        known = [article for article in states if article is not None]
        return next((a for a in known if a.content_hash.startswith(version or "")), None)

    def versions(self, article_id: str) -> list[ArticleVersion]:
        return [ArticleVersion(FERRY_BEFORE, "2026-02-04T10:00:00+00:00")] if article_id == FERRY.article_id else []

    def add(self, paths: Sequence[str], *, prune: bool, progress: IndexProgress) -> IndexSummary:
        self.added.append((tuple(paths), prune))
        assert self.summary is not None
        return self.summary

    def remove(self, article_ids: Sequence[str]) -> int:
        return sum(self.stored.pop(article_id, None) is not None for article_id in article_ids)

    def hits(self) -> tuple[Hit, ...]:
        quote = FERRY_QUOTE
        return (Hit(1, 0.75, Passage(quote.article_id, quote.start, quote.end, quote.quote, 7), quote.metadata),)

    def search(self, question: str, *, k: int | None = None, filters: Filters | None = None) -> SearchResult:
        self.asked.append((question, 0, filters))
        return SearchResult(question, () if question.startswith("refuse") else self.hits(), {"dense": 1.0})

    def ask(self, question: str, *, filters: Filters | None = None) -> Answer:
        *_, last = self.stream(question, filters=filters)
        assert isinstance(last, Finished)
        return last.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
    ) -> Iterator[Event]:
        self.asked.append((question, len(history), filters))
        yield Retrieved(self.hits())
        if question.startswith("fail"):
            raise GeneratorError("the model 'tiny' stopped: out of memory; use --generator extractive")
        answer = self.answer(question)
        for sentence in answer.sentences:
            yield Written(sentence, answer.citations)
        yield Finished(answer)

    def answer(self, question: str) -> Answer:
        refused = question.startswith("refuse")
        sentence = AnswerSentence("The ferry sank at dusk.", "supported", (1,))
        claims = tuple(Claim(hour, (FERRY_QUOTE,)) for hour in ("at dusk", "at dawn"))
        return Answer(
            question=question,
            standalone_question=question,
            text=REFUSAL if refused else "The ferry sank at dusk. [1]",
            abstained=refused,
            sentences=() if refused else (sentence,),
            citations=() if refused else (Citation(1, FERRY_QUOTE),),
            hits=self.hits(),
            timings_ms={"total": 2.0},
            generator="extractive",
            encoder="hashing",
            index_fingerprint="abc",
            confidence=0.9,
            disagreements=(Disagreement("the hour", claims),) if question.startswith("differ") else (),
        )
