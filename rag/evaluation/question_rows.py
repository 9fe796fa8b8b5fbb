"""The rows of a question set file, before anyone looks at their meaning: `.jsonl`, `.csv`, `.tsv` or `.txt` → dicts.

In CSV the delimiter is whichever of comma, semicolon and tab makes a column called `question`; lists are JSON
(`["a", "b"]`) or divided by `|`, and an empty cell counts as absent. A `.txt` holds one question a line.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Set
from pathlib import Path

from rag.errors import InputError
from rag.evaluation.lines import numbered_lines

Row = dict[str, object]
_LIST_COLUMNS = frozenset({"answers", "answer", "evidence", "evidence_weak", "wrong_answers", "spans", "history"})


def question_rows(path: Path, list_columns: Set[str] = frozenset()) -> Iterator[tuple[int, Row]]:
    """Yield (line number, row); `list_columns` are names of further CSV columns that hold lists.

    Raises InputError with file, line and column for what cannot be parsed.
    """
    readers = {".jsonl": _jsonl_rows, ".csv": _csv_rows, ".tsv": _csv_rows, ".txt": _txt_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: '{path.suffix}' is no question set; use one of {', '.join(readers)}")
    yield from reader(path, _LIST_COLUMNS | list_columns)


def _jsonl_rows(path: Path, lists: Set[str]) -> Iterator[tuple[int, Row]]:
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_refused_constant)
        except json.JSONDecodeError as error:
            raise InputError(f"{path} line {number} column {error.colno}: not valid JSON: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} line {number}: not valid JSON: {error}") from None
        if not isinstance(row, dict):
            raise InputError(f'{path} line {number}: a JSON {type(row).__name__}, not an object {{"question": …}}')
        yield number, row


def _refused_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON value")


def _txt_rows(path: Path, lists: Set[str]) -> Iterator[tuple[int, Row]]:
    for number, line in numbered_lines(path):
        if line.strip():
            yield number, {"question": line.strip()}


def _csv_rows(path: Path, lists: Set[str]) -> Iterator[tuple[int, Row]]:
    lines = _Counted(line for _, line in numbered_lines(path))
    header_line = next(lines, "")
    delimiter, names = _header(path, header_line)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        first = lines.count + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"{path} line {first}: not valid CSV: {error}") from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise InputError(f"{path} line {first}: {len(cells)} cells, but the header names {len(names)} columns")
        row = {name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()}
        yield (
            first,
            {name: _list_cell(path, first, name, cell) if name in lists else cell for name, cell in row.items()},
        )


class _Counted:
    """Lines with the number of those taken, as a CSV row may span several."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.count = 0
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        return line


def _list_cell(path: Path, line: int, name: str, cell: str) -> object:
    if not cell.lstrip().startswith("["):
        return [part.strip() for part in cell.split("|") if part.strip()]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} line {line} column {name}: starts with '[' but is no JSON list: {error}") from None


def _header(path: Path, line: str) -> tuple[str, list[str]]:
    for delimiter in ",;\t":
        try:
            names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error as error:
            raise InputError(f"{path} line 1: not valid CSV: {error}") from None
        if "question" in names:
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise InputError(f"{path} line 1: two columns are called '{twice}'")
            return delimiter, names
    raise InputError(f"{path} line 1: no column is called 'question'; the first line names the columns")
