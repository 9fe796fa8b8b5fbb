"""Tables for spreadsheets and other tools: CSV that cannot run anything, and TREC run and qrels files.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection). TREC files divide
by white space, so white space and `%` in ids are percent-encoded.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from rag.evaluation.question_sets import Question

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_UNSAFE_ID = re.compile(r"[\s%]+")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV (RFC 4180), None as an empty cell, texts unable to start a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def run_lines(question_id: str, ranking: Mapping[str, float], tag: str) -> str:
    """Return the lines of a question in a TREC run, the best article first."""
    name = _trec_id(question_id)
    return "".join(
        f"{name} Q0 {_trec_id(article)} {rank} {score:.9f} {tag}\n"
        for rank, (article, score) in enumerate(ranking.items(), start=1)
    )


def qrels_lines(question: Question) -> str:
    """Return the gold articles of a question as TREC qrels."""
    name = _trec_id(question.question_id)
    return "".join(f"{name} 0 {_trec_id(article)} 1\n" for article in question.evidence)


def _cell(value: object) -> object:
    if isinstance(value, str):
        value = value.replace("\x00", "")
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA_STARTS) else value
    return value


def _trec_id(name: str) -> str:
    return _UNSAFE_ID.sub(lambda match: quote(match[0], safe=""), name)
