"""JSON Lines, JSON and CSV of articles → one article a row, streamed; a bad row is a failure that names its line.

Column and key names: see `rag.readers.assembly`. A row needs a text; a row without an id gets `stem-` and a digest of
its URL, else of its title and text, so that it keeps its id when rows move. Fields are taken as the author's own
words: only markup, and lines that are page furniture beyond doubt, are removed.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, TextIO

from rag.errors import ReadError
from rag.readers.assembly import NAMES, article, field, metadata_of
from rag.readers.canonical import split_paragraphs
from rag.readers.decoding import decode
from rag.readers.furniture import without_obvious
from rag.readers.markup import looks_like_markup, paragraphs_of
from rag.readers.origin import Failure, Origin, ReadLimits, declared_id, digest
from rag.records import Article

_SAMPLE = 256 * 1024
_LONGEST_LINE = 8 * 1024 * 1024  # as parsed values a line can take thirty times its bytes
_LARGEST_PLAIN_TABLE = 8 * 1024 * 1024
_DELIMITERS = ",;\t|"


def parse_jsonl(stream: BinaryIO, origin: Origin, limits: ReadLimits) -> Iterator[Article | Failure]:
    """Yield an article or a failure for each line of JSON; blank lines count but yield nothing."""
    encoding = decode(stream.read(_SAMPLE)).encoding
    stream.seek(0)
    if encoding.startswith(("utf-16", "utf-32")):
        wide = stream.read(limits.max_file_bytes + 1)
        if len(wide) > limits.max_file_bytes:
            raise ReadError(f"over the limit of {limits.max_file_bytes} bytes for a file in UTF-16; save it as UTF-8")
        stream = io.BytesIO(decode(wide).text.encode())
        encoding = "utf-8"
    line_number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        line_number += 1
        if len(line) > _LONGEST_LINE:
            raise ReadError(f"line {line_number}: longer than {_LONGEST_LINE} bytes; is it JSON Lines?")
        if not line.strip(b"\xef\xbb\xbf \t\r\n"):
            continue
        try:
            row = json.loads(line.decode(encoding).removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:
            yield Failure(origin.source, f"line {line_number}: not JSON ({_brief(error)})")
            continue
        yield _row(row, f"line {line_number}", origin)


def parse_json(data: bytes, origin: Origin) -> Iterator[Article | Failure]:
    """Yield the articles of a JSON file: one object, a list of objects, or an object that holds one such list."""
    try:
        value = json.loads(decode(data).text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"not JSON ({_brief(error)})") from error
    if isinstance(value, dict) and field(value, "text") is None:
        lists = [part for part in value.values() if isinstance(part, list) and part and isinstance(part[0], dict)]
        value = lists[0] if len(lists) == 1 else value
    rows = value if isinstance(value, list) else [value]
    if not any(isinstance(row, dict) and field(row, "text") for row in rows):
        raise ReadError("no article in it: none of its objects has a " + _wanted_names())
    for number, row in enumerate(rows, 1):
        yield _row(row, f"item {number}", origin)


def parse_csv(stream: BinaryIO, origin: Origin, limits: ReadLimits) -> Iterator[Article | Failure]:
    """Yield an article or a failure for each row below the header; a table without a text column is one article."""
    encoding = decode(stream.read(_SAMPLE)).encoding
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        yield from _csv_rows(_bounded(text), origin)
    finally:
        text.detach()


def _csv_rows(lines: Iterator[str], origin: Origin) -> Iterator[Article | Failure]:
    header_line = next(lines, "").removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=header_line.count)
    csv.field_size_limit(_LONGEST_LINE)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter), [])]
    reader = csv.reader(lines, delimiter=delimiter)
    if not {name.lower() for name in header} & set(NAMES["text"]):
        yield _plain_table([header], reader, origin)
        return
    rows = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            rows += 1
            yield Failure(origin.source, f"line {reader.line_num + 1}: not CSV ({_brief(error)})")
            continue
        if any(cell.strip() for cell in cells):
            rows += 1
            yield _row(dict(zip(header, cells, strict=False)), f"line {reader.line_num + 1}", origin)
    if not rows:
        raise ReadError("no article in it: only a header")


def field_paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text field: markup removed, blank lines (or else single line ends) apart."""
    if looks_like_markup(text):
        return without_obvious(paragraphs_of(text))
    paragraphs = split_paragraphs(text)
    if len(paragraphs) == 1:
        paragraphs = paragraphs[0].split("\n")
    return without_obvious(paragraphs)


def _bounded(stream: TextIO) -> Iterator[str]:
    """Yield the lines of a stream. Raises ReadError for one that no article is long enough for."""
    number = 0
    while line := stream.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise ReadError(f"line {number}: longer than {_LONGEST_LINE} characters; is it CSV?")
        yield line


def _row(row: Any, where: str, origin: Origin) -> Article | Failure:
    """Return the article of one row, or the failure that names it."""
    if not isinstance(row, Mapping):
        return Failure(origin.source, f"{where}: not an object with named fields")
    text = field(row, "text")
    if text is None:
        return Failure(origin.source, f"{where}: no text; it needs a {_wanted_names()}")
    row_id = declared_id(field(row, "id") or "")
    if not row_id:
        key = field(row, "url") or f"{field(row, 'title')} {text}"
        row_id = f"{origin.stem}-{digest(key)}"
    try:
        return article(origin.part(row_id), field_paragraphs(text), metadata_of(row), row_id)
    except ReadError as error:
        return Failure(origin.source, f"{where}: {error}")


def _plain_table(head: list[list[str]], rows: Iterable[list[str]], origin: Origin) -> Article:
    """Return a table of short cells as one article, a paragraph a row. Raises ReadError when a column holds long
    texts.
    """
    table, size = list(head), 0
    for row in rows:
        table.append(row)
        size += sum(map(len, row)) + len(row)
        if size > _LARGEST_PLAIN_TABLE:
            raise ReadError(f"no column named {_wanted_names()}, and too long to be one article")
    for column, name in enumerate(head[0]):
        cells = [row[column] for row in table[1:] if len(row) > column]
        if cells and sum(map(len, cells)) / len(cells) > 200:
            raise ReadError(f"no column named {_wanted_names()}; rename {name!r} if it holds the articles")
    return article(origin, (" | ".join(cell.strip() for cell in row) for row in table), metadata_of({}))


def _wanted_names() -> str:
    return " or ".join(f"`{name}`" for name in NAMES["text"][:3])


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
