"""Word files (.docx) → one article, by mammoth: headings, lists, tables, text boxes and notes; page headers and
footers are left out.

Title and author are those of the document's properties, else of its first heading; its dates are of the file, not of
the article, and are not taken.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

from rag.errors import ReadError
from rag.readers.archives import DAMAGE, opened
from rag.readers.assembly import article, tidy
from rag.readers.equations import with_equations_as_text
from rag.readers.markup import paragraphs_of
from rag.readers.origin import Origin, ReadLimits
from rag.records import Article, Metadata

_PROPERTIES = "docProps/core.xml"
_HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_PLACEHOLDERS = frozenset(
    ("python-docx", "word document", "microsoft office user", "microsoft word", "user", "unknown", "author")
)


def parse(data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Article]:
    """Yield the one article of a Word file. Raises ReadError."""
    import mammoth

    archive = opened(data, limits)
    try:
        converted = mammoth.convert_to_html(
            io.BytesIO(with_equations_as_text(data, archive, limits)),
            convert_image=mammoth.images.img_element(lambda image: {"src": ""}),
        )
    except DAMAGE as error:
        raise ReadError(f"the Word file is damaged ({' '.join(str(error).split())[:100]})") from error
    properties = _properties(archive)
    heading = _HEADING.search(converted.value)
    title = properties.get("title") or (tidy(" ".join(paragraphs_of(heading[1]))) if heading else None)
    yield article(origin, paragraphs_of(converted.value), Metadata(title=title, author=properties.get("creator")))


def _properties(archive: ZipFile) -> dict[str, str]:
    """Return the filled core properties by their local name, without the placeholders that programs put there."""
    from lxml import etree

    try:
        info = archive.getinfo(_PROPERTIES)
        if info.file_size > 1024 * 1024:
            return {}
        root: Any = etree.fromstring(archive.read(info), etree.XMLParser(resolve_entities=False, no_network=True))
    except DAMAGE:
        return {}
    values = {etree.QName(node).localname: tidy(node.text) for node in root.iter("{*}*")}
    return {name: value for name, value in values.items() if value and value.lower() not in _PLACEHOLDERS}
