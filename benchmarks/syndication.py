"""Makes sets of one story as several outlets print it: headline, byline and place line changed, the end cut, a local
paragraph added, sentences reworded. Only the few paragraphs below are written here; the stories are whatever is given.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from rag.records import Article
from rag.sentences import sentence_spans

PLACES = ("Ashford", "Millbrook", "Port Ellery", "Nordvik", "Kesterton", "Lower Hallam", "San Brido", "Vallmont")
NAMES = ("Ines Corda", "Tom Barrowby", "Liv Sander", "Pavel Ruzic", "Mira Oduya", "Jack Fenwick", "Ada Lindqvist")
AGENCIES = ("Meridian News", "Continental Press", "Harbour Wire", "Northern Dispatch")
LOCAL = (
    "In {place}, {name} of the town council said residents had followed the news closely. A meeting is planned at the"
    " community hall on {day} evening, and questions may be sent in beforehand.",
    "{name}, who lives in {place}, told this newspaper that the subject comes up at every breakfast. Local shops said"
    " they had noticed no difference so far.",
    "The {place} chamber of commerce declined to comment. Its chair, {name}, will speak on our radio programme on {day}"
    " at nine, together with readers who wrote to us about it.",
    "A spokesman for the {place} district, {name}, said that nothing changes here for the time being. The district"
    " publishes advice for families on its notice board every {day}.",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SYNONYMS = {
    "said": "stated", "about": "roughly", "also": "in addition", "but": "yet", "many": "a large number of",
    "after": "following", "before": "ahead of", "people": "persons", "because": "since", "will": "is going to",
    "says": "states", "told": "informed", "while": "whereas", "including": "among them", "more": "further",
    "according": "going", "officials": "authorities", "announced": "made known", "first": "initial", "new": "fresh",
    "is": "remains", "was": "had been", "are": "remain", "were": "had been", "has": "did", "have": "hold",
    "year": "twelvemonth", "years": "seasons", "use": "employ", "made": "produced", "against": "opposed to",
    "that": "which", "who": "that", "in": "within", "on": "upon", "from": "out of", "with": "alongside",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Strength:
    """How much an outlet changes: the least share of sentences it keeps, the share it rewords, its own paragraphs."""

    name: str
    kept: float
    reworded: float
    local: int


STRENGTHS = (
    Strength("light", kept=0.85, reworded=0.05, local=0),
    Strength("medium", kept=0.65, reworded=0.15, local=1),
    Strength("heavy", kept=0.5, reworded=0.25, local=1),
)


def copies(story: Article, k: int, strength: Strength, chance: random.Random) -> list[Article]:
    """Return the story as k outlets print it; the first prints it as it is."""
    others = [_edited(story, number, strength, chance) for number in range(1, k)]
    return [replace(story, article_id=f"{story.article_id}.0", source=f"{story.source}.0"), *others]


def _edited(story: Article, number: int, strength: Strength, chance: random.Random) -> Article:
    paragraphs = [p for p in story.text.split("\n\n") if p.strip()]
    sentences = [[p[a:b].strip() for a, b in sentence_spans(p)] for p in paragraphs]
    left = round(sum(map(len, sentences)) * chance.uniform(strength.kept, 1))
    printed: list[str] = []
    for group in sentences:
        if left > 0:
            kept = group[:left]
            left -= len(kept)
            printed.append(" ".join(_reworded(s, chance) if chance.random() < strength.reworded else s for s in kept))
    for _ in range(strength.local):
        local = chance.choice(LOCAL).format(
            place=chance.choice(PLACES), name=chance.choice(NAMES), day=chance.choice(DAYS)
        )
        printed.insert(chance.randint(min(1, len(printed)), len(printed)), local)
    place, agency = chance.choice(PLACES), chance.choice(AGENCIES)
    if chance.random() < 0.7:
        printed[0] = f"{place.upper()} ({agency}) — {printed[0]}"
    if chance.random() < 0.5:
        printed.insert(0, f"By {chance.choice(NAMES)}, {agency}")
    metadata = replace(
        story.metadata, title=f"{place}: {story.metadata.title or 'report'}", outlet=f"{place} Gazette", url=None
    )
    name = f"{story.article_id}.{number}"
    return Article(name, "\n\n".join(printed), metadata, f"{story.source}.{number}")


def _reworded(sentence: str, chance: random.Random) -> str:
    """Return a sentence with common words replaced, and now and then its halves exchanged or a few words dropped."""
    words = [SYNONYMS.get(word, word) if chance.random() < 0.7 else word for word in sentence.split(" ")]
    if len(words) > 12 and chance.random() < 0.5:
        at = chance.randrange(3, len(words) - 6)
        del words[at : at + chance.randint(1, 4)]
    text = " ".join(words)
    halves = re.split(r", (?=\w)", text, maxsplit=1)
    if len(halves) == 2 and len(halves[1]) > 20 and chance.random() < 0.4:
        text = f"{halves[1].rstrip('.')}, {halves[0]}."
    return text
