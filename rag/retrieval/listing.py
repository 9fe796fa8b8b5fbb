"""Which of the ranked passages are listed: near-copies once, and not all from one source when others were found too.

Articles that copy one another form a group, one voice. A passage is a near-copy when nearly all its runs of four words
stand in passages of other articles of its group that are listed already, with the same figures and negations; it is
named there and not listed again. What a copy says beyond that is listed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rag.stores.protocol import ArticleMark, PassageStore
from rag.words import NUMBER_WORDS

NEAR_COPY = 0.8  # of its runs of words
VOICES = 0.5  # of the lines are of different voices when so many were found; at .9 answers were lost
_RUN = 4
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_NEGATIONS = frozenset("no not never nor neither cannot without".split())


@dataclass(slots=True)
class Line:
    """A listed passage, with the articles whose near-copy of it was found."""

    passage_id: int
    article_id: str
    group: str
    copies: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Content:
    """The runs of words of a text, and the words that change what it says: figures and negations."""

    runs: frozenset[tuple[str, ...]]
    telling: frozenset[str]


def listed(
    ranking: Sequence[int],
    article_of: Mapping[int, str],
    marks: Mapping[str, ArticleMark],
    store: PassageStore,
    k: int,
    kept: Collection[int] = (),
) -> list[Line]:
    """Return at most k lines in the order of the ranking.

    At least half of them are of different voices when so many were found, and of `kept` passages a third of them.
    """
    lines = _without_copies(ranking, article_of, marks, store)
    chosen, rest = lines[:k], lines[k:]
    held = [line for line in rest if line.passage_id in kept][: k // 3]
    chosen = _exchanged(chosen, [line for line in chosen if line.passage_id not in kept], held)
    first_of: dict[str, Line] = {}
    for line in (*chosen, *rest):
        first_of.setdefault(line.group, line)
    heard = {line.group for line in chosen}
    unheard = [line for group, line in first_of.items() if group not in heard][: max(0, int(VOICES * k) - len(heard))]
    again = [line for line in chosen if line is not first_of[line.group] and line.passage_id not in kept]
    chosen = _exchanged(chosen, again, unheard)
    places = {passage_id: place for place, passage_id in enumerate(ranking)}
    return sorted(chosen, key=lambda line: places[line.passage_id])


def _exchanged(chosen: list[Line], droppable: Sequence[Line], wanted: Sequence[Line]) -> list[Line]:
    """Return the lines with as many of the wanted ones as there are others to drop, the last of those first."""
    n = min(len(droppable), len(wanted))
    dropped = {line.passage_id for line in droppable[len(droppable) - n :]}
    return [line for line in chosen if line.passage_id not in dropped] + list(wanted[:n])


def _without_copies(
    ranking: Sequence[int], article_of: Mapping[int, str], marks: Mapping[str, ArticleMark], store: PassageStore
) -> list[Line]:
    group_of = {a: marks[a].group if a in marks else a for a in set(article_of.values())}
    members: dict[str, int] = {}
    for group in group_of.values():
        members[group] = members.get(group, 0) + 1
    copied = [i for i in ranking if members[group_of[article_of[i]]] > 1]
    contents = {p.passage_id: _content(p.text) for p in store.passages(copied)} if copied else {}
    lines: list[Line] = []
    of_group: dict[str, list[Line]] = {}
    for passage_id in ranking:
        article_id = article_of[passage_id]
        before = of_group.setdefault(group_of[article_id], [])
        said = [line for line in before if line.article_id != article_id]
        if passage_id in contents and said:
            original = _original(contents[passage_id], said, contents)
            if original is not None:
                if article_id not in original.copies:
                    original.copies.append(article_id)
                continue
        line = Line(passage_id, article_id, group_of[article_id])
        before.append(line)
        lines.append(line)
    return lines


def _original(content: _Content, said: Sequence[Line], contents: Mapping[int, _Content]) -> Line | None:
    """Return the line that says most of a content which the lines together say wholly, or None."""
    known = [(line, contents[line.passage_id]) for line in said if line.passage_id in contents]
    runs = frozenset[tuple[str, ...]]().union(*(c.runs for _, c in known))
    telling = frozenset[str]().union(*(c.telling for _, c in known))
    if not known or not content.telling <= telling or len(content.runs & runs) < NEAR_COPY * len(content.runs):
        return None
    return max(known, key=lambda pair: len(content.runs & pair[1].runs))[0]


def _content(text: str) -> _Content:
    found = [word.replace("’", "'") for word in _WORD.findall(text.casefold())]
    runs = frozenset(tuple(found[i : i + _RUN]) for i in range(max(1, len(found) - _RUN + 1)))
    telling = frozenset(w for w in found if w[0].isdigit() or w in NUMBER_WORDS or w in _NEGATIONS or w.endswith("n't"))
    return _Content(runs, telling)
