"""PowerPoint files (.pptx) → one article, a paragraph for each paragraph on the slides and in their tables, by
python-pptx.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from rag.errors import ReadError
from rag.readers.archives import DAMAGE, opened
from rag.readers.assembly import article, tidy
from rag.readers.origin import Origin, ReadLimits
from rag.records import Article, Metadata


def parse(data: bytes, origin: Origin, limits: ReadLimits) -> Iterator[Article]:
    """Yield the one article of a presentation. Raises ReadError."""
    from pptx import Presentation

    opened(data, limits)
    try:
        show = Presentation(io.BytesIO(data))
        paragraphs = [text for slide in show.slides for text in _texts(slide.shapes)]
    except DAMAGE as error:
        raise ReadError(f"the PowerPoint file is damaged ({' '.join(str(error).split())[:100]})") from error
    properties = show.core_properties
    yield article(origin, paragraphs, Metadata(title=tidy(properties.title), author=tidy(properties.author)))


def _texts(shapes: Iterable[Any]) -> Iterator[str]:
    """Yield the paragraphs of shapes in their order, groups opened."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _texts(shape.shapes)
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield " | ".join(cell.text for cell in row.cells)
        elif getattr(shape, "has_text_frame", False):
            yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
