"""A scripted engine with invented articles, and a page served over it. It answers by matching words, nothing more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rag.attribution import as_quote
from rag.engine import Event, Finished, Retrieved, SearchResult, SourceState, Turn, Written
from rag.indexing import IndexProgress, IndexSummary
from rag.readers import Failure
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
from rag.stores import Overview
from rag.stores.protocol import StoredArticle, version_of

HARBOUR = Article(
    "harbour",
    "The harbour of Port Ellis reopened on Monday after the storm.\n\nEngineers replaced 14 bollards, said harbour "
    "master Ines Dahl. “We worked in shifts for nine days”, she told the Courier. Ferries to Skarholm run again "
    "from Thursday.\n\nThe council put the cost of the repairs at 2.3 million crowns. Fishing boats had been moored "
    "at Lunde in the meantime.",
    Metadata(
        "Port Ellis harbour reopens after storm", "The Coastal Courier", "Mara Lind", "2026-03-16",
        "https://courier.example/harbour", "en",
    ),
    "corpus/harbour.md",
)  # fmt: skip
INQUIRY = Article(
    "inquiry",
    "An inquiry into the Port Ellis storm damage has begun.\n\nInspector Tomas Reve said that warnings were issued two "
    "days before the storm. The Northern Post reports that the repairs cost 2.9 million crowns, more than the council "
    "admits.",
    Metadata("Inquiry opens into storm damage", "The Northern Post", None, "2026-03-20T08:30:00+01:00", None, "en"),
    "corpus/inquiry.md",
)
REPRINT = replace(
    HARBOUR, article_id="reprint", source="corpus/reprint.md",
    metadata=Metadata("Ferries sail again", "Skarholm Weekly", None, "2026-03-17", None, "en"),
)  # fmt: skip
ARTICLES = (HARBOUR, INQUIRY)
PAYLOADS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '"><script>alert(1)</script>',
    "' onmouseover='alert(1)", '" autofocus onfocus="alert(1)', "</section></div><h1>gone</h1>",
    "![x](http://evil.example/p.png)",
    "<iframe src=//evil.example>", "<a href=javascript:alert(1)>x</a>", "[x](javascript:alert(1))",
    "<style>*{x:y}</style>",
    "<link rel=stylesheet href=//evil.example>", "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example>", "<form action=//evil.example><input name=p>", "<video src=//evil.example>",
    "<math><mi xlink:href=javascript:alert(1)>", "<template><script>1</script></template>", "<!-- --><x", "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}", "`${alert(1)}`", "<details ontoggle=alert(1) open>", "&lt;script&gt;",
    "<button data-act=ask data-question=x>", "<mark>false</mark>", "<img src=http://evil.example/p.png>",
)  # fmt: skip
COST, CREW = "How much did the repairs of the harbour cost?", "Who led the work on the bollards?"
NOWHERE = "Who won the chess championship?"


def evidence(article: Article, quote: str, score: float = 0.9) -> Evidence:
    start = article.text.index(quote)
    return Evidence(
        article.article_id, start, start + len(quote), quote, article.metadata, score, article.text,
        article.article_id, version_of(article),
    )  # fmt: skip


def hit(article: Article, rank: int) -> Hit:
    text = article.text[:120]
    return Hit(rank, 1.0 / rank, Passage(article.article_id, 0, len(text), text, rank), article.metadata, 0.5, 3.0)


_PAYS = "The council put the cost of the repairs at 2.3 million crowns."
_MORE = "The Northern Post reports that the repairs cost 2.9 million crowns, more than the council admits."
_CREW = "Engineers replaced 14 bollards, said harbour master Ines Dahl."


COSTS = Disagreement(
    "the cost of the repairs",
    (
        Claim("2.3 million crowns", (evidence(HARBOUR, "2.3 million crowns"),)),
        Claim("2.9 million crowns", (evidence(INQUIRY, "2.9 million crowns"),)),
    ),
)


def answer(
    question: str, *, abstained: bool = False, cited: Sequence[Evidence] = (), articles: Sequence[Article] = ARTICLES
) -> Answer:
    """Return an answer that cites each piece of evidence in a sentence of its own."""
    citations = tuple(Citation(marker, item) for marker, item in enumerate(cited, 1))
    sentences = tuple(AnswerSentence(as_quote(c.evidence), "supported", (c.marker,)) for c in citations)
    text = " ".join(f"{s.text} [{s.markers[0]}]" for s in sentences) or "The articles do not answer this question."
    return Answer(
        question, question, text, abstained, sentences, citations, tuple(hit(a, r) for r, a in enumerate(articles, 1)),
        {"retrieve": 3.2, "answer": 12.0, "total": 15.2}, "extractive", "fake-encoder", "f00dfeed",
        0.1 if abstained else 0.9,
    )  # fmt: skip


def hostile_articles() -> list[Article]:
    """Return articles that hold a payload in every field; each quote of an answer is one."""
    return [
        Article(f"a{n}", f"The cost was this. {p} So it was said.", Metadata(p, p, p, p, p), p)
        for n, p in enumerate(PAYLOADS)
    ]


class FakeEngine:
    """Answers about cost and crew from the invented articles and refuses everything else."""

    def __init__(self, articles: Sequence[Article] = ARTICLES, pause_s: float = 0.0) -> None:
        self.stored, self.pause_s = {a.article_id: a for a in articles}, pause_s
        self.earlier: list[Article] = []
        self.added: list[str] = []
        self.asked: list[tuple[str, Filters, str | None, int]] = []
        self.ready, self.closed, self.broke_off = False, threading.Event(), threading.Event()

    @property
    def fingerprint(self) -> str:
        return " ".join(sorted(self.stored))

    def warm(self, generator: str | None = None) -> None:
        self.ready = True

    def search(self, question: str, *, k: int | None = None, filters: Filters | None = None) -> SearchResult:
        return SearchResult(
            question, tuple(hit(a, r) for r, a in enumerate(self._within(filters or Filters()), 1))[:k], {"total": 1.0}
        )

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), k: int | None = None, filters: Filters | None = None,
        generator: str | None = None,
    ) -> Iterator[Event]:  # fmt: skip
        self.asked.append((question, filters or Filters(), generator, len(history)))
        found = self._answer(question, filters or Filters())
        try:
            yield Retrieved(found.hits)
            for sentence in found.sentences:
                time.sleep(self.pause_s)
                yield Written(sentence, tuple(c for c in found.citations if c.marker in sentence.markers))
            yield Finished(found)
        except GeneratorExit:
            self.broke_off.set()
            raise

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), k: int | None = None, filters: Filters | None = None,
        generator: str | None = None,
    ) -> Answer:  # fmt: skip
        return self._answer(question, filters or Filters())

    def articles(self) -> Iterator[StoredArticle]:
        return iter([StoredArticle(a, 2, self._alike(a)[0], version_of(a)) for a in self.stored.values()])

    def overview(self, listed: int) -> Overview:
        rows = list(self.articles())
        known = [a.metadata for a in self.stored.values()]
        named = [{m.outlet for m in known}, {m.author for m in known}, {m.language for m in known}]
        copies = {a.article_id: a.metadata for a in self.stored.values() if len(self._alike(a)) > 1}
        ascending = [tuple(sorted(name for name in names if name)) for names in named]
        return Overview(len(rows), *ascending, tuple(rows[:listed]), copies, self.fingerprint)

    def article(self, article_id: str, version: str | None = None) -> Article | None:
        known = [a for a in (*self.stored.values(), *self.earlier) if a.article_id == article_id]
        return next((a for a in known if version in (None, version_of(a))), None)

    def source_state(self, article_id: str, version: str) -> SourceState:
        stored = self.stored.get(article_id)
        if stored is None:
            return "removed"
        return "current" if version_of(stored) == version else "changed"

    def add(self, paths: Sequence[str], *, prune: bool = False, progress: IndexProgress | None = None) -> IndexSummary:
        self.added += paths
        read = [
            Article(Path(p).stem, Path(p).read_text(), Metadata(Path(p).stem), p) for p in paths if p.endswith(".txt")
        ]
        for article in read:
            if progress is not None:
                progress.reading(article.source)
            if article.article_id in self.stored:
                self.earlier.append(self.stored[article.article_id])
            self.stored[article.article_id] = article
        failed = tuple(Failure(p, "not an article") for p in paths if not p.endswith(".txt"))
        return IndexSummary(len(read), 0, 0, 0, 0, failed, len(self.stored), 2 * len(self.stored), 0.1)

    def remove(self, article_ids: Sequence[str]) -> int:
        return sum(self.stored.pop(article_id, None) is not None for article_id in article_ids)

    def example_questions(self, n: int = 4) -> list[str]:
        return [
            COST,
            CREW,
            "When do ferries to Skarholm run again?",
            "Who leads the inquiry?",
            "What was issued before?",
        ][:n]

    def close(self) -> None:
        self.closed.set()

    def _alike(self, article: Article) -> list[str]:
        return [a.article_id for a in self.stored.values() if a.text == article.text]

    def _within(self, filters: Filters) -> list[Article]:
        kept = [a for a in self.stored.values() if filters.outlet in (None, a.metadata.outlet)]
        return [a for a in kept if filters.author in (None, a.metadata.author)]

    def _answer(self, question: str, filters: Filters) -> Answer:
        within = self._within(filters)
        if HARBOUR.article_id not in self.stored:
            return answer(question, cited=[evidence(a, a.source) for a in within], articles=within)
        said = [(HARBOUR, _PAYS), (INQUIRY, _MORE)] if "cost" in question.lower() else [(HARBOUR, _CREW)]
        known = "cost" in question.lower() or "bollards" in question.lower()
        cited = [
            replace(evidence(a, quote), copies=tuple(self._alike(a)[1:])) for a, quote in said if known and a in within
        ]
        told = answer(question, abstained=not cited, cited=cited, articles=within)
        return replace(told, disagreements=(COSTS,)) if len(cited) > 1 else told
