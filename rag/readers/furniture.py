"""Page furniture in plain text: paragraphs of a scraped page → the article's own, and what the page states about it.

Method, after jusText (Pomikálek 2011): each paragraph is judged by itself, then by its neighbours. By itself it is
prose (long, with sentence punctuation and mostly lower-case words, a proxy for stop words that needs no language), a
known wording of furniture (`rag.readers.phrases`), or short. Then, by position: the article begins at its headline
and ends with its last prose; a comment thread ends it; a list of other stories is cut until prose resumes; short
lines between prose are headings and stay.

The headline becomes the title and also stays in the text, as its first paragraph: plain text does not mark where a
headline ends and a standfirst begins. Byline, date and `Source:` credit become metadata and leave the text. A text
that has no prose at all (a table, a poem, a list) is left as it is except for furniture beyond doubt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.readers import phrases
from rag.readers.blocks import LONG_WORDS, OBVIOUS, Block, block_of
from rag.readers.boundaries import (
    LEAST_WORDS,
    RESUME_WORDS,
    end_of_article,
    first_of_body,
    first_story_card,
    without_menus,
)
from rag.readers.pageheads import Heads, heads_of

_BIOGRAPHIES = re.compile("|".join(f"(?:{pattern})" for pattern in phrases.BIOGRAPHIES))
_SAID_TWICE_WORDS = 25


@dataclass(frozen=True, slots=True)
class Page:
    """The article's own paragraphs, and what the page states about it; unstated is None."""

    paragraphs: tuple[str, ...]
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None


def strip_furniture(paragraphs: Sequence[str], *, is_main_content: bool = False) -> Page:
    """Return the article among the paragraphs of a scraped page, or of a clean text, which loses next to nothing.

    `is_main_content` says that an extractor has found the article already: then position at the top or bottom tells
    nothing.
    """
    blocks = [block_of(text) for text in paragraphs]
    prose = [block.words for block in blocks if block.prose]
    if sum(prose) < 20 or (sum(prose) < LEAST_WORDS and sum(prose) < 0.3 * sum(block.words for block in blocks)):
        return Page(tuple(without_obvious(paragraphs)))
    if not is_main_content:
        blocks = without_menus(blocks)
        blocks = blocks[: first_story_card(blocks)]
    blocks = blocks[: end_of_article(blocks)]
    blocks = _without_biography(_without_other_stories(blocks))
    if is_main_content:
        return Page(tuple(block.text for block in _middle(blocks)))
    first = first_of_body(blocks)
    last = max((i for i, block in enumerate(blocks) if block.prose), default=len(blocks) - 1)
    heads = heads_of([block.text for block in blocks[:first]], [block.furniture for block in blocks[:first]])
    body = _middle(blocks[first : last + 1])
    tail, outlet = _tail(blocks[last], blocks[last + 1 :])
    return _page(replace(heads, outlet=heads.outlet or outlet), [*body, *tail])


def without_obvious(paragraphs: Sequence[str]) -> list[str]:
    """Return `paragraphs` without the lines that are furniture beyond doubt; for text someone has already cleaned."""
    return [text for text in paragraphs if not OBVIOUS.fullmatch(text.strip())]


def _page(heads: Heads, body: list[Block]) -> Page:
    texts = [*heads.kept, *(block.text for block in body if block.text not in heads.kept)]
    return Page(tuple(texts), heads.title, heads.outlet, heads.author, heads.published)


def _without_other_stories(blocks: list[Block]) -> list[Block]:
    """Return the blocks without lists of other stories: from their heading until the article's prose resumes."""
    kept: list[Block] = []
    i = 0
    while i < len(blocks):
        if not blocks[i].related or not (i + 1 == len(blocks) or _lists_stories(blocks, i)):
            kept.append(blocks[i])
            i += 1
            continue
        i += 1
        while i < len(blocks) and not _resumes(blocks, i):
            i += 1
    return kept


def _lists_stories(blocks: Sequence[Block], i: int) -> bool:
    """Tell whether what follows a heading such as `More on this` is a list rather than a section of the article."""
    following = blocks[i + 1 : i + 3]
    return not all(block.prose and block.words >= LONG_WORDS for block in following)


def _resumes(blocks: Sequence[Block], i: int) -> bool:
    """Tell whether an article's own prose begins at `i`: one long paragraph, or two in a row at once or behind a
    heading.

    Teasers of other stories are short, and each stands alone below its headline.
    """
    if not blocks[i].prose:
        return False
    pairs = pairwise(blocks[i : i + 4])
    return blocks[i].words >= RESUME_WORDS or any(
        a.prose and b.prose and a.words + b.words >= LONG_WORDS for a, b in pairs
    )


def _without_biography(blocks: list[Block]) -> list[Block]:
    """Return the blocks without closing paragraphs about the author."""
    last = max((i for i, block in enumerate(blocks) if block.prose and not _BIOGRAPHIES.search(block.text)), default=-1)
    return [block for i, block in enumerate(blocks) if i <= last or not _BIOGRAPHIES.search(block.text)]


def _middle(blocks: Sequence[Block]) -> list[Block]:
    """Return what stays between the first and the last prose: all but known furniture and prose said twice."""
    kept: list[Block] = []
    seen: set[str] = set()
    for block in blocks:
        if block.furniture or block.comments or block.text in seen:
            continue
        if block.words >= _SAID_TWICE_WORDS:
            seen.add(block.text)
        kept.append(block)
    return kept


def _tail(last: Block, blocks: Sequence[Block]) -> tuple[list[Block], str | None]:
    """Return what stays below the last prose, and the outlet a credit line there names.

    Up to the first furniture or byline, these stay: a list that the last prose announces with a colon, a list of
    short or numeric items, short sentences right below the prose. Headlines, and headings without a text, go.
    """
    heads = [heads_of([block.text], [False]) for block in blocks]
    outlet = next((head.outlet for head in heads if head.outlet), None)
    run: list[Block] = []
    for block, head in zip(blocks, heads, strict=True):
        if (
            block.furniture
            or block.comments
            or block.related
            or block.thread
            or head.author
            or head.published
            or head.outlet
        ):
            break
        run.append(block)
    if last.text.rstrip().endswith(":") or _is_plain_list(run):
        return run, outlet
    sentences = (i for i, block in enumerate(run) if not (block.ends and block.words >= 3))
    return run[: next(sentences, len(run))], outlet


def _is_plain_list(blocks: Sequence[Block]) -> bool:
    """Tell whether the blocks are a list of the article's own: three or more items, none twice, few like headlines."""
    headlines = sum(block.words > 4 and not any(map(str.isdigit, block.text)) and not block.ends for block in blocks)
    return len(blocks) >= 3 and len({block.text for block in blocks}) == len(blocks) and headlines * 3 <= len(blocks)
