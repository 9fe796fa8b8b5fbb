"""The records that travel through Footnote: Article → Passage → Hit → Evidence → Citation → Answer.

All are frozen. Offsets are Unicode code points into the stored text of an article, and everywhere
`article.text[start:end] == quote`. A record knows nothing of files, models, databases or pages.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["supported", "partly", "unsupported", "contradicted", "no_claim"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about an article besides its words; unknown stays None and is never guessed.

    `published` is ISO 8601, a date (`2026-01-08`) or a date and time with its offset; `language` is an ISO 639-1 code.
    """

    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article: its canonical text (NFC, `\\n` line ends, paragraphs apart by a blank line) and where it came from.

    `source` is the path or URL it was read from; of a file that holds many, `path#id`.
    """

    article_id: str
    text: str
    metadata: Metadata
    source: str

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of text and metadata, hex: equal exactly when re-indexing would change nothing."""
        m = self.metadata
        fields = (self.text, m.title, m.outlet, m.author, m.published, m.url, m.language)
        return hashlib.sha256("\x1f".join("\x00" if f is None else f for f in fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences of one article, small enough for the encoder. `text == article.text[start:end]`.

    `passage_id` is given by the store (0 before that), positive, and never used again after a removal.
    """

    article_id: str
    start: int
    end: int
    text: str
    passage_id: int = 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a question is asked of. Dates are ISO 8601 days, both ends included; None lets everything pass.

    `outlet` and `author` compare case-insensitively, whole; an article whose date is unknown passes no date filter.
    """

    outlet: str | None = None
    author: str | None = None
    language: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. `rank` counts from 1; a higher `score` is better and scores of one search compare.

    `dense` is the cosine of question and passage, `lexical` the BM25 score (0.0 where that retriever did not see it).
    `group` names the voice the article belongs to: the id of the first article of its group of near-copies, its own
    when it has none. `version` is the start of the article's content hash. `copies` are the ids of articles whose
    near-copy of this passage was found too and is not listed again.
    """

    rank: int
    score: float
    passage: Passage
    metadata: Metadata
    dense: float = 0.0
    lexical: float = 0.0
    group: str = ""
    version: str = ""
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """An exact span of an article chosen to answer from. `quote == article.text[start:end]`.

    `context` is the passage around it; `score` in [0, 1] is the calibrated probability that it answers the question.
    `group`, `version` and `copies` are those of the hit it was found in.
    """

    article_id: str
    start: int
    end: int
    quote: str
    metadata: Metadata
    score: float
    context: str = ""
    group: str = ""
    version: str = ""
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered footnote: `marker` counts from 1 in order of first appearance in the answer."""

    marker: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer without its markers, its verdict against what it cites, and the markers it carries."""

    text: str
    verdict: Verdict
    markers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One side of a disagreement: what is claimed, by which sources, with the spans that say so."""

    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Different values, causes, speakers or outcomes for the same thing, one `Claim` for each distinct one.

    `relation` is `update` when the later source reports a newer state of the same thing, else `contradiction`.
    """

    about: str
    claims: tuple[Claim, ...]
    kind: Literal["value", "cause", "speaker", "outcome"] = "value"
    relation: Literal["contradiction", "update"] = "contradiction"


@dataclass(frozen=True, slots=True)
class Answer:
    """A cited answer, or a plain refusal (`abstained`), with everything needed to check and to reproduce it.

    `text` is what is shown, with markers such as ` [1]` behind each sentence; `timings_ms` maps a stage to
    milliseconds; `confidence` in [0, 1] is the calibrated probability that the corpus answers the question. `missing`
    are the parts of the question that the corpus does not answer, `false_premises` what the question takes for granted
    and the cited evidence contradicts or no source found mentions; `tokens` counts what a generator read (`prompt`) and
    wrote (`completion`); `further` are the ids of articles that were ranked behind those of the hits, best first.
    """

    question: str
    standalone_question: str
    text: str
    abstained: bool
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float]
    generator: str
    encoder: str
    index_fingerprint: str
    confidence: float = 0.0
    disagreements: tuple[Disagreement, ...] = field(default=())
    notice: str | None = None
    missing: tuple[str, ...] = ()
    false_premises: tuple[str, ...] = ()
    tokens: dict[str, int] = field(default_factory=dict)
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A question asked before in the same conversation, with its answer."""

    question: str
    answer: Answer
