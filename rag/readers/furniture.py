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
from rag.readers.pageheads import Heads, heads_of


def _any_of(*lists: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for patterns in lists for pattern in patterns)


_OBVIOUS = re.compile(_any_of(phrases.OBVIOUS), re.IGNORECASE)
_LINES = re.compile(_any_of(phrases.OBVIOUS, phrases.LINES), re.IGNORECASE)
_SENTENCES = re.compile(rf"\b(?:{_any_of(phrases.SENTENCES)})", re.IGNORECASE)
_CAPTIONS = re.compile(_any_of(phrases.CAPTIONS), re.IGNORECASE)
_BIOGRAPHIES = re.compile(_any_of(phrases.BIOGRAPHIES))
_COMMENTS = re.compile(_any_of(phrases.COMMENT_OPENERS), re.IGNORECASE)
_RELATED = re.compile(_any_of(phrases.RELATED_OPENERS), re.IGNORECASE)
_THREAD = re.compile(_any_of(phrases.THREAD_MARKS), re.IGNORECASE)

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔।:][\"'”’»“)\]*\d]*$")
_PROSE_WORDS, _LINE_WORDS, _LONG_WORDS, _SENTENCE_WORDS = 10, 25, 30, 80
_LONGEST_LINE, _LONGEST_SENTENCE = 300, 1000
_RESUME_WORDS = 40
_SAID_TWICE_WORDS = 25
_THREAD_WINDOW = 14
_MENU_WORDS, _MENU_LINES, _MENU_PLAIN, _MENU_SHARE = 4, 8, 3, 0.25
_HEAD_LINES = 8
_LEAST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Page:
    """The article's own paragraphs, and what the page states about it; unstated is None."""

    paragraphs: tuple[str, ...]
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class _Block:
    """One paragraph and what it is by itself."""

    text: str
    words: int
    ends: bool
    furniture: bool
    comments: bool
    related: bool
    thread: bool

    @property
    def prose(self) -> bool:
        """Sentences of an article, as far as the paragraph alone can tell."""
        return not self.furniture and (
            (self.words >= _PROSE_WORDS and self.ends) or (self.words >= _LONG_WORDS and _lower_share(self.text) >= 0.4)
        )


def strip_furniture(paragraphs: Sequence[str], *, is_main_content: bool = False) -> Page:
    """Return the article among the paragraphs of a scraped page, or of a clean text, which loses next to nothing.

    `is_main_content` says that an extractor has found the article already: then position at the top or bottom tells
    nothing.
    """
    blocks = [_block(text) for text in paragraphs]
    prose = [block.words for block in blocks if block.prose]
    if sum(prose) < 20 or (sum(prose) < _LEAST_WORDS and sum(prose) < 0.3 * sum(block.words for block in blocks)):
        return Page(tuple(without_obvious(paragraphs)))
    if not is_main_content:
        blocks = _without_menus(blocks)
        blocks = blocks[: _first_story_card(blocks)]
    blocks = blocks[: _end_of_article(blocks)]
    blocks = _without_biography(_without_other_stories(blocks))
    if is_main_content:
        return Page(tuple(block.text for block in _middle(blocks)))
    first = _first_of_body(blocks)
    last = max((i for i, block in enumerate(blocks) if block.prose), default=len(blocks) - 1)
    heads = heads_of([block.text for block in blocks[:first]], [block.furniture for block in blocks[:first]])
    body = _middle(blocks[first : last + 1])
    tail, outlet = _tail(blocks[last], blocks[last + 1 :])
    return _page(replace(heads, outlet=heads.outlet or outlet), [*body, *tail])


def without_obvious(paragraphs: Sequence[str]) -> list[str]:
    """Return `paragraphs` without the lines that are furniture beyond doubt; for text someone has already cleaned."""
    return [text for text in paragraphs if not _OBVIOUS.fullmatch(text.strip())]


def _page(heads: Heads, body: list[_Block]) -> Page:
    texts = [*heads.kept, *(block.text for block in body if block.text not in heads.kept)]
    return Page(tuple(texts), heads.title, heads.outlet, heads.author, heads.published)


def _block(text: str) -> _Block:
    line = text.strip(" •·|*-–—>»")
    words = len(_WORD.findall(text)) + len(_UNSPACED.findall(text)) // 2
    opener = words <= _LINE_WORDS and len(line) <= _LONGEST_LINE
    known = opener and bool(_LINES.fullmatch(line))
    if not known and words <= _SENTENCE_WORDS and len(line) <= _LONGEST_SENTENCE:
        known = bool(_SENTENCES.search(text) or _CAPTIONS.search(text))
    return _Block(
        text,
        words,
        bool(_SENTENCE_END.search(text)),
        known or not line,
        opener and bool(_COMMENTS.fullmatch(line)),
        opener and bool(_RELATED.fullmatch(line)),
        opener and bool(_THREAD.fullmatch(line)),
    )


def _lower_share(text: str) -> float:
    """Return the share of words that do not begin with a capital or a digit."""
    words = _WORD.findall(text)
    return sum(not (word[0].isupper() or word[0].isdigit()) for word in words) / max(len(words), 1)


def _end_of_article(blocks: Sequence[_Block]) -> int:
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


def _without_menus(blocks: list[_Block]) -> list[_Block]:
    """Return the blocks between the site's menu at the top and the one at the bottom, each a long run of short lines.

    A run counts as the top menu while hardly any prose stands above it, as the bottom one when hardly any stands
    below it and known furniture does: a list in the middle of an article, or at its end, stays.
    """
    total = sum(block.words for block in blocks if block.prose)
    start, end, above, run, plain = 0, len(blocks), 0, 0, 0
    for i, block in enumerate([*blocks, _block("A sentence that ends every run of short lines above it.")]):
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


def _has_furniture(blocks: Sequence[_Block]) -> bool:
    return any(block.furniture for block in blocks)


def _with_headline(blocks: Sequence[_Block], start: int) -> int:
    """Return `start`, or the line before it when that run of short lines ends in what may be a short headline."""
    if (
        0 < start < len(blocks)
        and blocks[start].prose
        and blocks[start - 1].words > 2
        and not blocks[start - 1].furniture
    ):
        return start - 1
    return start


def _first_of_body(blocks: Sequence[_Block]) -> int:
    """Return where the body begins: at the first prose, or behind a byline or date that follows a standfirst
    closely.
    """
    first = next((i for i, block in enumerate(blocks) if block.prose), 0)
    is_timeline = sum(bool(heads_of([block.text], [True]).published) for block in blocks[first:] if not block.ends) > 1
    for i in range(min(first + _HEAD_LINES, len(blocks)) - 1, first, -1):
        head = heads_of([block.text for block in blocks[i : i + 2]], [True, True])
        between = [block.words for block in blocks[first:i] if block.prose]
        if head.published and not head.author and is_timeline:
            continue
        if (head.author or head.published) and len(between) <= 2 and max(between) < _RESUME_WORDS:
            return i + 2 if head.author and not heads_of([blocks[i].text], [True]).author else i + 1
    return first


def _first_story_card(blocks: Sequence[_Block]) -> int:
    """Return where cards of other stories begin below the article, or the number of blocks.

    A card is a headline with a byline or date of its own right below; two of them below sixty words of prose are a
    list.
    """
    words, cards = 0, []
    for i, block in enumerate(blocks):
        above = blocks[i - 1] if i else block
        if words >= _LEAST_WORDS and above.words >= 4 and not (above.prose or above.ends or above.furniture):
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


def _without_other_stories(blocks: list[_Block]) -> list[_Block]:
    """Return the blocks without lists of other stories: from their heading until the article's prose resumes."""
    kept: list[_Block] = []
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


def _lists_stories(blocks: Sequence[_Block], i: int) -> bool:
    """Tell whether what follows a heading such as `More on this` is a list rather than a section of the article."""
    following = blocks[i + 1 : i + 3]
    return not all(block.prose and block.words >= _LONG_WORDS for block in following)


def _resumes(blocks: Sequence[_Block], i: int) -> bool:
    """Tell whether an article's own prose begins at `i`: one long paragraph, or two in a row at once or behind a
    heading.

    Teasers of other stories are short, and each stands alone below its headline.
    """
    if not blocks[i].prose:
        return False
    pairs = pairwise(blocks[i : i + 4])
    return blocks[i].words >= _RESUME_WORDS or any(
        a.prose and b.prose and a.words + b.words >= _LONG_WORDS for a, b in pairs
    )


def _without_biography(blocks: list[_Block]) -> list[_Block]:
    """Return the blocks without closing paragraphs about the author."""
    last = max((i for i, block in enumerate(blocks) if block.prose and not _BIOGRAPHIES.search(block.text)), default=-1)
    return [block for i, block in enumerate(blocks) if i <= last or not _BIOGRAPHIES.search(block.text)]


def _middle(blocks: Sequence[_Block]) -> list[_Block]:
    """Return what stays between the first and the last prose: all but known furniture and prose said twice."""
    kept: list[_Block] = []
    seen: set[str] = set()
    for block in blocks:
        if block.furniture or block.comments or block.text in seen:
            continue
        if block.words >= _SAID_TWICE_WORDS:
            seen.add(block.text)
        kept.append(block)
    return kept


def _tail(last: _Block, blocks: Sequence[_Block]) -> tuple[list[_Block], str | None]:
    """Return what stays below the last prose, and the outlet a credit line there names.

    Up to the first furniture or byline, these stay: a list that the last prose announces with a colon, a list of
    short or numeric items, short sentences right below the prose. Headlines, and headings without a text, go.
    """
    heads = [heads_of([block.text], [False]) for block in blocks]
    outlet = next((head.outlet for head in heads if head.outlet), None)
    run: list[_Block] = []
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


def _is_plain_list(blocks: Sequence[_Block]) -> bool:
    """Tell whether the blocks are a list of the article's own: three or more items, none twice, few like headlines."""
    headlines = sum(block.words > 4 and not any(map(str.isdigit, block.text)) and not block.ends for block in blocks)
    return len(blocks) >= 3 and len({block.text for block in blocks}) == len(blocks) and headlines * 3 <= len(blocks)
