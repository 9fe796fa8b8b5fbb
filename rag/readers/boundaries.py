"""Where the article begins and ends among the paragraphs of a scraped page, told by position.

It begins at its headline, below the site's menu; a thread of readers' comments, a menu at the bottom and cards of other
stories end it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from rag.readers.blocks import Block, block_of
from rag.readers.pageheads import heads_of

LEAST_WORDS = 60
"""So many words of prose make an article; below them stands what belongs to the page."""
RESUME_WORDS = 40
"""A paragraph this long is the article's own, not the teaser of another story."""

_THREAD_WINDOW = 14
_MENU_WORDS, _MENU_LINES, _MENU_PLAIN, _MENU_SHARE = 4, 8, 3, 0.25
_HEAD_LINES = 8


def end_of_article(blocks: Sequence[Block]) -> int:
    """Return where readers' comments begin, or the number of blocks.

    A counter such as `24 Comments` under the headline opens no thread: there is no article above it yet. Above a
    short article a thread is known by its marks (`Reply`, `3 hours ago`); without any heading, by three such marks
    behind the article.
    """
    paragraphs = words = 0
    for i, block in enumerate(blocks):
        following = sum(other.thread or other.comments for other in blocks[i + 1 : i + _THREAD_WINDOW])
        if paragraphs and block.comments and (following >= 2 or (paragraphs >= 2 and words >= 60)):
            return i
        if paragraphs >= 2 and block.thread and following >= 2:
            return i - 1 if not blocks[i - 1].prose and not blocks[i - 1].ends else i
        if block.prose:
            paragraphs += 1
            words += block.words
    return len(blocks)


def without_menus(blocks: list[Block]) -> list[Block]:
    """Return the blocks between the site's menu at the top and the one at the bottom, each a long run of short lines.

    A run counts as the top menu while hardly any prose stands above it, as the bottom one when hardly any stands
    below it and known furniture does: a list in the middle of an article, or at its end, stays.
    """
    total = sum(block.words for block in blocks if block.prose)
    start, end, above, run, plain = 0, len(blocks), 0, 0, 0
    for i, block in enumerate([*blocks, block_of("A sentence that ends every run of short lines above it.")]):
        if block.words <= _MENU_WORDS and not block.ends:
            run += 1
            plain += not block.furniture
            continue
        if run >= _MENU_LINES and plain >= _MENU_PLAIN and above <= _MENU_SHARE * total:
            start = i
        elif (
            run >= _MENU_LINES
            and total - above <= _MENU_SHARE * total
            and any(b.furniture for b in blocks[i - run : i])
        ):
            end = i - run
            break
        run = plain = 0
        above += block.words if block.prose else 0
    start = _with_headline(blocks, start)
    return blocks[start:end]


def _with_headline(blocks: Sequence[Block], start: int) -> int:
    """Return `start`, or the line before it when that run of short lines ends in what may be a short headline."""
    if (
        0 < start < len(blocks)
        and blocks[start].prose
        and blocks[start - 1].words > 2
        and not blocks[start - 1].furniture
    ):
        return start - 1
    return start


def first_of_body(blocks: Sequence[Block]) -> int:
    """Return where the body begins: at the first prose, or behind a byline or date that follows a standfirst
    closely.
    """
    first = next((i for i, block in enumerate(blocks) if block.prose), 0)
    dated = (block for block in blocks[first:] if not block.ends and heads_of([block.text], [True]).published)
    is_timeline = len(list(islice(dated, 2))) > 1
    for i in range(min(first + _HEAD_LINES, len(blocks)) - 1, first, -1):
        head = heads_of([block.text for block in blocks[i : i + 2]], [True, True])
        between = [block.words for block in blocks[first:i] if block.prose]
        if head.published and not head.author and is_timeline:
            continue
        if (head.author or head.published) and len(between) <= 2 and max(between) < RESUME_WORDS:
            return i + 2 if head.author and not heads_of([blocks[i].text], [True]).author else i + 1
    return first


def first_story_card(blocks: Sequence[Block]) -> int:
    """Return where cards of other stories begin below the article, or the number of blocks.

    A card is a headline with a byline or date of its own right below; two of them below sixty words of prose are a
    list.
    """
    words, cards = 0, []
    for i, block in enumerate(blocks):
        above = blocks[i - 1] if i else block
        if words >= LEAST_WORDS and above.words >= 4 and not (above.prose or above.ends or above.furniture):
            head = heads_of([other.text for other in blocks[i : i + 2]], [True, True]) if not block.prose else None
            if head and (head.published or head.author):
                cards.append(i - 1)
        words += block.words if block.prose else 0
    if len(cards) < 2:
        return len(blocks)
    first = cards[0]
    while first and not (blocks[first - 1].prose or blocks[first - 1].ends):
        first -= 1
    return first
