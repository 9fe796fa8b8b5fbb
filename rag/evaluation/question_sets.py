"""Question sets: `.jsonl`, `.csv` or `.txt` → checked `Question`s, with every fault named by line and column.

A row is `{id, question, answers, answerable, evidence, type, question_date}`; only `question` is needed, and other
keys are kept in `extra`. A row without id gets one from its text, so that it stays the same when the file is reordered.
Answers of an unanswerable question (a model refusal, in some sets) are kept but never scored. Knows nothing of
indexes: whether gold articles exist is found out by the run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rag.errors import InputError
from rag.evaluation.question_rows import Row, question_rows

MAX_QUESTIONS = 200_000
MAX_QUESTION_CHARS = 20_000
UNTYPED = "untyped"


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A stretch of an article that holds the answer, in code points."""

    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question with whatever gold it has. `answerable` is None when nothing says whether it can be answered.

    `evidence` are ids of articles that answer it; `evidence_weak` of articles that may, which count neither for nor
    against. `history` are the (role, text) turns before the question, the oldest first.
    """

    question_id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    evidence: tuple[str, ...] = ()
    evidence_weak: tuple[str, ...] = ()
    spans: tuple[GoldSpan, ...] = ()
    wrong_answers: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    type: str = UNTYPED
    question_date: str | None = None
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def weak_only(self) -> frozenset[str]:
        """Return the articles that count neither for nor against."""
        return frozenset(self.evidence_weak) - frozenset(self.evidence)

    def row(self) -> Row:
        """Return the question as a line of a `.jsonl` set; reading it again gives an equal question."""
        row: Row = {"id": self.question_id, "question": self.question, "answers": list(self.answers)}
        row |= {"answerable": self.answerable, "evidence": list(self.evidence), "type": self.type}
        if self.question_date is not None:
            row["question_date"] = self.question_date
        if self.evidence_weak:
            row["evidence_weak"] = list(self.evidence_weak)
        if self.spans:
            row["spans"] = [{"article_id": s.article_id, "start": s.start, "end": s.end} for s in self.spans]
        if self.wrong_answers:
            row["wrong_answers"] = list(self.wrong_answers)
        if self.history:
            row["history"] = [{"role": role, "text": text} for role, text in self.history]
        return row | self.extra


def read_questions(path: Path, *, limit: int | None = None, evidence_key: str = "evidence") -> list[Question]:
    """Return the first `limit` questions of a set, in file order, ids unique.

    `evidence_key` names the column of gold article ids, for sets that judge against several corpora. Raises InputError
    with file, line and column for anything that cannot be used.
    """
    questions: list[Question] = []
    seen: dict[str, int] = {}
    for line, row in question_rows(path, {evidence_key}):
        if limit is not None and len(questions) >= limit:
            break
        question = _question(row, f"{path} line {line}", evidence_key, seen)
        if question.question_id in seen:
            twice = f"id '{question.question_id}' is already on line {seen[question.question_id]}"
            raise InputError(f"{path} line {line} column id: {twice}; each question needs its own")
        seen[question.question_id] = line
        questions.append(question)
        if len(questions) > MAX_QUESTIONS:
            raise InputError(f"{path}: more than {MAX_QUESTIONS} questions; split the file or use --limit")
    if not questions:
        raise InputError(f"{path}: holds no question")
    return questions


def _as_list(value: object) -> object:
    """Return a single text or number as a list of one."""
    if value is None:
        return []
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


def _as_day(value: object) -> object:
    if isinstance(value, str):
        date.fromisoformat(value[:10])
    return value


_Text = Annotated[str, Field(min_length=1)]
_Texts = Annotated[list[_Text], BeforeValidator(_as_list)]


class _Span(BaseModel):
    article_id: _Text
    start: int = Field(ge=0)
    end: int = Field(ge=1)


class _Turn(BaseModel):
    role: Literal["user", "agent", "assistant"]
    text: str


class _Row(BaseModel):
    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    id: _Text | None = None
    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]
    answers: _Texts = []
    answerable: bool | None = None
    evidence: _Texts = []
    evidence_weak: _Texts = []
    wrong_answers: _Texts = []
    spans: list[_Span] = []
    history: list[_Turn] = []
    type: str | None = None
    question_date: Annotated[str | None, BeforeValidator(_as_day)] = None


def _question(row: Mapping[str, object], place: str, evidence_key: str, taken: Mapping[str, int]) -> Question:
    values = dict(row)
    if evidence_key != "evidence":
        values["evidence"] = values.get(evidence_key, [])
    if "answer" in values and "answers" not in values:
        values["answers"] = values.pop("answer")
    if isinstance(values.get("question"), str):
        values["question"] = str(values["question"]).strip()
    _check_encodable(values, place)
    try:
        checked = _Row.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        column = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{place} column {column}: {_complaint(first['type'], first['msg'], first['input'])}"
        ) from None
    answerable = checked.answerable
    if answerable is None and (checked.answers or checked.evidence):
        answerable = True
    return Question(
        question_id=checked.id or _text_id(checked.question, checked.question_date, taken),
        question=checked.question,
        answers=tuple(checked.answers),
        answerable=answerable,
        evidence=_unique(checked.evidence),
        evidence_weak=_unique(checked.evidence_weak),
        spans=tuple(GoldSpan(s.article_id, s.start, s.end) for s in checked.spans),
        wrong_answers=tuple(checked.wrong_answers),
        history=tuple((turn.role, turn.text) for turn in checked.history),
        type=checked.type or UNTYPED,
        question_date=checked.question_date,
        extra=dict(checked.model_extra or {}),
    )


def _check_encodable(values: Mapping[str, object], place: str) -> None:
    """Refuse what JSON can spell but UTF-8 cannot: half of a surrogate pair."""
    for name, value in values.items():
        try:
            json.dumps([name, value], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise InputError(f"{place} column {name!a:.40}: holds half of a surrogate pair (\\ud800 …)") from None


def _complaint(kind: str, message: str, value: object) -> str:
    if kind == "missing":
        return "is missing"
    return f"{message.removeprefix('Value error, ').removeprefix('Input ')} (it is {value!r:.80})"


def _text_id(question: str, day: str | None, taken: Mapping[str, int]) -> str:
    digest = "q-" + hashlib.sha256(f"{question}\x1f{day or ''}".encode()).hexdigest()[:10]
    copy = 1
    name = digest
    while name in taken:
        copy += 1
        name = f"{digest}-{copy}"
    return name


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
