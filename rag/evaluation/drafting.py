"""A first question set from one's own articles: sentences turned into questions, with answer, article and span.

Rules for English sentences of a plain make, most telling first: a year ("When was …?"), a count ("How many …?"), the
subject ("Who or what opened …?"), else a gap to fill. With a generator, it words the question; the rules still choose
the answer. What it writes is kept only if it is a question that does not give the answer away. Nothing here is checked
by a person: every row says `"unchecked": true`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rag.errors import InputError
from rag.evaluation.folder import json_line, write_whole
from rag.evaluation.question_sets import GoldSpan, Question
from rag.generators.protocol import Generator, Prompt
from rag.records import Article
from rag.sentences import sentence_spans

_WORDS = range(6, 36)
_UNFIT = re.compile(r'[“”"?!:\n]')
_NAME = r"(?:[A-Z][\w’'-]+)(?: (?:of |the |de |van |von |al-)?[A-Z][\w’'-]+){0,4}"
_VERB = (
    r"(?:was|were|is|are|has|had|have|will|won|lost|led|said|told|became|began|met|made|took|gave|left|sold|\w{3,}ed)"
)
_COUNT = r"(\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens of|hundreds of)"
_SUBJECT = re.compile(rf"^(?:The )?({_NAME}) ({_VERB} .+)[.]$")
_ABOUT = r"(?:(?:About|Around|Nearly|Almost|At least|More than|Some) )?"
_HOW_MANY = re.compile(rf"^{_ABOUT}{_COUNT} ([a-z]+(?: [a-z]+){{0,3}}? {_VERB}\b.*)[.]$", re.IGNORECASE)
_WHEN = re.compile(r"^((?:The |An? )?[A-Z].{2,80}?) (was|were) ([a-z].*?) in ((?:19|20)\d\d)[.]$")
_GAP = re.compile(rf"(?<=[a-z,] )({_NAME}|\$?\d[\d,.]*\d%?)(?=[ ,.])")
_MID_SENTENCE = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]+")
_OPENING = re.compile(
    r"(?:An?|And|As|At|Both|But|By|Each|For|From|Her?|His|However|I|If|In|Its?|Many|Most|My|No|On|Our|She|Since|So|Some|"
    r"That|The|Their|There|These|They|This|Those|Though|To|We|What|When|Where|Which|While|Who|With|Your?|Meanwhile|Also|"
    r"After|Before|Under|Yesterday|Today|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b"
)
_SYSTEM = "You write quiz questions. Reply with one short question in English and nothing else."
_USER = "Sentence: {sentence}\nWrite one question about it whose answer is exactly: {answer}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A question worded by a rule, with the words of the sentence that answer it."""

    kind: str
    question: str
    answer: str


def draft_questions(articles: Iterable[Article], count: int, *, generator: Generator | None = None) -> list[Question]:
    """Return at most `count` questions, taken from the articles in turn so that each has its share.

    Raises InputError when no sentence of the articles can be asked about, GeneratorError when the generator fails.
    """
    drafted = [_of_article(article) for article in articles]
    in_turn = (draft for round_ in zip_longest(*drafted) for draft in round_ if draft is not None)
    questions: list[Question] = []
    asked: set[str] = set()
    for article, start, end, draft in in_turn:
        if len(questions) == count:
            break
        wording = draft.question
        if generator is not None:
            wording = _worded(generator, article.text[start:end], draft.answer) or wording
        if wording not in asked:
            asked.add(wording)
            questions.append(_question(len(questions) + 1, article, start, end, draft, wording))
    if not questions:
        raise InputError("no sentence of the indexed articles can be asked about; index English articles first")
    return questions


def write_drafts(path: Path, questions: Iterable[Question]) -> None:
    """Write drafts as a `.jsonl` question set; raises InputError when the file cannot be written."""
    if path.suffix != ".jsonl":
        raise InputError(f"{path}: a question set is written as .jsonl; name the file so")
    write_whole(path, "".join(json_line(question.row()) for question in questions))


def draft(sentence: str, names: Set[str]) -> Draft | None:
    """Return the question that the most telling rule makes of a sentence, or None.

    A subject of one word must be among `names`, as any word has a capital at the start of a sentence.
    """
    if len(sentence.split()) not in _WORDS or not sentence.endswith(".") or _UNFIT.search(sentence):
        return None
    if match := _WHEN.match(sentence):
        subject, auxiliary, rest, year = match.groups()
        return Draft("when", f"When {auxiliary} {_lowered(subject)} {rest}?", year)
    if match := _HOW_MANY.match(sentence):
        return Draft("how many", f"How many {match[2]}?", match[1])
    match = _SUBJECT.match(sentence)
    if match and not _OPENING.match(match[1]) and (" " in match[1] or match[1] in names):
        return Draft("subject", f"Who or what {match[2]}?", match[1])
    gaps = [gap for gap in _GAP.finditer(sentence) if sentence.count(gap[1]) == 1 and not _OPENING.match(gap[1])]
    if gaps:
        gap = gaps[-1]
        filled = f"{sentence[: gap.start()]}____{sentence[gap.end() :]}"
        return Draft("gap", f"What belongs in the gap: {filled}", gap[1])
    return None


def _of_article(article: Article) -> Iterator[tuple[Article, int, int, Draft]]:
    gaps, names = [], frozenset(_MID_SENTENCE.findall(article.text))
    for start, end in sentence_spans(article.text, article.metadata.language):
        found = draft(article.text[start:end], names)
        if found is not None and found.kind == "gap":
            gaps.append((article, start, end, found))
        elif found is not None:
            yield article, start, end, found
    yield from gaps


def _worded(generator: Generator, sentence: str, answer: str) -> str | None:
    written = "".join(generator.stream(Prompt(_SYSTEM, _USER.format(sentence=sentence, answer=answer), 60)))
    question = " ".join(written.split())
    fits = question.endswith("?") and question.count("?") == 1 and 4 <= len(question.split()) <= 40
    return question if fits and answer.lower() not in question.lower() else None


def _question(number: int, article: Article, start: int, end: int, found: Draft, wording: str) -> Question:
    return Question(
        question_id=f"draft-{number:04d}",
        question=wording,
        answers=(found.answer,),
        answerable=True,
        evidence=(article.article_id,),
        spans=(GoldSpan(article.article_id, start, end),),
        type=found.kind,
        extra={"unchecked": True, "sentence": article.text[start:end]},
    )


def _lowered(subject: str) -> str:
    first, _, rest = subject.partition(" ")
    return f"{first.lower()} {rest}" if first in ("The", "A", "An") else subject
