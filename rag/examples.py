"""Questions to begin with, made from the names a corpus speaks of most.

Whether one is answered is for the engine to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from rag.records import Article
from rag.words import Word, words

_ARTICLES_READ = 200
_CHARACTERS_READ = 8_000
_PHRASINGS = ("What is reported about {}?", "What did {} do?", "What happened to {}?", "What is said about {}?")


def questions_about(articles: Iterable[Article]) -> Iterator[str]:
    """Yield questions about the most frequent full names (two words or more) of the first articles."""
    counts: Counter[str] = Counter()
    for article in islice(articles, _ARTICLES_READ):
        counts.update(set(_names(article.text[:_CHARACTERS_READ])))
        counts.update(_names(article.text[:_CHARACTERS_READ]))
    for i, (name, _) in enumerate(counts.most_common(50)):
        yield _PHRASINGS[i % len(_PHRASINGS)].format(name)


def _names(text: str) -> Iterator[str]:
    run: list[Word] = []
    for word in [*words(text), None]:
        joined = bool(run and word and word.start - run[-1].end == 1 and text[run[-1].end] in " -")
        if run and not (word and word.is_name and joined):
            if len(run) > 1:
                yield text[run[0].start : run[-1].end]
            run = []
        if word and word.is_name and not word.is_number:
            run.append(word)
