"""A format and bytes → articles and failures, in this process: which module parses which format.

Pure: no file, no network, no process. `rag.readers.isolation` runs it in a process with limits.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterable, Iterator

from rag.errors import RagError
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.records import Article

Outcome = Article | Failure

STREAMED = frozenset(("jsonl", "csv"))
"""Formats that are read line by line from a stream and never as a whole."""

_PARSERS = {
    "text": "plain", "markdown": "markdown", "html": "html", "feed": "feeds", "xml": "feeds", "pdf": "pdf",
    "docx": "word", "pptx": "slides", "epub": "epub", "mail": "mail", "mbox": "mail", "zip": "archives",
}  # fmt: skip
_BOUNDED_BY_LIMITS = frozenset(("docx", "pptx", "epub", "zip"))


def parsed(kind: str, data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Outcome]:
    """Yield what `data`, in the format `kind`, holds. Raises ReadError for the whole."""
    if kind in STREAMED:
        return streamed(kind)(io.BytesIO(data), origin, limits)
    if kind == "json":
        from rag.readers.tables import parse_json

        return parse_json(data, origin)
    module = importlib.import_module(f"rag.readers.{_PARSERS[kind]}")
    if kind in _BOUNDED_BY_LIMITS:
        return module.parse(data, origin, limits)  # type: ignore[no-any-return]
    return module.parse(data, origin)  # type: ignore[no-any-return]


def streamed(kind: str) -> Callable[..., Iterator[Outcome]]:
    """Return the parser of a format that is read line by line."""
    from rag.readers.tables import parse_csv, parse_jsonl

    return parse_jsonl if kind == "jsonl" else parse_csv


def guarded(outcomes: Iterable[Outcome], path: str) -> Iterator[Outcome]:
    """Yield `outcomes`; whatever they raise becomes a last failure of `path` with its cause."""
    try:
        yield from outcomes
    except RagError as error:
        yield Failure(path, str(error))
    except OSError as error:
        yield Failure(path, f"cannot be read: {error.strerror or error}")
    except MemoryError:
        yield Failure(path, "reading it needs more memory than is allowed for one file")
    except Exception as error:  # noqa: BLE001 - a parser's own fault must not stop the batch; it is reported
        yield Failure(path, f"the file is damaged or unusual ({type(error).__name__}: {_brief(error)})")


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:150]
