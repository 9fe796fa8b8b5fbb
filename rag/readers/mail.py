"""E-mail newsletters (.eml, .mbox) and saved web archives (.mht) → one article a message, by the standard library.

The plain text of a message is read, or its HTML where the plain text is missing or a stub of it. Subject, sender's
name and `Date` (with its offset) are the metadata; attachments are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from rag.errors import ReadError
from rag.readers.assembly import article, metadata_of
from rag.readers.decoding import decode
from rag.readers.furniture import strip_furniture
from rag.readers.markup import paragraphs_of
from rag.readers.origin import Failure, Origin, digest
from rag.readers.plain import paragraphs_in
from rag.records import Article

_MBOX_FROM = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\n")
# What the standard library raises for headers that it cannot make sense of.
_UNPARSED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


def parse(data: bytes, origin: Origin) -> Iterator[Article | Failure]:
    """Yield the article of one message, or of each message of a mailbox. Raises ReadError for a message without
    text.
    """
    parts = [part for part in _MBOX_FROM.split(data) if part.strip()] if data.startswith(b"From ") else [data]
    if not parts:
        raise ReadError("no message in the mailbox")
    for number, part in enumerate(parts, 1):
        try:
            yield from _message(part, origin, is_one_of_many=len(parts) > 1)
        except (ReadError, RecursionError) as cause:
            error = cause if isinstance(cause, ReadError) else ReadError("the message nests too deeply")
            if len(parts) == 1:
                raise error from cause
            yield Failure(origin.source, f"message {number}: {error}")


def _message(data: bytes, origin: Origin, *, is_one_of_many: bool) -> Iterator[Article]:
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise ReadError("no e-mail header in it")
    if message.get("Snapshot-Content-Location"):
        yield from _web_archive(message, origin)
        return
    stated = {"title": _header(message, "Subject"), "author": _sender(message), "published": _header(message, "Date")}
    paragraphs = strip_furniture(_paragraphs(message), is_main_content=True).paragraphs
    if not is_one_of_many:
        yield article(origin, paragraphs, metadata_of(stated))
        return
    message_id = f"{origin.stem}-{digest(_header(message, 'Message-ID') or ' '.join(map(str, stated.values())))}"
    yield article(origin.part(message_id), paragraphs, metadata_of(stated), message_id)


def _paragraphs(message: EmailMessage) -> list[str]:
    plain, markup = _body(message, "plain"), _body(message, "html")
    from_plain = paragraphs_in(plain) if plain else []
    from_markup = paragraphs_of(markup) if markup else []
    return from_markup if len(" ".join(from_plain)) < 0.5 * len(" ".join(from_markup)) else from_plain


def _body(message: EmailMessage, kind: str) -> str | None:
    """Return the decoded body of a kind (`plain`, `html`), by its true encoding where the declared one does not fit."""
    part = message.get_body(preferencelist=(kind,))
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes) or not payload.strip():
        return None
    return decode(payload, part.get_content_charset()).text


def _web_archive(message: EmailMessage, origin: Origin) -> Iterator[Article]:
    """Yield the page a browser saved as one file."""
    from rag.readers.html import parse as parse_page

    part = message.get_body(preferencelist=("html",))
    payload = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(payload, bytes):
        raise ReadError("no page in the web archive")
    url = _header(message, "Snapshot-Content-Location")
    yield from parse_page(payload, Origin(origin.source, origin.name, part.get_content_charset(), url))


def _header(message: EmailMessage, name: str) -> str | None:
    """Return a header as text; headers that the standard library cannot parse count as missing."""
    try:
        value = message.get(name)
        return str(value) if value is not None else None
    except _UNPARSED:
        return None


def _sender(message: EmailMessage) -> str | None:
    """Return the display name in `From`."""
    try:
        addresses = message["From"].addresses
    except _UNPARSED:
        return None
    return addresses[0].display_name or None if addresses else None
