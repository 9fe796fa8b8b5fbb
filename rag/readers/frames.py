"""What the reading process and the parsing process say to each other: length-prefixed JSON, and raw bytes behind it.

A frame is four bytes of length, big-endian, and so many bytes of JSON. Nothing but strings, numbers and objects
travels, so that a parser taken over by a hostile file can at worst give a wrong article. Knows no process and no
format.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from rag.errors import ReadError
from rag.readers.origin import Failure
from rag.readers.parsing import Outcome
from rag.records import Article, Metadata

LENGTH = struct.Struct(">I")
LARGEST = 256 * 1024 * 1024
"""No frame is longer: more than the text of the largest file that is read as a whole."""


def packed(message: dict[str, Any]) -> bytes:
    """Return a message as a frame; lone surrogates, which file names may hold, survive."""
    body = json.dumps(message).encode("ascii")
    return LENGTH.pack(len(body)) + body


def message_of(outcome: Outcome) -> dict[str, Any]:
    """Return an article or a failure as a message."""
    return {"article" if isinstance(outcome, Article) else "failure": asdict(outcome)}


def outcome_of(message: dict[str, Any]) -> Outcome | None:
    """Return the article or failure of a message, None when it holds neither. Raises ReadError when malformed."""
    try:
        if "failure" in message:
            return Failure(**_strings(message["failure"], "path", "error"))
        if "article" not in message:
            return None
        given = message["article"]
        stated = {name: value for name, value in given["metadata"].items() if value is not None}
        metadata = Metadata(**_strings(stated, *stated))
        return Article(**_strings(given, "article_id", "text", "source"), metadata=metadata)
    except (TypeError, KeyError, AttributeError) as error:
        raise ReadError("its parser gave an answer that cannot be used") from error


def _strings(given: dict[str, Any], *names: str) -> dict[str, str]:
    """Return the named values. Raises TypeError when one is not text."""
    if any(not isinstance(given[name], str) for name in names):
        raise TypeError("not text")
    return {name: given[name] for name in names}
