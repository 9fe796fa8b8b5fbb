"""Questions to begin with, made from a corpus: of its counts, of what its people did, of the names it speaks of most.

Rules for plain English sentences, wording as short as a person's. Whether a question is answered is for the engine to
say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from rag.records import Article
from rag.sentences import sentence_spans
from rag.words import Word, words

_ARTICLES_READ = 200
_CHARACTERS_READ = 8_000
_MOST_WORDS = 14
_TELLING = 0.35  # of `Word.weight`: a name all of common words ("United States") makes a dull question
_IRREGULAR = r"was|were|had|took|left|fled|sank|fell|won|lost|met|gave|became|began"
_PAST = rf"(?:{_IRREGULAR}|\w{{2,}}ed)"
# "32 agents died in the raid" says how many did what; "150 men tied to the regime", "20 cases reported." do not.
_GOES_ON = r"(?= (?:in|on|at|during|from|for|after|over|up|out|off|a|an|the)\b)"
_DID = rf"(?:{_IRREGULAR}|(?!based |briefed )\w{{2,}}ed{_GOES_ON})"
_NO_THING = (
    r"(?:where|when|who|of|or|and|the|to|be|after|before|per|in|on|for|attempted"
    r"|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times?|percent|miles?|kilomet\w+) "
)
_NUMBER = r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?: hundred| thousand| million)?"
_THINGS = r"(?:[\w’'-]{2,}s|people|children|men|women|personnel)"
_HOW_MANY = re.compile(
    rf"\b{_NUMBER} ((?:(?!{_NO_THING})[\w’'-]+ ){{0,3}}?{_THINGS} (?:have )?{_DID}\b[^,.;:“”\"()]*)(?:[,;]|\.(?!\d))"
)
_BREAKS_OFF = re.compile(r"\b(?:of|to|in|on|at|by|for|with|from|as|the|a|an)\?$", re.IGNORECASE)
_NAME = r"(?:[A-Z][\w’'-]+ ){1,3}[A-Z][\w’'-]+"
_WHO = re.compile(rf"^({_NAME}) ({_PAST}\b [^,.;:“”\"()]+?)(?:, | and |[.;])")
_POINTS_BACK = re.compile(r"\b(?:he|she|they|it|his|her|their|its|this|that|these|those|there|them|him|such)\b", re.I)


def questions_about(articles: Iterable[Article]) -> Iterator[str]:
    """Yield distinct questions about these articles, the kinds and the articles taking turns."""
    read = list(islice(articles, _ARTICLES_READ))
    outlets = {a.metadata.outlet.casefold() for a in read if a.metadata.outlet}
    by_article = [list(_of_sentences(a.text[:_CHARACTERS_READ], outlets)) for a in read]
    asked = [question for turn in zip_longest(*by_article) for question in turn if question]
    yield from dict.fromkeys([*asked, *(f"What is said about {name}?" for name in _frequent_names(read, outlets))])


def _of_sentences(text: str, outlets: set[str]) -> Iterator[str]:
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if counted := _HOW_MANY.search(sentence):
            yield from _fit(f"How many {counted.group(1)}?")
        elif (did := _WHO.match(sentence)) and did.group(1).casefold() not in outlets:
            yield from _fit(f"Who {did.group(2)}?")


def _fit(question: str) -> Iterator[str]:
    whole = not (_POINTS_BACK.search(question) or _BREAKS_OFF.search(question))
    if whole and 5 <= len(question.split()) <= _MOST_WORDS:
        yield question


def _frequent_names(articles: Sequence[Article], outlets: set[str]) -> list[str]:
    """Return the names of two words or more that occur most, in many articles before in one."""
    counts: Counter[str] = Counter()
    for article in articles:
        names = [
            name
            for name in _names(article.text[:_CHARACTERS_READ])
            if not any(name.casefold() in outlet for outlet in outlets)
        ]
        counts.update(names)
        counts.update(set(names))
    return [name for name, _ in counts.most_common(50)]


def _names(text: str) -> Iterator[str]:
    run: list[Word] = []
    for word in [*words(text), None]:
        joined = bool(run and word and word.start - run[-1].end == 1 and text[run[-1].end] in " -")
        if run and not (word and word.is_name and joined):
            if len(run) > 1 and max(w.weight for w in run) >= _TELLING:
                yield text[run[0].start : run[-1].end]
            run = []
        if word and word.is_name and not word.is_number:
            run.append(word)
