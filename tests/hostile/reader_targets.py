"""What is fuzzed in the readers: each target takes bytes and raises only when a promise is broken.

The promises: a parser gives articles, failures, or a ReadError in one line, and nothing else; what an article holds is
canonical. Used by `test_fuzz_readers.py` (hypothesis) and `fuzz_guided.py` (atheris).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from rag.errors import ReadError
from rag.readers.canonical import canonical, one_line
from rag.readers.dates import iso_date
from rag.readers.decoding import decode
from rag.readers.kinds import HEAD_BYTES, kind_of
from rag.readers.markdown import front_matter
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.parsing import parsed
from rag.records import Article

LIMITS = ReadLimits(max_file_bytes=200_000, max_unpacked_bytes=2_000_000)
SUFFIXES = {
    "text": "txt", "markdown": "md", "html": "html", "feed": "rss", "xml": "xml", "pdf": "pdf", "docx": "docx",
    "pptx": "pptx", "epub": "epub", "mail": "eml", "mbox": "mbox", "zip": "zip", "json": "json", "jsonl": "jsonl",
    "csv": "csv",
}  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}(:\d{2})?)?")


def check_article(article: Article) -> None:
    """Raise unless an article is what the records promise."""
    assert article.text
    assert canonical(article.text.split("\n\n")) == article.text
    article.text.encode("utf-8")
    assert article.article_id == "-".join(article.article_id.split()) != ""
    fields = (article.metadata.title, article.metadata.outlet, article.metadata.author, article.metadata.language)
    assert all(value is None or (value and one_line(value) == value) for value in fields), fields
    assert article.metadata.published is None or _DATE.fullmatch(article.metadata.published)
    assert article.metadata.url is None or article.metadata.url.startswith(("http://", "https://"))


def parser(kind: str) -> Callable[[bytes], None]:
    """Return the target of one format."""
    origin = Origin(f"/data/a.{SUFFIXES[kind]}", f"a.{SUFFIXES[kind]}")

    def target(data: bytes) -> None:
        try:
            for outcome in parsed(kind, data, origin, LIMITS):
                if isinstance(outcome, Failure):
                    check_line(outcome.error)
                else:
                    check_article(outcome)
        except ReadError as error:
            check_line(str(error))

    return target


def check_line(error: str) -> None:
    """Raise unless a cause is one line that does not blame the file for a fault of ours."""
    assert error
    assert "\n" not in error
    assert "damaged or unusual" not in error, error


def recognition(data: bytes) -> None:
    """Any bytes under any name are of some format, or refused."""
    name = "a." + sorted(SUFFIXES.values())[data[0] % len(SUFFIXES)] if data else "a"
    try:
        assert kind_of(data[:HEAD_BYTES], name) in SUFFIXES
        assert PurePosixPath(name).name == name
    except ReadError as error:
        check_line(str(error))


def decoded(data: bytes) -> None:
    """Any bytes are text in some encoding, or refused."""
    label = data[:12].decode("latin-1")
    for declared in (None, label):
        try:
            text = decode(data, declared).text
            assert canonical([text]).encode("utf-8").decode("utf-8") == canonical([text])
        except ReadError as error:
            check_line(str(error))


def front(data: bytes) -> None:
    """Any text has front matter, none, or broken front matter."""
    text = data.decode("utf-8", "replace")
    try:
        fields, body = front_matter(f"---\n{text}\n---\n")
        assert all(isinstance(name, str) for name in fields)
        assert isinstance(body, str)
    except ReadError as error:
        check_line(str(error))


def dated(data: bytes) -> None:
    """Any text is a date or unknown, and a date read is read the same again."""
    found = iso_date(data.decode("utf-8", "replace"))
    assert found is None or (_DATE.fullmatch(found) and iso_date(found) == found)


TARGETS: dict[str, Callable[[bytes], None]] = {
    **{kind: parser(kind) for kind in SUFFIXES},
    "recognition": recognition, "decoding": decoded, "front matter": front, "dates": dated,
}  # fmt: skip
