"""An engine over a few invented articles that answers by word overlap, so that runs are quick and repeatable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.errors import GeneratorError
from rag.evaluation.question_sets import Question
from rag.generators.protocol import Prompt
from rag.records import Answer, AnswerSentence, Article, Citation, Evidence, Hit, Metadata, Passage
from rag.stores.protocol import StoredArticle

TEXTS = {
    "harbour": "The harbour of Port Elin was dredged in 1987. Its crane lifts 40 tonnes. Gulls nest on the pier.",
    "orchard": "Mira Tolan planted the orchard at Hale in 1952. It grows 300 trees of the Brock pear.",
    "choir": "The Hale choir sings on Sundays. Osman Vey has led the choir since 2003. It has 28 voices.",
    "tram": "The tram to Hale runs every 12 minutes. A ticket costs two crowns. Dogs ride free.",
}


@dataclass(frozen=True, slots=True)
class Found:
    question: str
    hits: tuple[Hit, ...]
    timings_ms: dict[str, float]
    further: tuple[str, ...] = ()


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


class OverlapEngine:
    """Each sentence is a passage; the best one is the answer, and no shared word is a refusal."""

    def __init__(self, texts: dict[str, str] = TEXTS, fail_on: str | None = None) -> None:
        self._articles = {name: Article(name, text, Metadata(title=name), f"{name}.md") for name, text in texts.items()}
        self._fail_on = fail_on
        self._passages: list[tuple[Passage, set[str]]] = []
        for name, text in texts.items():
            for number, match in enumerate(re.finditer(r"[^.]+\.", text)):
                start = match.start() + len(match[0]) - len(match[0].lstrip())
                sentence = text[start : match.end()]
                passage = Passage(name, start, match.end(), sentence, len(self._passages) + number + 1)
                self._passages.append((passage, _words(sentence)))
        self.asked: list[str] = []

    def search(self, question: str, *, k: int | None = None) -> Found:
        wanted = _words(question)
        scored = [(len(wanted & words), -position) for position, (_, words) in enumerate(self._passages)]
        best = [pair for pair in sorted(scored, reverse=True) if pair[0]][: k or 5]
        hits = tuple(
            Hit(rank, float(score), self._passages[-position][0], Metadata())
            for rank, (score, position) in enumerate(best, start=1)
        )
        return Found(question, hits, {"search": 0.1})

    def ask(self, question: str, *, k: int | None = None, generator: str | None = None) -> Answer:
        self.asked.append(question)
        if self._fail_on is not None and self._fail_on in question:
            raise GeneratorError("the endpoint did not answer")
        hits = self.search(question, k=k).hits
        confidence = min(1.0, hits[0].score / 4) if hits else 0.0
        common = {"hits": hits, "timings_ms": {"search": 0.1}, "generator": "overlap", "encoder": "words"}
        if confidence < 0.5:
            text = "The articles do not say."
            return Answer(
                question, question, text, True, (), (), index_fingerprint="f1", confidence=confidence, **common
            )
        passage = hits[0].passage
        evidence = Evidence(passage.article_id, passage.start, passage.end, passage.text, Metadata(), confidence)
        return Answer(
            question,
            question,
            f"{passage.text} [1]",
            False,
            (AnswerSentence(passage.text, "supported", (1,)),),
            (Citation(1, evidence),),
            index_fingerprint="f1",
            confidence=confidence,
            **common,
        )

    def warm(self, generator: str | None = None) -> None:
        """Nothing to load."""

    def article(self, article_id: str) -> Article | None:
        return self._articles.get(article_id)

    def articles(self) -> Iterator[StoredArticle]:
        for name in sorted(self._articles):
            yield StoredArticle(self._articles[name], 3)


QUESTIONS = [
    Question("when", "When was the harbour of Port Elin dredged?", ("1987",), True, ("harbour",), type="number"),
    Question("who", "Who planted the orchard at Hale?", ("Mira Tolan",), True, ("orchard",), type="name"),
    Question("lead", "Who has led the choir since then?", ("Osman Vey",), True, ("choir",), type="name"),
    Question("often", "How often do boats leave?", ("every 12 minutes",), True, ("tram",), type="number"),
    Question("plane", "Where is the airport?", answerable=False, type="absent"),
    Question("fruit", "Who planted the Brock orchard at Port Elin?", answerable=False, type="absent"),
    Question("open", "How many tonnes is the crane for?"),
]


class ScriptedGenerator:
    """Says the next of the given texts, and keeps what it was told."""

    name = "scripted"

    def __init__(self, *replies: str) -> None:
        self._replies = list(replies)
        self.prompts: list[Prompt] = []

    def stream(self, prompt: Prompt) -> Iterator[str]:
        self.prompts.append(prompt)
        if not self._replies:
            raise GeneratorError("the endpoint did not answer")
        yield self._replies.pop(0)
