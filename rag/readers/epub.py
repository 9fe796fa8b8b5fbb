"""EPUB books → one article, chapters in reading order (EPUB 3.3: container → package → spine), metadata from the
package.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from rag.errors import ReadError
from rag.readers.archives import member_bytes, opened
from rag.readers.assembly import article, metadata_of
from rag.readers.html import decode_markup
from rag.readers.markup import paragraphs_of
from rag.readers.origin import Origin, ReadLimits
from rag.records import Article


def parse(data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Article]:
    """Yield the one article of a book. Raises ReadError."""
    archive = opened(data, limits)
    container = _xml(archive, "META-INF/container.xml", limits)
    package_path = next(iter(container.xpath("//*[local-name()='rootfile']/@full-path")), "")
    package = _xml(archive, package_path, limits)
    if "META-INF/rights.xml" in archive.namelist():
        raise ReadError("the book is locked (DRM)")
    manifest = {item.get("id"): item for item in package.iter("{*}item")}
    paragraphs: list[str] = []
    for reference in package.iter("{*}itemref"):
        item = manifest.get(reference.get("idref"))
        if item is not None and "html" in (item.get("media-type") or "") and item.get("properties") != "nav":
            path = posixpath.normpath(posixpath.join(posixpath.dirname(package_path), unquote(item.get("href") or "")))
            paragraphs.extend(paragraphs_of(decode_markup(_bytes(archive, path, limits), None).text))
    yield article(origin, paragraphs, metadata_of(_stated(package)))


def _stated(package: Any) -> dict[str, str | None]:
    """Return the Dublin Core fields of the package that mean what an article's do."""

    def first(name: str) -> str | None:
        return next(
            (node.text for node in package.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}") if node.text), None
        )

    return {
        "title": first("title"), "author": first("creator"), "outlet": first("publisher"),
        "published": first("date"), "language": first("language"),
    }  # fmt: skip


def _xml(archive: ZipFile, path: str, limits: ReadLimits) -> Any:
    from lxml import etree

    try:
        return etree.fromstring(_bytes(archive, path, limits), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ReadError(f"the book is damaged: {path} is not XML") from error


def _bytes(archive: ZipFile, path: str, limits: ReadLimits) -> bytes:
    try:
        return member_bytes(archive, archive.getinfo(path), limits)
    except KeyError as error:
        raise ReadError(f"the book is damaged: it lacks {path or 'its package'}") from error
